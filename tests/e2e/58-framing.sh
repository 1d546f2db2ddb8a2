#!/usr/bin/env bash
# What is no HTTP, or could be read in two ways, is refused in JSON, and ends the connection.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
start
malformed() { refuses 400 malformed_request "$1"; } # malformed DESCRIPTION: so is standard input

# Request lines.
for line in 'GET / HTTP/2.0' 'GET / HTTP/0.9' 'GET / HTTP/1' 'GET / HTTP/1.10' 'GET / http/1.1' 'GET / HTTP/1.1 ' 'GET /' \
  'GET' 'GET  / HTTP/1.1' ' GET / HTTP/1.1' 'GET /\tHTTP/1.1' 'GET\t/ HTTP/1.1' 'GET / HTTP /1.1' 'G(T / HTTP/1.1' \
  'GET /a b HTTP/1.1' 'GET /\001 HTTP/1.1' 'GET /\000 HTTP/1.1' 'GET /\303\251 HTTP/1.1' 'GET /#x HTTP/1.1' \
  'GET healthz HTTP/1.1' 'GET * HTTP/1.1' 'GET http:// HTTP/1.1' 'GET ftp://x/ HTTP/1.1' 'CONNECT /x HTTP/1.1' \
  'GET /\rX: y HTTP/1.1' ': / HTTP/1.1' '\026\003\001\002'; do
  printf "$line\r\nHost: x\r\n\r\n$smuggled" | malformed "the request line '$line'"
done
printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' | malformed "HTTP/2's preface"
printf '\r\n\r\n\r\n' | malformed 'no request line at all'
printf '\026\003\001\002\000\001\000' | malformed 'the beginning of TLS, without a line'

# Headers.
for headers in 'Host: x\r\nno colon' 'Host: x\r\nX : y' 'Host: x\r\nX\t: y' 'Host: x\r\n: y' 'Host: x\r\nX y: z' \
  'Host: x\r\nX\001: y' 'Host: x\r\nX: a\000b' 'Host: x\r\nX: a\rb' 'Host: x\r\n folded' 'Host: x\r\n\tfolded' \
  'Host: x\r\nX: y\r\n folded' ' Host: x' '' 'Host: x\r\nHost: x' 'Host: x\r\nhost: y' 'Host: a b' 'Host: a,b' \
  'Host: a/b' 'Host: u@h' 'Host: x\r\nX\303\251: y'; do
  printf "GET /healthz HTTP/1.1\r\n$headers\r\n\r\n$smuggled" | malformed "the header '$headers'"
done
printf 'GET /healthz HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n' | malformed 'two hosts in HTTP/1.0'

# CR LF ends a line, and nothing else does.
printf 'GET /healthz HTTP/1.1\nHost: x\n\n' | malformed 'bare LF'
printf "GET /healthz HTTP/1.1\r\nHost: x\nX: y\r\n\r\n$smuggled" | malformed 'one bare LF in the headers'
printf "GET /healthz HTTP/1.1\r\nHost: x\r\n\n$smuggled" | malformed 'a bare LF at the end of the headers'
printf "GET /healthz HTTP/1.1\r\nHost: x\r\n\r$smuggled" | malformed 'a bare CR at the end of the headers'

# Two readings of where a body ends.
for headers in 'Content-Length: 5\r\nTransfer-Encoding: chunked' 'Transfer-Encoding: chunked\r\nContent-Length: 5' \
  'Content-Length: 5\r\nContent-Length: 6' 'Content-Length: 5\r\nContent-Length: 5' 'Transfer-Encoding: identity' \
  'Transfer-Encoding: gzip, chunked' 'Transfer-Encoding: chunked, identity' 'Transfer-Encoding: chunked, chunked' \
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked' 'Transfer-Encoding : chunked' 'Content-Length : 5' \
  'Content-Length: 5\r\n 6' 'Transfer-Encoding:\vchunked' 'Transfer-Encoding: "chunked"' 'Transfer-Encoding: x' \
  'Transfer-Encoding:' 'Content-Length: -1' 'Content-Length: +5' 'Content-Length: 0x5' 'Content-Length: 5 5' \
  'Content-Length: 5, 5' 'Content-Length: 5a' 'Content-Length:' 'Content-Length: 5.0' 'Content-Length: \0665x'; do
  printf "$post$headers\r\n\r\n0\r\n\r\n$smuggled" | malformed "$headers"
done
printf "POST /v1/predict HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$smuggled" | malformed 'chunks in HTTP/1.0'
for length in 33554433 9223372036854775807 9223372036854775808 18446744073709551616 99999999999999999999999999; do
  printf "${post}Content-Length: $length\r\n\r\nabcde$smuggled" | refuses 413 body_too_large "Content-Length $length"
done
# A header of ours that a client makes up means nothing.
printf "${post}X-Senetd-Length: 5\r\n\r\n$last" | answers '400 200' 'a made-up length'

# Chunks.
for chunk in '-5' '+5' '0x5' 'zz' '' ' 5' '5 ' '5\t' '5\r\nabcdeX' '5\r\nabcd' 'fffffffffffffffff' '10000000000000005' \
  '8000000000000000' '5;\001x' '5;a\nb' '5,a' '05g'; do
  printf "${post}Transfer-Encoding: chunked\r\n\r\n$chunk\r\nabcde\r\n0\r\n\r\n$smuggled" | malformed "the chunk '$chunk'"
done
printf "${post}Transfer-Encoding: chunked\r\n\r\n5\nabcde\n0\n\n$smuggled" | malformed 'chunks with bare LF'
printf "${post}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\n0\r\n\r\n$smuggled" | malformed 'a chunk that ends in a bare LF'
printf "${post}Transfer-Encoding: chunked\r\n\r\n0\r\n\n$smuggled" | malformed 'a body that ends in a bare LF'
printf "${post}Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n$smuggled" | malformed 'a trailer without a colon'
printf "${post}Transfer-Encoding: chunked\r\n\r\n0\r\n folded: x\r\n\r\n$smuggled" | malformed 'a folded trailer'
printf "${post}Transfer-Encoding: chunked\r\n\r\n5;%s\r\nabcde\r\n0\r\n\r\n" "$(printf 'x%.0s' {1..200000})" |
  malformed 'a chunk extension of 200 KB'
{
  printf "${post}Transfer-Encoding: chunked\r\n\r\n"
  for _ in {1..4000}; do printf '1;12345678\r\nx\r\n'; done
  printf "0\r\n\r\n$smuggled"
} | malformed 'many chunk extensions'

# What is unusual and sound is served: in all of these, one request and the next.
for sound in '\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n' 'GET /healthz HTTP/1.1\r\nHost:x\r\n\r\n' \
  'GET /healthz HTTP/1.1\r\nhOST: \t x \t \r\n\r\n' 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n' \
  'GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n' 'GET HTTPS://x:1/healthz HTTP/1.1\r\nHost: other\r\n\r\n' \
  'GET /healthz HTTP/1.9\r\nHost: x\r\n\r\n' 'GET /healthz HTTP/1.1\r\nHost: [::1]:80\r\nX:\r\n\r\n' \
  'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n' 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: \303\251\r\n\r\n' \
  'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde' 'GET /healthz?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n' \
  'GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED\r\n\r\n0005;a="b c"\r\nabcde\r\n00\r\nX: y\r\nZ:\r\n\r\n'; do
  printf "$sound$last" | answers '200 200' "$sound"
done
printf 'GET /healthz HTTP/1.0\r\n\r\n' | answers 200 'HTTP/1.0 without anything'

# Methods and targets.
printf "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n$last" | answers '405 200' CONNECT
printf "TRACE /healthz HTTP/1.1\r\nHost: x\r\n\r\nGARBLE /healthz HTTP/1.1\r\nHost: x\r\n\r\n$last" | answers '405 405 200' TRACE
[ "$(grep -ac '^Allow: GET, HEAD, OPTIONS' "$work/raw")" = 2 ] || bad "405 says what is allowed: $(cat "$work/raw")"
printf "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS /v1/predict HTTP/1.1\r\nHost: x\r\n\r\n$last" | answers '204 204 200' OPTIONS
grep -aq '^Allow: GET, HEAD, POST, PUT, OPTIONS' "$work/raw" && grep -aq '^Allow: POST, PUT, OPTIONS' "$work/raw" ||
  bad "OPTIONS says what is allowed"

# What was refused is in the log and in the metrics like everything else.
grep -q 'access .*method=- path=\* route=other status=400' "$log" || bad "what has no request line is logged"
grep -q 'access .*method=POST path=/v1/predict route=other status=400' "$log" || bad "what has one is logged with it"
call 200 "$url/metrics"
grep -q '^senetd_requests_total{route="other",code="400"} [1-9]' "$work/body" || bad "it is counted"
nothing_left
stop
finish
