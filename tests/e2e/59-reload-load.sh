#!/usr/bin/env bash
# Load, unload and reload under clients: none of them notices, memory comes back, and who is not touched stays ready.
. "$(dirname "$0")/lib.sh"
cycles=${CYCLES:-200} clients=16
repository=$work/repository
for folder in steady moving; do
  mkdir -p "$repository/$folder/1"
  cp models/builtin/{model.onnx,config.json,labels.txt,golden.npz} "$repository/$folder/1"
done
mkdir "$repository/moving/2" && cp "$repository"/moving/1/* "$repository/moving/2"
start --model-repository "$repository" --default-model steady --workers 2 --model-versions 2 --log-level warning \
  --queue-limit 256
ask="$url/v1/models/{steady,moving}/predict?attention=none"
steady="$url/v1/models/steady/predict?attention=none"
scrape() { curl -sS -m 60 -o "$work/scraped" "$url/metrics" && grep "^$1" "$work/scraped" | tail -n 1 | awk '{print $NF}'; }
memory() { scrape process_resident_memory_bytes; }

# client URL: asks until the file "over" is there; each answer that is not 200 is a line of "wrong".
client() {
  while [ ! -e "$work/over" ]; do
    curl -sS -m 60 -o /dev/null -w '%{http_code}\n' -T "$image" "$1" 2>&1 | grep -v '^200$' >>"$work/wrong" || true
  done
}
# Whoever is not touched is ready, and so is the server.
watch_ready() {
  while [ ! -e "$work/over" ]; do
    curl -sS -m 60 -o /dev/null -w '%{http_code}\n' "$url/v2/models/steady/ready" -o /dev/null "$url/readyz" \
      -o /dev/null "$url/v2/models/steady/versions/1/ready" 2>&1 | grep -v '^200$' >>"$work/flipped" || true
  done
}
# beneath COMMAND...: runs it while clients ask for TARGET and readiness is watched; nobody may notice.
beneath() {
  local target=$1 children=()
  shift
  rm -f "$work/over" "$work/wrong" "$work/flipped"
  for _ in $(seq "$clients"); do
    client "$target" &
    children+=("$!")
  done
  watch_ready &
  children+=("$!")
  "$@"
  touch "$work/over"
  wait "${children[@]}"
  [ ! -s "$work/wrong" ] || bad "no request fails while $*: $(sort "$work/wrong" | uniq -c)"
  [ ! -s "$work/flipped" ] || bad "nothing flips while $*: $(sort "$work/flipped" | uniq -c)"
  checks=$((checks + 1))
}

# Reload of what is being asked, by request and by SIGHUP: both versions are always there.
reloads() {
  for turn in $(seq 12); do
    call 200 -X POST "$url/v2/repository/models/moving/load"
    touch "$repository/moving/$((turn % 2 + 1))/model.onnx"
    kill -HUP "$pid"
    scrape senetd_model_memory_bytes >/dev/null
  done
}
beneath "$ask" reloads

# Load and unload of a model that nobody asks for, beside one that is.
unloads() {
  for _ in $(seq 6); do
    call 200 -X POST "$url/v2/repository/models/moving/unload"
    call 200 -X POST "$url/v2/repository/models/moving/load"
  done
}
beneath "$steady" unloads

# A reload while requests wait: what was routed to the old model is answered by it.
backlog() {
  seq 64 | xargs -P 64 -I{} curl -sS -m 120 -o /dev/null -w '%{http_code}\n' -T "$image" \
    "$url/v1/models/moving/predict?attention=none" >"$work/backlog" &
  local waiting=$!
  for _ in 1 2 3; do call 200 -X POST "$url/v2/repository/models/moving/load"; done
  wait "$waiting"
  [ "$(sort -u "$work/backlog")" = 200 ] || bad "who waits is answered: $(sort "$work/backlog" | uniq -c)"
}
backlog

# Memory: after the first cycles have grown what is kept, further ones add nothing.
cycle() {
  printf 'url = "%s/v2/repository/models/moving/%s"\nrequest = "POST"\noutput = "/dev/null"\n' "$url" unload "$url" load
}
many() { for _ in $(seq "$1"); do cycle; done | curl -sS -m 600 -K - || bad "cycles are answered"; }
# What is measured is what stays when the model is not there; the loader frees a model after it has answered.
rest() {
  call 200 -X POST "$url/v2/repository/models/moving/unload"
  until_true 60 freed
  memory
}
freed() { [ "$(scrape senetd_model_memory_bytes)" -eq "$steady_memory" ]; }
call 200 -X POST "$url/v2/repository/models/moving/unload"
call 200 "$url/v1/models/steady"
steady_memory=$(jq '.weight_bytes + 2 * .arena_bytes' "$work/body")
many 20
before=$(rest)
many "$cycles"
after=$(rest)
grown=$((after - before))
echo "memory grew by $grown bytes in $cycles cycles"
# Sanitizers keep what was freed for a while.
[ -n "${SANITIZED:-}" ] || [ "$grown" -lt $((8 * 1024 * 1024)) ] || bad "memory comes back: it grew by $grown bytes"
[ "$(scrape 'senetd_model_loads_total{outcome="failure"}')" = 0 ] || bad "every load succeeded"
[ "$(scrape 'senetd_model_loads_total{outcome="success"}')" -ge $((2 * cycles)) ] || bad "every cycle loaded"
healthy
stop
finish
