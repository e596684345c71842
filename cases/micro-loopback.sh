#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  64 MiB over TCP on loopback: what the network stack costs
# reports:  TestGvisorOverhead test_loopback_overhead
# expect:   works
# needs:    python3
# when:     overhead
# timeout:  60s
set -eu

python3 - <<'END'
import socket
import threading
import time

TOTAL = 64 * 1024 * 1024
server = socket.create_server(("127.0.0.1", 0))


def send():
    with socket.create_connection(server.getsockname()) as connection:
        block = b"x" * 65536
        for _ in range(TOTAL // len(block)):
            connection.sendall(block)


sender = threading.Thread(target=send)
begin = time.monotonic()
sender.start()
connection, _ = server.accept()
received = 0
while chunk := connection.recv(262144):
    received += len(chunk)
sender.join()
seconds = time.monotonic() - begin
assert received == TOTAL, f"expected {TOTAL} bytes, seen {received}"
print(f"64 MiB in {seconds:.3f} s, {TOTAL / seconds / 1e6:.0f} MB/s")
END
