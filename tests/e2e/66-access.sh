#!/usr/bin/env bash
# Bearer tokens: what each route and method says to none, to a wrong one, and to one of each kind; reading them again.
. "$(dirname "$0")/lib.sh"

inference=inference-token-0123456789 admin=admin-token-0123456789 unknown=unknown-token-0123456789
(umask 077 && printf '# of the shop\n%s\nanother-%s\n' "$inference" "$inference" >"$work/auth")
(umask 077 && printf '%s\n' "$admin" >"$work/admin")

# request TOKEN CURL-ARGUMENTS...: *status and the answer, with that token ("" for none).
request() {
  local token=$1
  shift
  status=$(curl -sS -m 60 -o "$work/body" -D "$work/head" -w '%{http_code}' ${token:+-H "Authorization: Bearer $token"} "$@")
  checks=$((checks + 1))
}

# answered STATUS TOKEN CURL-ARGUMENTS...
answered() {
  local expected=$1
  shift
  request "$@"
  [ "$status" = "$expected" ] || bad "$* is answered $expected (it is $status: $(head -c 300 "$work/body"))"
}

# denied STATUS CHALLENGE TOKEN CURL-ARGUMENTS...: in the words of RFC 6750.
denied() {
  local expected=$1 challenge=$2
  shift 2
  answered "$expected" "$@"
  [ "$(header WWW-Authenticate)" = "$challenge" ] || bad "$* is told '$challenge', not '$(header WWW-Authenticate)'"
}
missing='Bearer realm="senetd"'
invalid="$missing, error=\"invalid_token\"" insufficient="$missing, error=\"insufficient_scope\""

start --auth-token-file "$work/auth" --admin-token-file "$work/admin" --model m=models/builtin
answered 200 "$inference" "$url/openapi.json"
cp "$work/body" "$work/openapi"
jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] | "\(.key) \($path) \(.value.security // "none" |
  if . == "none" then . else [.[] | keys[]] | join("+") end)"' "$work/openapi" >"$work/operations"
[ "$(wc -l <"$work/operations")" -gt 25 ] || bad "the description has the routes"
printf '{"inputs":[{"name":"input","datatype":"BYTES","shape":[1],"data":["%s"]}]}' "$(base64 -w0 "$image")" >"$work/infer"

# arguments METHOD PATH: of a request that is answered 200, where it may be asked.
arguments() {
  local target=${2//\{model\}/m}
  target=$url${target//\{version\}/1}
  case $1:$2 in
  post:/v2/repository/*) arguments=(-X POST "$target") ;;
  post:*/infer | put:*/infer) arguments=(-X "${1^^}" --json "@$work/infer" "$target") ;;
  post:*) arguments=(--data-binary "@$image" "$target") ;;
  put:*) arguments=(-T "$image" "$target") ;;
  head:*) arguments=(-I "$target") ;;
  get:*) arguments=("$target") ;;
  *) bad "a method without a test: $1 $2" ;;
  esac
}

# as_classed METHOD PATH CLASS
as_classed() {
  local class=$3
  arguments "$1" "$2"
  if [ "$class" = none ]; then
    for token in '' "$unknown" "$inference" "$admin"; do answered 200 "$token" "${arguments[@]}"; done
    return
  fi
  denied 401 "$missing" '' "${arguments[@]}"
  [ "$1" = head ] || true_of '.code == "unauthorized"'
  denied 401 "$invalid" "$unknown" "${arguments[@]}"
  case $class in
  inferenceToken) denied 403 "$insufficient" "$admin" "${arguments[@]}" && answered 200 "$inference" "${arguments[@]}" ;;
  adminToken) denied 403 "$insufficient" "$inference" "${arguments[@]}" && answered 200 "$admin" "${arguments[@]}" ;;
  inferenceToken+adminToken)
    answered 200 "$inference" "${arguments[@]}"
    answered 200 "$admin" "${arguments[@]}"
    ;;
  *) bad "an unknown class: $class" ;;
  esac
}

while read -r method path class; do
  as_classed "$method" "$path" "$class"
  # What is not in the description but answered all the same: HEAD wherever GET is, PUT wherever POST is.
  case $method in
  get) as_classed head "$path" "$class" ;;
  post) [[ $path == */infer ]] && as_classed put "$path" "$class" ;;
  esac
  # The last path unloaded the model.
  [[ $path != */unload ]] || answered 200 "$admin" -X POST "$url/v2/repository/models/m/load"
done <"$work/operations"

# Other spellings of a path are the same route; models that are not there are not told of.
denied 401 "$missing" '' "$url/v1/%6dodels"
denied 401 "$missing" '' "$url/v1/models/nothing"
denied 401 "$missing" '' --request-target "http://elsewhere/v1/models" "$url"
answered 404 "$inference" "$url/v1/models/nothing"
answered 404 '' "$url/nope"
answered 204 '' -X OPTIONS "$url/v1/predict"
answered 405 '' -X DELETE "$url/v1/predict"

# Forms of the header.
another="another-$inference"
answered 200 "$another" "$url/v2"
answered 200 '' -H "authorization: bEARER   $inference" "$url/v2"
for value in "Basic $inference" "$inference" "Bearer" "Bearer $inference," "Bearer ${inference}x" "Bearer $inference $inference"; do
  denied 401 "$invalid" '' -H "Authorization: $value" "$url/v2"
done
denied 401 "$invalid" '' -H "Authorization: Bearer $inference" -H "Authorization: Bearer $inference" "$url/v2"

# An upload is refused before its body: none of it is asked for, and one that never comes is not waited for.
printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n' | raw 20 >"$work/raw"
grep -q '^HTTP/1.1 401 ' "$work/raw" || bad "an upload is refused before it comes: $(cat "$work/raw")"
printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n' | raw 20 >"$work/raw"
grep -q '^HTTP/1.1 401 ' "$work/raw" || bad "leave to send it is not given: $(cat "$work/raw")"
! grep -q '100 Continue' "$work/raw" || bad "leave to send it is not given"
grep -qi '^Connection: close' "$work/raw" || bad "the connection ends with it"
healthy

# Read again at SIGHUP: the old ones are void, the new ones good; a bad file changes nothing.
(umask 077 && echo "fresh-$inference" >"$work/auth")
kill -HUP "$pid"
fresh() { [ "$(curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer fresh-$inference" "$url/v2")" = 200 ]; }
until_true 60 fresh
denied 401 "$invalid" "$inference" "$url/v2"
answered 200 "$admin" -X POST "$url/v2/repository/index"
echo short >"$work/auth"
echo "lost-$admin" >"$work/admin"
kill -HUP "$pid"
until_true 60 grep -q 'error tokens_not_reloaded .*auth_token_file: .*/auth:1: a token has 16' "$log"
answered 200 "fresh-$inference" "$url/v2"
answered 200 "$admin" -X POST "$url/v2/repository/index"
echo "wide-$inference" >"$work/auth"
chmod 644 "$work/auth"
kill -HUP "$pid"
until_true 60 grep -q "warning tokens_exposed file=$work/auth " "$log"
answered 200 "wide-$inference" "$url/v2"
stop
for secret in token-0123456789 short; do
  ! grep -q "$secret" "$log" "$work/stdout" || bad "no token is in the log"
done

# Without administrators nobody administers; with administrators alone, inference is open.
start --auth-token-file "$work/auth"
denied 403 '' '' -X POST "$url/v2/repository/index"
denied 403 '' "wide-$inference" -X POST "$url/v2/repository/models/x/load"
answered 200 "wide-$inference" "$url/metrics"
stop
start --admin-token-file "$work/admin"
answered 200 '' -T "$image" "$url/v1/predict"
denied 401 "$missing" '' "$url/metrics"
denied 401 "$missing" '' -X POST "$url/v2/repository/index"
answered 200 "lost-$admin" -X POST "$url/v2/repository/index"
stop

# A file that is wrong is told of at the start.
for flags in "-t" "--listen 127.0.0.1:0"; do
  echo '# nothing' >"$work/none"
  # shellcheck disable=SC2086
  ! "$SENETD" $flags --log-level error --auth-token-file "$work/none" 2>"$work/err" || bad "a file without a token is refused"
  grep -q "^senetd: auth_token_file: $work/none: there is no token in it\$" "$work/err" || bad "it is said: $(cat "$work/err")"
done
! "$SENETD" -t --admin-token-file "$work/missing" 2>"$work/err" || bad "a missing file is refused"
grep -q '^senetd: admin_token_file: .*/missing: No such file' "$work/err" || bad "it is said: $(cat "$work/err")"
finish
