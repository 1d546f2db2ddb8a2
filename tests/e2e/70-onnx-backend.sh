#!/usr/bin/env bash
# ONNX's backend tests: no case may fail, and docs/operators.md shows what passes of those that Debian 12 has.
set -eu
data=${ONNX_BACKEND_DATA:-/usr/share/libonnx-testdata/data}
[ -d "$data/node" ] || { echo "no ONNX backend tests in $data: install libonnx-testdata, or set ONNX_BACKEND_DATA"; exit 1; }
table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$BUILD/tests/onnx_backend" --markdown "$data" >"$table" 2>"$table.log" || { cat "$table.log"; rm -f "$table.log"; exit 1; }
summary=$(tail -n 1 "$table.log")
rm -f "$table.log"
version=$(dpkg-query -W -f '${Version}' libonnx-testdata 2>/dev/null || true)
if [[ $version == 1.12.* ]] && ! diff <(grep '^|' docs/operators.md) "$table"; then
  echo "docs/operators.md differs: run make operators"
  exit 1
fi
echo "$summary"
