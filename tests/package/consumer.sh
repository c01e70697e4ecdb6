#!/usr/bin/env bash
# consumer.sh BUILD EXAMPLES WORK COMPILER SANITIZERS: installs BUILD's library below WORK, builds EXAMPLES as an outside
# project with it, and runs them: what must pass, and what must be refused with which code.
set -euo pipefail
build=$1 examples=$2 work=$3 compiler=$4 sanitizers=$5
prefix=$work/prefix
rm -rf "$work"
mkdir -p "$work/story"

cmake --install "$build" --component mibun_core --prefix "$prefix" >"$work/install.log"

# Every installed header can be read with nothing but what was installed, and without the warnings that we build with.
(cd "$prefix/include/mibun" && find core -name '*.h' | sort | sed 's/.*/#include "&"/') >"$work/all_headers.cc"
[ "$(wc -l <"$work/all_headers.cc")" -ge 80 ] || { echo "headers are missing"; exit 1; }
"$compiler" -std=c++2b -fsyntax-only -Wall -Wextra -Werror -Wno-missing-field-initializers -isystem "$prefix/include/mibun" \
  "$work/all_headers.cc"
if grep -rlE "For files (in|of) core/[a-z0-9_]+ only" "$prefix/include"; then
  echo "an internal header was installed"
  exit 1
fi
if grep -rnE -- '-Werror|-Wconversion|core_sd_jwt.*sqlite|'"$examples" "$prefix/lib/cmake"; then
  echo "something of our own build leaks to those who use the library"
  exit 1
fi

cmake -S "$examples" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra${sanitizers:+ -fsanitize=$sanitizers}" \
  ${MIBUN_LAUNCHER:+-DCMAKE_CXX_COMPILER_LAUNCHER="$MIBUN_LAUNCHER"} >"$work/configure.log"
cmake --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }

long=$(wc -l "$examples"/*.cc | awk '$2 != "total" && $1 >= 60')
[ -z "$long" ] || { echo "an example of 60 lines or more: $long"; exit 1; }

# passes TEXT PROGRAM ARGUMENTS...: ends well and says TEXT; refuses CODE PROGRAM ARGUMENTS...: ends with 1 and that code
passes() {
  local want=$1 said
  shift
  said=$("$work/build/$1" "${@:2}") || { echo "$* failed: $said"; exit 1; }
  grep -qF -- "$want" <<<"$said" || { echo "$* does not say '$want': $said"; exit 1; }
}
refuses() {
  local want=$1 said code=0
  shift
  said=$("$work/build/$1" "${@:2}") || code=$?
  if [ $code != 1 ] || ! grep -qE "^refused: $want( |$)" <<<"$said"; then
    echo "$* ended with $code instead of 1 and $want: $said"
    exit 1
  fi
}

story=$work/story
passes "identity.sd_jwt" issue_sd_jwt_vc "$story"
passes 'the verifier will see ["age_equal_or_over","20"]' answer_dcql "$story" nonce-1
passes '"age_equal_or_over":{"20":true}' verify_sd_jwt_vc "$story" nonce-1
refuses sd_jwt_key_binding_nonce_mismatch verify_sd_jwt_vc "$story" nonce-2
grep -q 花子 <<<"$("$work/build/verify_sd_jwt_vc" "$story" nonce-1)" && { echo "the name was shown"; exit 1; }

# Another issuer's root, a credential in the place of a presentation, a presentation in that of a credential.
mkdir -p "$work/other"
passes "issuer_root.pem" issue_sd_jwt_vc "$work/other"
cp "$story/presentation.sd_jwt" "$work/other/"
refuses sd_jwt_issuer_not_trusted verify_sd_jwt_vc "$work/other" nonce-1
cp "$work/other/identity.sd_jwt" "$work/other/presentation.sd_jwt"
refuses sd_jwt_key_binding_missing verify_sd_jwt_vc "$work/other" nonce-1
cp "$story/presentation.sd_jwt" "$work/other/identity.sd_jwt"
refuses sd_jwt_key_binding_unexpected answer_dcql "$work/other" nonce-1

passes "response.cbor" issue_mdoc "$story" nonce-1
passes "member_since = 2020-04-01" verify_device_response "$story" nonce-1
refuses mdoc_device_signature_invalid verify_device_response "$story" nonce-2
passes "iaca.pem" issue_mdoc "$work/other" nonce-1
cp "$story/response.cbor" "$work/other/"
refuses certificate_untrusted verify_device_response "$work/other" nonce-1
echo "the examples pass and refuse as they should"
