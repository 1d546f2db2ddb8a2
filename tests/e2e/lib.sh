# What the tests of the daemon share. Source it: . "$(dirname "$0")/lib.sh"
set -eEu -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${SENETD:?is the path of the senetd program}"
work=$(mktemp -d)
image=tests/fixtures/cli/orientation-6.jpg
daemons=() checks=0 pid='' port='' url='' log=''

end() {
  local status=$?
  for daemon in "${daemons[@]}"; do kill -KILL "$daemon" 2>/dev/null || true; done
  if [ "$status" -ne 0 ] && [ -s "$log" ]; then
    echo "the end of the daemon's log:" >&2
    tail -n 20 "$log" >&2
  fi
  rm -rf "$work"
}
trap end EXIT
trap '' PIPE # writing to a connection that was closed is a failure like others
trap 'echo "failed at line $LINENO: $BASH_COMMAND" >&2' ERR

bad() {
  echo "not so: $*" >&2
  exit 1
}

# until_true SECONDS COMMAND...: repeats the command until it succeeds.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || bad "in time: $*"
    sleep 0.05
  done
}

# certificate NAME: $work/NAME.pem and $work/NAME.key, of 127.0.0.1.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/$1.key" -out "$work/$1.pem" 2>"$work/openssl" ||
    bad "openssl makes a certificate: $(cat "$work/openssl")"
}

# tunnel [PRIORITIES]: *tunnel is a port where raw connections are carried through TLS to the daemon at $port.
tunnel() {
  local port_file="$work/tunnel-${#daemons[@]}.port"
  "${BUILD:?is the build folder}/tests/tls-tunnel" "$port" "$work/tls.pem" "$port_file" "$@" 2>>"$work/tunnel.log" &
  daemons+=("$!")
  disown
  until_true 60 test -s "$port_file"
  tunnel=$(cat "$port_file")
}

# With TLS=1 a script's daemons speak TLS alone, curl too, and raw connections go through a tunnel. What a script says of
# connections as the daemon has them may then not hold, but most do.
TLS=${TLS:-} scheme=http secure=()
if [ -n "$TLS" ]; then
  scheme=https
  certificate tls
  secure=(--tls-certificate "$work/tls.pem" --tls-key "$work/tls.key")
  export CURL_CA_BUNDLE=$work/tls.pem
fi
through_tls() {
  tunnel
  port=$tunnel
}

# start FLAGS...: a daemon on a free port. Sets pid, port, url, log, and door: its own port, whatever raw connections use.
start() {
  log="$work/daemon-${#daemons[@]}.log"
  local port_file="$work/daemon-${#daemons[@]}.port"
  "$SENETD" --listen 127.0.0.1:0 --port-file "$port_file" "${secure[@]}" "$@" >"$work/stdout" 2>"$log" &
  pid=$!
  daemons+=("$pid")
  started() { [ -s "$port_file" ] || ! kill -0 "$pid"; }
  until_true 60 started
  [ -s "$port_file" ] || bad "senetd $* starts"
  port=$(cat "$port_file")
  door=$port
  url="$scheme://127.0.0.1:$port"
  [ -z "$TLS" ] || through_tls
}

# exits STATUS: the daemon ends with it, within a minute.
exits() {
  gone() { ! kill -0 "$pid"; }
  until_true 60 gone
  local status=0
  wait "$pid" || status=$?
  [ "$status" -eq "$1" ] || bad "the daemon exits $1 (it exits $status)"
  checks=$((checks + 1))
}

# stop: what every test ends with. A sanitizer's finding is another status.
stop() {
  kill -TERM "$pid"
  exits 0
}

# call STATUS CURL-ARGUMENTS...: the answer has this status. Its body is in $work/body, its headers in $work/head.
call() {
  local expected=$1 status
  shift
  status=$(curl -sS -m 60 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@") || bad "curl $* gets an answer"
  [ "$status" = "$expected" ] || bad "curl $* is answered $expected (it is $status: $(head -c 300 "$work/body"))"
  checks=$((checks + 1))
}

# true_of EXPRESSION [FILE]: the expression of jq is true of the last answer.
true_of() {
  jq -e "$1" "${2:-$work/body}" >/dev/null || bad "$1 of $(head -c 600 "${2:-$work/body}")"
  checks=$((checks + 1))
}

# refused STATUS CODE CURL-ARGUMENTS...: an error as the contract has it, after which the daemon is healthy.
refused() {
  local status=$1 code=$2
  shift 2
  call "$status" "$@"
  true_of "(keys == [\"code\", \"error\"]) and .code == \"$code\" and (.error | test(\"^[^A-Z].*[^.]\$\"))"
  healthy
}

healthy() {
  [ "$(curl -sS -m 60 "$url/healthz")" = '{"live":true}' ] || bad "the daemon is healthy"
}

# header NAME: its value in the last answer.
header() {
  sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$work/head"
}

# raw SECONDS: sends standard input as it is, and prints what comes back until the connection closes or time is up.
raw() {
  local connection
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  cat >&"$connection" 2>/dev/null || true
  timeout "$1" cat <&"$connection" || true
  exec {connection}>&-
}

finish() {
  echo "$(basename "$0"): $checks checks"
}
