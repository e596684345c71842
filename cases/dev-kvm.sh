#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  KVM cannot be used: a sandbox has no /dev/kvm
# reports:  TestGvisorExpectedFailures test_dev_kvm_is_blocked_under_gvisor[not-mounted]
# expect:   blocked
# evidence: open /dev/kvm: ENOENT
# needs:    python3
# timeout:  60s
set -eu

# An unprivileged pod has no /dev/kvm under the default runtime either, so this part says little of gVisor alone: see
# dev-kvm-mounted.

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
