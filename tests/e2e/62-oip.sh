#!/usr/bin/env bash
# Inference by the Open Inference Protocol, with curl and jq: JSON, bytes, images, classes, gates, statistics.
. "$(dirname "$0")/lib.sh"
mkdir "$work/builtin" "$work/two"
cp models/builtin/{model.onnx,config.json,labels.txt} "$work/builtin"
cp tests/fixtures/cli/two_inputs.onnx "$work/two/model.onnx"
start --model "$work/builtin" --model "$work/two" --max-images 4
oip=$url/v2/models/builtin
infer=$oip/infer

call 200 "$oip"
true_of '.inputs == [{"name": "input", "datatype": "FP32", "shape": [-1, 3, 32, 32], "parameters": {"images": "BYTES"}}]'
output=$(jq -r '.outputs[0].name' "$work/body") gate=$(jq -r '.outputs[1].name' "$work/body")
call 200 "$url/v2/models/two"
true_of '(.inputs | map(.shape)) == [[300], [1, 8, 2, 2]] and all(.inputs[]; has("parameters") | not)'

# tensor ITEMS: an input of that many images of numbers.
tensor() {
  jq -n --argjson n "$1" \
    '{inputs: [{name: "input", datatype: "FP32", shape: [$n, 3, 32, 32], data: [range($n * 3072) | . % 97 / 50 - 1]}]}'
}
tensor 3 >"$work/three"

# As JSON: flat and nested numbers are the same, and all real outputs come where none is named.
call 200 --json "@$work/three" "$infer"
[ "$(header Content-Type)" = application/json ] || bad "the answer is JSON"
[ -z "$(header Inference-Header-Content-Length)" ] || bad "nothing follows it"
true_of "keys == [\"model_name\", \"model_version\", \"outputs\"] and .model_name == \"builtin\" and .model_version == \"1\"
  and (.outputs | length) == 1 and (.outputs[0] | .name == \"$output\" and .datatype == \"FP32\"
  and .shape == [3, 10] and (.data | length) == 30)"
cp "$work/body" "$work/answer"
jq '.inputs[0].data |= ([.[0:1024], .[1024:2048], .[2048:3072]] as $a | [[$a], .[3072:]])' "$work/three" >"$work/nested"
call 200 --json "@$work/nested" "$infer"
cmp -s "$work/answer" "$work/body" || bad "nested numbers are the same"
call 200 --json "@$work/three" "$oip/versions/1/infer"
cmp -s "$work/answer" "$work/body" || bad "the only version is the model"

# Bytes in and out, and the id.
numbers() { # numbers FORMAT: the same three images, as bytes
  jq -r '.inputs[0].data[]' "$work/three" | perl -ne "print pack('$1', \$_)"
}
numbers 'f<' >"$work/floats"
numbers 'd<' >"$work/doubles"
binary() { # binary JSON FILE: the body
  printf '%s' "$1" >"$work/sent"
  json_size=$(wc -c <"$work/sent")
  cat "$2" >>"$work/sent"
}
for kind in floats:FP32 doubles:FP64; do
  file=$work/${kind%:*}
  binary "{\"id\":\"a\\\"b\",\"inputs\":[{\"name\":\"input\",\"datatype\":\"${kind#*:}\",\"shape\":[3,3,32,32],
    \"parameters\":{\"binary_data_size\":$(wc -c <"$file")}}]}" "$file"
  call 200 -H "Inference-Header-Content-Length: $json_size" --data-binary "@$work/sent" "$infer"
  true_of '.id == "a\"b"'
  jq -cn --slurpfile a "$work/answer" --slurpfile b "$work/body" \
    '[range(30) | ($a[0].outputs[0].data[.] - $b[0].outputs[0].data[.]) | fabs] | max < 1e-4' | grep -q true ||
    bad "bytes of ${kind#*:} give what JSON gives"
done
jq '. + {parameters: {binary_data_output: true}, outputs: [{name: $o}, {name: $g, parameters: {binary_data: false}}]}' \
  --arg o "$output" --arg g "$gate" "$work/three" >"$work/sent"
call 200 --json "@$work/sent" "$infer"
json_size=$(header Inference-Header-Content-Length)
[ "$(header Content-Type)" = application/octet-stream ] || bad "bytes follow the JSON"
head -c "$json_size" "$work/body" >"$work/json"
true_of '(.outputs[0] | .parameters.binary_data_size == 120 and (has("data") | not)) and
  (.outputs[1].data | length) == 3 * .outputs[1].shape[1]' "$work/json"
[ "$(($(wc -c <"$work/body") - json_size))" -eq 120 ] || bad "there are as many bytes as it says"
tail -c 120 "$work/body" | perl -e 'local $/; print join("\n", unpack("f<*", <>)), "\n"' |
  jq -s --slurpfile a "$work/answer" '[range(30) as $i | (.[$i] - $a[0].outputs[0].data[$i]) | fabs] | max < 1e-5' |
  grep -q true || bad "and they are the numbers"

# Images: what /v1/predict says of them.
call 200 -T "$image" "$url/v1/predict?top_k=10"
cp "$work/body" "$work/prediction"
photo=$(base64 -w0 "$image")
image_request() { # image_request EXIF
  printf '{"parameters":{"exif":"%s"},"inputs":[{"name":"input","datatype":"BYTES","shape":[2],"data":["%s","%s"]}],
    "outputs":[{"name":"%s","parameters":{"classification":3}},{"name":"%s"}]}' "$1" "$photo" "$photo" "$output" "$gate"
}
image_request apply >"$work/sent"
call 200 --json "@$work/sent" "$infer"
true_of '.outputs[0].datatype == "BYTES" and .outputs[0].shape == [2, 3]'
jq -n --slurpfile p "$work/prediction" --slurpfile a "$work/body" '
  ([$p[0].predictions[0:3][] | "\(.class_id):\(.label)"] | . + .) ==
    [$a[0].outputs[0].data[] | sub("^-?[0-9.]+:"; "")] and
  ([$p[0].attention[0].weights, ($a[0].outputs[1] | .data[.shape[1]:])] | transpose | all(.[0] - .[1] | fabs < 1e-5))' |
  grep -q true || bad "images are classified as /v1/predict does: $(head -c 500 "$work/body")"
image_request ignore >"$work/sent"
cp "$work/body" "$work/applied"
call 200 --json "@$work/sent" "$infer"
! cmp -s "$work/applied" "$work/body" || bad "exif is a parameter"
printf '\x14\x03\0\0' >"$work/image" # 788 bytes
cat "$image" >>"$work/image"
binary '{"inputs":[{"name":"input","datatype":"BYTES","shape":[1,1],"parameters":{"binary_data_size":792}}]}' "$work/image"
call 200 -H "Inference-Header-Content-Length: $json_size" --data-binary "@$work/sent" "$infer"
true_of '.outputs[0].shape == [1, 10]'

# A gate may be overridden, by a number or "identity".
for value in 0.25 '"identity"'; do
  jq ". + {parameters: {\"$gate\": $value}, outputs: [{name: \"$gate\"}, {name: \"$output\"}]}" "$work/three" >"$work/sent"
  call 200 --json "@$work/sent" "$infer"
  true_of ".outputs[0].data | all(. == (if $value == \"identity\" then 1 else $value end))"
  jq -n --slurpfile a "$work/answer" --slurpfile b "$work/body" \
    '$a[0].outputs[0].data != $b[0].outputs[1].data' | grep -q true || bad "the gate matters"
done

# Several inputs, of which none has a batch dimension.
jq -n '{inputs: [{name: "x", datatype: "INT32", shape: [1, 8, 2, 2], data: [range(32)]},
  {name: "side", datatype: "FP32", shape: [300], data: [range(300) / 4]}], outputs: [{name: "../side"}, {name: "gate.se"}]}' \
  >"$work/sent"
call 200 --json "@$work/sent" "$url/v2/models/two/infer"
true_of '.outputs[0].shape == [300] and .outputs[1].shape == [1, 8] and (.outputs[0].data[100] / .outputs[0].data[50]) == 2'
jq '.outputs = [{name: "../side", parameters: {classification: 1}}]' "$work/sent" >"$work/wrong"
refused 400 invalid_argument --json "@$work/wrong" "$url/v2/models/two/infer"
jq '.inputs = .inputs[0:1]' "$work/sent" >"$work/wrong"
refused 400 invalid_argument --json "@$work/wrong" "$url/v2/models/two/infer"

# What is not finite is null in JSON, and costs the averages of the gates nothing.
call 200 "$url/metrics"
grep '^senetd_gate_mean{' "$work/body" >"$work/gates"
perl -e 'print pack("f<*", (9**9**9) x 3072)' >"$work/infinite"
binary '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32,32],"parameters":{"binary_data_size":12288}}]}' \
  "$work/infinite"
call 200 -H "Inference-Header-Content-Length: $json_size" --data-binary "@$work/sent" "$infer"
true_of '.outputs[0].data | length == 10 and all(. == null or (. | type) == "number")'
call 200 "$url/metrics"
! grep '^senetd_gate_mean{' "$work/body" | grep -qi nan || bad "no average became NaN"

# What is wrong with a request (the unit test has all of it) is 400, or what it is with images.
wrong() { # wrong STATUS CODE JQ-FILTER
  jq "$3" "$work/three" >"$work/wrong"
  refused "$1" "$2" --json "@$work/wrong" "$infer"
}
wrong 400 invalid_argument '.inputs[0].shape[0] = -1'
wrong 400 invalid_argument '.inputs[0].shape[0] = 4'
wrong 400 invalid_argument '.inputs[0].shape[0] = 5'
wrong 400 invalid_argument '.inputs[0].shape[3] = 1e18'
wrong 400 invalid_argument '.inputs[0].name = "x"'
wrong 400 invalid_argument '.inputs[0].data[7] = null'
wrong 400 invalid_argument 'del(.inputs)'
wrong 400 invalid_argument '.outputs = [{name: "x"}]'
wrong 400 unknown_layer '.parameters = {"gate.x": 1}'
wrong 415 image_type_unsupported '.inputs[0] |= {name, datatype: "BYTES", shape: [1], data: ["AAAA"]}'
call 415 --json "@$work/wrong" "$infer"
true_of '.error | test("image 1") | not'
image_request apply | jq '.inputs[0].data[1] = "/9j/"' >"$work/wrong"
refused 422 image_undecodable --json "@$work/wrong" "$infer"
call 422 --json "@$work/wrong" "$infer"
true_of '.error | startswith("image 2: ")'
refused 400 invalid_argument -X POST "$infer"
refused 400 invalid_argument -H 'Inference-Header-Content-Length: 99999999' --json "@$work/three" "$infer"
refused 400 invalid_argument -H 'Inference-Header-Content-Length: -1' --json "@$work/three" "$infer"
refused 400 invalid_argument -H 'Inference-Header-Content-Length: 5' -H 'Inference-Header-Content-Length: 5' \
  --json "@$work/three" "$infer"
gzip -c "$work/three" >"$work/packed"
refused 415 encoding_unsupported -H 'Content-Encoding: gzip' --data-binary "@$work/packed" "$infer"
call 200 -H 'Content-Encoding: identity' --json "@$work/three" "$infer"
refused 404 not_found --json "@$work/three" "$url/v2/models/nope/infer"
refused 404 not_found --json "@$work/three" "$oip/versions/2/infer"
refused 405 method_not_allowed "$infer"

# Statistics: exactly what was done.
call 200 "$oip/stats"
true_of '.model_stats | length == 1 and .[0].name == "builtin" and .[0].version == "1"'
cp "$work/body" "$work/before"
call 200 --json "@$work/three" "$infer"
call 200 -T "$image" "$url/v1/predict"
call 400 -X POST "$infer"
call 200 "$oip/versions/1/stats"
jq -n --slurpfile a "$work/before" --slurpfile b "$work/body" '
  $a[0].model_stats[0] as $a | $b[0].model_stats[0] as $b | $b.inference_count - $a.inference_count == 4 and
  $b.execution_count - $a.execution_count == 4 and $b.last_inference >= $a.last_inference and
  ([$b.inference_stats, $a.inference_stats] | map(map_values(.count)) |
    [.[0].success - .[1].success, .[0].fail - .[1].fail, .[0].queue - .[1].queue, .[0].compute_infer - .[1].compute_infer])
    == [2, 1, 2, 2] and
  ($b.inference_stats | .success.ns >= .queue.ns + .compute_input.ns + .compute_infer.ns - 1000)' | grep -q true ||
  bad "statistics count what was done: $(cat "$work/body")"
call 200 "$url/v2/models/stats"
true_of '[.model_stats[].name] == ["builtin", "two"]'
refused 404 not_found "$url/v2/models/nope/stats"
stop

# Batches give the same.
start --model "$work/builtin" --max-batch 2 --max-images 4
call 200 --json "@$work/three" "$url/v2/models/builtin/infer"
jq -n --slurpfile a "$work/answer" --slurpfile b "$work/body" \
  '[range(30) | ($a[0].outputs[0].data[.] - $b[0].outputs[0].data[.]) | fabs] | max < 1e-4' | grep -q true ||
  bad "batches give the same"
call 200 "$url/v2/models/builtin/stats"
true_of '.model_stats[0] | .inference_count == 3 and .execution_count == 2'
stop
finish
