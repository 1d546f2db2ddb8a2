#!/usr/bin/env bash
# Relatives of the SE block in a network that is served: described, read, overridden one by one.
. "$(dirname "$0")/lib.sh"
mkdir "$work/relatives"
cp tests/fixtures/cli/relatives.onnx "$work/relatives/model.onnx"
start --model "$work/relatives"

call 200 "$url/v1/models/relatives"
true_of '[.se_blocks[] | [.layer, .kind, .squeeze, .activation, .gate, .placement, .reduced_channels, .reduction]] == [
  ["max", "conv", "max", "relu", "sigmoid", "none", 2, 4],
  ["both", "conv", "avg+max", "relu", "sigmoid", "none", 2, 4],
  ["none", "conv", "none", "relu", "sigmoid", "none", 2, 4],
  ["ese", "ese", "avg", "none", "hard_sigmoid", "none", 8, 1],
  ["eca", "eca", "avg", "none", "sigmoid", "none", 8, 1],
  ["post", "conv", "max", "relu", "sigmoid", "post", 2, 4]]'
cp "$work/body" "$work/model"
call 200 "$url/openapi.json"
jq -s '{schema: .[0].components.schemas.SeBlock, blocks: .[1].se_blocks}' "$work/body" "$work/model" >"$work/both"
true_of '.schema as $schema | all(.blocks[]; . as $block | ($block | keys) == ($schema.required | sort) and
  ($schema.required | sort) == ($schema.properties | keys) and
  all("kind", "squeeze", "gate", "placement"; . as $key | $schema.properties[$key].enum | index($block[$key]) != null))' \
  "$work/both"

call 200 -T "$image" "$url/v1/predict"
cp "$work/body" "$work/own"
true_of '[.attention[].layer] == ["max", "both", "none", "ese", "eca", "post"]'
true_of 'all(.attention[]; .channels == 8 and (.weights | length == 8 and all(.[]; . >= 0 and . <= 1)))'

base64 -w 0 "$image" >"$work/base64"
gates() {
  jq -n --rawfile image "$work/base64" --argjson gates "$1" '{image: $image, gates: $gates}' >"$work/json"
  call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
}
index=0
for layer in max both none ese eca post; do
  gates "{\"$layer\": [0, null, 0.5, null, null, -1, 2, null]}"
  true_of ".gates_overridden == [\"$layer\"]"
  true_of ".attention[$index].weights | [.[0], .[2], .[5], .[6]] == [0, 0.5, -1, 2]"
  cmp -s <(jq ".attention[$index].weights | [.[1, 3, 4, 7]]" "$work/own") \
    <(jq ".attention[$index].weights | [.[1, 3, 4, 7]]" "$work/body") || bad "null keeps a channel's own gate of $layer"
  ! cmp -s <(jq .predictions "$work/own") <(jq .predictions "$work/body") || bad "the gate of $layer changes the answer"
  gates "{\"$layer\": \"identity\"}"
  true_of "all(.attention[$index].weights[]; . == 1)"
  index=$((index + 1))
done
call 200 -T "$image" "$url/v1/predict"
cmp -s <(jq 'del(.id, .timing_ms)' "$work/own") <(jq 'del(.id, .timing_ms)' "$work/body") ||
  bad "overrides end with their request"
stop
finish
