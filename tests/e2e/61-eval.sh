#!/usr/bin/env bash
# scripts/eval: its figures over a data set whose answers are known, from a folder and from a zip.
. "$(dirname "$0")/cli-lib.sh"
data=$work/data
bmp 8 8 10 200 90 >"$work/a.bmp"
label=$("$SENET" predict --tsv --top-k 1 "$work/a.bmp" | cut -f 5)
second=$("$SENET" predict --tsv --top-k 2 "$work/a.bmp" | tail -n 1 | cut -f 5)
last=$("$SENET" predict --tsv --top-k 10 "$work/a.bmp" | tail -n 1 | cut -f 5)

# Of four images one has its first guess, one its second, one its tenth, and one a label that there is not.
for class in "$label" "$second" "$last" unicorn; do
  mkdir -p "$data/set/test/$class" "$data/set/train/$class"
  cp "$work/a.bmp" "$data/set/test/$class/a b.jpg"
  cp "$work/a.bmp" "$data/set/train/$class/0.jpg"
done
scripts/eval "$SENET" "$data" >"$work/figures" 2>"$work/err"
holds 'the figures of a folder' grep -qx 'images 4  top-1 25.00 %  top-5 50.00 %' "$work/figures"
holds 'a class that is no label is named' grep -q '"unicorn"' "$work/err"
scripts/eval "$SENET" "$data" models/builtin >"$work/named" 2>"$work/err"
holds 'a model can be given' cmp "$work/figures" "$work/named"
if command -v python3 >/dev/null; then
  (cd "$data" && python3 -m zipfile -c "$work/set.zip" set/)
  scripts/eval "$SENET" "$work/set.zip" >"$work/zipped" 2>"$work/err"
  holds 'the figures of a zip' cmp "$work/figures" "$work/zipped"
fi

# An accuracy over part of the images would mislead: a bad one ends it.
echo text >"$data/set/test/unicorn/bad.jpg"
holds 'a bad image is a failure' bash -c '! scripts/eval "$SENET" "$0" >"$1" 2>&1' "$data" "$work/out"
holds 'a bad image is named' grep -q '^senet: .*bad.jpg: ' "$work/out"
holds 'no figure is given' bash -c '! grep -q top-1 "$0"' "$work/out"
holds 'data without images is a failure' bash -c '! scripts/eval "$SENET" "$0" >"$1" 2>&1' "$work/a.bmp" "$work/out"
holds 'missing data is a failure' bash -c '! scripts/eval "$SENET" "$0" >"$1" 2>&1' "$work/none" "$work/out"
holds 'missing data is named' grep -q '^eval: .*none' "$work/out"
finish
