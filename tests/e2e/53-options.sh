#!/usr/bin/env bash
# Flags, variables and the configuration file: what wins, what is refused and how, and that the documents are true.
. "$(dirname "$0")/lib.sh"
unset "${!SENETD_@}" 2>/dev/null || true

# says STATUS PATTERN ARGUMENTS...: senetd exits so, with one line on stderr that matches.
says() {
  local status=0 expected=$1 pattern=$2
  shift 2
  "$SENETD" "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" -eq "$expected" ] || bad "senetd $* exits $expected (it exits $status: $(cat "$work/err"))"
  [ "$(wc -l <"$work/err")" -eq 1 ] || bad "senetd $* prints one line, not: $(cat "$work/err")"
  grep -q -- "^senetd: $pattern\$" "$work/err" || bad "senetd $* says '$pattern', not: $(cat "$work/err")"
  checks=$((checks + 1))
}

# The documents.
"$SENETD" --help-markdown >"$work/table"
grep '^|' docs/configuration.md | sed -n "1,$(wc -l <"$work/table")p" | cmp -s - "$work/table" ||
  bad "docs/configuration.md has the table of --help-markdown"
"$SENETD" -t -c config/senetd.json >"$work/out"
# The example has every key with its default: as flags would give them, sorted.
sed -n 's/^  "\([a-z_]*\)": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1 \2/p' config/senetd.json |
  sed 's/ \[\]$/ -/; s/ $/ -/' | sort >"$work/example"
sed -n 's/^| `\([a-z_]*\)` |[^|]*|[^|]*|[^|]*| `\{0,1\}\([^`|]*[^`| ]\)`\{0,1\} |.*/\1 \2/p' "$work/table" |
  sort >"$work/defaults"
diff "$work/example" "$work/defaults" || bad "config/senetd.json has every option with its default"
"$SENETD" --help >"$work/help"
while read -r key _; do
  grep -q -- "--${key//_/-} " "$work/help" || bad "--help has $key"
  checks=$((checks + 1))
done <"$work/defaults"
"$SENETD" --version | grep -q '^senetd [0-9.]* (.*)$' || bad "--version tells it"
"$SENETD" --help --workers 3 >/dev/null

# Flags.
says 2 '--colour: no such option (try --help)' --colour red
says 2 'red: no such option (try --help)' red
says 2 '--workers: needs a value: N' --workers
says 2 "--workers: must be a whole number from 0 to 256, not '257'" --workers 257
says 2 "--workers: must be a whole number from 0 to 256, not '-1'" --workers=-1
says 2 "--workers: must be a whole number from 0 to 256, not '2x'" --workers 2x
says 2 "--workers: must be a whole number from 0 to 256, not ''" --workers ''
says 2 "--max-body-bytes: must be bytes from .*, not '1KB'" --max-body-bytes 1KB
says 2 "--max-body-bytes: must be bytes from .*, not '99999999999GiB'" --max-body-bytes 99999999999GiB
says 2 "--log-format: must be text or json, not 'xml'" --log-format xml
for address in 8080 127.0.0.1 127.0.0.1: 127.0.0.1:65536 127.0.0.1:-1 ::1:80 '[::1:80' ':' ''; do
  says 2 "--listen: must be ADDR:PORT .*, not '.*'" --listen "$address"
done
says 1 "model 'nowhere': .*" -t --model nowhere
says 1 "model 'some/where/else': .*" -t --model some/where/else
says 1 "model 'a b=models/builtin': give it a name .*" -t --model 'a b=models/builtin'
says 1 "model 'x': the name is used twice.*" -t --model x=models/builtin --model x=models/builtin
says 1 'listen: .*' --listen 192.0.2.1:0 --log-level error
says 1 'port_file: .*' --listen 127.0.0.1:0 --log-level error --port-file "$work/no/such/folder"
"$SENETD" -t --model models/builtin --model other=models/builtin/ >/dev/null || bad "models are named by their folder"

# The file: each message has file, line and key.
# file PATTERN TEXT: the file is refused with FILE:PATTERN.
file() {
  printf '%s' "$2" >"$work/senetd.json"
  says 2 "$work/senetd.json:$1" -t -c "$work/senetd.json"
}
file "2: workers: must be a whole number from 0 to 256, not '900'" $'{\n"workers": 900}'
file '3: colour: no such option' $'{ // comment "with" quotes\n\n  "colour": 1 }'
file '2: workers: must be a whole number from 0 to 256' $'{\n"workers": "2"}'
file '1: workers: must be a whole number from 0 to 256' '{"workers": 2.5}'
file '1: workers: must be a whole number from 0 to 256' '{"workers": true}'
file '1: workers: must be a whole number from 0 to 256' '{"workers": [2]}'
file '1: listen: must be ADDR:PORT .*' '{"listen": "8080"}'
file "1: listen: must be ADDR:PORT .*" '{"listen": 8080}'
file "2: log_level: must be error or warning or info, not 'debug'" $'{"workers": 1,\n"log_level": "debug"}'
file '1: model: must be text, or a list of them' '{"model": ["a", 5]}'
file '1: config: no such option' '{"config": "x"}'
file '2: workers: given twice' $'{"workers": 1,\n"workers": 2}'
file "1: expected '{'" ''
file "1: expected '{'" '[]'
file "1: expected ',' or '}'" '{"workers": 1'
file '1: expected a key in double quotes' '{"workers": 1,}'
file "2: expected ':' after the key" $'{"workers"\n1}'
file '1: not valid JSON' '{"workers": }'
file "2: something follows the closing '}'" $'{}\n{}'
printf '{}\0' >"$work/senetd.json"
says 2 "$work/senetd.json:1: a NUL byte is not JSON" -t -c "$work/senetd.json"
says 2 "$work/missing.json: .*" -t -c "$work/missing.json"
says 2 "$work: .*" -t -c "$work"
printf '{ // a comment\n "workers": 1, // "another": {\n "listen": "127.0.0.1:0" }\n// end' >"$work/good.json"
"$SENETD" -t -c "$work/good.json" >/dev/null || bad "comments are allowed"

# Variables.
SENETD_WORKERS=x says 2 "SENETD_WORKERS: must be a whole number from 0 to 256, not 'x'" -t
SENETD_CONFIG=$work/missing.json says 2 "$work/missing.json: .*" -t
SENETD_MODEL=a=models/builtin,a=models/builtin says 1 "model 'a': the name is used twice.*" -t
SENETD_PORT=tcp://10.0.0.1:8080 "$SENETD" -t >/dev/null || bad "variables that are not ours are let alone"

# Precedence, seen in the log line: flag, variable, file, default.
cores=$(nproc)
# workers COUNT: the daemon that was started has so many.
workers() {
  grep -q "listening .* workers=$1 " "$log" || bad "there are $1 workers: $(head -n 1 "$log")"
  stop
}
echo '{"workers": 3}' >"$work/three.json"
start -c "$work/three.json"
workers 3
export SENETD_WORKERS=4
start -c "$work/three.json"
workers 4
start --workers 5 -c "$work/three.json"
workers 5
unset SENETD_WORKERS
start
[ "$(sed -n 's/.*listening .* workers=\([0-9]*\) .*/\1/p' "$log")" -le "$cores" ] || bad "a worker for each usable core"
stop

# Several models; the first is the default. The port is told in the log and, for people, on standard output.
start --model first=models/builtin --model second=models/builtin --workers 1
grep -q "listening .* port=$port .* models=2 model=first" "$log" || bad "the log tells the port and the models"
grep -q "curl -T .* $url/v1/predict" "$work/stdout" || bad "standard output says how to begin"
call 200 -T "$image" "$url/v1/predict"
true_of '.model.name == "first"'
call 200 -T "$image" "$url/v1/models/second/predict"
true_of '.model.name == "second"'
call 200 "$url/metrics"
grep -q '^senetd_model_info{model="second",' "$work/body" || bad "both models are in the metrics"
# A second daemon on the same port is refused, and says why.
says 1 'listen: .*: Address already in use' --listen "127.0.0.1:$port" --log-level error
stop
[ ! -e "$work/daemon-$((${#daemons[@]} - 1)).port" ] || bad "the port file goes with the port"
finish
