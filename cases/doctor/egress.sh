#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  a page outside the cluster answers over https
# reports:  TestGvisorDoctor test_egress
# expect:   works
# timeout:  60s
set -eu

if ! command -v curl >/dev/null 2>&1; then
	echo "hint: name an image that has curl with --image" >&2
	echo "FAILED: the image does not have curl" >&2
	exit 1
fi
status=0
answer=$(curl --silent --show-error --connect-timeout 10 --max-time 30 --output /dev/null \
	--write-out '%{http_code} %{remote_ip}' "$EGRESS_URL" 2>errors) || status=$?
code=${answer% *}
case $status:$code in
0:2?? | 0:3??)
	echo "$EGRESS_URL answers $code from ${answer#* }"
	exit
	;;
0:*) hint="name a page that answers with 200 to 399 with --egress-url" ;;
6:*) hint="the cluster's DNS does not know names outside, or there is no such name: --egress-url names another page" ;;
7:* | 28:*) hint="a firewall, a NetworkPolicy or a missing NAT keeps pods inside: --egress-url names a page that pods may reach" ;;
35:* | 60:*) hint="somebody inspects TLS on the way, or the authority is a private one: --ca-file names it" ;;
3:*) hint="--egress-url takes an address such as https://example.com/" ;;
*) hint="--egress-url names a page that pods may reach" ;;
esac
echo "hint: $hint" >&2
if [ "$status" -eq 0 ]; then
	echo "FAILED: $EGRESS_URL answers with HTTP status $code" >&2
else
	echo "FAILED: $EGRESS_URL cannot be had: $(tail -n 1 errors) (curl $status)" >&2
fi
exit 1
