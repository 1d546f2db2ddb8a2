#!/usr/bin/env bash
# Everything but predictions: health, metrics, models, the description, the log.
. "$(dirname "$0")/lib.sh"
start

for path in /healthz /v2/health/live; do
  call 200 "$url$path"
  true_of '. == {"live": true}'
done
for path in /readyz /v2/health/ready; do
  call 200 "$url$path"
  true_of '. == {"ready": true}'
done
call 200 -I "$url/healthz"
[ "$(header Content-Length)" = 13 ] || bad "HEAD has the length that GET has"
call 204 -X OPTIONS "$url/healthz"
[ "$(header Allow)" = 'GET, HEAD, OPTIONS' ] || bad "OPTIONS says what is allowed"
call 204 -X OPTIONS --request-target '*' "$url"

call 200 "$url/v1/models"
true_of '(.models | length) == 1 and .models[0].name == .default'
model=$(jq -r .default "$work/body")
call 200 "$url/v1/models/$model"
cp "$work/body" "$work/model"
call 200 "$url/v1/models/$model/versions/1"
cmp -s "$work/model" "$work/body" || bad "the only version is the model"
true_of '.input.shape == [1] + .preprocessing.input_size and .parameters > 0 and .macs > 0'
true_of '.num_classes == (.classes | length) and all(.classes[]; length > 0)'
true_of '.preprocessing | (.mean | length == 3) and (.std | length == 3) and .crop_pct > 0 and has("interpolation") and has("crop_mode")'
true_of '.se_blocks | length > 0 and all(.[]; keys ==
  ["activation", "channels", "gate", "kind", "layer", "placement", "reduced_channels", "reduction", "squeeze"])'
true_of 'all(.se_blocks[]; (.kind == "dense" or .kind == "conv") and .channels > .reduced_channels and .gate != null)'

call 200 "$url/v2"
true_of '.name == "senetd" and (.version | length > 0) and (.extensions | type == "array")'
version=$(jq -r .version "$work/body")
call 200 "$url/v2/models/$model"
true_of '.inputs[0].datatype == "FP32" and (.outputs | length > 1) and .versions == ["1"] and has("platform")'
[ "$(jq -c '[.outputs[1:][].name]' "$work/body")" = "$(jq -c '[.se_blocks[] | "gate." + .layer]' "$work/model")" ] ||
  bad "gates are outputs"
call 200 "$url/v2/models/$model/versions/1/ready"
true_of ". == {\"name\": \"$model\", \"ready\": true}"

# Every route that the description has answers, and says itself in the metrics.
call 200 "$url/openapi.json"
cp "$work/body" "$work/openapi"
true_of ".openapi == \"3.1.0\" and .info.version == \"$version\""
jq -r '.paths | to_entries[] | .key as $path | .value | keys[] | "\(.) \($path)"' "$work/openapi" >"$work/operations"
printf '{"inputs":[{"name":"input","datatype":"BYTES","shape":[1],"data":["%s"]}]}' "$(base64 -w0 "$image")" >"$work/infer"
while read -r method path; do
  target=${path//\{model\}/$model}
  target="$url${target//\{version\}/1}"
  case $method:$path in
  *:/v2/repository/*) call 200 -X POST "$target" ;;
  *:*/infer) call 200 --json "@$work/infer" "$target" ;;
  get:*) call 200 "$target" ;;
  post:*) call 200 --data-binary "@$image" "$target" ;;
  put:*) call 200 -T "$image" "$target" ;;
  *) bad "a method without a test: $method $path" ;;
  esac
done <"$work/operations"
call 200 -X POST "$url/v2/repository/models/$model/load" # the last one unloaded it
# Every reference in it leads somewhere.
true_of '. as $root | [.. | objects | ."$ref"? // empty] | unique |
  all(.[]; . as $ref | $root | getpath($ref | ltrimstr("#/") | split("/")) != null)' "$work/openapi"
# The answers have the members that it says they must have.
for schema in Prediction:/v1/predict Model:/v1/models/$model OipModel:/v2/models/$model \
  InferAnswer:/v2/models/$model/infer Statistics:/v2/models/stats; do
  case $schema in
  Prediction:*) call 200 -T "$image" "$url${schema#*:}" ;;
  InferAnswer:*) call 200 --json "$(jq '.id = "1"' "$work/infer")" "$url${schema#*:}" ;;
  *) call 200 "$url${schema#*:}" ;;
  esac
  jq -e --slurpfile answer "$work/body" ".components.schemas.${schema%%:*} |
    (.required - (\$answer[0] | keys) == []) and ((\$answer[0] | keys) - (.properties | keys) == [])" \
    "$work/openapi" >/dev/null || bad "the answer of ${schema#*:} is as described"
done

# Metrics: all names, and the form that Prometheus reads.
call 404 "$url/nope"
call 200 "$url/metrics"
[[ $(header Content-Type) == 'text/plain; version=0.0.4'* ]] || bad "metrics have Prometheus' content type"
awk '
  function fail(what) { print what ": " $0; failed = 1; exit 1 }
  /^# HELP / { if ($3 in help) fail("HELP twice"); help[$3] = 1; next }
  /^# TYPE / { if ($3 in type || $4 !~ /^(counter|gauge|histogram)$/) fail("TYPE"); type[$3] = $4; next }
  !/^[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? -?[0-9.e+-]+$/ { fail("form") }
  { name = $1; sub(/\{.*/, "", name); base = name; sub(/_(bucket|sum|count)$/, "", base) }
  type[base] != "histogram" { base = name }
  !(base in type) || !(base in help) { fail("no TYPE or HELP before") }
  $1 in seen { fail("twice") }
  { seen[$1] = 1 }
  base != name && name ~ /_bucket$/ {
    series = $1; sub(/,?le="[^"]*"/, "", series)
    if ($2 < last[series]) fail("buckets are not cumulative")
    last[series] = $2
    if ($1 ~ /le="\+Inf"/) { total = series; sub(/_bucket/, "_count", total); sub(/\{\}/, "", total); inf[total] = $2 }
  }
  base != name && name ~ /_count$/ { count[$1] = $2 }
  END {
    if (failed) exit 1
    for (series in inf) if (count[series] != inf[series]) { print "count is not the last bucket: " series; exit 1 }
  }' "$work/body" || bad "the metrics are well formed"
for metric in senetd_requests_total senetd_request_duration_seconds senetd_stage_duration_seconds senetd_queue_depth \
  senetd_batch_size senetd_inflight senetd_model_info senetd_gate_mean senetd_gate_saturated_ratio \
  process_cpu_seconds_total process_start_time_seconds process_resident_memory_bytes process_virtual_memory_bytes \
  process_open_fds process_max_fds; do
  grep -q "^# TYPE $metric " "$work/body" || bad "there is a metric $metric"
  grep -q "^$metric[_{ ]" "$work/body" || bad "there is a value of $metric"
  checks=$((checks + 1))
done
for stage in queue decode preprocess inference total; do
  grep -q "^senetd_stage_duration_seconds_count{stage=\"$stage\",model=\"$model\",version=\"1\"} [1-9]" "$work/body" || bad "stage $stage is measured"
done
grep -q '^senetd_requests_total{route="other",code="404"} 1$' "$work/body" || bad "unknown paths are counted as one"
grep -q '^senetd_requests_total{route="/v1/predict",code="200"} 3$' "$work/body" || bad "predictions are counted"
grep -q '^senetd_inflight 1$' "$work/body" || bad "only the scrape is in flight"
[ "$(grep -c '^senetd_gate_mean{' "$work/body")" = "$(jq '.se_blocks | length' "$work/model")" ] ||
  bad "each SE block has a mean gate"
stop

# One line a request, in either form, whatever the client sends.
for format in text json; do
  start --log-format "$format"
  call 404 -H $'X-Request-Id: forged\e[31m' -A $'agent\ttab' --path-as-is "$url/a%0Astatus=200%22\"\\"
  call 404 "$url/with%20space%0d%0alevel=error"
  call 200 -T "$image" "$url/v1/predict?top_k=1&layers=secret"
  true_of '.predictions | length == 1'
  stop
  [ "$(grep -c access "$log")" -eq 3 ] || bad "there is one line a request: $(cat "$log")"
  ! grep -q secret "$log" || bad "the query is not logged"
  ! grep -q $'\e' "$log" || bad "no control character reaches the log"
done
while read -r line; do jq -e '.time and .level and .event' <<<"$line" >/dev/null || bad "the log is JSON: $line"; done <"$log"
true_of 'select(.event == "access" and .status == 200) | .method == "PUT" and .path == "/v1/predict" and .client == "127.0.0.1"
  and .ms >= 0 and (.id | length == 16) and (.top | length > 0) and (.model | length > 0)' <(grep access "$log" | tail -n 1)
finish
