# What ./run, ./test and the tools share: speaking Japanese or English, installing packages, building a preset.
# Sourced with `set -euo pipefail` on, from the root of the checkout. Needs only what a minimal Debian has.

# Exit codes, after sysexits.h; any other code is that of the program that was run.
exit_usage=64        # an argument that nobody knows
exit_unavailable=69  # packages cannot be had: no network, or not a Debian that has them
exit_broken=70       # configuring or building failed
exit_busy=75         # the same command is already at work in this checkout
exit_late=76         # the time did not suffice for all of it; nothing that ran has failed
exit_no_permission=77  # packages are missing, and this is neither root nor sudo

. tools/packages.sh

door_lang=en
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in ja*) door_lang=ja ;; esac

# tell "English" "日本語": one line to the reader.
tell() { if [ "$door_lang" = ja ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }

# stop CODE "English" "日本語": the one clear sentence, then the end.
stop() {
  tell "$2" "$3" >&2
  exit "$1"
}

# Only one of a kind at a time in one checkout. The lock is the open file, so a killed run leaves none behind.
hold_lock() {  # NAME FILE
  mkdir -p "$(dirname "$2")"
  exec 9>>"$2"
  flock -n 9 || stop $exit_busy \
    "Another $1 is at work in this folder; wait for it or stop it, then try again." \
    "このフォルダーでは別の $1 が実行中です。終わるのを待つか停止してから、もう一度実行してください。"
}

missing_packages() {  # ENTRY...: the packages among them that are not there, one a line
  local entry package
  local -a wanted=()
  for entry in "$@"; do
    package=${entry#*:}
    if [ "$package" != "$entry" ] && command -v "${entry%%:*}" >/dev/null; then continue; fi
    wanted+=("$package")
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  { dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true; } |
    awk -v wanted="${wanted[*]}" '$1 == "installed" { have[$2] = 1 }
      END { n = split(wanted, names, " "); for (i = 1; i <= n; i++) if (!(names[i] in have)) print names[i] }'
}

# Installs what is missing, with nothing to ask and nothing to download when all is there.
install_packages() {  # ENTRY...
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || stop $exit_unavailable \
    "mibun installs its tools with apt-get and needs Debian 12 (bookworm)." \
    "mibun は apt-get で必要なものを入れます。Debian 12 (bookworm) で実行してください。"
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  missing=${missing% }
  [ -n "$missing" ] || return 0

  local -a as_root=()
  local by_hand="apt-get update && apt-get install --no-install-recommends $missing"
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo env)
    else
      stop $exit_no_permission \
        "Some packages are missing and neither root nor sudo is at hand; as root run: $by_hand" \
        "足りないパッケージがありますが、root でも sudo でもありません。root で次を実行してください: $by_hand"
    fi
  fi
  mkdir -p build
  tell "Installing $(wc -w <<<"$missing") packages with apt-get, about a minute (log: build/install.log)" \
    "apt-get で $(wc -w <<<"$missing") 個のパッケージを入れます。1 分ほどかかります (ログ: build/install.log)"
  : >build/install.log
  apt_step "${as_root[@]}" apt-get update -q || true  # lists that are still good are good enough
  # shellcheck disable=SC2086
  apt_step "${as_root[@]}" apt-get install -q -y --no-install-recommends $missing || install_failed "$missing"
  [ -z "$(missing_packages "$@")" ] || install_failed "$missing"
}

# One apt-get call, logged. Waits while another installer holds the lock; mends what an interrupted one left, once.
apt_step() {  # [sudo env] apt-get ...
  local -a prefix=()
  if [ "$1" = sudo ]; then prefix=(sudo env); shift 2; fi
  prefix+=(DEBIAN_FRONTEND=noninteractive LC_ALL=C)
  [ "${prefix[0]}" = sudo ] || prefix=(env "${prefix[@]}")
  local waited=0 mended=no mark
  while :; do
    mark=$(wc -c <build/install.log)
    printf '+ %s\n' "$*" >>build/install.log
    "${prefix[@]}" "$@" </dev/null >>build/install.log 2>&1 9>&- && return 0
    if tail -c "+$((mark + 1))" build/install.log | grep -q 'Could not get lock'; then
      [ $waited != 0 ] || tell "Another package installer is at work; waiting for it (up to 10 minutes)" \
        "別のパッケージ管理が動いています。終わるのを待ちます (最長 10 分)"
      [ $waited -lt 600 ] || return 1
      sleep 3
      waited=$((waited + 3))
    elif [ $mended = no ] && tail -c "+$((mark + 1))" build/install.log |
      grep -qE 'dpkg was interrupted|Unmet dependencies|unmet dependencies'; then
      mended=yes
      tell "An earlier installation was interrupted; completing it first" "中断されたインストールを先に完了させます"
      "${prefix[@]}" dpkg --configure -a </dev/null >>build/install.log 2>&1 9>&- || true
      "${prefix[@]}" apt-get install -q -y --fix-broken </dev/null >>build/install.log 2>&1 9>&- || true
    else
      return 1
    fi
  done
}

install_failed() {  # PACKAGES
  local unknown
  if grep -qE 'Temporary failure|Could not resolve|Could not connect|Unable to connect|Network is unreachable|Connection timed out|Connection refused|Connection failed' \
    build/install.log; then
    stop $exit_unavailable \
      "The packages cannot be downloaded: no network to the Debian mirror (log: build/install.log); still needed: $1" \
      "パッケージを取得できません。Debian のミラーに接続できません (ログ: build/install.log)。必要なもの: $1"
  fi
  unknown=$(sed -nE "s/^E: Unable to locate package (.*)/\1/p; s/^E: Package '(.*)' has no installation candidate/\1/p" \
    build/install.log | sort -u | tr '\n' ' ')
  if [ -n "$unknown" ]; then
    stop $exit_unavailable \
      "apt-get knows no ${unknown% }: mibun needs Debian 12 (bookworm) with its updates as package source." \
      "apt-get に ${unknown% } がありません。Debian 12 (bookworm) とその更新を取得元にしてください。"
  fi
  tail -n 8 build/install.log >&2
  stop $exit_unavailable \
    "apt-get failed, its last lines are above and the rest in build/install.log; missing: $1" \
    "apt-get が失敗しました。最後の行は上に、全体は build/install.log にあります。足りないもの: $1"
}

# Configures (when needed) and builds a preset in build/PRESET, showing how far it is; everything else goes to the log. With
# memory in large pages, where the kernel has some, the compiler takes a seventh less time.
build_preset() {  # PRESET "English how long" "日本語" [cmake --build arguments...]
  local preset=$1 started=$SECONDS
  configure_preset "$1" "$2" "$3"
  shift 3
  show_progress "build/$preset.log" env NINJA_STATUS='[%f/%t] ' \
    GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}" cmake --build "build/$preset" "$@" ||
    build_failed "build/$preset.log"
  if [ $((SECONDS - started)) -gt 2 ]; then
    tell "Built in $((SECONDS - started)) s" "ビルド完了 ($((SECONDS - started)) 秒)"
  fi
}

configure_preset() {  # PRESET "English how long" "日本語"
  local dir=build/$1 log=build/$1.log
  mkdir -p build
  forget_moved_build "$dir"
  : >"$log"
  [ ! -e "$dir/build.ninja" ] || return 0
  tell "Configuring and building mibun ($1): $2 (log: $log)" "mibun ($1) を構成・ビルドします: $3 (ログ: $log)"
  cmake --preset "$1" --fresh </dev/null >>"$log" 2>&1 9>&- || build_failed "$log"
}

# A checkout that was copied or moved carries a build folder that belongs elsewhere; CMake refuses it.
forget_moved_build() {  # DIR
  [ -e "$1/CMakeCache.txt" ] || return 0
  grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$1/CMakeCache.txt" || rm -rf "$1"
}

# Runs ninja, keeps its output in the log and shows "[12/300]": a moving line on a terminal, else a line each tenth.
show_progress() {  # LOG COMMAND...
  local log=$1 line done total tenth=0 code=0 shown=no
  shift
  exec 8> >(
    trap '' INT
    while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
      done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
      if [ -t 1 ]; then
        printf '\r  [%s/%s] ' "$done" "$total"
        shown=yes
      elif [ "$total" -ge 20 ] && [ $((done * 10 / total)) -gt $tenth ]; then
        tenth=$((done * 10 / total))
        printf '  [%s/%s]\n' "$done" "$total"
      fi
    done
    if [ $shown = yes ]; then printf '\r\033[K'; fi
  )
  local reader=$!
  "$@" </dev/null >&8 2>&1 9>&- || code=$?
  exec 8>&-
  wait "$reader" || true
  return $code
}

build_failed() {  # LOG
  if grep -q 'build stopped: interrupted by user' "$1"; then
    tell "Stopped; the next run goes on from here." "停止しました。次回はここから続けます。"
    exit 130
  fi
  grep -E '(error|undefined symbol|multiple definition):|CMake Error' "$1" | head -n 15 >&2 || tail -n 15 "$1" >&2
  stop $exit_broken "The build failed; what went wrong is above, all of it is in $1." \
    "ビルドに失敗しました。原因は上に、全体は $1 にあります。"
}

# `npm ci` in a folder with a lock file; again only when the lock file changes.
install_node_modules() {  # DIR
  [ -e "$1/package-lock.json" ] || return 0
  local stamp=$1/node_modules/.installed-from want
  want=$(sha256sum <"$1/package-lock.json")
  if [ -e "$stamp" ] && [ "$(<"$stamp")" = "$want" ]; then return 0; fi
  mkdir -p build
  tell "Installing the npm packages of $1 (log: build/npm.log)" "$1 の npm パッケージを入れます (ログ: build/npm.log)"
  if (cd "$1" && npm ci --no-audit --no-fund --loglevel=error) </dev/null >build/npm.log 2>&1 9>&-; then
    printf '%s\n' "$want" >"$stamp"
  elif grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH' build/npm.log; then
    stop $exit_unavailable \
      "The npm packages of $1 cannot be downloaded: no network to the npm registry (log: build/npm.log)." \
      "$1 の npm パッケージを取得できません。npm レジストリに接続できません (ログ: build/npm.log)。"
  else
    tail -n 8 build/npm.log >&2
    stop $exit_unavailable "npm ci failed in $1; its last lines are above, all of it is in build/npm.log." \
      "$1 で npm ci が失敗しました。最後の行は上に、全体は build/npm.log にあります。"
  fi
}

# "PASSED FAILED" over the last ctest run: the cases of each doctest program, and one for each other test. A program that
# failed without a failed case (it crashed, ran out of time, does not exist) counts as one failure.
count_test_cases() {  # BUILD_DIR
  local logs=$1/Testing/Temporary
  mkdir -p "$logs"
  touch "$logs/LastTestsFailed.log" "$logs/LastTest.log"
  awk '
    FILENAME ~ /LastTestsFailed/ { sub(/^[0-9]+:/, ""); bad[$0] = 1; next }
    function settle() {
      if (name == "") return
      if (cases == "") { passed += !(name in bad); failed += (name in bad) }
      else { passed += case_passed; failed += case_failed ? case_failed : (name in bad) }
      name = ""
    }
    /^[0-9]+\/[0-9]+ Testing: / { settle(); name = $3; cases = "" }
    /^\[doctest\] test cases:/ {
      gsub(/\033\[[0-9;]*m/, "")
      gsub(/[^0-9|]/, "")
      split($0, part, "|")
      cases = part[1]; case_passed = part[2]; case_failed = part[3]
    }
    END { settle(); print passed + 0, failed + 0 }' "$logs/LastTestsFailed.log" "$logs/LastTest.log"
}
