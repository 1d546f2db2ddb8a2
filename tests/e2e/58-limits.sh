#!/usr/bin/env bash
# Each limit of a head at its exact boundary; answers in gzip; HEAD.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
start
repeat() { head -c "$2" /dev/zero | tr '\0' "$1"; } # repeat CHARACTER TIMES

# The target: 8192 bytes.
printf 'GET /healthz?%s HTTP/1.1\r\nHost: x\r\n\r\n%b' "$(repeat x 8183)" "$last" | answers '200 200' 'the longest target'
printf 'GET /healthz?%s HTTP/1.1\r\nHost: x\r\n\r\n%b' "$(repeat x 8184)" "$smuggled" |
  refuses 414 target_too_long 'a target of one byte more'
repeat / 100000 | sed 's/^/GET /' | refuses 414 target_too_long 'a target without end'
repeat M 100000 | refuses 400 malformed_request 'a method without end'
# The header lines: 100 of them.
lines() { for ((i = 0; i < $1; i++)); do printf 'X-%d: y\r\n' "$i"; done; }
{ printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n' && lines 99 && printf "\r\n$last"; } | answers '200 200' '100 headers'
{ printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n' && lines 100 && printf "\r\n$smuggled"; } |
  refuses 431 headers_too_large '101 headers'
# And 32768 bytes, of which "Host: x" and its CR LF are 9, and "X: " and its 5.
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n%b' "$(repeat y 32754)" "$last" | answers '200 200' 'the largest headers'
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n%b' "$(repeat y 32755)" "$smuggled" |
  refuses 431 headers_too_large 'headers of one byte more'
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n' "$(repeat y 102400)" >"$work/large"
refuses 431 headers_too_large 'a header of 100 KB' <"$work/large"
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s' "$(repeat y 102400)" >"$work/large"
refuses 431 headers_too_large 'a header without end' <"$work/large"
# Everything at its limit at once.
{
  printf 'GET /healthz?%s HTTP/1.1\r\nHost: x\r\n' "$(repeat x 8183)"
  lines 98 # of 9 and 10 bytes: 970 together
  printf 'X: %s\r\n\r\n%b' "$(repeat y $((32754 - 970)))" "$last"
} | answers '200 200' 'all limits at once'

# HEAD has the headers of GET and no body; OPTIONS and 405 name the methods, on every path of the description.
call 200 "$url/openapi.json"
jq -r '.paths | keys[]' "$work/body" >"$work/paths"
model=$(curl -sS "$url/v1/models" | jq -r .default)
while read -r path; do
  target=${path//\{model\}/$model}
  target="$url${target//\{version\}/1}"
  call 204 -X OPTIONS "$target"
  allowed=$(header Allow)
  case $allowed in
  'GET, HEAD, OPTIONS')
    for encoding in identity gzip; do
      curl -sS -m 60 -D "$work/get" -o "$work/got" -H "Accept-Encoding: $encoding" "$target"
      call 200 -I -H "Accept-Encoding: $encoding" "$target"
      [ "$(header Content-Encoding)" = "$(work=$work && sed -n 's/^Content-Encoding: \(.*\)\r$/\1/p' "$work/get")" ] ||
        bad "HEAD $path has the encoding that GET has"
      # The metrics grow with each request.
      [ "$path" = /metrics ] || [ "$(header Content-Length)" = "$(stat -c %s "$work/got")" ] || bad "HEAD $path has GET's length"
    done
    ;;
  'POST, PUT, OPTIONS') ;;
  *) bad "OPTIONS $path names the methods: $allowed" ;;
  esac
  call 405 -X PATCH "$target"
  [ "$(header Allow)" = "$allowed" ] || bad "405 of $path names the methods that OPTIONS names"
done <"$work/paths"

# gzip, for who asks for it, where it pays.
encoded() { # encoded gzip|identity PATH ACCEPT-ENCODING...: so is the answer, and it is the same one
  local expected=$1 path=$2
  shift 2
  local headers=()
  for accepted in "$@"; do headers+=(-H "Accept-Encoding: $accepted"); done
  call 200 "${headers[@]}" "$url$path"
  [ "$(header Vary)" = Accept-Encoding ] || bad "$path varies"
  [ "$(header Content-Length)" = "$(stat -c %s "$work/body")" ] || bad "$path has its length"
  if [ "$expected" = gzip ]; then
    [ "$(header Content-Encoding)" = gzip ] || bad "$path is in gzip for $*"
    gzip -dc "$work/body" >"$work/plain" || bad "$path is gzip for $*"
  else
    [ -z "$(header Content-Encoding)" ] || bad "$path is as it is for $*"
    cp "$work/body" "$work/plain"
  fi
  cmp -s "$work/plain" "$work/openapi" || bad "$path is the same for $*"
}
curl -sS "$url/openapi.json" >"$work/openapi"
encoded gzip /openapi.json gzip
[ $((3 * $(stat -c %s "$work/body"))) -lt "$(stat -c %s "$work/openapi")" ] || bad "gzip makes it much smaller"
for accepted in 'gzip, deflate, br' 'br;q=1.0, gzip;q=0.8, *;q=0.1' '*' 'GZIP' 'x-gzip' 'gzip;q=0.001' 'gzip ; q=1.000' \
  'identity;q=0.5, gzip;q=0.5' 'identity;q=0, gzip' 'deflate, ,gzip' ' gzip'; do
  encoded gzip /openapi.json "$accepted"
done
for accepted in identity '' deflate 'gzip;q=0' 'gzip;q=0.000' '*;q=0' 'gzip;q=0, *' 'identity, gzip;q=0.5' 'gzip;q=2' \
  'gzip;q=-1' 'gzip;q=0.5555' 'gzip;q=x' 'gzip;x=1' 'gzipped' 'zip'; do
  encoded identity /openapi.json "$accepted"
done
encoded gzip /openapi.json br gzip
call 200 -H 'Accept-Encoding: gzip' "$url/healthz"
[ -z "$(header Content-Encoding)$(header Vary)" ] || bad "what is small stays as it is"
call 200 -H 'Accept-Encoding: gzip' -T "$image" "$url/v1/predict"
[ "$(header Content-Encoding)" = gzip ] || bad "predictions are in gzip"
gzip -dc "$work/body" >"$work/plain"
true_of '(.predictions | length == 5) and (.attention | length > 0)' "$work/plain"
call 200 --compressed -T "$image" "$url/v1/predict"
true_of '.predictions | length == 5'
nothing_left
stop
finish
