#!/usr/bin/env bash
# The description against the daemon: every method, path and status in it is had from a running daemon, and every answer
# is as it says (openapi.jq). That it has all routes and no other is tests/unit/test_routes.c's.
. "$(dirname "$0")/lib.sh"
answers=$work/answers.jsonl
: >"$answers"

# record METHOD PATH STATUS: keeps the answer in $work/body and $work/head as had from there.
record() {
  local type body=null
  type=$(header Content-Type)
  type=${type%%;*}
  [ "$type" != application/json ] || body=$(cat "$work/body")
  printf '{"method":"%s","path":"%s","status":%s,"type":"%s","body":%s}\n' "$1" "$2" "$3" "$type" "$body" >>"$answers"
}
# target PATH MODEL: the path of the description as a URL.
target() {
  local filled=${1//\{model\}/$2}
  echo "$url${filled//\{version\}/1}"
}
# has STATUS: method, path of the operations that have it, as far as their path matches $among.
among=.
has() { jq -r --arg status "$1" '.paths | to_entries[] | .key as $path | .value | to_entries[] |
  select(.value.responses[$status]) | "\(.key) \($path)"' "$work/api" | grep -E -- "$among"; }
# provoke STATUS MODEL CURL-ARGUMENTS...: of every operation that has the status.
provoke() {
  local status=$1 model=$2 method path
  shift 2
  while read -r method path; do
    call "$status" -X "${method^^}" "$@" "$(target "$path" "$model")"
    record "$method" "$path" "$status"
  done < <(has "$status")
}
# only REGEX STATUS MODEL CURL-ARGUMENTS...: the same of those whose path matches.
only() {
  local among=$1
  shift
  provoke "$@"
}
fill() { head -c "$1" /dev/zero | tr '\0' x; }
infer() { printf '{"id":"1","inputs":[{"name":"input","datatype":"BYTES","shape":[1],"data":["%s"]}]}' "$(base64 -w0 "$1")"; }
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
jq -nc --arg pixel "$pixel" '{images: [range(1024) | $pixel], attention: "none", top_k: 1}' >"$work/long"
infer "$image" >"$work/infer"
head -c 700 docs/images/cat.jpg >"$work/cut"
infer "$work/cut" >"$work/infer-cut"
infer_path='/infer$' predict='/predict$'

mkdir -p "$work/models/good" "$work/models/broken" "$work/none"
cp models/builtin/{model.onnx,config.json,labels.txt} "$work/models/good"
echo nonsense >"$work/models/broken/model.onnx"
start --model-repository "$work/models" --default-model good --workers 1 --max-images 1024 --max-body-bytes 300000
curl -sS "$url/openapi.json" >"$work/api"

# What is well: 200, in all forms of an answer. An unloaded model comes back at the end.
only "$predict" 200 good --data-binary "@$image"
only "$predict" 200 good -F "a=@$image" -F 'b=@docs/images/ship.jpg'
only "$predict" 200 good --json "{\"image\":\"$pixel\",\"gates\":{\"layer1.0.se\":\"identity\"}}"
only "$infer_path" 200 good --json "@$work/infer"
for outputs in '[{"name":"logits","parameters":{"classification":2}},{"name":"gate.layer1.0.se"}]' \
  '[{"name":"logits","parameters":{"binary_data":true}}]'; do
  jq -c --argjson outputs "$outputs" '.outputs = $outputs' "$work/infer" >"$work/chosen"
  only "$infer_path" 200 good --json "@$work/chosen"
done
while read -r method path; do
  [[ $path =~ $predict || $path =~ $infer_path ]] && continue
  call 200 -X "${method^^}" "$(target "$path" good)"
  record "$method" "$path" 200
done < <(has 200)
call 200 -X POST "$url/v2/repository/models/good/load"

# What is wrong with a request wherever it goes, and with models.
provoke 400 good -H 'Host: two words'
only "$predict|$infer_path|repository" 400 good -H 'Content-Type: application/json' -d '{'
provoke 404 nobody --json "@$work/infer"
provoke 413 good --data-binary "@$work/long" -H "Content-Length: 400000"
long_query=$(fill 8200)
while read -r method path; do
  call 414 -X "${method^^}" "$(target "$path" good)?$long_query"
  record "$method" "$path" 414
done < <(has 414)
provoke 415 good -H 'Content-Encoding: gzip' --data-binary "@$image"
only "$predict" 415 good --data-binary @README.md
provoke 417 good -H 'Expect: the-unexpected' --data-binary x
only "$predict" 422 good --data-binary "@$work/cut"
only "$infer_path" 422 good --json "@$work/infer-cut"
provoke 431 good -H "X: $(fill 40000)"
only '^[a-z]+ /v[12]/models/[{]model[}]' 503 broken --json "@$work/infer"
only '/load$' 400 broken

# Too late: what waits behind a request that takes seconds.
curl -sS -m 120 -o "$work/ignored" --json "@$work/long" "$url/v1/predict" &
long=$!
busy() { curl -sS "$url/metrics" | grep -qx 'senetd_inflight 2'; }
until_true 60 busy
only "$predict" 504 good -H 'X-Request-Timeout-Ms: 50' --data-binary "@$image"
only "$infer_path" 504 good -H 'X-Request-Timeout-Ms: 50' --json "@$work/infer"
kill "$long"
wait "$long" || true
stop

# Too slow: all of them at once say how much they will send, and send less.
start --body-timeout 1
number=0
while read -r method path; do
  number=$((number + 1))
  printf '%s %s\n' "$method" "$path" >"$work/slow-$number"
  printf '%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx' "${method^^}" "$(url='' target "$path" builtin)" |
    raw 60 >"$work/slow-$number.answer" &
  slow+=("$!")
done < <(has 408)
wait "${slow[@]}"
for ((i = 1; i <= number; i++)); do
  read -r method path <"$work/slow-$i"
  sed '/^\r$/q' "$work/slow-$i.answer" >"$work/head"
  sed '1,/^\r$/d' "$work/slow-$i.answer" >"$work/body"
  head -n 1 "$work/head" | grep -q '^HTTP/1.1 408' || bad "$method $path is answered 408: $(cat "$work/slow-$i.answer")"
  record "$method" "$path" 408
  checks=$((checks + 1))
done
stop

# Too many: of one client, and of all.
crowded() { # crowded STATUS OPTION: with one connection open that says nothing
  start "$2" 1
  exec {silent}<>"/dev/tcp/127.0.0.1/$port"
  there() { [ "$(curl -sS -o /dev/null -w '%{http_code}' "$url/v1/models")" = "$1" ]; }
  until_true 60 there "$1"
  provoke "$1" builtin
  exec {silent}>&-
  stop
}
crowded 429 --connections-per-client
start --model-repository "$work/none"
only '/(readyz|v2/health/ready)$' 503 none
stop
# Health and readiness are told beyond that limit.
among=' /(v1|openapi|v2/?$|v2/models|v2/repository)' crowded 503 --connection-limit

# No token, and one of the other kind.
inference=inference-0123456789 administration=administration-0123456789
echo "$inference" >"$work/inference" && echo "$administration" >"$work/administration"
chmod 600 "$work/inference" "$work/administration"
start --auth-token-file "$work/inference" --admin-token-file "$work/administration"
provoke 401 builtin
other() { # other KIND: of operations for which the other kind of token is needed
  jq -r --arg kind "$1" '.paths | to_entries[] | .key as $path | .value | to_entries[] |
    select(.value.responses["403"] and ([.value.security[] | keys[]] | index($kind) | not)) | "\(.key) \($path)"' "$work/api"
}
forbidden() { # forbidden KIND TOKEN
  local method path
  while read -r method path; do
    call 403 -X "${method^^}" -H "Authorization: Bearer $2" "$(target "$path" builtin)"
    record "$method" "$path" 403
  done < <(other "$1")
}
forbidden inferenceToken "$inference"
forbidden adminToken "$administration"
stop

# Every answer is as described, and every status that is described was had.
jq -r --slurpfile apis "$work/api" '$apis[0] as $api | '"$(cat tests/e2e/openapi.jq)" "$answers" >"$work/faults"
[ ! -s "$work/faults" ] || bad "answers are as described: $(head -n 20 "$work/faults")"
for status in $(jq -r '[.paths[][].responses | keys[]] | unique[]' "$work/api"); do
  has "$status" | sed "s/$/ $status/"
done | sort >"$work/described"
jq -r '"\(.method) \(.path) \(.status)"' "$answers" | sort -u >"$work/had"
diff "$work/described" "$work/had" >&2 || bad "every status that is described was had"
checks=$((checks + $(wc -l <"$answers")))
# The validator finds what is wrong: a member too many, one too few, a wrong type, an unknown status.
for damage in '.body.extra = 1' 'del(.body.id)' '.body.predictions[0].score = "high"' '.status = 299' '.type = "text/html"'; do
  jq -nc "first(inputs | select(.path == \"/v1/predict\" and .status == 200)) | $damage" "$answers" >"$work/damaged"
  [ -n "$(jq -r --slurpfile apis "$work/api" '$apis[0] as $api | '"$(cat tests/e2e/openapi.jq)" "$work/damaged")" ] ||
    bad "this is noticed: $damage"
  checks=$((checks + 1))
done
finish
