#!/usr/bin/env bash
# Models that come and go while clients ask: a repository with versions, load, unload, SIGHUP, polling, golden checks.
. "$(dirname "$0")/lib.sh"
repository=$work/repository
builtin="models/builtin/model.onnx models/builtin/config.json models/builtin/labels.txt models/builtin/golden.npz"
# shellcheck disable=SC2086
add() { mkdir -p "$repository/$1" && cp $builtin "$repository/$1"; } # add FOLDER: the built-in model in it
# row MODEL VERSION: its line of the index as "STATE reason".
row() {
  curl -sS -m 60 -X POST "$url/v2/repository/index" |
    jq -r --arg m "$1" --arg v "$2" '.[] | select(.name == $m and .version == $v) | "\(.state) \(.reason)"'
}
# state MODEL VERSION PATTERN: the line matches.
state() {
  [[ $(row "$1" "$2") == $3 ]] || bad "the index says '$3' of $1 $2: $(row "$1" "$2")"
  checks=$((checks + 1))
}
# version_of TARGET: which version of the model answers.
version_of() { curl -sS -m 60 -T "$image" "$url$1?attention=none" | jq -r .model.version; }
is_version() { [ "$(version_of "$1")" = "$2" ]; }
hup() { # hup EVENT: SIGHUP has been dealt with, and so
  local before
  before=$(grep -c ' reload' "$log" || true)
  kill -HUP "$pid"
  dealt_with() { [ "$(grep -c ' reload' "$log")" -gt "$before" ]; }
  until_true 60 dealt_with
  grep ' reload' "$log" | tail -n 1 | grep -q " $1 " || bad "SIGHUP: $1, not $(grep ' reload' "$log" | tail -n 1)"
  checks=$((checks + 1))
}

# What the repository has: two versions, a folder without versions, a broken model, and names that are none.
add a/1 && add a/2 && add b && add .hidden/1 && add 'with space/1' && add a/.2
mkdir -p "$repository/broken/7" && echo nonsense >"$repository/broken/7/model.onnx"
ln -s a "$repository/link"
ln -s 1 "$repository/a/9"
touch "$repository/file"
start --model-repository "$repository" --model-versions 2 --workers 2
call 200 -X POST "$url/v2/repository/index"
true_of '[.[] | "\(.name) \(.version) \(.state)"] ==
  ["a 2 READY", "a 1 READY", "b 1 READY", "broken 7 UNAVAILABLE"] and all(.[]; has("reason"))'
state broken 7 'UNAVAILABLE the file is not ONNX*'
call 200 -X POST -d '{"ready": true}' "$url/v2/repository/index"
true_of 'length == 3 and all(.[]; .state == "READY")'
refused 400 invalid_argument -d '{"ready": 1}' "$url/v2/repository/index"
refused 400 invalid_argument -d 'nonsense' "$url/v2/repository/index"
grep -q ' loaded model=a version=2 golden=reproduced ' "$log" || bad "the golden file was checked"
call 200 "$url/v1/models"
true_of '.default == "a" and [.models[] | .name] == ["a", "b"] and .models[0].versions == ["2", "1"]'
for version in 1 2; do
  is_version "/v1/models/a/versions/$version/predict" "$version" || bad "version $version answers"
  call 200 "$url/v2/models/a/versions/$version/ready"
done
is_version /v1/predict 2 || bad "the highest version is the default"
call 200 "$url/v2/models/a"
true_of '.versions == ["2", "1"]'
for version in 3 9 01 .2 0; do refused 404 not_found -T "$image" "$url/v1/models/a/versions/$version/predict"; done
refused 503 model_unavailable -T "$image" "$url/v1/models/broken/predict"
refused 503 model_unavailable "$url/v2/models/broken/ready"
for name in file link .hidden 'with%20space' a%2F1 ..%2Frepository%2Fb %2e%2e a%00 nobody "$(printf 'x%.0s' {1..128})"; do
  refused 404 not_found -X POST "$url/v2/repository/models/$name/load"
  refused 404 not_found -X POST "$url/v2/repository/models/$name/unload"
done
refused 404 not_found --path-as-is -X POST "$url/v2/repository/models/../load"
refused 400 model_malformed -X POST "$url/v2/repository/models/broken/load"
refused 400 invalid_argument -d '{"parameters": {"config": "{}"}}' "$url/v2/repository/models/a/load"
refused 400 invalid_argument -d '{"parameters": {"file:1/model.onnx": "AAAA"}}' "$url/v2/repository/models/a/load"
refused 400 invalid_argument -d '{"parameters": []}' "$url/v2/repository/models/a/load"
refused 405 method_not_allowed "$url/v2/repository/models/a/load"

# A new version takes over; the oldest goes. A broken one changes nothing, and the index says why.
add a/3
call 200 -X POST -d '{"parameters": {}}' "$url/v2/repository/models/a/load"
call 200 "$url/v1/models/a"
true_of '.version == "3" and .versions == ["3", "2"]'
refused 404 not_found "$url/v1/models/a/versions/1"
add a/4 && head -c 1000 models/builtin/model.onnx >"$repository/a/4/model.onnx"
refused 400 model_malformed -X POST "$url/v2/repository/models/a/load"
grep -q "$work" "$work/body" && bad "no path in a message"
state a 4 'UNAVAILABLE ?*'
state a 3 'READY '
is_version /v1/predict 3 || bad "the old version serves on"
rm -r "$repository/a/4"

# Numbers that are not those of the golden file: the version does not become ready, and what differs is named.
add a/5
"$SENET" golden --model "$repository/a/5" >/dev/null
head -c 4000 /dev/zero | dd of="$repository/a/5/model.onnx" bs=1 seek=1000000 conv=notrunc status=none # some weights
"$SENET" golden --model "$repository/a/5" 2>"$work/err" && bad "senet golden notices"
grep -q 'the golden check fails: .* is off by ' "$work/err" || bad "it says by how much: $(cat "$work/err")"
refused 400 golden_differs -X POST "$url/v2/repository/models/a/load"
state a 5 "UNAVAILABLE the golden check fails: * '*' is off by *"
cp tests/fixtures/networks/basic_conv/model.onnx "$repository/a/5/"
rm "$repository/a/5/config.json" "$repository/a/5/labels.txt"
refused 400 model_malformed -X POST "$url/v2/repository/models/a/load"
state a 5 'UNAVAILABLE golden.npz: *'
add a/5 && head -c 2000 models/builtin/golden.npz >"$repository/a/5/golden.npz"
refused 400 model_malformed -X POST "$url/v2/repository/models/a/load"
state a 5 'UNAVAILABLE golden.npz: not a usable .npz file: *'
is_version /v1/predict 3 || bad "the old version serves on"
rm -r "$repository/a/5"
call 200 -X POST "$url/v2/repository/models/a/load"

# A model that is new in the repository is loaded by name; one that is unloaded is known, but not there.
add c/1
call 200 -X POST "$url/v2/repository/models/c/load"
is_version /v1/models/c/predict 1 || bad "a new model answers"
call 200 -X POST -d '{"parameters": {"unload_dependents": false}}' "$url/v2/repository/models/a/unload"
state a 3 'UNAVAILABLE unloaded'
refused 503 model_unavailable -T "$image" "$url/v1/predict"
refused 503 model_unavailable "$url/v2/models/a/ready"
call 200 "$url/readyz"
call 200 -X POST "$url/v2/repository/models/a/load"
is_version /v1/predict 3 || bad "the default is there again"
for name in a b c; do call 200 -X POST "$url/v2/repository/models/$name/unload"; done
call 503 "$url/readyz"
true_of '.reason == "no model is loaded"'
call 200 "$url/v1/models"
true_of '.models == []'
call 200 "$url/metrics"
grep -q '^senetd_model_memory_bytes 0$' "$work/body" || bad "memory is given back"
grep -q '^senetd_model_loads_total{outcome="failure"} [1-9]' "$work/body" || bad "failures are counted"
grep -q '^senetd_model_info{' "$work/body" && bad "no model is served"
hup reloaded
call 200 "$url/readyz"
stop

# SIGHUP: all or nothing, and it says why.
cat >"$work/senetd.json" <<JSON
{"model": "first=models/builtin", "model_repository": "$repository", "workers": 1}
JSON
start -c "$work/senetd.json"
echo '{"model": ' >"$work/senetd.json"
hup reload_failed
grep ' reload_failed ' "$log" | tail -n 1 | grep -q 'senetd.json:1: not valid JSON' || bad "it says where"
is_version /v1/predict 1 || bad "the first serves on"
printf '{"model": ["first=models/builtin", "second=%s/nowhere"], "workers": 1}' "$work" >"$work/senetd.json"
hup reload_failed
grep ' reload_failed ' "$log" | tail -n 1 | grep -q "model 'second=.*': its folder does not exist" || bad "it names the model"
call 200 "$url/v1/models"
true_of '[.models[].name] == ["first", "a", "b", "c"]'
add b/1 && rm "$repository"/b/model.onnx && echo broken >"$repository/b/1/model.onnx" && add d
printf '{"model": "first=models/builtin", "model_repository": "%s", "workers": 1}' "$repository" >"$work/senetd.json"
hup reload_failed
state b 1 'READY the file is not ONNX*'
call 404 "$url/v1/models/d"
add b/1
printf '{"model": "first=models/builtin", "model_repository": "%s", "workers": 3, "default_model": "d"}' "$repository" >"$work/senetd.json"
hup reloaded
grep ' reloaded ' "$log" | tail -n 1 | grep -q 'needs_restart=workers' || bad "it says what needs a restart"
call 200 "$url/v1/models"
true_of '.default == "d" and [.models[].name] == ["first", "a", "b", "c", "d"]'
stop

# Polling finds what has changed and what is gone, and leaves alone what was unloaded.
rm -r "$repository" && add a/1 && add b/1
start --model-repository "$repository" --repository-poll-seconds 1 --workers 1
call 200 -X POST "$url/v2/repository/models/b/unload"
add a/2
until_true 60 is_version /v1/predict 2
mkdir "$repository/a/3" && echo nonsense >"$repository/a/3/model.onnx"
refusal() { [[ $(row a 3) == UNAVAILABLE* ]]; }
until_true 60 refusal
is_version /v1/predict 2 || bad "the version that works serves on"
state b 1 'UNAVAILABLE unloaded'
rm -r "$repository/a"
is_gone() { [ "$(curl -sS -o /dev/null -w '%{http_code}' "$url/v1/models/a")" = 404 ]; }
until_true 60 is_gone
stop

# A budget for two of them: the third is refused with a reason, and so is one beside which the old has to stay.
rm -r "$repository" && add a && add b && add c
size=$("$SENET" summary --json | wc -c) && [ "$size" -gt 0 ]
start --model-repository "$repository" --model-memory 20MiB --workers 1
state c 1 'UNAVAILABLE its * MiB do not fit: * of the 20.0 MiB of model_memory are taken'
refused 503 out_of_memory -X POST "$url/v2/repository/models/a/load"
state a 1 'READY its * MiB do not fit: *'
call 200 -X POST "$url/v2/repository/models/b/unload"
call 200 -X POST "$url/v2/repository/models/c/load"
stop
"$SENETD" -t --model-repository "$repository" --model-memory 20MiB 2>"$work/err" && bad "-t wants all of them"
grep -q "^senetd: model 'c': version 1: its .* MiB do not fit" "$work/err" || bad "-t says why: $(cat "$work/err")"
mkdir "$repository/many" && (cd "$repository/many" && seq -f 'm%g' 1025 | xargs mkdir)
"$SENETD" -t --model-repository "$repository/many" 2>"$work/err" && bad "a repository is bounded"
grep -q 'it has more than 1024 models$' "$work/err" || bad "it says so: $(cat "$work/err")"
"$SENETD" -t --model-repository "$work/nowhere" 2>"$work/err" && bad "the repository must be there"
finish
