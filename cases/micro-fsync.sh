#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  200 writes of 4 KiB, each made durable: what fsync costs
# reports:  TestGvisorOverhead test_fsync_overhead
# expect:   works
# needs:    python3
# when:     overhead
# timeout:  60s
set -eu

python3 - <<'END'
import os
import time

block = b"x" * 4096
descriptor = os.open("durable", os.O_CREAT | os.O_WRONLY, 0o600)
begin = time.monotonic()
for _ in range(200):
    assert os.write(descriptor, block) == len(block)
    os.fsync(descriptor)
seconds = time.monotonic() - begin
assert os.fstat(descriptor).st_size == 200 * len(block)
print(f"200 fsyncs in {seconds:.3f} s")
END
