#!/usr/bin/env bash
# Few descriptors, little memory, a full disk under the log: what can be served is, and what cannot is said.
. "$(dirname "$0")/lib.sh"
real=$SENETD
metric() { curl -sS -m 60 "$url/metrics" | sed -n "s/^$1 //p"; }

# limited COMMAND: a senetd that runs it first.
limited() {
  printf '#!/bin/sh\n%s\nexec %q "$@"%s\n' "$1" "$real" "${2-}" >"$work/limited"
  chmod +x "$work/limited"
  SENETD="$work/limited"
}

# 64 descriptors: half of them are for connections. The others are turned away with an answer.
limited 'ulimit -n 64'
start --answer-timeout 600
grep -q 'descriptors .*limit=64 connections=32' "$log" || bad "the log says that there are fewer connections"
for _ in $(seq 40); do exec {idle}<>"/dev/tcp/127.0.0.1/$port" && open+=("$idle"); done
full() { [ "$(curl -sS -m 10 -o "$work/body" -w '%{http_code}' "$url/v1/models")" = 503 ]; }
until_true 30 full
true_of '.code == "connection_limit"'
for idle in "${open[@]}"; do exec {idle}>&-; done
until_true 30 healthy
call 200 -T "$image" "$url/v1/predict"
export url image
seq 200 | xargs -P 50 -I{} curl -sS -m 60 -o /dev/null -w '%{http_code}\n' -T "$image" "$url/v1/predict" |
  sort | uniq -c >"$work/statuses" || true
awk '$2 != 200 && $2 != 503 { exit bad = 1 } { answered += $1 } END { exit bad || answered != 200 }' "$work/statuses" ||
  bad "with few descriptors there are answers, or 503: $(cat "$work/statuses")"
until_true 30 healthy
stop

# A full disk under the log.
limited '' ' 2>/dev/full'
start
call 200 -T "$image" "$url/v1/predict"
call 200 "$url/healthz"
[ "$(metric senetd_log_lines_lost_total)" -ge 3 ] || bad "lost lines are counted"
healthy
stop

# Half as much address space again as it takes to serve. Sanitizers take terabytes of it.
case ${BUILD-} in
*address* | *thread*) finish && exit ;;
esac
SENETD=$real
start
[ "$(metric senetd_log_lines_lost_total)" = 0 ] || bad "lines are lost only where they cannot be written"
call 200 -T "$image" "$url/v1/predict"
space=$(metric process_virtual_memory_bytes)
stop
limited "ulimit -v $(awk -v bytes="$space" 'BEGIN { printf "%d", bytes * 1.5 / 1024 }')"
start --answer-timeout 600
call 200 -T "$image" "$url/v1/predict"
# An image that is far larger than its file, a body that is large itself, and eight of all at once.
crc() { gzip -c | tail -c 8 | head -c 4 | od -An -tx1 | awk '{ printf "\\x%s\\x%s\\x%s\\x%s", $4, $3, $2, $1 }'; }
number() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)); }
chunk() { # chunk NAME <DATA
  { printf '%s' "$1" && cat; } >"$work/chunk"
  printf "$(number $(($(stat -c %s "$work/chunk") - 4)))" && cat "$work/chunk" && printf "$(crc <"$work/chunk")"
}
black() { # black SIDE: a grey PNG; its rows are zeros, of which Adler's sum is their number and 1
  local bytes=$(($1 * ($1 + 1)))
  printf '\x89PNG\r\n\x1a\n'
  printf "$(number "$1")$(number "$1")\\x08\\x00\\x00\\x00\\x00" | chunk IHDR
  { printf '\x78\xda' && head -c "$bytes" /dev/zero | gzip -nc | tail -c +11 | head -c -8 &&
    printf "$(number $((bytes % 65521 << 16 | 1)))"; } | chunk IDAT
  chunk IEND </dev/null
}
black 100 >"$work/black"
call 200 -T "$work/black" "$url/v1/predict"
black 8192 >"$work/black"
head -c 30000000 /dev/zero >"$work/large"
export work
seq 64 | xargs -P 8 -I{} sh -c 'for file in "$image" "$work/black" "$work/large"; do
  [ $(({} % 3)) -ne 0 ] || [ "$file" = "$image" ] || continue
  curl -sS -m 120 -o "$work/answer-{}" -w "%{http_code}\n" -T "$file" "$url/v1/predict" || echo "curl: $?"; done' \
  >"$work/all" 2>&1
sort "$work/all" | uniq -c >"$work/statuses"
! grep -vE ' (200|413|415|503)$' "$work/statuses" || bad "with little memory there are answers: $(cat "$work/statuses")"
grep -q ' 200$' "$work/statuses" || bad "what fits is served: $(cat "$work/statuses")"
healthy
call 200 -T "$image" "$url/v1/predict"
stop
finish
