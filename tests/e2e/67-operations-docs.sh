#!/usr/bin/env bash
# The examples of docs/operations.md are run as they are printed there, and answered as it says, numbers aside.
. "$(dirname "$0")/lib.sh"
document=$PWD/docs/operations.md images=$PWD/docs/images
# Each command: what follows "$ ", with its continuations, and what is printed.
awk -v folder="$work" '
  /^```console$/ { inside = 1; next }
  /^```$/ { inside = 0 }
  inside && sub(/^\$ /, "") { file = sprintf("%s/command-%02d", folder, ++count); print > file; more = /[|\\]$/; next }
  inside && more { print > file; more = /[|\\]$/; next }
  inside { print > sprintf("%s/printed-%02d", folder, count) }' "$document"
digits() { sed -E 's/-?[0-9]+(\.[0-9]+)?/0/g'; }
mkdir -p "$work/run/docs" && ln -s "$images" "$work/run/docs/images"
here=$PWD
for command in "$work"/command-*; do
  if grep -q '^senetd ' "$command"; then # the daemon of what follows
    [ -z "$pid" ] || stop
    read -r _ flags <"$command"
    cd "$work/run"
    # shellcheck disable=SC2086
    start $flags
    cd "$here"
    continue
  fi
  sed -i "s/127\.0\.0\.1:8080/127.0.0.1:$port/; s/curl -s /curl -sS /; s/pidof senetd/echo $pid/" "$command"
  (cd "$work/run" && set -o pipefail && . "$command") >"$work/answer" || bad "$(cat "$command") works: $(cat "$work/answer")"
  printed="$work/printed-${command##*-}"
  [ ! -e "$printed" ] || [ "$(digits <"$work/answer")" = "$(digits <"$printed")" ] ||
    bad "$(cat "$command") prints what the document says: $(cat "$work/answer")"
  checks=$((checks + 1))
done
[ "$checks" -ge 5 ] || bad "there are examples"
stop
finish
