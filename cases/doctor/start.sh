#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  a pod starts, and a command in it ends
# reports:  TestGvisorDoctor test_start
# expect:   works
# timeout:  30s
set -eu

read -r kernel </proc/version
echo "a command ran: $kernel"
