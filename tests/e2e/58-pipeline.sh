#!/usr/bin/env bash
# Many requests in one write: each has its answer in its place, and a connection goes on after every error but those
# that leave no way to go on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
start --max-body-bytes 64KiB --max-buffered-bytes 64MiB
size=$(stat -c %s "$image")
chunked() { printf '%x\r\n' "$size" && cat "$image" && printf '\r\n0\r\n\r\n'; }
all() {
  printf "$get"
  printf "${post}Content-Length: $size\r\n\r\n" && cat "$image"
  printf 'HEAD /v1/models HTTP/1.1\r\nHost: x\r\n\r\n'
  printf "${post}Content-Length: 4\r\n\r\nnope"
  printf "${post}Content-Length: 0\r\n\r\n"
  printf 'POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody'
  printf "${post}Transfer-Encoding: chunked\r\n\r\n" && chunked
  printf 'OPTIONS /v1/predict HTTP/1.1\r\nHost: x\r\n\r\n'
  printf 'DELETE /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx'
  printf 'GET /v1/models/nobody HTTP/1.1\r\nHost: x\r\n\r\n'
  printf "${post}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
  printf "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" && chunked
}
statuses='200 200 200 415 400 404 200 204 405 404 400 200'
{ all && printf "$last"; } | answers "$statuses 200" 'a pipeline of all kinds'
{ for _ in {1..20}; do all; done && printf "$last"; } |
  answers "$(for _ in {1..20}; do printf '%s ' "$statuses"; done)200" 'a long pipeline of all kinds'
{ for _ in {1..3000}; do printf "$get"; done && printf "$last"; } |
  answers "$(for _ in {1..3001}; do printf '200 '; done | sed 's/ $//')" '3000 requests at once'
# Byte by byte it is the same.
{ all && printf "$last"; } >"$work/pipeline"
head -c 1500 "$work/pipeline" >"$work/begin"
{
  while IFS= read -r byte; do printf "\\$byte"; done < <(od -An -v -t o1 -w1 "$work/begin" | tr -d ' ')
  tail -c +1501 "$work/pipeline"
} | answers "$statuses 200" 'a pipeline in small pieces'

# What is refused stands in its place, and what comes after it is no request.
for broken in "GET /healthz HTTP/1.1\r\n\r\n" "${post}Content-Length: x\r\n\r\n" "nonsense\r\n" \
  "${post}Transfer-Encoding: chunked\r\n\r\n5\r\nabcdef\r\n"; do
  printf "$get${post}Content-Length: 4\r\n\r\nnope$broken$smuggled" | answers '200 415 400' "a pipeline that ends in $broken"
done
printf "$get${post}Content-Length: 65537\r\n\r\n$smuggled" | answers '200 413' 'a pipeline that ends in too large a body'

# A body that is refused in passing leaves the connection usable, however it is framed.
head -c 65536 /dev/zero >"$work/full"
head -c 65537 /dev/zero >"$work/over"
{
  printf "${post}Content-Length: 65536\r\n\r\n" && cat "$work/full"
  printf "${post}Transfer-Encoding: chunked\r\n\r\n10000\r\n" && cat "$work/full" && printf '\r\n0\r\n\r\n'
  printf "${post}Transfer-Encoding: chunked\r\n\r\n10001\r\n" && cat "$work/over" && printf '\r\n0\r\n\r\n'
  printf "$last"
} | answers '415 415 413 200' 'bodies at the limit and past it'
# Twice the limit is more than anybody drains.
{
  printf "${post}Transfer-Encoding: chunked\r\n\r\n"
  for _ in {1..40}; do printf '10000\r\n' && cat "$work/full" && printf '\r\n'; done
  printf "0\r\n\r\n$smuggled"
} >"$work/endless"
refuses 413 body_too_large 'a chunked body without end' <"$work/endless"

# Whoever asks first hears it, before anything is sent, and never "continue" for nothing.
expect='Expect: 100-continue\r\n'
printf "${post}Connection: close\r\n${expect}Content-Length: 4\r\n\r\nnope" | answers '100 415' 'an expectation'
printf "${post}Connection: close\r\n${expect}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" | answers '100 400' 'one with chunks'
printf "${post}${expect}Content-Length: 65537\r\n\r\n" | answers 413 'an expectation to send too much'
printf "POST /nope HTTP/1.1\r\nHost: x\r\n${expect}Content-Length: 5\r\n\r\n" | answers 404 'one to send to nobody'
printf "GET /v1/predict HTTP/1.1\r\nHost: x\r\n${expect}Content-Length: 5\r\n\r\n" | answers 405 'one with the wrong method'
printf "${post}Expect: 200-ok\r\nContent-Length: 5\r\n\r\n" | refuses 417 expectation_failed 'an unknown expectation'
printf "GET /healthz HTTP/1.1\r\nHost: x\r\n${expect}\r\n$last" | answers '200 200' 'an expectation without a body'
printf "POST /v1/predict HTTP/1.0\r\n${expect}Content-Length: 4\r\n\r\nnope" | answers 415 'HTTP/1.0, which knows none'

# A million chunks of one byte.
many() {
  printf "${post}Transfer-Encoding: chunked\r\n\r\n"
  { yes $'1\r\nx\r' || true; } 2>/dev/null | head -n $((2 * $1))
  printf "0\r\n\r\n"
}
{ many 65536 && printf "$last"; } | answers '415 200' 'as many one-byte chunks as there may be'
many 1000000 >"$work/million"
refuses 413 body_too_large 'a million one-byte chunks' <"$work/million"
nothing_left
stop
finish
