#!/usr/bin/env bash
# Signals: what was accepted is answered, and the daemon ends as it should.
. "$(dirname "$0")/lib.sh"

# 200 requests, 16 at a time, with SIGTERM in the middle. A request whose connection was made gets a complete answer;
# the others are refused by the kernel.
for signal in TERM INT; do
  start --log-level warning
  export url image work
  one() {
    local status=0 answer
    answer=$(curl -sS -m 60 -o "$work/answer-$1" -w '%{http_code} %{time_connect}' -T "$image" "$url/v1/predict" \
      2>"$work/error-$1") || status=$?
    echo "$status $answer"
  }
  export -f one
  seq 200 | xargs -P 16 -I{} bash -c 'one {}' >"$work/results-$signal" &
  loop=$!
  some_done() { [ "$(wc -l <"$work/results-$signal")" -ge 40 ]; }
  until_true 120 some_done
  kill -"$signal" "$pid"
  exits 0
  wait "$loop" || bad "the loop itself ends"
  [ "$(wc -l <"$work/results-$signal")" -eq 200 ] || bad "there are 200 results"
  # 0: answered. 7: not connected. Anything else is a request that was accepted and lost.
  awk '$1 == 0 && ($2 == 200 || $2 == 503) { answered++; next } $1 == 7 { refused++; next } { print; lost++ }
    END { print answered + 0, "answered,", refused + 0, "refused,", lost + 0, "lost"; exit lost > 0 || answered < 40 }' \
    "$work/results-$signal" >"$work/count" || bad "nothing is lost: $(cat "$work/count")"
  for answer in "$work"/answer-*; do jq -e '.id or .error' "$answer" >/dev/null || bad "a whole answer: $(cat "$answer")"; done
  rm -f "$work"/answer-*
  checks=$((checks + 1))
done

# A body that is still arriving is waited for; what is idle is not; new connections are refused; readyz tells.
start --shutdown-timeout 20
exec {idle}<>"/dev/tcp/127.0.0.1/$port" {slow}<>"/dev/tcp/127.0.0.1/$port" {probe}<>"/dev/tcp/127.0.0.1/$port"
size=$(stat -c %s "$image")
printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n' "$size" >&"$slow"
head -c 100 "$image" >&"$slow"
printf 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n' >&"$probe"
until_true 10 grep -q 'path=/readyz .*status=200' "$log"
kill -HUP "$pid" # not yet a reload, but not the end either
until_true 10 grep -q 'reload' "$log"
kill -TERM "$pid"
until_true 10 grep -q 'stopping' "$log"
printf 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n' >&"$probe"
timeout 30 cat <&"$probe" >"$work/probe" || bad "the probe's connection is closed"
grep -q 'HTTP/1.1 503' "$work/probe" || bad "readyz says 503 while stopping: $(cat "$work/probe")"
grep -q '"ready":false,"reason":' "$work/probe" || bad "readyz gives a reason"
grep -qi '^Connection: close' "$work/probe" || bad "the connection ends with the answer"
timeout 30 cat <&"$idle" >"$work/idle" || bad "the idle connection is closed"
[ ! -s "$work/idle" ] || bad "an idle connection is owed nothing"
refused_now() { ! (exec 3<>"/dev/tcp/127.0.0.1/$door") 2>/dev/null; }
until_true 10 refused_now
kill -0 "$pid" || bad "the daemon waits for the upload"
tail -c +101 "$image" >&"$slow"
timeout 30 cat <&"$slow" >"$work/slow" || bad "the upload's connection is closed"
grep -q '^HTTP/1.1 200' "$work/slow" || bad "the slow upload is answered: $(cat "$work/slow")"
exits 0
exec {idle}>&- {slow}>&- {probe}>&-

# An upload that does not end is cut off when the time is up.
start --shutdown-timeout 1
exec {slow}<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin' >&"$slow"
active() { curl -sS "$url/metrics" | grep -q '^senetd_inflight 2$'; }
until_true 10 active
kill -TERM "$pid"
exits 0
timeout 10 cat <&"$slow" >"$work/slow" || true
grep -q '^HTTP/1.1 503' "$work/slow" || bad "the unfinished upload is told: $(cat "$work/slow")"
grep -q '"code":"draining"' "$work/slow" || bad "the unfinished upload is told why: $(cat "$work/slow")"
exec {slow}>&-

# A second signal ends it at once.
start
exec {slow}<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin' >&"$slow"
until_true 10 active
kill -TERM "$pid"
until_true 10 grep -q 'stopping' "$log"
kill -TERM "$pid"
exits 1
exec {slow}>&-

# A signal before anything has happened.
start
stop
finish
