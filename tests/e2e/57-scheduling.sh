#!/usr/bin/env bash
# Who waits, for how long, and in whose company: threads, limits of the queue, deadlines, batches.
. "$(dirname "$0")/lib.sh"
export image work
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
# A request that keeps a worker for long, and shares it with nobody: its gates are its own.
many() {
  jq -n --arg pixel "$pixel" --argjson count "$1" '{images: [range($count) | $pixel], attention: "none", top_k: 1,
    gates: {"layer1.0.se": "identity"}}'
}

# occupy: such a request is being worked on. Sets `long`, the process that waits for it.
occupy() {
  curl -sS -m 120 -o "$work/long-answer" -w '%{http_code}' -H 'Content-Type: application/json' \
    --data-binary "@$work/long" "$url/v1/predict" >"$work/long-status" &
  long=$!
  until_true 60 metric senetd_inflight 2
  until_true 60 metric senetd_queue_depth 0
}
metric() { curl -sS "$url/metrics" | grep -q "^$1 $2\$"; }
# ended: the long request has its answer.
ended() {
  wait "$long" && [ "$(cat "$work/long-status")" = "${1:-200}" ] || bad "the long request is answered ${1:-200}: $(cat "$work/long-status")"
  checks=$((checks + 1))
}
# wait_in_queue NAME CURL-ARGUMENTS...: a request in the background, with its answer in $work/NAME.*
wait_in_queue() {
  local name=$1
  shift
  curl -sS -m 120 -o "$work/$name.body" -D "$work/$name.head" -w '%{http_code} %{time_total}' "$@" "$url/v1/predict" \
    >"$work/$name.status" &
  waiting+=("$!")
}
waiting=()
all_answered() {
  wait "${waiting[@]}" || bad "all get an answer"
  waiting=()
}
status_of() { cut -d ' ' -f 1 "$work/$1.status"; }

# The plan for threads is told, and follows the options.
start --workers 2 --max-images 1024
many 20 >"$work/twenty"
call 200 -H 'Content-Type: application/json' --data-binary "@$work/twenty" "$url/v1/predict"
# A second and a half here, whatever the machine and the build.
count=$(jq '[[20 * 1500 / .timing_ms.total | floor, 60] | max, 1000] | min' "$work/body")
many "$count" >"$work/long"
call 200 "$url/v1/models"
true_of '.threads | (keys == ["cores", "per_inference", "source", "workers"]) and .source == "option" and .workers == 2'
true_of '.threads | .cores >= 1 and .per_inference == ([.cores, 64] | min)'
grep -q 'workers=2' "$log" || bad "the log tells the workers"
stop
start --threads 3
call 200 "$url/v1/models"
true_of '.threads | .per_inference == 3 and (.source == "affinity" or .source == "cgroup") and .workers == ([.cores, 256] | min)'
call 200 -T "$image" "$url/v1/predict"
stop
mask=$(taskset -cp $$)
taskset -cp "$(sed 's/.*: //; s/[-,].*//' <<<"$mask")" $$ >/dev/null
start
call 200 "$url/v1/models"
true_of '.threads == {"cores": 1, "source": "affinity", "workers": 1, "per_inference": 1}'
stop
taskset -cp "${mask##*: }" $$ >/dev/null

# A queue that is full by count, to the exact place; and Retry-After is a number of seconds that the sentence repeats.
start --workers 1 --queue-limit 2 --max-images 1024 --answer-timeout 600
call 200 -T "$image" "$url/v1/predict"
occupy
wait_in_queue first -T "$image"
until_true 60 metric senetd_queue_depth 1
wait_in_queue second -T "$image"
until_true 60 metric senetd_queue_depth 2
refused 503 queue_full -T "$image" "$url/v1/predict"
retry=$(header Retry-After)
[ "$retry" -ge 1 ] && [ "$retry" -le 60 ] || bad "Retry-After is from 1 to 60: '$retry'"
true_of ".error | contains(\"try again in $retry second\")"
ended
until_true 60 metric senetd_queue_depth 0
all_answered
[ "$(status_of first) $(status_of second)" = '200 200' ] || bad "those who were in the queue are answered"
# The long request is part of the pace now: whole seconds for two like it.
occupy
wait_in_queue first -T "$image"
until_true 60 metric senetd_queue_depth 1
wait_in_queue second -T "$image"
until_true 60 metric senetd_queue_depth 2
refused 503 queue_full -T "$image" "$url/v1/predict"
[ "$(header Retry-After)" -ge "$retry" ] || bad "a slower pace is a longer wait"
ended
all_answered
stop

# Full by bytes, to the exact byte; a body of any size may wait alone.
size=$(stat -c %s "$image")
start --workers 1 --queue-bytes $((2 * size)) --max-images 1024 --answer-timeout 600
occupy
wait_in_queue first -T "$image"
until_true 60 metric senetd_queue_depth 1
wait_in_queue second -T "$image"
until_true 60 metric senetd_queue_depth 2
printf x >"$work/byte"
refused 503 queue_full --data-binary "@$work/byte" "$url/v1/predict"
header Retry-After | grep -q '^[1-9]' || bad "503 says when to come back"
ended
all_answered
[ "$(status_of first) $(status_of second)" = '200 200' ] || bad "those who were in the queue are answered"
stop

# Deadlines. What is no positive whole number is refused; what is huge is capped.
start --workers 1 --max-images 1024 --answer-timeout 600
for malformed in 0 -1 1.5 1e3 abc '100, 100' 0x10; do
  refused 400 invalid_argument -H "X-Request-Timeout-Ms: $malformed" -T "$image" "$url/v1/predict"
done
refused 400 invalid_argument -H 'X-Request-Timeout-Ms;' -T "$image" "$url/v1/predict"
refused 400 invalid_argument -H 'X-Request-Timeout-Ms: 9' -H 'X-Request-Timeout-Ms: 9' -T "$image" "$url/v1/predict"
call 200 -H 'X-Request-Timeout-Ms: 600000' -T "$image" "$url/v1/predict"
call 200 -H "X-Request-Timeout-Ms: $(printf '9%.0s' {1..300})" -T "$image" "$url/v1/predict"
call 200 -H 'X-Request-Timeout-Ms: 1' "$url/healthz"
# One that waits is answered while the worker is still busy, and its place is free.
occupy
wait_in_queue late -H 'X-Request-Timeout-Ms: 100' -T "$image"
answered() { [ "$(status_of late)" = 504 ]; }
until_true 60 answered
until_true 60 metric senetd_queue_depth 0
kill -0 "$long" || bad "the worker is still busy"
true_of '.code == "deadline_passed"' "$work/late.body"
kill "$long" # and one that is being worked on is given up when its client leaves
wait "$long" || true
left_early() { curl -sS "$url/metrics" | grep -q "^senetd_requests_total{route=\"/v1/predict\",code=\"499\"} $1\$"; }
until_true 60 left_early 1
healthy
# One that is being worked on is given up between images.
inferences() { curl -sS "$url/metrics" | sed -n 's/^senetd_batch_size_count{[^}]*} //p'; }
before=$(inferences)
call 504 -H 'Content-Type: application/json' -H 'X-Request-Timeout-Ms: 50' --data-binary "@$work/long" "$url/v1/predict"
true_of '.code == "deadline_passed"'
[ $(($(inferences) - before)) -lt "$count" ] || bad "what is late is not worked on"
healthy
stop

# Who hangs up while he waits leaves his place, within a second or so: of a network that takes its time.
start --workers 1 --max-images 1024 --answer-timeout 600 --model tests/fixtures/networks/basic_dense
call 200 -H 'Content-Type: application/json' --data-binary "@$work/twenty" "$url/v1/predict"
many "$(jq '[[20 * 10000 / .timing_ms.total | floor, 60] | max, 1000] | min' "$work/body")" >"$work/long"
occupy
curl -sS -m 120 -o /dev/null -T "$image" "$url/v1/predict" 2>/dev/null &
hasty=$!
until_true 60 metric senetd_queue_depth 1
kill "$hasty"
until_true 60 metric senetd_queue_depth 0
kill -0 "$long" || bad "the worker is still busy"
kill "$long"
wait "$long" || true
until_true 60 left_early 2
healthy
stop
many "$count" >"$work/long"

# The server's own limit, without any header.
start --workers 1 --max-images 1024 --answer-timeout 1
for i in 1 2 3 4 5 6 7 8; do
  wait_in_queue "long$i" -H 'Content-Type: application/json' --data-binary "@$work/long"
done
all_answered
for i in 1 2 3 4 5 6 7 8; do status_of "long$i"; done | sort -u | tr '\n' ' ' >"$work/statuses"
grep -Eq '^(200 )?504 $' "$work/statuses" || bad "seconds of work do not fit into one: $(cat "$work/statuses")"
healthy
stop

# Batches: the same answers as alone, whatever else is in the batch.
numbers='del(.id, .timing_ms) | walk(if type == "number" then (. * 1e4 | round) else . end)'
other=docs/images/ship.jpg
start --workers 1
for i in 1 2; do
  curl -sS -T "$([ "$i" = 1 ] && echo "$image" || echo "$other")" "$url/v1/predict" | jq -S "$numbers" >"$work/alone-$i"
done
curl -sS -F "a=@$image" -F "b=@$other" -F "c=@$image" -F "d=@$other" -F "e=@$image" "$url/v1/predict" | jq -S "$numbers" >"$work/alone-5"
stop
start --workers 1 --max-batch 4 --max-images 1024 --answer-timeout 600
batches() { curl -sS "$url/metrics" | sed -n "s/^senetd_batch_size_bucket{.*,le=\"$1\"} //p"; }
curl -sS -F "a=@$image" -F "b=@$other" -F "c=@$image" -F "d=@$other" -F "e=@$image" "$url/v1/predict" | jq -S "$numbers" | cmp - "$work/alone-5" ||
  bad "a request's own images are a batch, and their answers the same"
[ "$(batches 1) $(batches 2) $(batches 4)" = '1 1 2' ] || bad "five images are a batch of four and one: $(batches 1) $(batches 2) $(batches 4)"
occupy
head -c 300 "$image" >"$work/broken"
for i in 1 2 3 4 5 6 7 8; do
  wait_in_queue "w$i" -T "$([ $((i % 2)) = 1 ] && echo "$image" || echo "$other")"
done
wait_in_queue broken -T "$work/broken"
wait_in_queue gates -H 'Content-Type: application/json' \
  --data-binary "$(jq -n --rawfile image <(base64 -w 0 "$image") '{image: $image, gates: {"layer1.0.se": 0.5}}')"
until_true 60 metric senetd_queue_depth 10
ended
all_answered
for i in 1 2 3 4 5 6 7 8; do
  jq -S "$numbers" "$work/w$i.body" | cmp - "$work/alone-$((2 - i % 2))" || bad "answer $i is the same as alone"
done
[ "$(status_of broken)" = 422 ] || bad "a broken image fails alone: $(cat "$work/broken.status")"
jq -e '.gates_overridden == ["layer1.0.se"]' "$work/gates.body" >/dev/null || bad "gates are replaced for their request alone"
[ $(($(batches 4) - $(batches 2))) -ge 2 ] || bad "images that wait are batches of four: $(curl -sS "$url/metrics" | grep senetd_batch)"
true_of '.timing_ms | .inference > 0 and .total >= .inference' "$work/w1.body"
checks=$((checks + 8))
healthy
stop

# A model that is made for one image at a time is served so, and the log says it.
mkdir "$work/fixed"
cp tests/fixtures/cli/relatives.onnx "$work/fixed/model.onnx"
start --max-batch 2 --model "$work/fixed"
grep -q ' batch .*model=fixed' "$log" || bad "the log says that there are no batches"
call 200 -F "a=@$image" -F "b=@$other" "$url/v1/predict"
true_of '.results | length == 2'
stop
finish
