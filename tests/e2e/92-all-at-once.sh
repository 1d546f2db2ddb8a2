#!/usr/bin/env bash
# 32 clients with requests of all kinds, metrics scrapes, reloads and clients that hang up, all at once: every answer is
# as it should be. What SANITIZE=thread is for.
. "$(dirname "$0")/lib.sh"
clients=32 rounds=6
start --workers 3 --threads 2 --log-level warning --answer-timeout 600 --header-timeout 600 --body-timeout 600 --response-timeout 600
export url image work rounds port
jq -n --rawfile image <(base64 -w 0 "$image") '{images: [$image, $image], attention: "summary"}' >"$work/json"
head -c 300 "$image" >"$work/broken"

# ask EXPECTED CURL-ARGUMENTS...: says so when the answer is another. 503 is one that a busy daemon may give.
ask() {
  local expected=$1 status
  shift
  status=$(curl -sS -m 300 -o /dev/null -w '%{http_code}' "$@" 2>&1) || true
  [[ $status == "$expected" || $status == 503 ]] || echo "$* is answered $expected (it is $status)"
}
hang_up() {
  local connection
  exec {connection}<>"/dev/tcp/127.0.0.1/$port" || return 0
  { printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n' && head -c 5000 /dev/zero; } \
    >&"$connection" 2>/dev/null || true
  exec {connection}>&-
}
# client NUMBER: each begins with another kind. A keep-alive connection is one curl with several addresses.
client() {
  local i
  for i in $(seq "$1" $(($1 + rounds - 1))); do
    case $((i % 8)) in
    0) ask 200 -T "$image" "$url/v1/predict" ;;
    1) ask 200 -F "a=@$image" -F "b=@$image" "$url/v1/predict?top_k=2" ;;
    2) ask 200 -H 'Content-Type: application/json' --data-binary "@$work/json" "$url/v1/predict" ;;
    3) ask 422 -T "$work/broken" "$url/v1/predict" ;;
    4) ask 200 "$url/metrics" ;;
    5) ask 200 "$url/v1/models" ;;
    6) ask 200200200 "$url/healthz" -o /dev/null "$url/readyz" -o /dev/null "$url/v2/models/builtin" ;;
    7) hang_up ;;
    esac
  done
}
export -f ask hang_up client

reload() { while sleep 0.2 && kill -HUP "$pid"; do :; done; }
reload 2>/dev/null &
reloading=$!
seq "$clients" | xargs -P "$clients" -I{} bash -c 'client {}' >"$work/wrong" 2>&1 || bad "the clients end"
kill "$reloading"
wait "$reloading" 2>/dev/null || true
[ ! -s "$work/wrong" ] || bad "$(head -n 5 "$work/wrong")"
checks=$((checks + clients * rounds))
idle() { curl -sS "$url/metrics" | grep -q '^senetd_inflight 1$'; }
until_true 60 idle
healthy
call 200 -T "$image" "$url/v1/predict"
stop
finish
