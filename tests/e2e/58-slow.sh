#!/usr/bin/env bash
# Clients that take their time: in the headers, in the body, in reading the answer.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
start --connection-timeout 30 --header-timeout 2 --body-timeout 4 --response-timeout 2 --max-images 1024 --answer-timeout 600

drip() { # drip TEXT: until the other end has had enough
  for _ in {1..240}; do printf "$1" 2>/dev/null && sleep 0.25 || break; done
}
# within SECONDS: since SECONDS was set to 0; a slow machine has its time.
within() { [ "$SECONDS" -lt "$1" ] || bad "it takes less than $1 s (it takes $SECONDS)"; }

SECONDS=0
drip g | refuses 408 request_timeout 'a dripping request line'
{ printf 'GET /healthz HTTP/1.1\r\n' && drip 'X: y\r\n'; } | refuses 408 request_timeout 'dripping headers'
{ printf "$get$post" && drip 'X: y\r\n'; } | answers '200 408' 'dripping headers of a second request'
{ printf "${post}Content-Length: 1000\r\n\r\n" && drip x; } | refuses 408 request_timeout 'a dripping body'
{ printf "${post}Transfer-Encoding: chunked\r\n\r\n" && drip '1\r\nx\r\n'; } | refuses 408 request_timeout 'dripping chunks'
{ printf "${post}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n" && drip 'X: y\r\n'; } |
  refuses 408 request_timeout 'dripping trailers'
{ printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n' && drip x; } |
  refuses 408 request_timeout 'the dripping body of a GET'
{ printf "${post}Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n" && drip x; } | answers '100 408' 'an expectation and a drip'
within "${TLS:+1}60" # before the end of a connection with TLS there are five seconds for the client to close
grep -q 'method=GET path=/healthz route=other status=408' "$log" || bad "a head that did not come is in the log"
grep -q 'route=/v1/predict status=408' "$log" || bad "a body that did not come is in the log"

# The answer: what the kernel's buffers cannot hold, to a client that reads a little now and then.
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
jq -n --arg pixel "$pixel" '{images: [range(1024) | $pixel]}' >"$work/json"
call 200 -H 'Content-Type: application/json' --data-binary "@$work/json" "$url/v1/predict"
[ "$(stat -c %s "$work/body")" -gt 4000000 ] || bad "it is a long answer ($(stat -c %s "$work/body") bytes)"
exec {reader}<>"/dev/tcp/127.0.0.1/$port"
{
  printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' \
    "$(stat -c %s "$work/json")" && cat "$work/json"
} >&"$reader"
SECONDS=0
head -c 12 <&"$reader" >"$work/raw"
grep -q '^HTTP/1.1 200' "$work/raw" || bad "the answer begins: $(cat "$work/raw")"
ended() { grep -q 'route=/v1/predict status=499' "$log"; }
until_true 60 ended
timeout 60 cat <&"$reader" >"$work/rest" 2>/dev/null || true
exec {reader}>&-
[ "$(stat -c %s "$work/rest")" -lt "$(stat -c %s "$work/body")" ] || bad "the answer is cut short"
nothing_left
stop

# Many of them at once, and all the while the daemon answers.
start --connection-limit 40 --header-timeout 2 --body-timeout 2
slow=()
for i in {1..40}; do
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  slow+=("$connection")
  if [ $((i % 2)) = 0 ]; then printf 'GET /heal' >&"$connection"; else printf "${post}Content-Length: 9\r\n\r\nx" >&"$connection"; fi
done
call 200 "$url/v2/health/live"
for connection in "${slow[@]}"; do
  timeout 60 cat <&"$connection" >"$work/raw" || bad "a slow client is told"
  grep -q '^HTTP/1.1 408' "$work/raw" || bad "a slow client is told 408: $(cat "$work/raw")"
  exec {connection}>&-
done
nothing_left
stop
finish
