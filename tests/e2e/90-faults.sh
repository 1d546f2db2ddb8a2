#!/usr/bin/env bash
# The n-th allocation, thread or accepted connection fails, for n = 1, 2, ... until nothing fails any more: at start, and
# in each kind of request. The daemon answers or closes, stays healthy, and leaks nothing: no descriptors, and with
# SANITIZE=address no memory. Of the thousand calls at start only a few are tried; `make faults` tries them all.
. "$(dirname "$0")/lib.sh"
: "${BUILD:?is the build folder}"
if [[ $BUILD == *thread* ]]; then
  echo "$(basename "$0"): left out: the thread sanitizer cannot be preloaded to"
  exit 0
fi
every=${FAULTS_EVERY:-101} # of the many calls at start, beyond the first ones
most=1000                  # calls of a request: there are fewer, and all are tried
memory=1 threads=2 accept=4

# The library's `struct control`: kinds, left, span.
control="$work/control"
head -c 12 /dev/zero >"$control"
arm() { # arm KINDS LEFT SPAN
  local number bytes=''
  for number in "$@"; do
    printf -v bytes '%s\\x%02x\\x%02x\\x%02x\\x%02x' "$bytes" $((number & 255)) $((number >> 8 & 255)) \
      $((number >> 16 & 255)) $((number >> 24 & 255))
  done
  printf "$bytes" 1<>"$control"
}
disarm() { printf '\0\0\0\0' 1<>"$control"; }
left() { od -An -j4 -N4 -i "$control"; }

real=$SENETD
cat >"$work/senetd" <<END
#!/bin/sh
export SENET_FAULTS='$control' LD_PRELOAD='$BUILD/tests/faults.so' ASAN_OPTIONS="\$ASAN_OPTIONS:verify_asan_link_order=0"
exec '$real' "\$@"
END
chmod +x "$work/senetd"
SENETD="$work/senetd"

# Starting: one line that says what is missing, or a daemon that serves as ever. What went well before is no error.
starts() { # starts KINDS N SPAN FLAGS...
  local kinds=$1 n=$2 span=$3 status=0
  shift 3
  arm "$kinds" "$n" "$span"
  "$SENETD" --log-level error "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
  disarm
  case $status in
  0) ;;
  1 | 2)
    [ "$(wc -l <"$work/stderr")" -eq 1 ] && grep -q '^senetd: [a-z]' "$work/stderr" ||
      bad "one line when call $n fails: $(cat "$work/stderr")"
    ;;
  *) bad "no crash when call $n fails (status $status): $(cat "$work/stderr")" ;;
  esac
  checks=$((checks + 1))
}
for model in '' models/builtin; do
  for span in 1 1000000; do
    n=1
    while starts $memory $n $span -t ${model:+--model "$model"} && [ "$(left)" -le 0 ]; do n=$((n + every)); done
  done
done
arm $memory 1 1000000 # all of them: the very first may be a library's own thread's, which does without
! "$SENETD" -t >/dev/null 2>&1 || bad "a daemon without memory does not start: are these calls reached at all?"
for n in 1 2 3 4; do
  starts $threads $n 1 --listen 127.0.0.1:0 --workers 2 --threads 2 --port-file "$work/no/such/folder"
done

start --workers 2 --log-level error
descriptors() { curl -sS "$url/metrics" | sed -n 's/^process_open_fds //p'; }
call 200 -T "$image" "$url/v1/predict"
before=$(descriptors)

# survives NAME CURL-ARGUMENTS...: the n-th call fails, and then also all that follow until the request has ended. The
# answer is one of ours or none; the next is as ever.
survives() {
  local name=$1 n span status
  shift
  for span in 1 1000000; do
    for n in $(seq "$most"); do
      arm $memory "$n" "$span"
      status=$(curl -s -m 30 -o "$work/body" -w '%{http_code} %{exitcode}' "$@" || true)
      disarm
      case $status in
      2??' 0' | 5??' 0') ;;
      *' 28' | ???' 0') bad "$name: an answer that does not blame the client, or an end, when call $n fails ($status)" ;;
      esac
      kill -0 "$pid" || bad "$name: the daemon lives when call $n fails"
      [ "$(left)" -le 0 ] || break
    done
    call 200 "$@"
  done
}

jq -n --rawfile image <(base64 -w 0 "$image") '{image: $image, top_k: 2}' >"$work/json"
json=(-H 'Content-Type: application/json' --data-binary "@$work/json")
survives raw -T "$image" "$url/v1/predict"
survives multipart -F "a=@$image" -F "b=@$image" "$url/v1/predict"
survives json "${json[@]}" "$url/v1/predict"
survives models "$url/v1/models"
survives model "$url/v1/models/builtin"
survives metrics "$url/metrics"
survives v2 "$url/v2"
survives v2-model "$url/v2/models/builtin"
survives health "$url/healthz"

# Connections that cannot be accepted wait until they can.
for n in 1 2 3; do
  arm $accept "$n" 2
  for _ in 1 2 3 4; do call 200 "$url/healthz"; done
  disarm
done

healthy
settled() { [ "$(descriptors)" = "$before" ]; }
until_true 30 settled
stop
finish
