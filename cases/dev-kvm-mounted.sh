#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  KVM cannot be used, not even in a privileged pod, where the node's /dev/kvm is in its place
# reports:  TestGvisorExpectedFailures test_dev_kvm_is_blocked_under_gvisor[mounted]
# expect:   blocked
# evidence: open /dev/kvm: (ENXIO|ENOENT)
# needs:    python3
# grant:    privileged
# timeout:  60s
set -eu

# ENXIO: the node has the device, its node is in the pod, and the sandbox has nothing behind it. ENOENT: the node has none (no virtual
# machines inside it), so it is refused under the default runtime as well. A privileged pod has all devices of its node; a hostPath mount
# of /dev/kvm would not start on a node without it, and in a pod that is not privileged the device cgroup refuses it (EPERM) under the
# default runtime, while gVisor says the same as here.

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
