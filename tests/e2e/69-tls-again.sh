#!/usr/bin/env bash
# Scripts about connections once more, with TLS: what holds of a plain connection holds of one through the relay.
. "$(dirname "$0")/lib.sh"
for script in 54-shutdown 58-framing 58-hangup 58-limits 58-pipeline 66-access; do
  TLS=1 "tests/e2e/$script.sh" >"$work/out" 2>&1 || bad "$script with TLS: $(tail -n 30 "$work/out")"
  checks=$((checks + $(sed -n 's/.*: \([0-9]*\) checks$/\1/p' "$work/out")))
done
finish
