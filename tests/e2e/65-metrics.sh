#!/usr/bin/env bash
# Every metric moves when what it counts happens; docs/metrics.md has them all; Prometheus' own tools read them, where
# they are installed.
. "$(dirname "$0")/lib.sh"

scrape() { curl -sS -m 60 "$url/metrics" >"$work/metrics"; }
# value SERIES: of the last scrape; a series is a name with its labels, as the text has it.
value() { awk -v series="$1" '$1 == series { print $2; found = 1 } END { exit !found }' "$work/metrics"; }
# is SERIES CONDITION: the series is there, and awk finds the condition true of its value v.
is() {
  local v
  scrape
  v=$(value "$1") && awk -v v="$v" "BEGIN { exit !($2) }"
}
holds() { # holds SERIES CONDITION
  is "$@" || bad "$1 is $2: $(value "$1" || echo absent)"
  checks=$((checks + 1))
}
# remembered, and moved since: moves SERIES COMPARISON COMMAND...
moves() {
  local series=$1 before
  scrape
  before=$(value "$series" || echo 0)
  "${@:3}"
  until_true 60 is "$series" "v $2 $before"
  checks=$((checks + 1))
}
answered() { curl -sS -m 60 -o "$work/ignored" "$@"; }

builtin="models/builtin/model.onnx models/builtin/config.json models/builtin/labels.txt"
# shellcheck disable=SC2086
mkdir -p "$work/models/one/1" "$work/models/one/2" "$work/models/broken" && cp $builtin "$work/models/one/1"
# shellcheck disable=SC2086
cp $builtin "$work/models/one/2"
echo nonsense >"$work/models/broken/model.onnx"
start --model-repository "$work/models" --model-versions 2 --default-model one --workers 1 --max-images 1024
one='model="one",version="2"'

# Before the first request of a model its histograms are there, and zero.
holds "senetd_stage_duration_seconds_count{stage=\"total\",$one}" 'v == 0'
holds "senetd_batch_size_count{$one}" 'v == 0'
holds "senetd_model_requests_total{outcome=\"success\",$one}" 'v == 0'

# Counters and histograms, of the version that was asked.
moves 'senetd_requests_total{route="/v1/predict",code="200"}' '>' answered -T "$image" "$url/v1/predict"
moves 'senetd_requests_total{route="other",code="404"}' '>' answered "$url/nowhere"
moves senetd_request_duration_seconds_count '>' answered "$url/healthz"
moves senetd_request_duration_seconds_sum '>' answered "$url/healthz"
moves 'senetd_request_duration_seconds_bucket{le="+Inf"}' '>' answered "$url/healthz"
for stage in queue decode preprocess inference total; do
  moves "senetd_stage_duration_seconds_count{stage=\"$stage\",$one}" '>' answered -T "$image" "$url/v1/predict"
  moves "senetd_stage_duration_seconds_sum{stage=\"$stage\",$one}" '>' answered -T "$image" "$url/v1/predict"
done
moves "senetd_batch_size_sum{$one}" '>' answered -F "a=@$image" -F "b=@$image" "$url/v1/predict"
moves "senetd_model_requests_total{outcome=\"success\",$one}" '>' answered -T "$image" "$url/v1/predict"
moves "senetd_model_requests_total{outcome=\"failure\",$one}" '>' answered -T README.md "$url/v1/predict"
holds 'senetd_batch_size_count{model="one",version="1"}' 'v == 0'
moves 'senetd_batch_size_count{model="one",version="1"}' '>' answered -T "$image" "$url/v1/models/one/versions/1/predict"

# Gates: another image moves the mean, one that drives the network to its ends moves the saturation.
gate='{model="one",layer="layer3.1.se"}'
moves "senetd_gate_mean$gate" '!=' answered -T docs/images/ship.jpg "$url/v1/predict"
jq -nc '{inputs: [{name: "input", datatype: "FP32", shape: [1,3,32,32], data: [range(3072) * 1000]}]}' >"$work/extreme"
moves "senetd_gate_saturated_ratio$gate" '>' answered --json "@$work/extreme" "$url/v2/models/one/infer"

# Gauges of the moment, while one request keeps the only worker and others wait.
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
jq -nc --arg pixel "$pixel" '{images: [range(1024) | $pixel], attention: "none", top_k: 1}' >"$work/long"
holds senetd_queue_depth 'v == 0'
holds senetd_inflight 'v == 1'
scrape
connections=$(value senetd_connections) descriptors=$(value process_open_fds)
for _ in 1 2 3; do
  answered -H 'Content-Type: application/json' --data-binary "@$work/long" "$url/v1/predict" &
  clients+=("$!")
done
until_true 60 is senetd_inflight 'v == 4'
until_true 60 is senetd_queue_depth 'v == 2'
until_true 60 is senetd_connections "v >= $connections + 3"
until_true 60 is process_open_fds "v >= $descriptors + 3"
kill "${clients[@]}"
wait "${clients[@]}" || true
until_true 60 is senetd_queue_depth 'v == 0'
until_true 60 is senetd_inflight 'v == 1'

# Models that come and go.
memory_of() { scrape && value senetd_model_memory_bytes; }
loaded=$(memory_of) resident=$(value process_resident_memory_bytes) virtual=$(value process_virtual_memory_bytes)
series=$(sed -n "s/^\(senetd_model_info{$one.*}\) 1\$/\1/p" "$work/metrics")
[ -n "$series" ] || bad "version 2 is in senetd_model_info"
call 200 -X POST "$url/v2/repository/models/one/unload"
until_true 60 is senetd_model_memory_bytes "v < $loaded"
! value "$series" || bad "an unloaded model is not in senetd_model_info"
moves 'senetd_model_loads_total{outcome="failure"}' '>' answered -X POST "$url/v2/repository/models/broken/load"
moves 'senetd_model_loads_total{outcome="success"}' '>' answered -X POST "$url/v2/repository/models/one/load"
holds "$series" 'v == 1'
holds senetd_model_memory_bytes "v == $loaded"
holds "senetd_batch_size_count{$one}" 'v == 0' # it starts anew

# The process.
scrape
cpu=$(value process_cpu_seconds_total)
burn() { answered -F "a=@$image" "$url/v1/predict" && is process_cpu_seconds_total "v > $cpu"; }
until_true 120 burn
for i in 1 2 3 4; do mkdir "$work/models/more$i" && cp "$work/models/one/1/"* "$work/models/more$i"; done
for i in 1 2 3 4; do call 200 -X POST "$url/v2/repository/models/more$i/load"; done
holds process_resident_memory_bytes "v > $resident"
holds process_virtual_memory_bytes "v > $virtual"
holds process_threads 'v > 1'
holds process_max_fds "v == $(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")"
scrape
awk -v started="$(value process_start_time_seconds)" -v now="$(date +%s)" \
  'BEGIN { exit !(started > now - 3600 && started <= now + 2) }' || bad "the process started just now"

# A decoder that somebody killed is replaced.
if pgrep -P "$pid" >"$work/decoders"; then
  moves 'senetd_decoder_restarts_total{reason="lost"}' '>' kill -KILL "$(head -n 1 "$work/decoders")"
fi

# The document has a row for each metric, with its type, labels and sense.
call 200 -T "$image" "$url/v1/predict"
scrape
awk '
  /^# HELP / { name = $3; sub(/^# HELP [^ ]+ /, ""); help[name] = $0; order[++count] = name; next }
  /^# TYPE / { type[$3] = $4; next }
  {
    series = $1; sub(/\{.*/, "", series); base = series; sub(/_(bucket|sum|count)$/, "", base)
    if (type[base] != "histogram") base = series
    if (base in labels) next
    names = ""; rest = $0
    while (match(rest, /[a-z]+="([^"\\]|\\.)*"/)) {
      label = substr(rest, RSTART, RLENGTH); sub(/=.*/, "", label)
      if (label != "le") names = names (names == "" ? "" : ", ") "`" label "`"
      rest = substr(rest, RSTART + RLENGTH)
    }
    labels[base] = names
  }
  END { for (i = 1; i <= count; i++) printf "| `%s` | %s | %s | %s |\n", order[i], type[order[i]], labels[order[i]], help[order[i]] }
' "$work/metrics" >"$work/table"
[ -z "${METRICS_TABLE:-}" ] || cp "$work/table" "$METRICS_TABLE"
diff <(grep '^| `' docs/metrics.md) "$work/table" >&2 || bad "docs/metrics.md has the table of the metrics that there are"
checks=$((checks + 1))

# Prometheus' tools, where they are installed: neither is needed for this test.
promtool=$(command -v "${PROMTOOL:-promtool}" || true) prometheus=$(command -v "${PROMETHEUS:-prometheus}" || true)
if [ -n "$promtool" ]; then
  "$promtool" check metrics <"$work/metrics" >"$work/findings" 2>&1 && [ ! -s "$work/findings" ] ||
    bad "promtool finds nothing: $(cat "$work/findings")"
  checks=$((checks + 1))
fi
if [ -n "$prometheus" ]; then
  printf '%s\n' 'global: {scrape_interval: 1s}' 'scrape_configs:' \
    "  - {job_name: senetd, static_configs: [{targets: ['127.0.0.1:$port']}]}" >"$work/prometheus.yml"
  # It takes no port 0: ports are tried until one is free.
  for _ in 1 2 3 4 5; do
    web=127.0.0.1:$((RANDOM % 20000 + 20000))
    "$prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="$web" \
      >"$work/prometheus.log" 2>&1 &
    daemons+=("$!")
    ended() { ! kill -0 "${daemons[-1]}" || curl -sS -m 5 -f "http://$web/-/ready"; }
    until_true 60 ended
    ! kill -0 "${daemons[-1]}" 2>/dev/null || break
  done
  query() { curl -sS -m 10 -f -G --data-urlencode "query=$1" "http://$web/api/v1/query" | jq -e ".data.result | $2"; }
  until_true 60 query 'up{job="senetd"}' '.[0].value[1] == "1"'
  for metric in $(sed -n 's/^# TYPE \([^ ]*\) \(counter\|gauge\)$/\1/p; s/^# TYPE \([^ ]*\) histogram$/\1_bucket/p' \
    "$work/metrics"); do
    until_true 60 query "$metric" 'length > 0'
    checks=$((checks + 1))
  done
  until_true 60 query 'histogram_quantile(0.9, sum by (le) (senetd_stage_duration_seconds_bucket{stage="inference"}))' \
    'length == 1'
  awk '/^```promql$/ { inside = 1; next } /^```$/ { inside = 0 } inside && !/^#/' docs/metrics.md >"$work/questions"
  [ -s "$work/questions" ] || bad "docs/metrics.md has questions"
  while read -r question; do
    query "$question" 'type == "array"' >/dev/null || bad "Prometheus understands $question"
    checks=$((checks + 1))
  done <"$work/questions"
  kill "${daemons[-1]}"
fi
[ -n "$promtool" ] && [ -n "$prometheus" ] || {
  [ -z "${PROMETHEUS_NEEDED:-}" ] || bad "promtool and prometheus are installed (Debian's package prometheus)"
  echo 'promtool or prometheus is not installed: not tried'
}
stop

# A log that cannot be written to is counted.
if [ -w /dev/full ]; then
  "$SENETD" --listen 127.0.0.1:0 --port-file "$work/full.port" >/dev/null 2>/dev/full &
  pid=$!
  daemons+=("$pid")
  until_true 60 test -s "$work/full.port"
  url=http://127.0.0.1:$(cat "$work/full.port")
  moves senetd_log_lines_lost_total '>' answered "$url/healthz"
  stop
fi
finish
