#!/usr/bin/env bash
# What a service manager is told, at a socket of our own; and what systemd says of the unit, where it is installed.
. "$(dirname "$0")/lib.sh"

# The manager: writes what it is sent as one line each, with " | " between the lines of a datagram.
manager() { # manager SOCKET FILE
  rm -f "$2"
  perl -MSocket -e '
    $| = 1;
    my $name = shift;
    $name =~ s/^@/\0/;
    socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
    bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
    print "bound\n";
    while (defined recv($socket, my $text, 4096, 0)) { $text =~ s/\n/ | /g; print "$text\n" }' "$1" >"$2" &
  disown
  daemons+=("$!")
  until_true 60 grep -qx bound "$2"
}
told() { grep -Eqx -- "$1" "$work/told"; }
count() { grep -cx -- "$1" "$work/told" || true; }
more_than() { [ "$(count "$1")" -gt "$2" ]; }

for socket in "$work/notify" "@senetd-test-$$"; do
  manager "$socket" "$work/told"
  mkdir -p "$work/models/one"
  cp models/builtin/{model.onnx,config.json,labels.txt} "$work/models/one"
  NOTIFY_SOCKET=$socket start --model-repository "$work/models"
  until_true 60 told READY=1
  call 200 "$url/readyz"
  # SIGHUP: reloading, with a time of the clock that the manager has, and ready again, whether it went well or not.
  for copy in one broken; do
    before=$(count READY=1)
    if [ "$copy" = broken ]; then echo nonsense >"$work/models/one/model.onnx"; fi
    kill -HUP "$pid"
    until_true 60 more_than READY=1 "$before"
    told 'RELOADING=1 \| MONOTONIC_USEC=[0-9]+' || bad "it says that it reloads: $(cat "$work/told")"
  done
  microseconds=$(sed -n 's/.*MONOTONIC_USEC=//p' "$work/told" | tail -n 1)
  awk -v said="$microseconds" '{ exit !(said / 1e6 <= $1 + 1 && said / 1e6 > $1 - 3600) }' /proc/uptime || bad "it is the monotonic clock"
  call 200 -T "$image" "$url/v1/predict" # a reload that fails changes nothing
  [ "$(count WATCHDOG=1)" = 0 ] || bad "nobody asked for a watchdog"
  stop
  told STOPPING=1 || bad "it says that it stops: $(cat "$work/told")"
  [ "$(tail -n 1 "$work/told")" = STOPPING=1 ] || bad "that is the last it says"
  checks=$((checks + 5))
done

# The watchdog: while the daemon lives, and not while it stands still.
manager "$work/watched" "$work/told"
NOTIFY_SOCKET=$work/watched WATCHDOG_USEC=800000 start
until_true 60 more_than WATCHDOG=1 5
call 200 -T "$image" "$url/v1/predict"
call 200 "$url/metrics"
! grep -q 'path=/ \|client=unknown' "$log" || bad "what the daemon asks itself is not in its log"
kill -STOP "$pid"
stopped() { grep -q '^State:.*T' "/proc/$pid/status"; }
until_true 60 stopped
before=$(count WATCHDOG=1)
sleep 1 # longer than four periods: nothing can be waited for here, since nothing must come
[ "$(count WATCHDOG=1)" = "$before" ] || bad "who stands still says nothing"
kill -CONT "$pid"
until_true 60 more_than WATCHDOG=1 "$((before + 2))"
stop
checks=$((checks + 4))

# Variables that are another process's, or nonsense, are left alone.
manager "$work/other" "$work/told"
NOTIFY_SOCKET=$work/other WATCHDOG_USEC=400000 WATCHDOG_PID=1 start
until_true 60 told READY=1
stop
[ "$(count WATCHDOG=1)" = 0 ] || bad "the watchdog of another process is not served"
for nonsense in '' relative/path "$work/nobody" "/$(head -c 300 /dev/zero | tr '\0' x)"; do
  NOTIFY_SOCKET=$nonsense WATCHDOG_USEC=x start
  stop
done

if command -v systemd-analyze >/dev/null; then
  sed "s|/usr/local/bin/senetd|$(realpath "$SENETD")|" config/senetd.service >"$work/senetd.service"
  systemd-analyze verify --man=no "$work/senetd.service" >"$work/findings" 2>&1 || bad "the unit is sound: $(cat "$work/findings")"
  ! grep 'senetd.service' "$work/findings" >&2 || bad "systemd finds nothing in the unit"
  systemd-analyze security --offline=true --threshold=25 "$work/senetd.service" >"$work/security" 2>&1 ||
    bad "the unit is hardened: $(tail -n 1 "$work/security")"
  tail -n 1 "$work/security"
  checks=$((checks + 3))
fi
finish
