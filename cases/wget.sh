#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  wget fetches a page over https, whole and verified
# reports:  TestGvisorCompatibilityMatrix test_curl_https_works_under_gvisor[wget]
# expect:   works
# needs:    wget
# uses:     fixture
# timeout:  60s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

# GNU wget does not look at SSL_CERT_FILE by itself.
fetch() { wget --no-verbose --tries=1 --timeout=40 ${SSL_CERT_FILE:+--ca-certificate="$SSL_CERT_FILE"} --output-document="$2" "$1"; }

[ -n "${HTTPS_URL:-}" ] || fail "HTTPS_URL is empty: there is no page to fetch"

status=0
fetch "$HTTPS_URL" page 2>errors || status=$?
cat errors >&2
[ "$status" -eq 0 ] || fail "wget ended with $status for $HTTPS_URL: $(tail -n 1 errors)"
if grep -Eiq 'operation not permitted|function not implemented' errors; then fail "wget was refused a system call"; fi
[ -s page ] || fail "the page at $HTTPS_URL is empty"

if [ -n "${HTTPS_SHA256_URL:-}" ]; then
	fetch "$HTTPS_SHA256_URL" announced
	expected=$(cat announced)
	seen=$(sha256sum <page | cut -d' ' -f1)
	[ "$seen" = "$expected" ] || fail "the page's sha256 should be \"$expected\", it is $seen"
	echo "sha256 $seen as announced"
fi
echo "fetched $(wc -c <page) bytes, certificate verified"
