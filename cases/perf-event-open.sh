#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  perf_event_open as a table of counters; those of the hardware must be filtered
# reports:  TestGvisorCompatibilityMatrix test_perf_event_open_is_filtered_under_gvisor
# expect:   reported
# evidence: hardware counters open: 0 of [1-9]
# needs:    python3
# grant:    PERFMON
# timeout:  60s
set -eu

# With CAP_PERFMON, so that neither seccomp nor perf_event_paranoid of the default runtime decides, but what there is to count.
# A counter is open when the system call gives a descriptor and a number can be read from it.

python3 - <<'END'
import ctypes, errno, os, platform, struct, sys

numbers = {"x86_64": 298, "aarch64": 241}  # perf_event_open(2)
if platform.machine() not in numbers:
    sys.exit(f"FAILED: the number of perf_event_open is not known here for {platform.machine()}")
libc = ctypes.CDLL(None, use_errno=True)

HARDWARE, SOFTWARE, TRACEPOINT, CACHE, RAW, BREAKPOINT = range(6)
kinds = (
    ("hardware", (
        ("cycles", HARDWARE, 0), ("instructions", HARDWARE, 1), ("cache-references", HARDWARE, 2), ("cache-misses", HARDWARE, 3),
        ("branch-instructions", HARDWARE, 4), ("branch-misses", HARDWARE, 5), ("bus-cycles", HARDWARE, 6),
        ("stalled-cycles-frontend", HARDWARE, 7), ("stalled-cycles-backend", HARDWARE, 8), ("ref-cycles", HARDWARE, 9),
        ("L1-dcache-loads", CACHE, 0), ("LLC-loads", CACHE, 2), ("dTLB-loads", CACHE, 3), ("raw-0xc0", RAW, 0xC0),
    )),
    ("software", (
        ("cpu-clock", SOFTWARE, 0), ("task-clock", SOFTWARE, 1), ("page-faults", SOFTWARE, 2), ("context-switches", SOFTWARE, 3),
        ("cpu-migrations", SOFTWARE, 4), ("minor-faults", SOFTWARE, 5), ("major-faults", SOFTWARE, 6),
        ("alignment-faults", SOFTWARE, 7), ("emulation-faults", SOFTWARE, 8), ("dummy", SOFTWARE, 9),
    )),
    ("tracepoint", (("tracepoint-1", TRACEPOINT, 1),)),
)


def opens(kind, config):
    attributes = bytearray(128)  # struct perf_event_attr: type, size, config; bit 5 of the flags: without the kernel's part
    struct.pack_into("<IIQ", attributes, 0, kind, len(attributes), config)
    struct.pack_into("<Q", attributes, 40, 1 << 5)
    buffer = (ctypes.c_char * len(attributes)).from_buffer(attributes)
    descriptor = libc.syscall(numbers[platform.machine()], buffer, 0, -1, -1, 0)  # this process, any CPU
    if descriptor < 0:
        return errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))
    try:
        return "open" if len(os.read(descriptor, 8)) == 8 else "opens, but gives no number"
    except OSError as error:
        return f"opens, but read says {errno.errorcode[error.errno]}"
    finally:
        os.close(descriptor)


for name, counters in kinds:
    outcomes = [(counter, opens(kind, config)) for counter, kind, config in counters]
    for counter, outcome in outcomes:
        print(f"{name} {counter}: {outcome}")
    opened = sum(outcome.startswith("open") for _, outcome in outcomes)
    refusals = sorted({outcome for _, outcome in outcomes if outcome != "open"})
    print(f"{name} counters open: {opened} of {len(outcomes)}" + (f" ({', '.join(refusals)})" if refusals else ""))
END
