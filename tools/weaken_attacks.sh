# For tools/weaken --attacks, sourced: builds the program once without each check of tests/weaken/attacks.txt and wants
# the tests whose names carry the attack's id to turn red, after seeing them green with the check. Only the file of the
# check is compiled, with the commands of build/dev, and put in front of what the test program is linked from.

# ninja's own command for one file of a program, or for its linking, as one line of shell.
compile_command() {  # PROGRAM FILE
  ninja -C build/dev -t commands "$1" | grep -F -- " -c $PWD/$2" | head -n 1
}
link_command() {  # PROGRAM
  ninja -C build/dev -t commands "$1" | tail -n 1
}

# doctest's filter for an id at the front of a name, alone or among others.
filter_of() { printf '*%s:*,*%s\\,*' "$1" "$1"; }

# One attack: prints a line of result, ends 1 when its test stays green or nothing can be said.
try_attack() {  # ID
  local id=$1 room program name work objects=() line file path command status=0
  work=$PWD/build/weaken/attacks/$id
  line=$(awk -F '\t' -v id="$id" '$1 == id' build/weaken/attacks.tsv | head -n 1)
  room=$(cut -f 2 <<<"$line")
  name=${room//\//_}_test
  program=tests/$room/$name
  while IFS=$'\t' read -r _ _ file _ path; do
    [ ! -e "$work/$(basename "$file").o" ] || continue
    command=$(compile_command "$program" "$file")
    [ -n "$command" ] || { printf '%s: %s is not part of %s\n' "$id" "$file" "$program"; return 1; }
    command=${command/-Werror/-Wno-everything}
    command=$(sed -E "s| -MD -MT [^ ]+ -MF [^ ]+||; s| -o [^ ]+ -c [^ ]+| -o $work/$(basename "$file").o -c $PWD/$path|" <<<"$command")
    (cd build/dev && sh -c "$command") >"$work/build.log" 2>&1 ||
      { printf '%s: the weakened %s does not compile (%s)\n' "$id" "$file" "build/weaken/attacks/$id/build.log"; return 1; }
    objects+=("$work/$(basename "$file").o")
  done < <(awk -F '\t' -v id="$id" '$1 == id' build/weaken/attacks.tsv)
  command=$(link_command "$program")
  command=$(sed -E "s| -o [^ ]+| -o $work/$name ${objects[*]}|" <<<"$command")
  (cd build/dev && sh -c "$command") >>"$work/build.log" 2>&1 ||
    { printf '%s: the weakened program does not link (build/weaken/attacks/%s/build.log)\n' "$id" "$id"; return 1; }
  timeout -k 5 120 "build/dev/$program" "--test-case=$(filter_of "$id")" >"$work/with.log" 2>&1 || status=$?
  if [ $status != 0 ] || grep -qE 'test cases: +0 ' "$work/with.log"; then
    printf '%s: no test of %s carries the id, or it fails with the check (build/weaken/attacks/%s/with.log)\n' "$id" "$room" "$id"
    return 1
  fi
  if timeout -k 5 120 "$work/$name" "--test-case=$(filter_of "$id")" >"$work/without.log" 2>&1; then
    printf '%s: no test misses the check in %s (build/weaken/attacks/%s/without.log)\n' "$id" "$(cut -f 3 <<<"$line")" "$id"
    return 1
  fi
  rm -f "$work/$name" "${objects[@]}"
  printf '%s: red without the check in %s:%s\n' "$id" "$(cut -f 3 <<<"$line")" "$(cut -f 4 <<<"$line")"
}

weaken_attacks() {  # [ID...]
  local started=$SECONDS failed=0 ids
  build_preset dev "about 15 minutes the first time" "初回は 15 分ほどかかります"
  rm -rf build/weaken/attacks
  mkdir -p build/weaken/attacks
  perl tools/weaken_attacks.pl tests/weaken/attacks.txt build/weaken/attacks "$@" >build/weaken/attacks.tsv || return 1
  ids=$(cut -f 1 build/weaken/attacks.tsv | sort -uV)
  export -f try_attack compile_command link_command filter_of
  # shellcheck disable=SC2086
  printf '%s\n' $ids | xargs -P "$(nproc)" -I {} bash -c 'try_attack {} 9>&-' >build/weaken/attacks.results || failed=1
  sort -V build/weaken/attacks.results
  tell "$(grep -c ': red ' build/weaken/attacks.results || true) of $(wc -w <<<"$ids") attacks turn a test red when their check is gone ($((SECONDS - started)) s)" \
    "$(wc -w <<<"$ids") 件の攻撃のうち $(grep -c ': red ' build/weaken/attacks.results || true) 件で、検査を外すとテストが失敗します ($((SECONDS - started)) 秒)"
  return $failed
}
