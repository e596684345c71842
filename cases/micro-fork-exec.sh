#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  100 processes, one after the other: what fork and exec cost
# reports:  TestGvisorOverhead test_fork_exec_overhead
# expect:   works
# needs:    python3
# when:     overhead
# timeout:  60s
set -eu

python3 - <<'END'
import os
import time

begin = time.monotonic()
for _ in range(100):
    child = os.posix_spawnp("true", ["true"], os.environ)
    status = os.waitpid(child, 0)[1]
    assert status == 0, f"expected status 0, seen {status}"
seconds = time.monotonic() - begin
print(f"100 processes in {seconds:.3f} s")
END
