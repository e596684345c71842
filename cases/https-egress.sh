#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  a host is reached by its DNS name over https, and its certificate really is verified
# reports:  TestGvisorCompatibilityMatrix test_outbound_https_works_under_gvisor
# expect:   works
# needs:    curl openssl
# timeout:  90s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "${EGRESS_URL:-}" ] || fail "EGRESS_URL is empty: there is no host to reach"
host=${EGRESS_URL#https://}
[ "$host" != "$EGRESS_URL" ] || fail "EGRESS_URL must begin with https://: \"$EGRESS_URL\""
host=${host%%/*}
case ${host%:*} in
*[!0-9.]*) ;;
*) fail "EGRESS_URL must name its host, so that DNS is part of the case: \"$EGRESS_URL\"" ;;
esac

ask() { # CURL-OPTION...: prints the HTTP status and the address
	curl --silent --show-error --max-time 30 --output /dev/null --write-out '%{http_code} %{remote_ip}\n' "$@" "$EGRESS_URL"
}

status=0
ask >answer 2>errors || status=$?
cat errors >&2
[ "$status" -eq 0 ] || fail "curl ended with $status for $EGRESS_URL: $(tail -n 1 errors)"
if grep -Eiq 'operation not permitted|function not implemented' errors; then fail "curl was refused a system call"; fi
read -r code ip <answer
case $code in
2?? | 3??) ;;
*) fail "HTTP status 200-399 was expected from $EGRESS_URL, $code came" ;;
esac

# The same request must fail when only an authority is trusted that signed nothing.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj '/CN=trusted by nobody' \
	-keyout stranger.key -out stranger.crt 2>openssl.log || fail "openssl made no certificate: $(cat openssl.log)"
mkdir no-authorities
status=0
ask --cacert stranger.crt --capath no-authorities >answer 2>errors || status=$?
[ "$status" -eq 60 ] ||
	fail "with an authority that did not sign $host's certificate curl should end with 60, it ended with $status: $(cat errors)"

echo "reached $host at $ip, HTTP $code; refused when its authority is not trusted: $(head -1 errors)"
