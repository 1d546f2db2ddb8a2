#!/usr/bin/env bash
# What comes over a connection byte by byte: framing, pipelines, silence, hanging up.
. "$(dirname "$0")/lib.sh"
shopt -s lastpipe # what is counted at the end of a pipe counts
start --connection-timeout 2 --header-timeout 3 --body-timeout 3
size=$(stat -c %s "$image")
post='POST /v1/predict?attention=none HTTP/1.1\r\nHost: x\r\n'

# answers STATUSES DESCRIPTION: so are, in order, the requests on standard input; then the connection is closed.
answers() {
  raw 20 >"$work/raw"
  local statuses
  statuses=$(sed -n 's/.*HTTP\/1.1 \([0-9]*\) .*/\1/p' "$work/raw" | tr '\n' ' ')
  [ "$statuses" = "$1 " ] || bad "$2 is answered $1 (it is $statuses)"
  checks=$((checks + 1))
  healthy
}

# Two readings of where a body ends are refused, and nothing after it is taken for a request.
smuggled='GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n'
for headers in 'Content-Length: 5\r\nTransfer-Encoding: chunked' 'Transfer-Encoding: chunked\r\nContent-Length: 5' \
  'Content-Length: 5\r\nContent-Length: 6' 'Content-Length: 5\r\nContent-Length: 5' 'Transfer-Encoding: identity' \
  'Transfer-Encoding: gzip, chunked' 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked' \
  'Transfer-Encoding : chunked' 'Content-Length : 5' 'Content-Length: 5\r\n 6' 'Transfer-Encoding:\vchunked'; do
  printf "$post$headers\r\n\r\n0\r\n\r\n$smuggled" | answers 400 "$headers"
  grep -q malformed_request "$work/raw" || bad "$headers: the answer says why"
done
for length in -1 +5 0x5 '5 5' '5, 5' 5a ''; do
  printf "${post}Content-Length: %s\r\n\r\nabcde$smuggled" "$length" | raw 20 >"$work/raw"
  grep -q 'HTTP/1.1 400' "$work/raw" || bad "Content-Length '$length' is answered 400"
  ! grep -q '"models"' "$work/raw" || bad "nothing is smuggled behind Content-Length '$length'"
  healthy
done
for length in 33554433 9223372036854775807 18446744073709551616; do
  printf "${post}Content-Length: %s\r\n\r\nabcde$smuggled" "$length" | raw 20 >"$work/raw"
  grep -q 'HTTP/1.1 413' "$work/raw" || bad "Content-Length $length is answered 413"
  ! grep -q '"models"' "$work/raw" || bad "nothing is smuggled behind Content-Length $length"
  healthy
done
for chunk in '-5' '+5' '0x5' 'zz' '' ' 5' '5 ' '5\r\nabcdeX' 'fffffffffffffffff'; do
  printf "${post}Transfer-Encoding: chunked\r\n\r\n$chunk\r\nabcde\r\n0\r\n\r\n$smuggled" | raw 20 >"$work/raw"
  grep -Eq 'HTTP/1.1 4(00|13)' "$work/raw" || bad "the chunk size '$chunk' is answered 4xx: $(cat "$work/raw")"
  ! grep -q '"models"' "$work/raw" || bad "nothing is smuggled behind the chunk size '$chunk'"
  healthy
done

# Pipelined requests are answered in order; errors leave the connection usable.
{
  printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
  printf "${post}Content-Length: $size\r\n\r\n" && cat "$image"
  printf "${post}Content-Length: 4\r\n\r\nnope"
  printf "${post}Content-Length: 0\r\n\r\n"
  printf 'POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody'
  printf "${post}Transfer-Encoding: chunked\r\n\r\n" && printf '%x\r\n' "$size" && cat "$image" && printf '\r\n0\r\n\r\n'
  printf 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
} | answers '200 200 415 400 404 200 200' 'a pipeline'
# A byte a chunk.
{
  printf "${post}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
  od -An -v -t o1 -w1 "$image" | while read -r byte; do printf '1\r\n\\%s\r\n' "$byte"; done | sed 's/^1\\r\\n/1\r\n/' |
    while IFS= read -r line; do printf "$line\n"; done
  printf '0\r\n\r\n'
} | answers 200 'a byte a chunk'
printf "${post}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nnope" | answers '100 415' 'Expect'

# Silence and dripping: each has its end.
printf "${post}Content-Length: 1000\r\n\r\nhalf of it" | answers 408 'silence in the body'
drip() { # until the other end has had enough
  trap '' PIPE
  for _ in {1..40}; do printf "$1" 2>/dev/null && sleep 0.25 || break; done
}
SECONDS=0
{ printf "${post}Content-Length: 1000\r\n\r\n" && drip x; } | answers 408 'a dripping body'
[ "$SECONDS" -lt 15 ] || bad "a dripping body is ended in time"
{ printf 'GET /healthz HTTP/1.1\r\n' && drip 'X: y\r\n'; } | answers 408 'dripping headers'
SECONDS=0
: | raw 20 >"$work/raw"
[ ! -s "$work/raw" ] && [ "$SECONDS" -lt 15 ] || bad "an idle connection is closed without a word"
until_true 10 grep -q 'status=408' "$log"

# Hanging up at every stage.
{ printf "${post}Content-Length: $size\r\n\r\n" && cat "$image"; } >"$work/request"
whole=$(stat -c %s "$work/request") head=$(($(stat -c %s "$work/request") - size))
for bytes in 1 20 60 $((head - 1)) "$head" $((head + 1)) $((whole - 1)) "$whole"; do
  exec {hasty}<>"/dev/tcp/127.0.0.1/$port"
  head -c "$bytes" "$work/request" >&"$hasty"
  exec {hasty}>&-
done
healthy
open() { curl -sS "$url/metrics" | grep -q '^senetd_connections 1$'; }
until_true 15 open
stop
finish
