#!/usr/bin/env bash
# Images are decoded in processes of their own: what these cannot do to the daemon, and what is left of them.
. "$(dirname "$0")/lib.sh"

# decoders [PARENT]: the processes that the daemon has started.
decoders() { grep -ls "^PPid:[[:space:]]${1:-$pid}\$" /proc/[0-9]*/status | cut -d / -f 3 || true; }
count_is() { [ "$(decoders | wc -l)" -eq "$1" ]; }
# Waits until none of these processes is there; a zombie would be.
all_gone() { until_true 60 bash -c 'for process; do [ ! -e "/proc/$process" ] || exit 1; done' all_gone "$@"; }
clean_log() { ! grep -n 'Sanitizer\|runtime error' "$log" || bad "the log is clean"; }
# Prints curl's exit status and the answer's.
send() {
  local status=0 answer
  answer=$(curl -sS -m 120 -o /dev/null -w '%{http_code}' -T "$image" "$url/v1/predict?attention=none" 2>/dev/null) ||
    status=$?
  echo "$status $answer"
}
export -f send
export image

# One for each worker, and the same answers as without.
start --workers 3
count_is 3 || bad "there are three decoders"
until_true 10 grep -q 'decoders count=3 ' "$log"
call 200 -T "$image" "$url/v1/predict"
jq 'del(.id, .timing_ms)' "$work/body" >"$work/process"
true_of '.exif_orientation == 6 and .timing_ms.decode > 0 and .timing_ms.preprocess > 0'
call 200 "$url/metrics"
for stage in decode preprocess; do
  grep -q "^senetd_stage_duration_seconds_count{stage=\"$stage\",[^}]*} 1\$" "$work/body" || bad "$stage is in the metrics"
done
for reason in lost crashed forbidden hung nonsense; do
  grep -q "^senetd_decoder_restarts_total{reason=\"$reason\"} 0\$" "$work/body" || bad "$reason is in the metrics"
done
mapfile -t processes < <(decoders)
stop
all_gone "${processes[@]}"
clean_log
start --decoder-isolation thread
count_is 0 || bad "there are no decoders"
call 200 -T "$image" "$url/v1/predict"
jq 'del(.id, .timing_ms)' "$work/body" | cmp -s - "$work/process" || bad "the answers are the same"
stop

# 16 clients, and somebody who kills every decoder again and again: each request is answered.
start --workers 2
export url
: >"$work/results" # here: a loop in the background opens it when it comes to that
seq 200 | xargs -P 16 -I{} bash -c send >>"$work/results" &
loop=$!
lines() { wc -l <"$work/results"; }
went_on() { [ "$(lines)" -ge $((seen + 8)) ] || ! kill -0 "$loop" 2>/dev/null; }
while kill -0 "$loop" 2>/dev/null; do
  seen=$(lines)
  kill -KILL $(decoders) 2>/dev/null || true
  until_true 120 went_on
done
wait "$loop" || bad "the loop itself ends"
[ "$(grep -c '^0 200$\|^0 422$' "$work/results")" -eq 200 ] || bad "all are answered: $(sort "$work/results" | uniq -c)"
grep -q '^0 200$' "$work/results" || bad "some were lucky"
healthy
call 200 "$url/metrics"
awk '/^senetd_decoder_restarts_total/ { sum += $2 } END { exit sum == 0 }' "$work/body" || bad "restarts are counted"
grep -q 'warning decoder reason=.* signal=9' "$log" || bad "and logged"
for _ in 1 2 3 4 5 6; do call 200 -T "$image" "$url/v1/predict"; done
kill -KILL $(decoders)
no_zombies() { ! grep -ls '^State:[[:space:]]Z' $(decoders | sed 's,.*,/proc/&/status,') /dev/null; }
until_true 60 no_zombies # also where nobody asks for a decoder
call 200 -T "$image" "$url/v1/predict"
mapfile -t processes < <(decoders)
stop
all_gone "${processes[@]}"
clean_log

# Ctrl-C reaches them all; what was accepted is answered.
start --workers 2
: >"$work/results"
seq 120 | xargs -P 16 -I{} bash -c send >>"$work/results" &
loop=$!
some_done() { [ "$(wc -l <"$work/results")" -ge 20 ]; }
until_true 120 some_done
mapfile -t processes < <(decoders)
kill -INT "${processes[@]}" "$pid"
exits 0
wait "$loop" || bad "the loop itself ends"
# 7: not connected. Anything else that is no answer was accepted and lost.
[ "$(grep -c '^0 200$\|^0 503$\|^7 ' "$work/results")" -eq 120 ] || bad "nothing is lost: $(sort "$work/results" | uniq -c)"
all_gone "${processes[@]}"
clean_log

# The daemon is killed: nobody stays behind.
start --workers 2
mapfile -t processes < <(decoders)
[ "${#processes[@]}" -eq 2 ] || bad "there are two decoders"
kill -KILL "$pid"
all_gone "${processes[@]}"
wait "$pid" 2>/dev/null || true

# Memory is bounded, and the refusal is the image's: 1000 x 1000 pixels of a BMP do not go into a mebibyte.
{
  printf 'BM\0\0\0\0\0\0\0\0\066\0\0\0\050\0\0\0\350\003\0\0\350\003\0\0\001\0\030\0'
  head -c 24 /dev/zero
  head -c 3000000 /dev/zero
} >"$work/large.bmp"
start --max-decode-memory 1MiB
refused 413 image_too_large -T "$work/large.bmp" "$url/v1/predict"
call 200 -T "$image" "$url/v1/predict"
stop
start
call 200 -T "$work/large.bmp" "$url/v1/predict"
stop

# The flag of decoders is for nobody else.
status=0
"$SENETD" --decoder 1000000 2>"$work/err" || status=$?
[ "$status" -eq 2 ] && grep -q -- '--decoder: no such option' "$work/err" || bad "--decoder is no option: $(cat "$work/err")"

# Few descriptors are enough.
ulimit -n 64
start --workers 4
call 200 -T "$image" "$url/v1/predict"
kill -KILL $(decoders)
for _ in 1 2 3 4 5 6; do call 200 -T "$image" "$url/v1/predict"; done
stop
finish
