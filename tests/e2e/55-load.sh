#!/usr/bin/env bash
# Many at once: the same answers as alone, a full queue that says so, and clients that do not wait.
. "$(dirname "$0")/lib.sh"
start --workers 3
export url image work

# Different requests in turns, so that a session that remembered the one before would be seen.
other=tests/fixtures/images/decode/jpeg_progressive.jpg
layer=$(curl -sS "$url/v1/models" | jq -r '.models[0].se_blocks[0].layer')
jq -n --rawfile image <(base64 -w 0 "$image") --arg layer "$layer" '{image: $image, gates: {($layer): 0.5}}' >"$work/json"
head -c 300 "$image" >"$work/broken"
ask() { # ask KIND: the answer without what differs from one request to the next
  case $1 in
  0) curl -sS -m 60 -T "$image" "$url/v1/predict" ;;
  1) curl -sS -m 60 -F "a=@$other" -F "b=@$image" "$url/v1/predict?attention=summary" ;;
  2) curl -sS -m 60 -H "Content-Type: application/json" --data-binary "@$work/json" "$url/v1/predict" ;;
  3) curl -sS -m 60 -T "$work/broken" "$url/v1/predict" ;;
  4) curl -sS -m 60 -o /dev/null "$url/metrics" && echo '{}' ;;
  esac | jq -S 'del(.id, .timing_ms)'
}
export other
export -f ask
for kind in 0 1 2 3 4; do ask "$kind" >"$work/alone-$kind"; done
true_of '.predictions' "$work/alone-0"
true_of '.results | length == 2' "$work/alone-1"
true_of '.gates_overridden' "$work/alone-2"
true_of '.error' "$work/alone-3"
compare() { ask $(($1 % 5)) | cmp -s - "$work/alone-$(($1 % 5))" || echo "$1"; }
export -f compare
seq 80 | xargs -P 8 -I{} bash -c 'compare {}' >"$work/different"
[ ! -s "$work/different" ] || bad "answers under load are the same as alone: $(cat "$work/different")"
checks=$((checks + 1))
stop

# One worker that is busy, one place in the queue: the others hear 503 at once, and when to come back.
start --workers 1 --queue-limit 1 --max-images 300 --answer-timeout 600
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
jq -n --arg pixel "$pixel" '{images: [range(300) | $pixel], attention: "none", top_k: 1}' >"$work/long"
long() { curl -sS -m 120 -o "$work/long-$1" -D "$work/head-$1" -w '%{http_code}\n' -H "Content-Type: application/json" --data-binary "@$work/long" "$url/v1/predict"; }
export -f long
seq 8 | xargs -P 8 -I{} bash -c 'long {}' >"$work/statuses"
[ "$(sort -u "$work/statuses" | tr '\n' ' ')" = '200 503 ' ] || bad "some are answered, some refused: $(cat "$work/statuses")"
refusal=$(grep -l '^HTTP/1.1 503' "$work"/head-* | head -n 1)
grep -qi '^Retry-After: [1-9]' "$refusal" || bad "503 says when to come back"
true_of '.code == "queue_full"' "${refusal/head/long}"
healthy

# A client that hangs up while it waits: its work is not done.
long 1 >"$work/statuses" &
waiting=$!
busy() { curl -sS "$url/metrics" | grep -q '^senetd_inflight 2$'; }
until_true 60 busy
size=$(stat -c %s "$image")
for _ in 1 2 3; do
  exec {hasty}<>"/dev/tcp/127.0.0.1/$port"
  { printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n' "$size" && cat "$image"; } >&"$hasty"
  exec {hasty}>&-
done
# HTTP goes on while the worker is busy.
call 200 "$url/v1/models"
wait "$waiting" && [ "$(cat "$work/statuses")" = 200 ] || bad "the one who waits is answered"
left() { curl -sS "$url/metrics" | grep -q '^senetd_requests_total{route="/v1/predict",code="499"} [1-9]'; }
until_true 60 left
idle() { curl -sS "$url/metrics" | grep -q '^senetd_inflight 1$'; }
until_true 60 idle
healthy
stop

# Bytes are bounded too: what does not fit is refused, and its memory is given back.
start --max-buffered-bytes 1MiB --max-body-bytes 1MiB
head -c 600000 /dev/zero >"$work/big"
exec {upload}<>"/dev/tcp/127.0.0.1/$port"
{ printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 600001\r\n\r\n' && cat "$work/big"; } >&"$upload"
# Until all of that has been read, there may be room for another.
refused_for_now() {
  [ "$(curl -sS -m 60 -o "$work/body" -w '%{http_code}' -T "$work/big" "$url/v1/predict")" = 503 ]
}
until_true 30 refused_for_now
refused 503 queue_full -T "$work/big" "$url/v1/predict"
printf x >&"$upload"
head -c 12 <&"$upload" >"$work/raw"
grep -q '^HTTP/1.1 415' "$work/raw" || bad "the one that had the memory is served: $(cat "$work/raw")"
exec {upload}>&-
call 415 -T "$work/big" "$url/v1/predict"
stop
! "$SENETD" -t --max-buffered-bytes 1MiB --max-body-bytes 2MiB 2>"$work/error" || bad "a body must fit into all of them"
grep -q 'max_body_bytes (2097152).*max_buffered_bytes (1048576)' "$work/error" || bad "both are named: $(cat "$work/error")"
checks=$((checks + 1))
finish
