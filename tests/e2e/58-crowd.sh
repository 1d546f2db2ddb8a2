#!/usr/bin/env bash
# More connections than there may be: of all clients, of one, and than there are descriptors for.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
crowd=()
gather() { # gather N: so many open connections that say nothing
  local connection
  for ((i = 0; i < $1; i++)); do
    exec {connection}<>"/dev/tcp/127.0.0.1/$port"
    crowd+=("$connection")
  done
}
disperse() {
  local connection
  for connection in "${crowd[@]}"; do exec {connection}>&-; done
  crowd=()
}
# At the limit everything but health and metrics is refused, at once and without its body.
overcrowded() { # overcrowded STATUS CODE
  full() { [ "$(curl -sS -m 60 -o "$work/body" -w '%{http_code}' -T "$image" "$url/v1/predict")" = "$1" ]; }
  until_true 30 full "$1"
  true_of ".code == \"$2\""
  call "$1" -T "$image" "$url/v1/predict"
  [ -n "$(header Retry-After)" ] && [ "$(header Connection)" = close ] || bad "the refusal is complete: $(cat "$work/head")"
  call "$1" "$url/v1/models"
  for path in /healthz /readyz /metrics /v2/health/live /v2/health/ready; do
    call 200 "$url$path"
    [ "$(header Connection)" = close ] || bad "$path is answered once"
  done
}
# Those that make room need a moment to go.
lives() { [ "$(curl -sS -m 60 -o /dev/null -w '%{http_code}' "$url/v2/health/live")" = 200 ]; }
ordinary() { [ "$(curl -sS -m 60 -o /dev/null -w '%{http_code}' -T "$image" "$url/v1/predict")" = 200 ]; }

start --connection-limit 5
gather 4
until_true 30 connections_are 5
call 200 -T "$image" "$url/v1/predict" # the fifth
until_true 30 connections_are 5 # which is gone, or the next would be one too many
gather 1
overcrowded 503 connection_limit
grep -q 'path=/v1/predict .*status=503' "$log" || bad "who is refused is in the log"
# Far more than that, and health checks come through.
gather 60
until_true 30 lives
call 200 "$url/metrics"
# The silent ones that came too late are told, unless they have not ended a handshake: then nothing can be said.
if [ -z "$TLS" ]; then
  timeout 60 cat <&"${crowd[5]}" >"$work/raw" || bad "a silent one is told in time"
  grep -q '^HTTP/1.1 503' "$work/raw" && grep -q connection_limit "$work/raw" || bad "it is told why: $(cat "$work/raw")"
fi
disperse
until_true 30 ordinary
nothing_left
stop

start --connections-per-client 3
gather 3
overcrowded 429 client_connection_limit
disperse
until_true 30 ordinary
nothing_left
stop

# Few descriptors: fewer connections, said at the start, and the same holds for them.
cat >"$work/senetd" <<'SCRIPT'
#!/bin/sh
ulimit -n 100
exec "$REAL_SENETD" "$@"
SCRIPT
chmod +x "$work/senetd"
export REAL_SENETD=$SENETD
places=50
[ -z "$TLS" ] || places=16 # three each
SENETD="$work/senetd" start
grep -q 'descriptors problem=.*limit=100 connections='"$places" "$log" || bad "it says how many connections there may be: $(cat "$log")"
gather "$places"
overcrowded 503 connection_limit
gather 200
until_true 30 lives
disperse
until_true 30 ordinary
nothing_left
stop

[ -z "$TLS" ] || { finish; exit; }
# None left at all, because the model, the log or somebody else's library took them: each new client is told.
SENETD="$work/senetd" start
until_true 30 ordinary
prlimit --pid "$pid" --nofile=24:100
gather 40
refused_kindly() { [ "$(curl -sS -m 60 -o "$work/body" -w '%{http_code}' "$url/v1/models")" = 503 ]; }
until_true 30 refused_kindly
true_of '.code == "connection_limit"'
[ "$(grep -c 'out of descriptors' "$log")" = 1 ] || bad "it says so once: $(grep -c 'out of descriptors' "$log")"
disperse
until_true 60 ordinary
until_true 30 grep -q 'there are descriptors again' "$log"
nothing_left
stop
finish
