#!/usr/bin/env bash
# Scripts about connections once more, with TLS: what holds of a plain connection holds of one through the relay.
. "$(dirname "$0")/lib.sh"
scripts=(54-shutdown 58-framing 58-hangup 58-limits 58-pipeline 66-access)
export work
# They mostly wait, so some run at the same time.
printf '%s\n' "${scripts[@]}" | TLS=1 xargs -P 3 -I{} bash -c 'tests/e2e/{}.sh >"$work/{}" 2>&1 || touch "$work/{}.failed"'
for script in "${scripts[@]}"; do
  [ ! -e "$work/$script.failed" ] || bad "$script with TLS: $(tail -n 30 "$work/$script")"
  checks=$((checks + $(sed -n 's/.*: \([0-9]*\) checks$/\1/p' "$work/$script")))
done
finish
