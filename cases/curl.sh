#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  curl fetches a page over https, whole and verified
# reports:  TestGvisorCompatibilityMatrix test_curl_https_works_under_gvisor[curl]
# expect:   works
# needs:    curl
# uses:     fixture
# timeout:  60s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "${HTTPS_URL:-}" ] || fail "HTTPS_URL is empty: there is no page to fetch"

status=0
curl --silent --show-error --location --max-time 45 --output page \
	--write-out '%{http_code} %{ssl_verify_result} %{size_download} %{remote_ip}\n' "$HTTPS_URL" >facts 2>errors || status=$?
cat errors >&2
[ "$status" -eq 0 ] || fail "curl ended with $status for $HTTPS_URL: $(tail -n 1 errors)"
if grep -Eiq 'operation not permitted|function not implemented' errors; then fail "curl was refused a system call"; fi

read -r code verify size ip <facts
[ "$code" = 200 ] || fail "HTTP status 200 was expected from $HTTPS_URL, $code came"
[ "$verify" = 0 ] || fail "the certificate of $HTTPS_URL was not verified: result $verify"
[ "$size" -gt 0 ] || fail "the page at $HTTPS_URL is empty"

if [ -n "${HTTPS_SHA256_URL:-}" ]; then
	expected=$(curl --silent --show-error --fail --location --max-time 15 "$HTTPS_SHA256_URL")
	seen=$(sha256sum <page | cut -d' ' -f1)
	[ "$seen" = "$expected" ] || fail "the page's sha256 should be \"$expected\", it is $seen"
	echo "sha256 $seen as announced"
fi
echo "fetched $size bytes from $ip, HTTP $code, certificate verified"
