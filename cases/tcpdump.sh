#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  tcpdump captures nothing: gVisor takes CAP_NET_RAW away from a pod that was granted it
# reports:  TestGvisorExpectedFailures test_tcpdump_is_blocked_under_gvisor
# expect:   blocked
# evidence: \(socket: Operation not permitted\)
# needs:    python3 tcpdump
# grant:    NET_RAW SETGID SETUID
# timeout:  120s
set -eu

# What refuses is the packet socket, and only that counts as evidence: tcpdump says "Operation not permitted" of other things as well,
# such as the change of its user, for which it has SETGID and SETUID here.

fail() { echo "FAILED: $*" >&2; exit 1; }

effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
if [ $((0x$effective >> 13 & 1)) = 1 ]; then kept=kept; else kept="taken away"; fi
echo "CapEff $effective: the granted CAP_NET_RAW was $kept"

# Datagrams to oneself, until the end; the port is told only after one has arrived, so there is something to capture.
python3 - "$GVISOR_SMOKE_ID" >port <<'END_OF_SENDER' &
import socket, sys, time
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.settimeout(10)
receiver.bind(("127.0.0.1", 0))
while True:
    receiver.sendto(sys.argv[1].encode(), receiver.getsockname())
    if receiver.recv(1000) == sys.argv[1].encode():
        print(receiver.getsockname()[1], flush=True)
        sys.stdout = open("/dev/null", "w")
    time.sleep(0.1)
END_OF_SENDER
sender=$!
trap 'kill "$sender" 2>/dev/null || :' EXIT
tries=0
until [ -s port ]; do
	tries=$((tries + 1))
	[ "$tries" -le 300 ] || fail "no datagram came back over loopback within 30 s, so there is nothing to capture"
	sleep 0.1
done
port=$(cat port)

status=0
timeout 30 tcpdump -i lo -n -l -A -c 1 "udp dst port $port" >captured 2>errors || status=$?
cat errors >&2
[ "$status" != 124 ] || fail "tcpdump listened for 30 s and captured nothing, though datagrams arrived all the time"
[ "$status" = 0 ] || fail "tcpdump ended with $status"
grep -qF "$GVISOR_SMOKE_ID" captured || fail "tcpdump captured something else than the datagram: $(cat captured)"
echo "tcpdump captured a datagram to 127.0.0.1:$port with what was sent in it"
