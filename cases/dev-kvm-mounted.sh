#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  KVM cannot be used, not even through the node's own /dev/kvm mounted into the pod
# reports:  TestGvisorExpectedFailures test_dev_kvm_is_blocked_under_gvisor[mounted]
# expect:   blocked
# evidence: open /dev/kvm: ENXIO
# needs:    python3
# grant:    device:/dev/kvm root
# timeout:  60s
set -eu

# Under the default runtime the open is refused as well (EPERM), by the device cgroup of a pod that is not privileged. gVisor's refusal
# is another one: it does not look into the cgroup, it has no such device.

[ -c /dev/kvm ] || { echo "FAILED: /dev/kvm is not mounted as a character device: $(ls -ld /dev/kvm 2>&1)" >&2; exit 1; }

python3 - <<'END'
import errno, fcntl, os, sys
try:
    kvm = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
except OSError as error:
    sys.exit(f"open /dev/kvm: {errno.errorcode[error.errno]} ({error.strerror})")
try:
    version = fcntl.ioctl(kvm, 0xAE00, 0)  # KVM_GET_API_VERSION
except OSError as error:
    sys.exit(f"KVM_GET_API_VERSION: {errno.errorcode[error.errno]} ({error.strerror})")
if version != 12:
    sys.exit(f"KVM_GET_API_VERSION: {version}, and 12 is the only one there is")
print(f"/dev/kvm opens, and its API version is {version}")
END
