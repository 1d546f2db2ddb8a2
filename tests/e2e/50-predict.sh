#!/usr/bin/env bash
# Predictions: every form of upload, the options, the gates.
. "$(dirname "$0")/lib.sh"
start

# The image itself, as curl sends it in different ways.
call 200 -T "$image" "$url/v1/predict"
cp "$work/body" "$work/raw"
true_of '(keys - ["id", "model", "exif_orientation", "predictions", "attention", "timing_ms"]) == []'
true_of '.model.version == "1" and (.model.name | length > 0) and .exif_orientation == 6'
true_of '(.predictions | length == 5) and all(.predictions[]; .score >= 0 and .score <= 1 and (.label | length > 0))'
true_of '[.predictions[].score] == ([.predictions[].score] | sort | reverse)'
true_of '.attention | length > 0 and all(.[]; .channels == (.weights | length) and .min <= .mean and .mean <= .max)'
true_of 'all(.attention[].weights[]; type == "number")'
true_of '(.timing_ms | keys) == ["decode", "inference", "preprocess", "queue", "total"]'
true_of '.timing_ms | .total + 0.01 >= .decode + .preprocess + .inference'

# same [FILTER]: the last answer says the same about the image as the first one.
same() {
  jq -S '{predictions, attention}' "$work/raw" >"$work/a"
  jq -S "${1:-.} | {predictions, attention}" "$work/body" >"$work/b"
  cmp -s "$work/a" "$work/b" || bad "the same answer: $(diff "$work/a" "$work/b" | head -n 5)"
  checks=$((checks + 1))
}
call 200 --data-binary "@$image" "$url/v1/predict" # as application/x-www-form-urlencoded
same
call 200 --data-binary "@$image" -H 'Content-Type: image/jpeg' "$url/v1/predict"
same
call 200 --data-binary "@$image" -H 'Content-Type: text/html' "$url/v1/predict"
same
call 200 -T - "$url/v1/predict" <"$image" # chunked
same
call 200 -F "photo=@$image" "$url/v1/predict"
same
true_of '.predictions and (has("results") | not)'
base64 -w 0 "$image" >"$work/base64"
jq -n --rawfile image "$work/base64" '{image: $image}' >"$work/json"
call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
same
jq -n --rawfile image "$work/base64" '{image: ("data:image/jpeg;base64," + $image)}' >"$work/json"
call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
same

# Several images, in order.
call 200 --form-escape -F "a=@$image;filename=first.jpg" -F "b=@$image;filename=\"se\\\"cond.jpg\"" -F c="@$image" "$url/v1/predict"
true_of '(keys == ["id", "model", "results", "timing_ms"]) and (.results | length == 3)'
true_of '[.results[].filename] == ["first.jpg", "se\"cond.jpg", "orientation-6.jpg"]'
same '.results[1]'
jq -n --rawfile image "$work/base64" '{images: [$image, $image], attention: "none", top_k: 1}' >"$work/json"
call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
true_of '.results | length == 2 and all(.[]; (has("attention") or has("filename") | not) and (.predictions | length == 1))'
jq -n --rawfile image "$work/base64" '{images: [$image]}' >"$work/json"
call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
same '.results[0]'

# Options, in each of the three places.
options='.predictions | length == 2'
call 200 -T "$image" "$url/v1/predict?top_k=2"
true_of "$options"
call 200 -F "a=@$image" -F top_k=2 "$url/v1/predict"
true_of "$options"
jq -n --rawfile image "$work/base64" '{image: $image, top_k: 2}' >"$work/json"
call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
true_of "$options"
call 200 -T "$image" "$url/v1/predict?top_k=0"
true_of '.predictions == []'
call 200 -T "$image" "$url/v1/predict?top_k=1000"
true_of '.predictions | length > 5 and (map(.score) | add > 0.999 and add < 1.001)'
call 200 -T "$image" "$url/v1/predict?attention=summary"
true_of 'all(.attention[]; (has("weights") | not) and has("mean") and has("std") and has("min") and has("max"))'
call 200 -T "$image" "$url/v1/predict?attention=none"
true_of 'has("attention") | not'
layer=$(jq -r '.attention[0].layer' "$work/raw")
call 200 -T "$image" "$url/v1/predict?layers=$layer,nothing"
true_of "[.attention[].layer] == [\"$layer\"]"
call 200 -T "$image" "$url/v1/predict?layers=%2A.se"
same
call 200 -T "$image" "$url/v1/predict?layers=nothing.*"
true_of '.attention == []'
call 200 -T "$image" "$url/v1/predict?exif=ignore"
true_of 'has("exif_orientation") | not'
! cmp -s <(jq '.predictions' "$work/raw") <(jq '.predictions' "$work/body") || bad "exif=ignore changes the answer"

# Gates: what was applied is what attention shows.
# gates JSON: predicts with these gates.
gates() {
  jq -n --rawfile image "$work/base64" --argjson gates "$1" '{image: $image, gates: $gates}' >"$work/json"
  call 200 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict"
}
gates "{\"$layer\": \"identity\"}"
true_of ".gates_overridden == [\"$layer\"]"
true_of ".attention[0] | .mean == 1 and .std == 0 and all(.weights[]; . == 1)"
! cmp -s <(jq .predictions "$work/raw") <(jq .predictions "$work/body") || bad "another gate changes the answer"
gates "{\"$layer\": 0.25}"
true_of 'all(.attention[0].weights[]; . == 0.25)'
gates "{\"$layer\": $(jq '.attention[0].weights | to_entries | map(if .key == 3 then 0.5 else null end)' "$work/raw")}"
true_of '.attention[0].weights[3] == 0.5'
cmp -s <(jq '.attention[0].weights | del(.[3])' "$work/raw") <(jq '.attention[0].weights | del(.[3])' "$work/body") ||
  bad "null keeps a channel's own gate"
gates "{\"$layer\": $(jq '.attention[0].weights' "$work/raw")}"
true_of '.gates_overridden | length == 1'
cmp -s <(jq '[.predictions[].class_id]' "$work/raw") <(jq '[.predictions[].class_id]' "$work/body") ||
  bad "the network's own gates, given back to it, change nothing"
gates "$(jq '[.attention[] | {key: .layer, value: "identity"}] | from_entries' "$work/raw")"
true_of '(.gates_overridden | length) == (.attention | length) and all(.attention[].weights[]; . == 1)'
gates '{}'
true_of 'has("gates_overridden") | not'
same
call 200 -T "$image" "$url/v1/predict" # overrides end with their request
same

# The longer paths.
name=$(jq -r .model.name "$work/raw")
call 200 -T "$image" "$url/v1/models/$name/predict"
same
call 200 -F "a=@$image" "$url/v1/models/$name/versions/1/predict"
same
refused 404 not_found -T "$image" "$url/v1/models/nobody/predict"
refused 404 not_found -T "$image" "$url/v1/models/$name/versions/2/predict"

# Request ids: echoed when harmless, in the header, the answer and the log.
call 200 -T "$image" -H 'X-Request-Id: trace-1/ab+c=' "$url/v1/predict"
true_of '.id == "trace-1/ab+c="'
[ "$(header X-Request-Id)" = trace-1/ab+c= ] || bad "the header echoes the id"
until_true 10 grep -q 'access .*id="*trace-1/ab+c=' "$log"
call 200 -T "$image" "$url/v1/predict"
[ "$(jq -r .id "$work/body")" = "$(header X-Request-Id)" ] || bad "the id that is made is the same everywhere"
hostile() {
  call 200 -H "X-Request-Id: $1" "$url/healthz"
  [[ $(header X-Request-Id) =~ ^[0-9a-f]{16}$ ]] || bad "the id '$1' is replaced"
}
hostile $'a\tb'
hostile 'a"b'
hostile $'\e[31m'
hostile "$(printf 'x%.0s' {1..129})"

stop
finish
