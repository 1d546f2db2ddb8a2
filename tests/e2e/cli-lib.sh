# What the tests of the senet command share. Source it: . "$(dirname "$0")/cli-lib.sh"
set -eu -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${SENET:?is the path of the senet program}"
export SENET
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'echo "failed at line $LINENO: $BASH_COMMAND" >&2' ERR
checks=0

bad() {
  echo "not so: $*" >&2
  exit 1
}

# holds DESCRIPTION COMMAND...: the command succeeds.
holds() {
  local description=$1
  shift
  "$@" >"$work/holds.out" 2>&1 || {
    cat "$work/holds.out" >&2
    bad "$description"
  }
  checks=$((checks + 1))
}

# says FILE DESCRIPTION JQ-EXPRESSION: the expression is true of the JSON in the file.
says() {
  holds "$2" jq -e "$3" "$1"
}

# fails STATUS PATTERN ARGUMENTS...: senet exits so, with nothing on stdout and one line on stderr that matches.
fails() {
  local status=0 expected=$1 pattern=$2
  shift 2
  "$SENET" "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" -eq "$expected" ] || bad "senet $* exits $expected (it exits $status: $(cat "$work/err"))"
  [ "$(wc -l <"$work/err")" -eq 1 ] || bad "senet $* prints one line on stderr, not: $(cat "$work/err")"
  grep -q '^senet: ' "$work/err" || bad "senet $* says 'senet: ' first, not: $(cat "$work/err")"
  grep -q -- "$pattern" "$work/err" || bad "senet $* says '$pattern', not: $(cat "$work/err")"
  [ ! -s "$work/out" ] || bad "senet $* prints nothing on stdout, not: $(head -n 3 "$work/out")"
  checks=$((checks + 1))
}

# bmp WIDTH HEIGHT BLUE GREEN RED >FILE: an image of one colour; the width is a multiple of 4.
bmp() {
  local pixels=$(($1 * $2)) i
  word() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\0\\0"; }
  printf BM
  word $((54 + 3 * pixels))
  word 0
  word 54
  word 40
  word "$1"
  word "$2"
  printf '\1\0\30\0'
  for i in 1 2 3 4 5 6; do word 0; done
  for ((i = 0; i < pixels; i++)); do
    printf "\\x$(printf %02x "$3")\\x$(printf %02x "$4")\\x$(printf %02x "$5")"
  done
}

# floats FILE.npy: its numbers, one a line. The files written here have headers of 128 bytes.
floats() {
  od -A n -v -t f4 -w4 -j 128 "$1"
}

# near TOLERANCE A.npy B.npy: as many numbers in both, none further apart.
near() {
  cmp -n 128 "$2" "$3" &&
    paste <(floats "$2") <(floats "$3") | awk -v tolerance="$1" '
      { d = $1 - $2; if (!(d <= tolerance && -d <= tolerance)) { print "line " NR ": " $0; exit wrong = 1 } }
      END { exit wrong || NR == 0 }'
}

finish() {
  echo "$(basename "$0"): $checks checks"
}
