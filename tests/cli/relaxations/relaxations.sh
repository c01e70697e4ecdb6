#!/usr/bin/env bash
# R5: there is no switch in the binary that turns a check off, and no second build that would check less.
#   relaxations.sh SOURCE_DIR BINARY...
# Ends 1 when it finds a marker of a relaxation in a binary or in what it is built from; sees its own planted ones first.
set -euo pipefail
source=$1
shift

# What such switches are called, here and elsewhere.
markers='mibun_weak|insecure|skip.?(verif|check|tls)|(no|dont|without)[-_]verif|allow.?http([^s]|$)|trust.?all|accept.?any|developer.?mode|dev.?mode|test.?mode|disable.?(tls|verif|check)'
# Environment variables that the program asks for: language and colour, nothing that a check hangs on.
asked_in='^cli/terminal/terminal\.cc:'

look() {  # FILE...: ends well when a marker is in one of them
  strings -a -n 4 "$@" | grep -iE "$markers"
}
look_at_sources() {  # DIR: compiled conditionally, or told by the environment, or TLS unchecked
  (
    cd "$1"
    local -a rooms=(core platform server wallet cli)
    grep -rnE '^\s*#\s*(if|ifdef|ifndef|elif)\b' "${rooms[@]}" --include='*.cc' --include='*.h' |
      grep -vF '#if defined(__x86_64__)' && return 0
    grep -rnE '\bgetenv\b' "${rooms[@]}" --include='*.cc' --include='*.h' | grep -vE "$asked_in" && return 0
    grep -rnE 'SSL_VERIFY_NONE|SSL_VERIFY(PEER|HOST), *0|NDEBUG' "${rooms[@]}" --include='*.cc' --include='*.h'
  )
}

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
for marker in MIBUN_WEAK --insecure skip_verification no-verify allow-http dev_mode trust-all; do
  printf '\0%s\0' "$marker" >"$planted/binary"
  look "$planted/binary" >/dev/null || { echo "a planted $marker is not seen"; exit 1; }
done
for line in '#ifdef DEMO' 'std::getenv("X")' 'set(CURLOPT_SSL_VERIFYPEER, 0L);'; do
  mkdir -p "$planted"/{core,platform,server,wallet,cli}
  printf '%s\n' "$line" >"$planted/core/x.cc"
  look_at_sources "$planted" >/dev/null || { echo "a planted $line is not seen"; exit 1; }
done

if look "$@"; then echo "a marker of a relaxation is in $*"; exit 1; fi
if look_at_sources "$source"; then echo "that decides what is checked outside of the code"; exit 1; fi
