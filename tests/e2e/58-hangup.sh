#!/usr/bin/env bash
# Clients that hang up, at every stage, and clients that only say that they will send no more.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
start --workers 1 --threads 1 --max-images 1024 --queue-limit 16 --answer-timeout 600
size=$(stat -c %s "$image")

# speak HOW: sends standard input, then HOW: "half" ends one half of the connection and reads until the daemon ends the
# other, "close" closes, "reset" resets. perl is part of every Debian; the shell can do only the second.
speak() {
  perl -MIO::Socket::INET -e '
    my ($port, $how) = @ARGV;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die "no connection";
    binmode STDIN; local $/; my $bytes = <STDIN>; print $s $bytes; $s->flush;
    setsockopt($s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $how eq "reset";
    if ($how eq "half") { shutdown($s, 1); print scalar <$s>; }
    close $s;' "$port" "$1"
}
request() { printf "$1Content-Length: $size\r\n\r\n" && cat "$image"; } # request BEGINNING
request "$post" >"$work/request"

# Every stage of a request's arrival.
head=$(($(stat -c %s "$work/request") - size))
for how in close reset half; do
  for bytes in 0 1 5 20 44 60 $((head - 1)) "$head" $((head + 1)) $((head + size / 2)) $((head + size - 1)); do
    head -c "$bytes" "$work/request" | speak "$how" >"$work/raw"
    [ ! -s "$work/raw" ] || bad "who ends after $bytes bytes is owed nothing: $(cat "$work/raw")"
  done
  printf "${post}Transfer-Encoding: chunked\r\n\r\n5\r\nab" | speak "$how"
  printf "${post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n" | speak "$how" >"$work/raw"
  healthy
  checks=$((checks + 1))
done
nothing_left

# Half-closed clients get all their answers, and then the end.
heard() { # heard STATUSES DESCRIPTION: the final ones, to a half-closed client that sends standard input
  speak half >"$work/raw"
  local statuses
  statuses=$(sed -n 's/.*HTTP\/1.1 \([2-9][0-9]*\) .*/\1/p' "$work/raw" | tr '\n' ' ')
  [ "$statuses" = "$1 " ] || bad "$2 is answered $1 (it is $statuses): $(head -c 300 "$work/raw")"
  checks=$((checks + 1))
}
printf "$get" | heard 200 'a half-closed client'
{ printf "$get" && cat "$work/request" && printf "$get"; } | heard '200 200 200' 'a half-closed pipeline'
printf 'nonsense\r\n' | heard 400 'half-closed nonsense'

# So do those who wait behind others; those who have left are not worked for.
pixel=$(printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' | base64)
jq -n --arg pixel "$pixel" '{images: [range(1024) | $pixel], attention: "none", top_k: 1}' >"$work/json"
{
  printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' \
    "$(stat -c %s "$work/json")" && cat "$work/json"
} >"$work/long"
curl -sS -m 300 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$work/json" \
  "$url/v1/predict" >"$work/status" &
waiting=$!

until_true 60 requests_are 2
{ request "$post" | speak half >"$work/half-1.1"; } &
half=$!
{ request 'POST /v1/predict?attention=none HTTP/1.0\r\n' | speak half >"$work/half-1.0"; } &
old=$!
speak close <"$work/request"
speak reset <"$work/request"
wait "$waiting" "$half" "$old"
[ "$(cat "$work/status")" = 200 ] || bad "the one at the front is answered"
for version in 1.1 1.0; do
  grep -aq '^HTTP/1.1 200' "$work/half-$version" && grep -aq '"predictions"' "$work/half-$version" ||
    bad "a half-closed client of HTTP/$version is answered: $(cat "$work/half-$version")"
done
left() { [ "$(grep -c 'path=/v1/predict .*status=499' "$log")" -ge "$1" ]; }
until_true 60 left 2
nothing_left

# While it infers, and while the answer is sent.
gone=$(grep -c 'path=/v1/predict .*status=499' "$log")
exec {hasty}<>"/dev/tcp/127.0.0.1/$port"
cat "$work/long" >&"$hasty"
until_true 60 requests_are 2
exec {hasty}>&-
until_true 60 left $((gone + 1))
jq -n --arg pixel "$pixel" '{images: [range(1024) | $pixel]}' >"$work/json"
exec {hasty}<>"/dev/tcp/127.0.0.1/$port"
{
  printf 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' \
    "$(stat -c %s "$work/json")" && cat "$work/json"
} >&"$hasty"
head -c 12 <&"$hasty" >"$work/raw"
grep -q '^HTTP/1.1 200' "$work/raw" || bad "the answer begins: $(cat "$work/raw")"
exec {hasty}>&-
until_true 60 left $((gone + 2))
nothing_left
healthy
stop
finish
