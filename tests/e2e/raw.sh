# What the tests of raw connections share, after lib.sh: . "$(dirname "$0")/raw.sh"
shopt -s lastpipe # what is counted at the end of a pipe counts
post='POST /v1/predict?attention=none HTTP/1.1\r\nHost: x\r\n'
get='GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
last='GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
smuggled='GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n'

# answers STATUSES DESCRIPTION: so are, in order, the requests on standard input; then the connection is closed.
answers() {
  raw 30 >"$work/raw"
  local statuses
  statuses=$(sed -n 's/.*HTTP\/1.1 \([0-9]*\) .*/\1/p' "$work/raw" | tr '\n' ' ')
  [ "$statuses" = "$1 " ] || bad "$2 is answered $1 (it is $statuses): $(head -c 1000 "$work/raw")"
  checks=$((checks + 1))
}

# refuses STATUS CODE DESCRIPTION: the last answer to standard input is this error in full, the connection is closed,
# nothing after it is taken for a request, and the daemon is healthy.
refuses() {
  raw 30 >"$work/raw"
  grep -a "^HTTP/1.1" "$work/raw" | tail -n 1 | grep -q "^HTTP/1.1 $1 " || bad "$3 is answered $1: $(head -c 1000 "$work/raw")"
  tail -n 1 "$work/raw" >"$work/body"
  true_of "(keys == [\"code\", \"error\"]) and .code == \"$2\" and (.error | test(\"^[^<].*[^.]\$\"))"
  for line in 'Content-Type: application/json' 'Connection: close' 'X-Request-Id: [^ ]*' 'X-Content-Type-Options: nosniff'; do
    grep -aqi "^$line"$'\r'"$" "$work/raw" || bad "$3 is answered with $line: $(head -c 1000 "$work/raw")"
  done
  ! grep -q '"models"' "$work/raw" || bad "nothing is smuggled behind $3"
  healthy
}

# connections_are N: so many are open, the one that asks included.
connections_are() {
  curl -sS -m 60 "$url/metrics" | grep -q "^senetd_connections $1\$"
}

requests_are() {
  curl -sS -m 60 "$url/metrics" | grep -q "^senetd_inflight $1\$"
}

# nothing_left: no connection and no request is left behind.
nothing_left() {
  until_true 30 connections_are 1
  until_true 30 requests_are 1
  checks=$((checks + 1))
}
