#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  the cluster's DNS knows the name that every cluster has
# reports:  TestGvisorDoctor test_dns
# expect:   works
# timeout:  60s
set -eu

name=kubernetes.default.svc
servers=$(sed -n 's/^nameserver *//p' /etc/resolv.conf | tr '\n' ' ')
servers=${servers% }

# Two tries of 3 s for each form of the name; the usual 5 s would make a dead server take most of a minute.
export RES_OPTIONS='timeout:3 attempts:2'
if command -v getent >/dev/null 2>&1; then
	answer=$(getent hosts "$name") || answer=
	address=${answer%%[[:space:]]*}
elif command -v nslookup >/dev/null 2>&1; then
	# busybox' does not try the search list.
	domain=$(sed -n 's/^search .*\(svc\.[^ ]*\).*/\1/p' /etc/resolv.conf)
	address=$(nslookup "kubernetes.default.${domain:-svc}" 2>/dev/null | sed -n '1,/^$/d; s/^Address[^:]*: *//p' | head -n 1)
else
	echo "hint: name an image that has getent or nslookup with --image" >&2
	echo "FAILED: the image has neither getent nor nslookup" >&2
	exit 1
fi
if [ -z "$address" ]; then
	echo "hint: look at the pods of the cluster's DNS (kubectl -n kube-system get pods -l k8s-app=kube-dns), and at" \
		"NetworkPolicies that keep pods of the namespace from port 53" >&2
	echo "FAILED: $name is not resolved by ${servers:-any server, for /etc/resolv.conf names none}" >&2
	exit 1
fi
echo "$name is $address, says $servers"
