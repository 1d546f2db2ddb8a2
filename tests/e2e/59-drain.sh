#!/usr/bin/env bash
# A hundred ends under load, and what a load balancer sees of one.
. "$(dirname "$0")/lib.sh"
flags="${secure[*]}"
export image work SENETD flags scheme

# 8 clients send one request after another, on connections that they keep, until one fails. In their midst comes SIGTERM:
# a request whose connection was made is answered whole; the next is refused by the kernel (7). The daemon exits 0.
for _ in $(seq 1000); do printf 'url = "URL/v1/predict?attention=none"\nupload-file = "%s"\noutput = "/dev/null"\n' "$image"; done >"$work/requests"
round() {
  local folder="$work/round-$1" clients=() status=0 first line i
  mkdir "$folder"
  # shellcheck disable=SC2086
  "$SENETD" $flags --listen 127.0.0.1:0 --port-file "$folder/port" --log-level error --workers 2 >/dev/null 2>"$folder/log" &
  local daemon=$!
  until [ -s "$folder/port" ]; do kill -0 "$daemon" 2>/dev/null || { echo "does not start"; return; }; sleep 0.05; done
  sed "s|URL|$scheme://127.0.0.1:$(cat "$folder/port")|" "$work/requests" >"$folder/requests"
  # On standard error, which is not buffered.
  client() { curl -s -m 60 --fail-early -w '%{stderr}%{exitcode} %{http_code} %{size_download}\n' -K "$folder/requests" 2>&1; }
  for i in 2 3 4 5 6 7 8; do
    client >"$folder/client-$i" &
    clients+=("$!")
  done
  # The first one's results are read here. Earlier and later, as it comes: the rounds differ.
  exec {first}< <(client)
  for i in $(seq $((1 + $1 % 5))); do read -r line <&"$first" && echo "$line"; done >"$folder/client-1"
  kill -TERM "$daemon"
  wait "$daemon" || status=$?
  [ "$status" -eq 0 ] || echo "exits $status: $(cat "$folder/log")"
  cat <&"$first" >>"$folder/client-1"
  exec {first}<&-
  wait "${clients[@]}" || true
  cat "$folder"/client-* | awk '$1 == 0 && ($2 == 200 || $2 == 503) && $3 > 0 { answered++; next } $1 == 7 { refused++; next }
    { print "lost:", $0 } END { print "answered", answered + 0, "refused", refused + 0 }'
  [ "$(tail -qn 1 "$folder"/client-* | grep -c '^7 ')" -eq 8 ] || echo "not every client was refused at last"
  rm -rf "$folder"
}
export -f round
seq 100 | xargs -P 6 -I{} bash -c 'round {}' >"$work/rounds"
! grep -qv '^answered' "$work/rounds" || bad "nothing is lost: $(grep -v '^answered' "$work/rounds" | head)"
[ "$(wc -l <"$work/rounds")" -eq 100 ] || bad "there were a hundred rounds"
awk '{ answered += $2; refused += $4; midst += $2 > 0 && $4 > 0 } END { exit !(answered > 1000 && midst == 100) }' "$work/rounds" ||
  bad "the signal comes in the midst of requests"
checks=$((checks + 100))

# drain_delay: not ready, and yet accepting; then closed.
start --drain-delay 2
kill -TERM "$pid"
until_true 10 grep -q 'stopping' "$log"
call 503 "$url/readyz"
true_of '.ready == false and .reason == "stopping"'
[ "$(header Connection)" = close ] || bad "answers say that the connection ends"
[ -n "$(header Retry-After)" ] || bad "503 says when to come back"
call 200 -T "$image" "$url/v1/predict"
call 200 "$url/healthz"
exits 0
grep -q 'cut_off=0' "$log" || bad "nobody is cut off"
refused_now() { ! (exec 3<>"/dev/tcp/127.0.0.1/$door") 2>/dev/null; }
refused_now || bad "the port is closed"

# A second signal ends it at once, during the delay and after it.
start --drain-delay 600
kill -TERM "$pid"
until_true 10 grep -q 'stopping' "$log"
kill -INT "$pid"
exits 1
grep -q 'a second signal' "$log" || bad "the log says why"
start --shutdown-timeout 600
exec {slow}<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin' >&"$slow"
active() { curl -sS "$url/metrics" | grep -q '^senetd_inflight 2$'; }
until_true 10 active
kill -INT "$pid"
until_true 10 grep -q 'stopping' "$log"
until_true 10 refused_now
kill -TERM "$pid"
exits 1
exec {slow}>&-

# What still waits for a worker when the time is up is told so; what has its deadline before that, too.
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
jq -n --arg pixel "$pixel" '{images: [range(1024) | $pixel], attention: "none", top_k: 1}' >"$work/long"
start --workers 1 --max-images 1024 --shutdown-timeout 2
for i in 1 2 3 4 5 6 7 8; do
  curl -sS -m 120 -o "$work/answer-$i" -w '%{http_code}\n' -H 'Content-Type: application/json' \
    --data-binary "@$work/long" "$url/v1/predict" >"$work/status-$i" &
  waiting[i]=$!
done
inflight() { curl -sS "$url/metrics" | grep -q "^senetd_inflight $1\$"; }
until_true 60 inflight 9 # with the question itself
curl -sS -m 120 -o "$work/late" -w '%{http_code}\n' -H 'X-Request-Timeout-Ms: 900' -T "$image" "$url/v1/predict" >"$work/status-late" &
waiting[9]=$!
until_true 60 inflight 10
kill -TERM "$pid"
exits 0
wait "${waiting[@]}" || bad "everybody gets an answer"
cat "$work"/status-[1-8] | sort -u | tr '\n' ' ' >"$work/statuses"
grep -Eq '^(200 )?503 $' "$work/statuses" || bad "what waits is answered 503 at the end: $(cat "$work/statuses")"
grep -q '^50[34]$' "$work/status-late" || bad "who waits in vain is told: $(cat "$work/status-late")"
finish
