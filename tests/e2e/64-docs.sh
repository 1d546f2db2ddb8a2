#!/usr/bin/env bash
# Every curl line of README.md and docs/*.md is run as it is printed there, in a folder with the images of docs/images,
# and answered as the document says, numbers and ids aside. Each document has a daemon of its own.
. "$(dirname "$0")/lib.sh"
seen=0

# What a document takes for granted: a daemon.
serve() {
  case $1 in
  docs/models.md)
    mkdir -p "$work/models/pets" "$work/models/flowers/1"
    cp models/builtin/{model.onnx,config.json,labels.txt} "$work/models/flowers/1"
    cp -r "$work/models/flowers/1" "$work/models/pets/2"
    start --model-repository "$work/models"
    ;;
  *) start ;;
  esac
}
# Numbers, and the ids that requests get, are the machine's; words are not. Answers do not end their last line.
masked() { sed -E 's/"[0-9a-f]{16}"/ID/g; s/-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/N/g' | tr -d '\n' && echo; }
here() { sed "s/127\.0\.0\.1:8080/127.0.0.1:$port/g; s|URL/|$url/|g" "$1"; }
# A command may be several lines: the first behind "$ ", further ones while a quote, a pipe or a brace is open, which
# the shell knows best. What is left is what is printed.
split() {
  awk -v folder="$work/blocks" -v shell='bash -n 2>/dev/null' '
    /^```console$/ { block++; inside = 1; command = ""; next }
    /^```$/ { inside = 0 }
    !inside { next }
    sub(/^\$ /, "") { open = 1; command = "" }
    open {
      command = command $0 "\n"
      print > (folder "/" block ".command")
      check = command; gsub(/'\''/, "'\''\\'\'''\''", check)
      open = system("printf %s '\''" check "'\'' | " shell) != 0 || $0 ~ /[|\\]$/
      next
    }
    { print > (folder "/" block ".printed") }' "$1"
}
run_block() {
  local printed=${1%.command}.printed
  [ -e "$printed" ] || : >"$printed"
  here "$1" >"$work/command"
  (cd "$work/folder" && bash -euo pipefail "$work/command" >"$work/answer") || bad "this works: $(cat "$1" "$work/answer")"
  diff <(masked <"$printed") <(masked <"$work/answer") >&2 || bad "$2 shows what this prints: $(cat "$1")"
  seen=$((seen + $(grep -cE '\bcurl ' "$1"))) checks=$((checks + 1))
}
run_inline() {
  (cd "$work/folder" && bash -euo pipefail -c "${1/#curl /curl -sS --fail-with-body }" >"$work/answer") ||
    bad "this works: $1: $(cat "$work/answer")"
  [ -s "$work/answer" ] || bad "this prints something: $1"
  seen=$((seen + 1)) checks=$((checks + 1))
}

for document in README.md docs/*.md; do
  seen=0 lines=$(grep -cE '\bcurl +[-"h$]' "$document" || true)
  # Those of docs/operations.md need tokens and files: 67-operations-docs.sh runs them.
  [ "$lines" -gt 0 ] && [ "$document" != docs/operations.md ] || continue
  rm -rf "$work/blocks" "$work/folder" && mkdir -p "$work/blocks" "$work/folder/docs"
  cp -r docs/images "$work/folder/docs" && cp docs/images/* README.md "$work/folder"
  serve "$document"
  split "$document"
  while read -r command; do run_block "$command" "$document"; done < <(grep -lE '\bcurl ' "$work/blocks"/*.command | sort -V)
  awk '/^```/ { inside = !inside } !inside' "$document" | { grep -oE '`curl [^`]*`' || true; } | tr -d '`' >"$work/inline"
  here "$work/inline" >"$work/inline-here"
  while read -r command; do run_inline "$command"; done <"$work/inline-here"
  [ "$seen" -ge "$lines" ] || bad "every line with curl in $document was run: $seen of $lines"
  stop
done
[ "$checks" -gt 15 ] || bad "there are examples"
finish
