#!/usr/bin/env bash
# senet predict: the three formats, several images, bad ones, gates, EXIF; and senet preprocess.
. "$(dirname "$0")/cli-lib.sh"
images=$work/images
mkdir -p "$images/below/deeper" "$images/.hidden"
bmp 4 3 200 30 60 >"$images/b.bmp"
bmp 8 8 10 200 90 >"$images/below/a.BMP"
bmp 4 4 0 0 255 >"$images/below/deeper/tab	and \\ in it.bmp"
cp "$images/b.bmp" "$images/.hidden/x.bmp"
echo text >"$images/notes.txt"
turned=tests/fixtures/cli/orientation-6.jpg

# One image is the daemon's answer for one image.
"$SENET" predict --json "$images/b.bmp" >"$work/one.json" 2>"$work/err"
holds 'nothing is on stderr' [ ! -s "$work/err" ]
holds 'JSON is one line' [ "$(wc -l <"$work/one.json")" -eq 1 ]
says "$work/one.json" 'the members are those of an HTTP answer' \
  'keys_unsorted == ["id", "model", "predictions", "attention", "timing_ms"]'
says "$work/one.json" 'the model is named' '.model == {"name": "builtin", "version": "1"}'
says "$work/one.json" 'there are five predictions' '.predictions | length == 5'
says "$work/one.json" 'the best comes first' '[.predictions[].score] | . == (sort | reverse)'
says "$work/one.json" 'scores are probabilities' '[.predictions[].score] | all(. >= 0 and . <= 1) and add <= 1.00001'
says "$work/one.json" 'attention is full' \
  '.attention | length > 0 and all((.weights | length) == .channels and .channels > 0)'
says "$work/one.json" 'gates lie where a sigmoid does' '[.attention[].weights[]] | all(. >= 0 and . <= 1)'
says "$work/one.json" 'times are told' '.timing_ms | .queue == 0 and .inference > 0 and
  ((.decode + .preprocess + .inference - .total) | fabs) < 0.01'

# Several are a list, in order; folders are read in the order of names, hidden entries and other files left out.
"$SENET" predict --json --top-k 2 --attention none "$images" >"$work/many.json"
says "$work/many.json" 'a list has results' 'keys_unsorted == ["id", "model", "results", "timing_ms"]'
says "$work/many.json" 'a folder holds three images' '[.results[].filename | ltrimstr("'"$images"'/")] ==
  ["b.bmp", "below/a.BMP", "below/deeper/tab\tand \\ in it.bmp"]'
says "$work/many.json" 'options are heeded' '.results | all((.predictions | length) == 2 and (has("attention") | not))'
says "$work/many.json" 'an image has the same answer alone' \
  ".results[0].predictions == $(jq -c '.predictions[:2]' "$work/one.json")"
"$SENET" predict --json --attention none "$images/b.bmp" "$images/b.bmp" >"$work/twice.json"
says "$work/twice.json" 'answers repeat exactly' '.results[0] == .results[1]'
printf '%s\n\n%s' "$images/b.bmp" "$images/below/a.BMP" >"$work/list"
"$SENET" predict --json --attention none --files-from "$work/list" >"$work/listed.json"
says "$work/listed.json" 'a list of files is read' '.results | length == 2'
head -n 1 "$work/list" | "$SENET" predict --json --files-from - --layers 'no*,such' >"$work/listed.json"
says "$work/listed.json" 'a list of one is a list' '.results | length == 1 and .[0].attention == []'
says "$work/one.json" 'there is more than one block' '.attention | length > 1'
layer=$(jq -r '.attention[1].layer' "$work/one.json")
"$SENET" predict --json --layers "no*,$layer" --attention summary "$images/b.bmp" >"$work/layer.json"
says "$work/layer.json" 'layers are chosen' ".attention == $(jq -c '[.attention[1] | del(.weights)]' "$work/one.json")"

# Lines for awk.
"$SENET" predict --tsv --top-k 3 "$images" >"$work/tsv"
holds 'three lines an image' [ "$(wc -l <"$work/tsv")" -eq 9 ]
holds 'five columns each' awk -F '\t' 'NF != 5 || $2 != (NR - 1) % 3 + 1 { exit 1 }' "$work/tsv"
holds 'names are escaped' grep -qF 'tab\tand \\ in it.bmp' "$work/tsv"
holds 'the label is that of the JSON' \
  [ "$(cut -f 5 "$work/tsv" | head -n 1)" = "$(jq -r '.predictions[0].label' "$work/one.json")" ]

# Tables for people.
"$SENET" predict "$images/b.bmp" >"$work/text"
holds 'the label is there' grep -qF "$(jq -r '.predictions[0].label' "$work/one.json")" "$work/text"
holds 'each block is there' [ "$(jq -r '.attention[].layer' "$work/one.json" | grep -cFf - "$work/text")" -ge \
  "$(jq '.attention | length' "$work/one.json")" ]
holds 'a file has no colours' bash -c '! grep -q "$(printf "\033")" "$0"' "$work/text"
weights=$(jq '[.attention[].channels] | add' "$work/one.json")
"$SENET" predict --top-k 0 --attention full "$images/b.bmp" | grep -E '^ {6}' | wc -w >"$work/words"
holds 'full attention prints every gate' [ "$(cat "$work/words")" -eq "$weights" ]

# A bad image among several is named, the others are answered.
status=0
"$SENET" predict --tsv --top-k 1 "$images/b.bmp" "$images/notes.txt" "$work/none.jpg" "$images/below/a.BMP" \
  >"$work/tsv" 2>"$work/err" || status=$?
holds 'a bad image is a failure' [ "$status" -eq 1 ]
holds 'the good ones are answered' [ "$(wc -l <"$work/tsv")" -eq 2 ]
holds 'each bad one has its line' [ "$(grep -c '^senet: ' "$work/err")" -eq 2 ]
holds 'each bad one is named' bash -c 'grep -q notes.txt "$0" && grep -q none.jpg "$0"' "$work/err"
fails 1 'notes.txt: ' predict --json "$images/notes.txt"
fails 1 'none.jpg: No such file' predict --json "$work/none.jpg"
: >"$work/empty.jpg"
fails 1 'empty.jpg: ' predict "$work/empty.jpg"
mkdir "$work/nothing"
fails 1 'no image in this folder' predict "$work/nothing"
fails 1 'No such file' predict --files-from "$work/none"
fails 1 'none: ' predict --model "$work/none" "$images/b.bmp"
fails 1 'not one image of' predict --model tests/fixtures/cli/se256_conv.onnx "$images/b.bmp"
"$SENET" predict --json --top-k 1 - <"$images/b.bmp" >"$work/stdin.json"
says "$work/stdin.json" 'an image comes from stdin' ".predictions == $(jq -c '.predictions[:1]' "$work/one.json")"
fails 1 '^senet: -: ' predict --json - </dev/null
for format in --json --tsv --attention=none; do
  for i in $(seq 200); do echo "$images/b.bmp"; done >"$work/list"
  status=0
  "$SENET" predict "$format" --files-from "$work/list" >/dev/full 2>"$work/err" || status=$?
  holds "$format: a full disk is a failure" [ "$status" -eq 1 ]
  holds "$format: a full disk is complained about once" [ "$(grep -c 'could not be written' "$work/err")" -eq 1 ]
done

# Gates.
"$SENET" predict --json --gate "$layer=identity" "$images/b.bmp" >"$work/gate.json"
says "$work/gate.json" 'the override is told' ".gates_overridden == [\"$layer\"]"
says "$work/gate.json" 'the override was applied' '.attention[1].weights | all(. == 1)'
says "$work/gate.json" 'earlier blocks are as before' ".attention[0] == $(jq -c '.attention[0]' "$work/one.json")"
"$SENET" predict --json --gate "$layer=null" "$images/b.bmp" >"$work/null.json"
says "$work/null.json" 'null changes nothing' ".predictions == $(jq -c '.predictions' "$work/one.json")"
channels=$(jq '.attention[1].channels' "$work/one.json")
list=0.25$(printf ',null%.0s' $(seq 2 "$channels"))
"$SENET" predict --json --gate "$layer=$list" "$images/b.bmp" >"$work/gate.json"
says "$work/gate.json" 'one channel is replaced, the others keep their own' \
  ".attention[1].weights == ([0.25] + $(jq -c '.attention[1].weights[1:]' "$work/one.json"))"
fails 2 'given twice' predict --gate "$layer=1" --gate "$layer=0" "$images/b.bmp"
fails 1 "no SE block called 'nowhere'" predict --gate nowhere=1 "$images/b.bmp"
for value in "$layer" "=1" ''; do
  fails 2 '--gate' predict "--gate=$value" "$images/b.bmp"
done
for value in '' x 1x nan inf 1e99 '1,' ',1' '1,2' "$list,1" ' 1'; do
  fails 2 "takes identity, a number, or $channels comma-separated" predict "--gate=$layer=$value" "$images/b.bmp"
done

# EXIF, and the tensor that the model is fed.
"$SENET" predict --json "$turned" >"$work/turned.json"
says "$work/turned.json" 'a turned image says so' '.exif_orientation == 6 and keys_unsorted[2] == "exif_orientation"'
"$SENET" predict --json --exif ignore "$turned" >"$work/unturned.json"
says "$work/unturned.json" 'an image that is not turned says nothing' 'has("exif_orientation") | not'
"$SENET" preprocess "$turned" --output "$work/turned.npy"
"$SENET" preprocess --exif=ignore "$turned" --output "$work/unturned.npy"
holds 'turning changes the tensor' bash -c '! cmp -s "$0" "$1"' "$work/turned.npy" "$work/unturned.npy"
holds 'the tensor is one image' grep -aqF "'shape': (1, 3, 32, 32)" "$work/turned.npy"
holds 'the tensor is whole' [ "$(stat -c %s "$work/turned.npy")" -eq $((128 + 4 * 3 * 32 * 32)) ]
bmp 4 4 0 0 255 >"$work/red.bmp"
"$SENET" preprocess --model models/builtin "$work/red.bmp" --output "$work/red.npy"
jq -r '.pretrained_cfg | [[1 - .mean[0], -.mean[1], -.mean[2]], .std] | transpose[] | .[0] / .[1]' \
  models/builtin/config.json >"$work/channels"
floats "$work/red.npy" | paste - <(awk '{ for (i = 0; i < 1024; i++) print }' "$work/channels") >"$work/pairs"
holds 'one colour is normalised by hand as well' awk '
  { d = $1 - $2; if (!(d < 1e-5 && -d < 1e-5)) exit wrong = 1 } END { exit wrong || NR != 3072 }' "$work/pairs"
"$SENET" preprocess "$turned" --repeat 3 --json >"$work/times.json"
says "$work/times.json" 'how long it takes is told' '
  .runs == 3 and ([.decode, .preprocess][] | .min_ms > 0 and .min_ms <= .median_ms and .median_ms <= .p90_ms)'
holds 'people are told too' bash -c '"$0" preprocess "$1" --repeat 2 | grep -q "^decode  *min "' "$SENET" "$turned"
fails 1 'nowhere/x.npy: No such file' preprocess "$turned" --output "$work/nowhere/x.npy"
finish
