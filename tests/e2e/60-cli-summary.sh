#!/usr/bin/env bash
# senet summary and senet bench.
. "$(dirname "$0")/cli-lib.sh"

# One SE block with C = 256 and r = 16, written both ways.
for kind in conv dense; do
  file=tests/fixtures/cli/se256_$kind.onnx
  "$SENET" summary --model "$file" --json >"$work/json"
  says "$work/json" "$kind: the block is described" '.se_blocks == [{"layer": "se", "channels": 256,
    "reduced_channels": 16, "reduction": 16, "kind": "'$kind'", "squeeze": "avg", "activation": "relu",
    "gate": "sigmoid", "placement": "none", "fc1_parameters": 4112, "fc2_parameters": 4352, "parameters": 8464}]'
  says "$work/json" "$kind: nothing else has parameters" '.parameters == 8464'
  says "$work/json" "$kind: the file gives the name" ".name == \"se256_$kind\""
  "$SENET" summary --model "$file" >"$work/text"
  holds "$kind: the table shows both parts" grep -qE '^se .* 4,112 +4,352 +8,464$' "$work/text"
done

# Blocks whose excitation is layers of its own: counted once in the totals, and described all the same.
"$SENET" summary --model tests/fixtures/cli/relatives.onnx --json >"$work/relatives.json"
says "$work/relatives.json" 'each relative is a layer' \
  '[.se_blocks[].layer] == [.layers[] | select(.type == "Rescale") | .name] and (.se_blocks | length == 6)'
says "$work/relatives.json" 'their layers are counted once' '.parameters == ([.layers[].parameters] | add) and
  .parameters == 8 * 3 * 9 + 8 + 8 * 8 * 9 + 8 + 4 * 8 + 4 + ([.se_blocks[].parameters] | add)'
says "$work/relatives.json" 'one layer is all of it' '[.se_blocks[] | select(.layer == "ese" or .layer == "eca") |
  [.kind, .fc1_parameters, .fc2_parameters, .parameters]] == [["ese", 72, 0, 72], ["eca", 3, 0, 3]]'
"$SENET" summary --model tests/fixtures/cli/relatives.onnx >"$work/text"
holds 'the table says what they are' grep -qE '^post  .* conv +max +relu +sigmoid +post +18 +24 +42$' "$work/text"

# The built-in model, and the folder that it is made from.
"$SENET" summary --json >"$work/builtin.json"
"$SENET" summary --model models/builtin/ --json >"$work/folder.json"
holds 'the folder is the built-in model' cmp "$work/builtin.json" "$work/folder.json"
says "$work/builtin.json" 'an input has a name and a shape' \
  '.inputs | length == 1 and .[0].shape == [1, 3, 32, 32] and (.[0].name | length > 0)'
says "$work/builtin.json" 'it is a classifier' '.classes == 10 and .outputs[0].shape == [1, 10]'
says "$work/builtin.json" 'parameters add up' '.parameters == ([.layers[].parameters] | add)'
says "$work/builtin.json" 'MACs add up' '.macs == ([.layers[].macs] | add) and .macs > .parameters'
says "$work/builtin.json" 'each SE block is a layer' \
  '[.se_blocks[].layer] == [.layers[] | select(.type == "SE") | .name] and (.se_blocks | length > 0)'
says "$work/builtin.json" 'the parts of a block add up' '.se_blocks | all(
  .fc1_parameters == .channels * .reduced_channels + .reduced_channels and
  .fc2_parameters == .channels * .reduced_channels + .channels and
  .parameters == .fc1_parameters + .fc2_parameters)'
says "$work/builtin.json" 'its blocks end the branch' 'all(.se_blocks[]; .placement == "standard")'
"$SENET" summary >"$work/text"
while read -r name type; do
  holds "the table has a row for $name" grep -qF "$name ($type) " "$work/text"
done < <(jq -r '.layers[] | "\(.name) \(.type)"' "$work/builtin.json")
total=$(jq '.parameters' "$work/builtin.json" | sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta')
holds 'the total has separators' grep -qE "^Parameters +$total\$" "$work/text"
mkdir -p "$work/pets/3"
cp models/builtin/* "$work/pets/3"
"$SENET" summary --model "$work/pets/3/" --json >"$work/version.json"
says "$work/version.json" 'a version folder has its parent'\''s name' '.name == "pets"'
fails 1 'nowhere: ' summary --model "$work/nowhere"
head -c 5000 models/builtin/model.onnx >"$work/cut.onnx"
fails 1 'cut.onnx: ' summary --model "$work/cut.onnx"

# Benchmarks: few runs, since only their form is tested.
net=tests/fixtures/networks/basic_conv
"$SENET" summary --model "$net" --json >"$work/net.json"
"$SENET" bench "$net" --json --runs 3 --warmup 0 --batch 2 --threads 2 --per-layer --trace "$work/trace.json" \
  >"$work/bench.json"
says "$work/bench.json" 'the keys are there' '.threads == 2 and .batch == 2 and .runs == 3 and (.isa | length > 0)'
says "$work/bench.json" 'times are in order' '0 < .min_ms and .min_ms <= .median_ms and .median_ms <= .p90_ms and
  .min_ms <= .mean_ms and .mean_ms <= .p90_ms'
says "$work/bench.json" 'the first answer and its memory are there' '
  .first_answer_ms > 0 and .resident_bytes > 1e6 and .resident_bytes < 1e9'
says "$work/bench.json" 'every step but conversions is a layer of the summary, in order' "
  (.steps | map(select(.type != \"Layout\") | {name: .layer, type, macs})) as \$steps |
  $(jq -c '.layers | map({name, type, macs: (.macs * 2)})' "$work/net.json") as \$layers |
  [\$layers[] | select(.type != \"Flatten\")] == \$steps"
says "$work/bench.json" 'steps share their sum, which no run can beat' '(.steps | all(.ms >= 0 and (.kernel | length > 0))) and
  ([.steps[].share] | add | . > 0.99 and . < 1.01) and ([.steps[].ms] | add) as $sum | $sum <= .min_ms and $sum > 0'
says "$work/bench.json" 'what multiplies has a speed' '.peak_gflops > 0 and
  (.steps | all(.macs > 0 or (.gflops == 0 and .peak_share == 0))) and
  (.steps | all(.macs < 1e6 or (.gflops > 0 and .peak_share > 0)))'
says "$work/trace.json" 'the trace has an event for each step' "(.traceEvents |
  map({layer: .name, type: .cat, kernel: .args.kernel, macs: .args.macs, output: .args.output})) ==
  $(jq -c '.steps | map({layer, type, kernel, macs, output})' "$work/bench.json")"
says "$work/trace.json" 'its events are complete and follow one another' '.displayTimeUnit == "ms" and
  (.traceEvents | all(.ph == "X" and .pid == 1 and .tid == 1 and .dur >= 0)) and
  (.traceEvents as $events | [range(1; $events | length)] |
   all($events[. - 1].ts + $events[. - 1].dur <= $events[.].ts + 0.01))' # each is rounded by itself
fails 1 'No such file or directory' bench "$net" --runs 1 --trace "$work/nowhere/trace.json"
"$SENET" bench models/builtin --runs=1 --warmup=0 --json >"$work/once.json"
says "$work/once.json" 'one run is all of them' '.min_ms == .median_ms and .p90_ms == .mean_ms and .mean_ms == .min_ms
  and .batch == 1 and (has("steps") or has("peak_gflops") | not)'
"$SENET" bench models/builtin --runs 2 --per-layer >"$work/text"
holds 'the text names the times' grep -qE '^min [0-9.]+ ms  median [0-9.]+ ms  p90 [0-9.]+ ms  mean [0-9.]+ ms$' \
  "$work/text"
"$SENET" bench models/builtin --runs 2 --per-layer --json >"$work/steps.json"
holds 'the text has each step' [ "$(sed '1,/^Step/d' "$work/text" | grep -cE '  [0-9.]+  +[0-9.]+ %')" -eq \
  "$(jq '.steps | length' "$work/steps.json")" ]
holds 'the text has the speed of what multiplies' [ "$(grep -cE '%  +[0-9.]+ +[0-9.]+ %$' "$work/text")" -eq \
  "$(jq '[.steps[] | select(.macs > 0)] | length' "$work/steps.json")" ]
fails 1 'nowhere: ' bench "$work/nowhere"
finish
