#!/usr/bin/env bash
# Scripts of web pages: none by default, those that are listed, and what their pages may not do.
. "$(dirname "$0")/lib.sh"
shop=https://shop.example

# says NAME VALUE: a header of the last answer; "" for none.
says() {
  [ "$(header "$1")" = "$2" ] || bad "$1 is '$2', not '$(header "$1")'"
  checks=$((checks + 1))
}
none() { ! grep -qi '^access-control' "$work/head" || bad "nothing is said of origins: $(cat "$work/head")"; }
vary() { tr -d '\r' <"$work/head" | grep -qix 'vary: origin'; }

start
call 200 -H "Origin: $shop" "$url/v2"
none
call 204 -X OPTIONS -H "Origin: $shop" -H 'Access-Control-Request-Method: POST' "$url/v1/predict"
none
! vary || bad "answers vary with nothing"
refused 403 forbidden -X POST -H "Origin: $shop" "$url/v2/repository/models/builtin/unload"
refused 403 forbidden -X POST -H 'Origin: null' "$url/v2/repository/models/builtin/unload"
call 200 "$url/v2/models/builtin/ready"
stop

start --cors-origins "$shop" --cors-origins http://localhost:3000
for origin in "$shop" http://localhost:3000; do
  call 204 -X OPTIONS -H "Origin: $origin" -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: authorization' "$url/v1/predict"
  says Access-Control-Allow-Origin "$origin"
  says Access-Control-Allow-Methods 'POST, PUT, OPTIONS'
  [[ $(header Access-Control-Allow-Headers) == *Authorization*Content-Type* ]] || bad "a token may be sent"
  says Access-Control-Max-Age 600
  vary || bad "the answer varies with the origin"
  call 200 -H "Origin: $origin" -T "$image" "$url/v1/predict"
  says Access-Control-Allow-Origin "$origin"
  says Access-Control-Allow-Methods ''
  [[ $(header Access-Control-Expose-Headers) == *X-Request-Id* ]] || bad "the id may be read"
  refused 404 not_found -H "Origin: $origin" "$url/nope"
  call 404 -H "Origin: $origin" "$url/nope"
  says Access-Control-Allow-Origin "$origin"
done
for origin in https://shop.example.evil http://shop.example null "$shop:443"; do
  call 200 -H "Origin: $origin" "$url/v2"
  none
  vary || bad "a cache must know"
  call 403 -X POST -H "Origin: $origin" "$url/v2/repository/index"
  none
done
call 200 -H "Origin: $shop" -H "Origin: $shop" "$url/v2"
none
call 200 "$url/v2"
none
vary || bad "a cache must know"
call 200 -X POST -H "Origin: $shop" "$url/v2/repository/index"
call 405 -X DELETE -H "Origin: $shop" "$url/v1/predict"
says Access-Control-Allow-Methods ''
stop

# A refusal for want of a token can be read, and a preflight needs none.
echo 0123456789abcdef >"$work/tokens"
start --cors-origins '*' --auth-token-file "$work/tokens"
call 401 -H "Origin: $shop" -T "$image" "$url/v1/predict"
says Access-Control-Allow-Origin '*'
call 204 -X OPTIONS -H "Origin: $shop" -H 'Access-Control-Request-Method: PUT' "$url/v1/predict"
says Access-Control-Allow-Origin '*'
call 200 -H "Origin: null" -H 'Authorization: Bearer 0123456789abcdef' -T "$image" "$url/v1/predict"
says Access-Control-Allow-Origin '*'
stop
status=0
"$SENETD" -t --cors-origins https://shop.example/ 2>"$work/err" || status=$?
[ "$status" -eq 2 ] || bad "a list with what is no origin is refused"
grep -q "^senetd: cors_origins: must be .*, not 'https://shop.example/'\$" "$work/err" || bad "it is said: $(cat "$work/err")"
finish
