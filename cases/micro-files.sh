#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  creating 2,000 small files: what the file system path costs
# reports:  TestGvisorOverhead test_small_files_overhead
# expect:   works
# needs:    python3
# when:     overhead
# timeout:  60s
set -eu

python3 - <<'END'
import os
import time

begin = time.monotonic()
for number in range(2000):
    with open(f"file-{number}", "w") as file:
        file.write("x")
seconds = time.monotonic() - begin
made = len(os.listdir("."))
assert made == 2000, f"expected 2000 files, seen {made}"
print(f"2000 files in {seconds:.3f} s")
END
