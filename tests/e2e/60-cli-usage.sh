#!/usr/bin/env bash
# The command line itself: help, version, and what is refused with exit status 2.
. "$(dirname "$0")/cli-lib.sh"

"$SENET" --version >"$work/version"
holds 'the version is one line' grep -Ex 'senet [0-9]+\.[0-9]+\.[0-9]+ \(kernels: [a-z0-9]+\)' "$work/version"
"$SENET" --help >"$work/help"
"$SENET" help >"$work/help2"
holds 'help and --help are the same' cmp "$work/help" "$work/help2"
for command in predict profile summary run preprocess bench golden; do
  holds "help lists $command" grep -q "^  $command " "$work/help"
  "$SENET" help "$command" >"$work/a"
  "$SENET" "$command" --help >"$work/b"
  "$SENET" "$command" -h ignored --also-ignored >"$work/c"
  holds "help $command and $command --help are the same" cmp "$work/a" "$work/b"
  holds "help $command and $command -h are the same" cmp "$work/a" "$work/c"
  holds "help $command shows how it is used" grep -q "^usage: senet $command \[options\]" "$work/a"
  # The documentation and the options tell of each other.
  sed -n "/^## $command\$/,/^## /p" docs/cli.md >"$work/section"
  for option in $(grep -oE -- '^  --[a-z-]+' "$work/a"); do
    [ "$option" = --help ] || holds "docs/cli.md knows $command $option" grep -q -- "$option" "$work/section"
  done
  for option in $(grep -oE -- '--[a-z][a-z-]+' "$work/section" | sort -u); do
    [ "$option" = --output ] && continue # in an example of another command
    holds "$command knows $option of docs/cli.md" grep -q -- "^  $option" "$work/a"
  done
done

status=0
"$SENET" >"$work/out" 2>"$work/err" || status=$?
holds 'no command is wrong usage' [ "$status" -eq 2 ]
holds 'no command prints the help on stderr' cmp "$work/help" "$work/err"
holds 'no command prints nothing on stdout' [ ! -s "$work/out" ]

fails 2 "no command 'fly'" fly
fails 2 "no command 'fly'" help fly
fails 2 "no option '--fly'" predict --fly x.jpg
fails 2 "no option '-k'" predict -k x.jpg
fails 2 "no option '--top'" predict --top 3 x.jpg
fails 2 "no option '--=3'" predict --=3 x.jpg
fails 2 'IMAGE... is missing' predict
fails 2 'IMAGE... is missing' predict --json --
fails 2 '--top-k needs a value' predict x.jpg --top-k
for number in -1 1001 5x x '' ' 5' +5 0x5 5.0 99999999999999999999; do
  fails 2 '--top-k takes a whole number from 0 to 1000' predict x.jpg "--top-k=$number"
done
fails 2 'takes full|summary|none' predict --attention all x.jpg
fails 2 'takes full|summary|none' predict --attention ful x.jpg
fails 2 'takes full|summary|none' predict --attention '' x.jpg
fails 2 '--model takes a value that is not empty' predict --model= x.jpg
fails 2 '--json takes no value' predict --json=yes x.jpg
fails 2 'exclude each other' predict --json --tsv x.jpg
fails 2 '--threads takes a whole number from 1 to 64' predict --threads 65 x.jpg
fails 2 'one argument too many' summary models/builtin
fails 2 'FILE.onnx|DIR is missing' run --input x.npy
fails 2 '--input is missing' run model.onnx
fails 2 'one argument too many' run model.onnx x.npy --input y.npy
fails 2 '--output is missing' preprocess x.jpg
fails 2 'one argument too many' preprocess a.jpg b.jpg --output x.npy
fails 2 '--runs takes a whole number' bench --runs 0
fails 2 '--batch takes a whole number' bench --batch -3
fails 1 '?[[]2J' predict "$(printf 'no\033[2Jsuch\nimage')" # no control character reaches the terminal
holds 'a full disk is a failure' bash -c '! "$SENET" --version >/dev/full 2>"$0"' "$work/err"
holds 'a full disk is complained about' grep -q '^senet: the answer could not be written' "$work/err"
finish
