#!/usr/bin/env bash
# senet run: the numbers that PyTorch gave for the fixture networks, overridden gates, and what is refused.
. "$(dirname "$0")/cli-lib.sh"
networks=tests/fixtures/networks

for folder in "$networks"/*/; do
  name=$(basename "$folder")
  out=$work/$name
  "$SENET" run "$folder/model.onnx" --input "$folder/input.npy" --output-dir "$out" >"$work/list"
  for expected in "$folder"/gate.*.npy "$folder/logits.npy"; do
    holds "$name: $(basename "$expected") is what PyTorch gave" near 1e-4 "$expected" "$out/$(basename "$expected")"
    holds "$name: $(basename "$expected") is listed" grep -qF "$out/$(basename "$expected")  (" "$work/list"
  done
  holds "$name: nothing else is written" [ "$(ls "$out" | wc -l)" -eq "$(wc -l <"$work/list")" ]
done
net=$networks/basic_conv

# The input by its name, in a folder's model, on two threads, gives the same.
"$SENET" run "$net" --input "input=$net/input.npy" --output-dir "$work/named" --threads 2 >"$work/list"
holds 'an input can be named' near 1e-6 "$work/basic_conv/logits.npy" "$work/named/logits.npy"

# An image through preprocess and run meets the built-in model as predict shows it.
bmp 8 8 10 200 90 >"$work/image.bmp"
"$SENET" preprocess "$work/image.bmp" --output "$work/image.npy"
"$SENET" run models/builtin --input "$work/image.npy" --output-dir "$work/own" >"$work/list"
"$SENET" predict --json "$work/image.bmp" >"$work/predict.json"
while read -r layer channels; do
  holds "$layer has a gate for each channel" [ "$(floats "$work/own/gate.$layer.npy" | wc -l)" -eq "$channels" ]
  jq -r ".attention[] | select(.layer == \"$layer\") | .weights[]" "$work/predict.json" >"$work/weights"
  holds "$layer has the gate that predict shows" awk '
    { d = $1 - $2; if (!(d < 1e-5 && -d < 1e-5)) exit wrong = 1 } END { exit wrong || NR == 0 }' \
    <(floats "$work/own/gate.$layer.npy" | paste - "$work/weights")
done < <(jq -r '.attention[] | "\(.layer) \(.channels)"' "$work/predict.json")

# A gate that is replaced.
layer=$(jq -r '.attention[1].layer' "$work/predict.json")
"$SENET" run models/builtin --input "$work/image.npy" --output-dir "$work/ones" --gate "$layer=identity" >"$work/list"
holds 'identity is 1 everywhere' bash -c '! grep -qvE "^ *1$" "$0"' <(floats "$work/ones/gate.$layer.npy")
output=$("$SENET" summary --json | jq -r '.outputs[0].name')
holds 'other logits come out' bash -c '! cmp -s "$0" "$1"' "$work/own/$output.npy" "$work/ones/$output.npy"
"$SENET" run models/builtin --input "$work/image.npy" --output-dir "$work/same" --gate "$layer=null" >"$work/list"
holds 'null keeps the gate' cmp "$work/own/$output.npy" "$work/same/$output.npy"

# Every form of a block: its own gate, given back to it, changes not a bit; the identity is another network.
relatives=tests/fixtures/cli/relatives.onnx
{
  printf "\\x93NUMPY\\x01\\x00\\x76\\x00%-117s\\n" "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 8, 8), }"
  tail -c 768 "$work/image.npy"
} >"$work/small.npy"
"$SENET" run "$relatives" --input "$work/small.npy" --output-dir "$work/relatives" >"$work/list"
holds 'every block has a gate for each channel' [ "$(grep -c 'gate\..*(1, 8)$' "$work/list")" -eq 6 ]
for block in max both ese eca post; do
  own=$(floats "$work/relatives/gate.$block.npy" | tr -d " " | paste -sd,)
  "$SENET" run "$relatives" --input "$work/small.npy" --output-dir "$work/again" --gate "$block=$own" >"$work/list"
  holds "the own gate of $block changes nothing" cmp "$work/relatives/logits.npy" "$work/again/logits.npy"
  holds "the own gate of $block is read back" cmp "$work/relatives/gate.$block.npy" "$work/again/gate.$block.npy"
done
for block in max both none ese eca post; do
  "$SENET" run "$relatives" --input "$work/small.npy" --output-dir "$work/ones" --gate "$block=identity" >"$work/list"
  holds "identity is 1 everywhere in $block" bash -c '! grep -qvE "^ *1$" "$0"' <(floats "$work/ones/gate.$block.npy")
  holds "$block makes a difference" bash -c '! cmp -s "$0" "$1"' "$work/relatives/logits.npy" "$work/ones/logits.npy"
done

# Several inputs, the first with a shape of its own; outputs whose names would lead elsewhere.
zeros() { # zeros SHAPE COUNT >FILE.npy
  printf "\\x93NUMPY\\x01\\x00\\x76\\x00%-117s\\n" "{'descr': '<f4', 'fortran_order': False, 'shape': $1, }"
  head -c $((4 * $2)) /dev/zero
}
two=tests/fixtures/cli/two_inputs.onnx
zeros '(300,)' 300 >"$work/side.npy"
zeros '(1, 8, 2, 2)' 32 >"$work/x.npy"
"$SENET" run "$two" --input "x=$work/x.npy" --input side=- --output-dir "$work/two" <"$work/side.npy" >"$work/list"
holds 'names stay in their folder' \
  [ "$(cd "$work/two" && echo *)" = '_._side.npy gate.se.npy sub_x.npy' ]
holds 'the gate has the batch of its block' grep -qx ".*/gate.se.npy  (1, 8)" "$work/list"
holds 'a gate of zeros is a half' bash -c '! grep -qvE "^ *0.5$" "$0"' <(floats "$work/two/gate.se.npy")
"$SENET" run "$two" --input "$work/side.npy" --input "$work/x.npy" --output-dir "$work/order" >"$work/list"
holds 'inputs are taken in order' cmp "$work/two/_._side.npy" "$work/order/_._side.npy"
fails 1 "input 'x' is not given" run "$two" --input "$work/side.npy" --output-dir "$work/none"

# What is refused, with nothing written.
run() { # run STATUS PATTERN ARGUMENTS...
  local status=$1 pattern=$2
  shift 2
  fails "$status" "$pattern" run "$@" --output-dir "$work/refused"
  holds 'nothing is written' [ ! -e "$work/refused" ]
}
head -c 1000 "$work/image.npy" >"$work/short.npy"
run 1 'short.npy: .*ends before its shape' models/builtin --input "$work/short.npy"
run 1 'model.onnx: .*begin with' models/builtin --input models/builtin/model.onnx
run 1 'none.npy: No such file' models/builtin --input "$work/none.npy"
run 1 'none.onnx: ' "$work/none.onnx" --input "$work/image.npy"
run 1 'takes (1, 256, 2, 2), not (1, 3, 32, 32)' tests/fixtures/cli/se256_conv.onnx --input "$work/image.npy"
run 1 "no input 'other'" models/builtin --input "other=$work/image.npy"
run 1 'no input' models/builtin --input "$work/image.npy" --input "$work/image.npy"
run 1 'given twice' models/builtin --input "$work/image.npy" --input "input=$work/image.npy"
run 1 "no SE block called 'x'" models/builtin --input "$work/image.npy" --gate x=1
run 2 'takes identity, a number' models/builtin --input "$work/image.npy" --gate "$layer=1,2"
fails 1 'Not a directory' run models/builtin --input "$work/image.npy" --output-dir "$work/image.npy"
fails 1 'No such file' run models/builtin --input "$work/image.npy" --output-dir "$work/a/b"
finish
