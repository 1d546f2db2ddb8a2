#!/usr/bin/env bash
# The access log: what a line says, in either form and place; rotation; traces.
. "$(dirname "$0")/lib.sh"
file="$work/access.log"
trace=0af7651916cd43dd8448eb211c80319c span=b7ad6b7169203331

# lines COUNT [FILE]: a line is written when the request is over, a moment after its answer.
lines() {
  enough() { [ "$(wc -l <"${2:-$file}")" -ge "$1" ]; }
  until_true 60 enough "$@"
  [ "$(wc -l <"${2:-$file}")" -eq "$1" ] || bad "there are $1 lines: $(cat "${2:-$file}")"
  checks=$((checks + 1))
}
# line EXPRESSION: true of the last line, which is JSON.
line() { true_of "$1" <(tail -n 1 "$file"); }

start --log-format json --access-log "$file" --log-level warning
[ "$(stat -c %a "$file")" = 640 ] || bad "strangers cannot read the access log"
call 200 -T "$image" -H 'X-Request-Id: my-id' -H "traceparent: 00-$trace-$span-01" "$url/v1/predict?top_k=1&attention=none"
lines 1
size=$(stat -L -c %s "$image") answer=$(stat -c %s "$work/body")
line ". as \$line | .event == \"access\" and .level == \"info\" and (.time | test(\"^[0-9-]+T[0-9:.]+Z\$\")) and
  .client == \"127.0.0.1\" and .id == \"my-id\" and .trace == \"$trace\" and .parent == \"$span\" and .method == \"PUT\" and
  .path == \"/v1/predict\" and .route == \"/v1/predict\" and .status == 200 and .bytes_in == $size and .bytes_out == $answer and
  .model == \"builtin\" and (.top | length > 0) and .decode_ms > 0 and .inference_ms > 0 and .preprocess_ms >= 0 and
  .queue_ms >= 0 and .ms >= .queue_ms + .decode_ms + .inference_ms"
printf '{"inputs":[{"name":"input","datatype":"BYTES","shape":[1],"data":["%s"]}]}' "$(base64 -w0 "$image")" >"$work/infer"
call 200 --json "@$work/infer" "$url/v2/models/builtin/infer"
lines 2
line ".inference_ms > 0 and .decode_ms > 0 and .bytes_in == $(stat -c %s "$work/infer") and (has(\"trace\") or has(\"parent\") | not)"
call 404 -d 1234567 "$url/nope?token=secret"
lines 3
line '.status == 404 and .route == "other" and .bytes_in == 7 and (has("inference_ms") or has("model") or has("top") | not)'
call 200 "$url/healthz"
lines 4
line '.bytes_in == 0 and .bytes_out == 13 and .path == "/healthz"'
! grep -q secret "$file" || bad "the query is not logged"

# Traces that are none.
count=4
for value in "00-$trace-$span-01-x" "ff-$trace-$span-01" "00-${trace^^}-$span-01" "00-$(printf '%032d' 0)-$span-01" "x"; do
  call 200 -H "traceparent: $value" "$url/healthz"
  lines $((count += 1))
  line 'has("trace") or has("parent") | not'
done
call 200 -H "traceparent: 00-$trace-$span-01" -H "traceparent: 00-$trace-$span-01" "$url/healthz"
lines $((count += 1))
line 'has("trace") | not'
call 200 -H "TraceParent: cc-$trace-$span-01-later" "$url/healthz"
lines $((count += 1))
line ".trace == \"$trace\""

# Rotation, while requests go on: no line is lost, each is whole, and the old file gets no more.
requests=60
for _ in $(seq "$requests"); do curl -sS -o /dev/null "$url/healthz"; done &
client=$!
for round in 1 2 3; do
  mv "$file" "$file.$round"
  kill -USR1 "$pid"
  until_true 60 test -e "$file"
done
wait "$client"
total() { [ "$(cat "$file" "$file".[123] | wc -l)" -ge $((count + requests)) ]; }
until_true 60 total
[ "$(cat "$file" "$file".[123] | jq -c 'select(.event == "access")' | wc -l)" -eq $((count + requests)) ] ||
  bad "each request has one line, wherever it is"
# A file that cannot be opened leaves the old one in use.
mv "$file" "$file.4"
mkdir "$file"
kill -USR1 "$pid"
until_true 60 grep -q '"event":"access_log_not_reopened".*"problem":"Is a directory"' "$log"
before=$(wc -l <"$file.4")
call 200 "$url/healthz"
lines $((before + 1)) "$file.4"
! grep -q '"event":"access"' "$log" || bad "with a file, standard error has no access lines"
stop

# As text, and on standard error.
start --access-log "$work/text.log"
call 200 -T "$image" -H "traceparent: 00-$trace-$span-01" "$url/v1/predict"
lines 1 "$work/text.log"
grep -Eq "^[0-9TZ:.-]+ info access client=127\.0\.0\.1 id=[0-9a-f]{16} trace=$trace parent=$span method=PUT path=/v1/predict route=/v1/predict status=200 bytes_in=$size bytes_out=[0-9]+ ms=[0-9.]+ queue_ms=[0-9.]+ decode_ms=[0-9.]+ preprocess_ms=[0-9.]+ inference_ms=[0-9.]+ model=builtin top=[a-z]+\$" \
  "$work/text.log" || bad "the line has its form: $(cat "$work/text.log")"
stop
start
kill -USR1 "$pid" # nothing to open again
call 200 "$url/healthz"
until_true 60 grep -q ' info access .*path=/healthz' "$log"
healthy
stop

# A place where none can be, and one that nobody reads.
mkfifo "$work/pipe"
for place in "$work/no/such/folder" "$work" "$work/pipe"; do
  ! timeout 60 "$SENETD" --listen 127.0.0.1:0 --log-level error --access-log "$place" 2>"$work/err" || bad "$place is refused"
  grep -q "^senetd: access_log: $place: " "$work/err" || bad "it is said why: $(cat "$work/err")"
done
finish
