#!/usr/bin/env bash
# TLS: who gets in and who does not, what is counted, the certificate read again, and nothing secret in the log.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/raw.sh"
token=tls-token-0123456789abcdef
(umask 077 && echo "$token" >"$work/tokens")
certificate tls
certificate next
certificate other
cp "$work/tls.pem" "$work/served.pem"
(umask 077 && cp "$work/tls.key" "$work/served.key")
secure=(--tls-certificate "$work/served.pem" --tls-key "$work/served.key") scheme=https
unset SSL_CERT_FILE SSL_CERT_DIR
export CURL_CA_BUNDLE=$work/tls.pem
start --header-timeout 2 --auth-token-file "$work/tokens" --log-level info

# What is spoken.
grep -q "info listening .*scheme=https" "$log" || bad "the log says https"
grep -q "serves 'builtin' on https://127.0.0.1:$port\$" "$work/stdout" || bad "and so does the greeting: $(cat "$work/stdout")"
for version in 1.2 1.3; do
  call 200 "--tlsv$version" --tls-max $version -H "Authorization: Bearer $token" -T "$image" "$url/v1/predict"
  call 401 "--tlsv$version" --tls-max $version -T "$image" "$url/v1/predict"
done
call 200 -k --resolve "elsewhere.example:$port:127.0.0.1" "https://elsewhere.example:$port/healthz"
[ -z "$(header Strict-Transport-Security)" ] || bad "what other ports of this host speak is not for senetd to say"
s_client() { timeout 60 openssl s_client -connect "127.0.0.1:$port" -CAfile "$work/served.pem" "$@" </dev/null 2>&1; }
s_client -alpn h2,http/1.1 | grep -q '^ALPN protocol: http/1.1' || bad "it is HTTP/1.1 that is spoken"
s_client -tls1_2 | grep -Eq 'Cipher *: (ECDHE|DHE)-.*(GCM|POLY1305|CCM)' || bad "ciphers of TLS 1.2 have forward secrecy and authenticate"
{ printf 'R\n' && sleep 2; } | timeout 60 openssl s_client -connect "127.0.0.1:$port" -tls1_2 >"$work/renegotiation" 2>&1 || true
! grep -q 'HTTP/1' "$work/renegotiation" || bad "nobody renegotiates"
healthy

# Smaller records, for a client that asks for them.
call 200 -H "Authorization: Bearer $token" "$url/openapi.json"
{ printf 'GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n' "$token" && sleep 2; } |
  timeout 60 openssl s_client -connect "127.0.0.1:$port" -tls1_2 -maxfraglen 512 -quiet >"$work/raw" 2>"$work/err" || true
sed '1,/^\r$/d' "$work/raw" | cmp - "$work/body" || bad "an answer in small records comes whole: $(cat "$work/err")"

# Who does not get in: each is counted by its reason, and the daemon is healthy.
failures() { # failures REASON: so many there are
  curl -sS -m 60 -H "Authorization: Bearer $token" "$url/metrics" |
    sed -n "s/^senetd_tls_handshake_failures_total{reason=\"$1\"} //p"
}
fails() { # fails REASON DESCRIPTION COMMAND...: which fails, and is counted; a client may leave before it has said why
  local before reason=$1 what=$2
  before=$(failures "$reason")
  shift 2
  attempt() {
    ! "$@" >"$work/raw" 2>&1 || bad "$what does not get in: $(cat "$work/raw")"
    [ "$(failures "$reason")" -gt "$before" ]
  }
  until_true 60 attempt "$@"
  healthy
  checks=$((checks + 1))
}
fails version 'TLS 1.1' curl -sS --ciphers DEFAULT@SECLEVEL=0 --tlsv1.0 --tls-max 1.1 "$url/healthz"
fails rejected 'who does not trust the certificate' curl -sS --cacert "$work/other.pem" "$url/healthz"
fails rejected 'nor with TLS 1.2' curl -sS --tls-max 1.2 --cacert "$work/other.pem" "$url/healthz"
# openssl, unlike curl, may only say so
refused_by() { s_client "$@" | grep -q 'no peer certificate available' && false; }
fails parameters 'HTTP/2 alone' refused_by -alpn h2
fails parameters 'a cipher without forward secrecy' refused_by -tls1_2 -cipher AES128-GCM-SHA256
fails malformed 'HTTP without TLS' curl -sS "http://127.0.0.1:$port/healthz"
garbage() { head -c 100000 /dev/urandom | raw 20 && false; }
fails malformed 'garbage' garbage
SECONDS=0
exec {silent}<>"/dev/tcp/127.0.0.1/$port"
waits() { timeout 60 cat <&"$silent"; [ "$?" -ne 0 ] || false; }
call 200 "$url/healthz" # others are not held up
fails timeout 'who never begins' waits
exec {silent}>&-
[ "$SECONDS" -lt 50 ] || bad "a handshake has header_timeout (it took $SECONDS s)"

# A handshake that is left, or reset, in each of its bytes' places: as curl begins it.
perl -MIO::Socket::INET -e '
  my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;
  open(my $file, ">", "$ARGV[0].port.tmp"); print $file $s->sockport; close $file; rename("$ARGV[0].port.tmp", "$ARGV[0].port");
  my $c = $s->accept; sysread($c, my $hello, 65536); open($file, ">", $ARGV[0]); print $file $hello; close $file' "$work/hello" &
daemons+=("$!")
until_true 60 test -s "$work/hello.port"
curl -sS -m 60 "https://127.0.0.1:$(cat "$work/hello.port")" 2>"$work/err" || true
wait "${daemons[-1]}"
size=$(stat -c %s "$work/hello")
[ "$size" -gt 100 ] || bad "curl says hello"
leave() { # leave BYTES HOW
  head -c "$1" "$work/hello" | perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "no connection";
    local $/; my $bytes = <STDIN>; print $s $bytes; $s->flush;
    setsockopt($s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $ARGV[1] eq "reset";
    if ($ARGV[1] eq "half") { shutdown($s, 1); my $all = <$s>; }' "$port" "$2"
}
before=$(failures closed)
for how in close reset half; do
  for bytes in 0 1 5 6 50 $((size - 1)) "$size"; do leave "$bytes" $how; done
done
many_closed() { [ "$(failures closed)" -ge $((before + 20)) ]; }
until_true 30 many_closed
nothing_left_here() { [ "$(curl -sS -m 60 -H "Authorization: Bearer $token" "$url/metrics" | sed -n 's/^senetd_connections //p')" = 1 ]; }
until_true 30 nothing_left_here
dribble() { for i in $(seq "$size"); do head -c "$i" "$work/hello" | tail -c 1 && sleep 0.1 || return 0; done 2>/dev/null | raw 60 && false; }
fails timeout 'who drips its hello' dribble

# A session is taken up again, but not across certificates.
resumes() { s_client -sess_in "$work/session" | grep -q '^Reused'; }
{ printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' && sleep 1; } |
  openssl s_client -connect "127.0.0.1:$port" -CAfile "$work/tls.pem" -sess_out "$work/session" >"$work/raw" 2>&1 || true
resumes || bad "a ticket is good"

# The certificate is replaced under eight clients, who keep their connections.
for _ in $(seq 3000); do
  printf 'url = "%s/v2"\noutput = "/dev/null"\n' "$url"
done >"$work/requests"
clients=()
for i in 1 2 3 4 5 6 7 8; do
  curl -sS -m 120 --fail-early -H "Authorization: Bearer $token" -w '%{stderr}%{http_code} %{num_connects}\n' -K "$work/requests" 2>"$work/client-$i" &
  clients+=("$!")
done
under_way() { for i in 1 2 3 4 5 6 7 8; do [ "$(wc -l <"$work/client-$i")" -gt "$1" ] || return 1; done; }
until_true 60 under_way 5
sees() { curl -sS -m 60 --cacert "$work/$1.pem" "$url/healthz"; }
for round in next tls next tls next; do
  cp "$work/$round.pem" "$work/served.pem"
  cp "$work/$round.key" "$work/served.key"
  kill -HUP "$pid"
  until_true 60 sees "$round"
done
until_true 1 sees next
! sees tls 2>"$work/err" || bad "the old one is not shown any more"
! resumes || bad "tickets of the old one are void"
until_true 60 under_way 50
wait "${clients[@]}" || bad "no client fails"
for i in 1 2 3 4 5 6 7 8; do
  awk '$1 != 200 { exit 1 } { connections += $2 } END { exit !(NR == 3000 && connections == 1) }' "$work/client-$i" ||
    bad "nobody is disturbed: $(sort "$work/client-$i" | uniq -c)"
  checks=$((checks + 1))
done

# What cannot be read changes nothing.
reloads_not() { # reloads_not PATTERN
  kill -HUP "$pid"
  until_true 60 grep -q "error certificate_not_reloaded problem=\".*$1" "$log"
  sees next >"$work/raw" || bad "the certificate stays"
  checks=$((checks + 1))
}
cp "$work/tls.pem" "$work/served.pem"
reloads_not 'served.key: it is not the key of the certificate'
cp "$work/tls.key" "$work/served.pem"
reloads_not 'served.pem: there is no chain of PEM certificates in it'
rm "$work/served.pem"
reloads_not 'served.pem: No such file'
cp "$work/next.pem" "$work/served.pem"
chmod 644 "$work/served.key"
kill -HUP "$pid"
until_true 60 grep -q "warning key_exposed file=$work/served.key " "$log"
export CURL_CA_BUNDLE=$work/next.pem
healthy

# 100 MB each way: none of it stays, and what is too much is refused at once.
call 413 -H 'Expect:' -H "Authorization: Bearer $token" --data-binary @<(head -c 104857600 /dev/zero) "$url/v1/predict"
call 413 -H 'Transfer-Encoding: chunked' -H "Authorization: Bearer $token" --data-binary @<(head -c 104857600 /dev/zero) "$url/v1/predict"
for _ in $(seq 800); do printf 'url = "%s/openapi.json"\noutput = "/dev/null"\n' "$url"; done |
  curl -sS -m 120 --fail-early -H "Authorization: Bearer $token" -w '%{stderr}%{http_code} %{num_connects} %{size_download}\n' -K - 2>"$work/downloads"
awk '$1 != 200 { exit 1 } { connections += $2; bytes += $3 } END { exit !(connections == 1 && bytes > 30000000) }' "$work/downloads" ||
  bad "long answers come whole: $(sort "$work/downloads" | uniq -c | head -n 3)"

# Connections leave nothing behind.
descriptors() { curl -sS -m 60 -H "Authorization: Bearer $token" "$url/metrics" | sed -n 's/^process_open_fds //p'; }
before=$(descriptors)
seq 400 | xargs -P 4 -I{} curl -sS -m 60 -o /dev/null "$url/healthz" || bad "each gets in"
settled() { [ "$(descriptors)" -le "$before" ]; }
until_true 30 settled
checks=$((checks + 3))
stop
grep -q 'stopped cut_off=0' "$log" || bad "nobody is cut off"

# Neither a token, nor a line of a key or of a certificate.
for secret in "$token" $(grep -hv '^-' "$work"/tls.key "$work"/next.key "$work"/tls.pem "$work"/next.pem); do
  ! grep -qF -- "$secret" "$log" "$work/stdout" || bad "nothing secret is in the log"
  checks=$((checks + 1))
done

# What is wrong with the files is told at the start, and by -t: one line, status 2.
says() { # says PATTERN FLAGS...
  local status=0 pattern=$1 how
  shift
  for how in -t '--log-level error'; do
    # shellcheck disable=SC2086
    "$SENETD" --listen 127.0.0.1:0 $how "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq 2 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q "^senetd: $pattern\$" "$work/err" ||
      bad "$* is refused: $pattern (it is $status: $(cat "$work/err"))"
    checks=$((checks + 1))
  done
}
says 'tls_certificate: must be given with tls_key' --tls-certificate "$work/tls.pem"
says 'tls_key: must be given with tls_certificate' --tls-key "$work/tls.key"
says "tls_certificate: $work/none: No such file or directory" --tls-certificate "$work/none" --tls-key "$work/tls.key"
says "tls_key: $work/none: No such file or directory" --tls-certificate "$work/tls.pem" --tls-key "$work/none"
says "tls_key: $work/next.key: it is not the key of the certificate" --tls-certificate "$work/tls.pem" --tls-key "$work/next.key"
says "tls_certificate: $work/tls.key: there is no chain of PEM certificates in it" --tls-certificate "$work/tls.key" --tls-key "$work/tls.key"
"$SENETD" -t --tls-certificate "$work/tls.pem" --tls-key "$work/tls.key" >"$work/out" || bad "what is good is good"
finish
