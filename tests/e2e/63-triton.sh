#!/usr/bin/env bash
# A stock tritonclient.http: the very bytes that it sends (tests/triton/client.py --record wrote them), and, where
# `make test-triton` has installed it, the client itself.
. "$(dirname "$0")/lib.sh"
start
requests=tests/fixtures/triton

# replay NAME: sends the recorded request, and then one that ends the connection. Leaves the answer's JSON in $work/json
# and what follows that in $work/tail.
replay() {
  { cat "$requests/$1.http" && printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'; } |
    raw 60 >"$work/answer"
  perl -e '
    my ($name, $work) = @ARGV;
    open my $answer, "<:raw", "$work/answer" or die;
    local $/;
    $_ = <$answer>;
    s/\A(HTTP\/1\.1 200 .*?\r\n\r\n)//s or die "$name is not answered 200: ", substr($_, 0, 300), "\n";
    my $head = $1;
    $head =~ /^Content-Length: (\d+)\r$/mi or die "$name: no Content-Length\n";
    my $body = substr($_, 0, $1);
    my $json = $head =~ /^Inference-Header-Content-Length: (\d+)\r$/mi ? $1 : length $body;
    sub put { open my $file, ">:raw", shift or die; print $file shift }
    put("$work/json", substr($body, 0, $json));
    put("$work/tail", substr($body, $json));' "$1" "$work"
  checks=$((checks + 1))
}
json() { true_of "$1" "$work/json"; }
tail_is() { [ "$(wc -c <"$work/tail")" -eq "$1" ] || bad "$1 bytes follow: $(wc -c <"$work/tail")"; }

replay live && json '.live'
replay ready && json '.ready'
replay model-ready && json '. == {"name": "builtin", "ready": true}'
replay server && json '.name == "senetd" and (.extensions | index("binary_tensor_data"))'
replay model && json '.inputs[0].name == "input" and (.outputs[1].name | startswith("gate."))'
replay index && json '.[0] | .name == "builtin" and .state == "READY"'

replay binary && json '.id == "one" and [.outputs[].parameters.binary_data_size] == [40, 128]' && tail_is 168
replay binary-all && json '[.outputs[].parameters.binary_data_size] == [40]' && tail_is 40
replay json && json '.outputs | map(.data | length) == [10, 32]' && tail_is 0
replay classes && json '.outputs[0] | .datatype == "BYTES" and .shape == [2, 3]'
perl -e 'local $/; my $tail = <STDIN>; my @strings = unpack("(L</a)*", $tail);
  exit !(@strings == 6 && !grep { !/^-?\d+\.\d+:\d:[a-z]+$/ } @strings)' <"$work/tail" || bad "they are six classes"
replay classes-json && json '.outputs[0].data | length == 3 and all(.[]; test("^-?[0-9.]+:[0-9]:[a-z]+$"))'
replay image && json '.outputs[0] | .datatype == "BYTES" and .shape == [1, 1]'
call 200 -T "$image" "$url/v1/predict"
perl -e 'local $/; my $tail = <STDIN>; print unpack("L</a", $tail)' <"$work/tail" | cut -d: -f3 >"$work/label"
[ "$(cat "$work/label")" = "$(jq -r '.predictions[0].label' "$work/body")" ] || bad "an image is what /v1/predict says"
replay identity && json '.outputs[0].shape == [1, 32]' && tail_is 128
[ "$(perl -e 'local $/; print join " ", grep { $_ != 1 } unpack("f<*", <STDIN>)' <"$work/tail")" = '' ] ||
  bad "the gate is 1"
replay statistics && json '.model_stats[0] | .inference_count == 9 and .inference_stats.success.count == 8'
replay statistics-all && json '.model_stats | length == 1'
replay unload
call 503 "$url/v2/models/builtin/ready"
replay load
call 200 "$url/v2/models/builtin/ready"

python=build/triton/python/bin/python
if [ -x "$python" ]; then
  "$python" tests/triton/client.py "127.0.0.1:$port" "$image"
  checks=$((checks + 1))
else
  echo "make test-triton installs the client itself"
fi
stop
finish
