#!/usr/bin/env bash
# senet profile: its numbers against those of senet predict, what a class is, the files, and what is refused.
. "$(dirname "$0")/cli-lib.sh"
images=$work/images
mkdir -p "$images/pets/cat" "$images/<&\"ship"
cp docs/images/cat.jpg "$images/pets/cat/1.jpg"
cp tests/fixtures/cli/orientation-6.jpg "$images/pets/cat/2.jpg"
bmp 8 8 10 200 90 >"$images/pets/cat/3.bmp"
cp docs/images/ship.jpg "$images/<&\"ship/1.jpg"
bmp 8 8 200 20 90 >"$images/<&\"ship/2.bmp"
well_formed() { awk -f tests/e2e/xml.awk "$1"; }

"$SENET" profile --output-dir "$work/results" "$images/" >"$work/text" 2>"$work/err"
profile=$work/results/profile.json
holds 'nothing is on stderr' [ ! -s "$work/err" ]
says "$profile" 'classes are folders that hold images' \
  '.classes_by == "folder" and .images == 5 and .failed == 0 and .model.name == "builtin" and .input == [1, 3, 32, 32] and
   .classes == [{"name": "<&\"ship", "images": 2}, {"name": "cat", "images": 3}]'
"$SENET" predict --json "$images" >"$work/predict.json"
jq -n --slurpfile profile "$profile" --slurpfile predict "$work/predict.json" '
  def mean: add / length;
  def std: mean as $m | map((. - $m) * (. - $m)) | mean | sqrt;
  def near($b): (. - $b | fabs) < 1e-5;
  $predict[0].results as $results
  | [$profile[0].se_blocks[] as $block
    | [$results[] | {class: (.filename | split("/")[-2]), weights: (.attention[] | select(.layer == $block.layer).weights)}]
      as $samples
    | ($block.classes[], ($block.all + {name: null})) as $class
    | [$samples[] | select($class.name == null or .class == $class.name).weights] | transpose
    | (map(mean) as $m | [range(length)] | all(. as $i | $m[$i] | near($class.mean[$i]))),
      (map(std) as $s | [range(length)] | all(. as $i | $s[$i] | near($class.std[$i]))),
      (length == $block.channels)]' >"$work/agrees.json"
says "$work/agrees.json" 'means and deviations are those of the gates that predict gives' 'length == 4 * 3 * 3 and all'
says "$profile" 'shares follow from them' '
  [.se_blocks[] | (.all.std | map(. * .) | add) as $total | .all.mean as $all
    | ([range(.channels) as $c
        | 2 * (.classes[0].mean[$c] - $all[$c] | . * .), 3 * (.classes[1].mean[$c] - $all[$c] | . * .)] | add / 5) as $between
    | (.between_classes - $between / $total | fabs) < 1e-4] | length == 4 and all'
says "$profile" 'chance has its share: (classes - 1) / (images - 1)' '.between_classes_by_chance == 0.25'
holds 'the table has every block' [ "$(jq -r '.se_blocks[].layer' "$profile" | grep -cFf - "$work/text")" -ge 4 ]
holds 'the picture is well-formed' well_formed "$work/results/profile.svg"
holds 'names are escaped in it' grep -qF '&lt;&amp;&quot;ship' "$work/results/profile.svg"
holds 'its numbers are finite, and nothing in it runs' bash -c '! grep -Ei "nan|inf|script|href" "$0"' "$work/results/profile.svg"
holds 'there is a panel for each block' [ "$(grep -c 'font-weight="bold">layer' "$work/results/profile.svg")" -eq 4 ]

# What is chosen.
"$SENET" profile --output-dir "$work/results" --classes 'ca*' --max-per-class 2 --layers 'layer3.*' --threads 2 "$images" >"$work/text"
says "$profile" 'classes, images and blocks can be chosen' '.classes == [{"name": "cat", "images": 2}] and
  ([.se_blocks[].layer] == ["layer3.0.se", "layer3.1.se"])'
says "$profile" 'one class has nothing to be compared with' '.se_blocks | all(.between_classes == null)'
"$SENET" profile --output-dir "$work/results" --draw cat "$images" >"$work/text"
holds 'one class of two is drawn' grep -qF '1 of 2 classes drawn' "$work/results/profile.svg"
"$SENET" profile --output-dir "$work/results" "$images/pets/cat" >"$work/text"
says "$profile" 'without folders, classes are what the model predicts' '.classes_by == "prediction" and .images == 3'
holds 'as predict says' diff <("$SENET" predict --tsv --top-k 1 "$images/pets/cat" | cut -f 5 | sort | uniq -c |
  awk '{ print $2, $1 }') <(jq -r '.classes[] | "\(.name) \(.images)"' "$profile" | sort)
"$SENET" profile --by prediction --output-dir "$work/results" "$images" >"$work/text"
says "$profile" 'folders can be passed over' '.classes_by == "prediction" and .images == 5'

# What is refused, and what fails.
fails 2 'IMAGES is missing' profile
fails 2 'one argument too many' profile a b
fails 2 '--max-per-class takes a whole number from 0' profile --max-per-class -1 "$images"
fails 2 '--by takes folder|prediction' profile --by hand "$images"
fails 1 'none: No such file' profile "$work/none"
fails 1 'a folder of images is needed' profile "$images/pets/cat/1.jpg"
fails 1 "classes: there is no class 'dog'" profile --classes cat,dog "$images"
fails 1 "draw: there is no class 'dog'" profile --draw dog "$images"
fails 1 'takes no SE block' profile --layers 'no*' "$images"
# A pool over an image of 224 x 224, and nothing else.
printf '\010\010\072Z\012\031\012\001x\022\001y\042\021GlobalAveragePool\022\001gZ\035\012\001x\022\030\012\026\010\001\022\022\012\002\010\001\012\002\010\003\012\003\010\340\001\012\003\010\340\001b\033\012\001y\022\026\012\024\010\001\022\020\012\002\010\001\012\002\010\003\012\002\010\001\012\002\010\001B\002\020\021' >"$work/pool.onnx"
fails 1 'the model has no SE block' profile --model "$work/pool.onnx" "$images"
fails 1 'not one image of' profile --model tests/fixtures/cli/se256_conv.onnx "$images"
fails 1 'below: Not a directory' profile --output-dir "$work/text/below" "$images"
cp "$images/pets/cat/1.jpg" "$images/stray.jpg"
fails 1 'stray.jpg lies in no folder of a class' profile "$images"
mv "$images/stray.jpg" "$images/pets/cat"
echo text >"$images/pets/cat/bad.jpg"
status=0
"$SENET" profile --output-dir "$work/results" "$images" >"$work/text" 2>"$work/err" || status=$?
holds 'an image that cannot be decoded is a failure' [ "$status" -eq 1 ]
holds 'it is named' grep -qE '^senet: .*/bad.jpg: ' "$work/err"
says "$profile" 'the others are profiled' '.failed == 1 and .images == 6'
mkdir -p "$work/all-bad/x" && cp "$images/pets/cat/bad.jpg" "$work/all-bad/x"
status=0
"$SENET" profile --output-dir "$work/none" "$work/all-bad" >"$work/text" 2>"$work/err" || status=$?
holds 'without any image there is no profile' [ "$status" -eq 1 -a ! -e "$work/none/profile.json" ]
finish
