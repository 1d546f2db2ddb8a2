#!/usr/bin/env bash
# The examples of docs/protocol.md are run as they are printed there, and answered as it says, numbers aside.
. "$(dirname "$0")/lib.sh"
start
# Each block of the document: what follows "$ ", with its continuations, and what is printed.
awk -v folder="$work" '
  /^```console$/ { block++; inside = 1; next }
  /^```$/ { inside = 0 }
  inside && /^[{[]/ { file = folder "/printed-" block }
  inside && sub(/^\$ /, "") { file = folder "/command-" block }
  inside { print > file }' docs/protocol.md
shape() { # its types and words, for numbers differ with the instruction set
  jq -c 'walk(if type == "number" then 0 elif type == "string" then sub("^-?[0-9.]+:"; "") else . end)'
}
for command in "$work"/command-*; do
  sed -i "s/127\.0\.0\.1:8080/127.0.0.1:$port/; s/curl -s /curl -sS --fail-with-body /" "$command"
  (set -o pipefail && . "$command") >"$work/answer" || bad "$(cat "$command") works: $(cat "$work/answer")"
  answered=$(shape <"$work/answer") printed=$(shape <"$work/printed-${command##*-}")
  { [ -n "$answered" ] && [ "$answered" = "$printed" ]; } ||
    bad "$(cat "$command") prints what the document says: $(cat "$work/answer")"
  checks=$((checks + 1))
done
[ "$checks" -eq 6 ] || bad "there are six examples"
stop
finish
