#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Report folders that cannot be written, or that become full.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

subject "a folder below a file is found before anything is made"
: >"$work/file"
program 3 run -n "$ns" --report-dir "$work/file/reports" allowlist
expect_output "cannot make the report folder"
expect_output "--report-dir"
expect_within_ms 2000
expect_nothing_made

subject "so is a folder on a read-only file system"
mkdir "$work/read-only" "$work/full"
mount -t tmpfs -o ro none "$work/read-only"
at_end umount "$work/read-only"
program 3 run -n "$ns" --report-dir "$work/read-only" allowlist
expect_output "Read-only file system"
expect_within_ms 2000
program 3 run -n "$ns" --report-dir "$work/read-only/deeper" allowlist
expect_output "Read-only file system"
program 3 run -n "$ns" --report-dir "$work/good" --junit "$work/read-only/junit.xml" allowlist
expect_output "$work/read-only/junit.xml"
expect_nothing_made

subject "a disk that is full during the run: exit 3, and the cluster is left clean all the same"
mount -t tmpfs -o size=4k none "$work/full"
at_end umount "$work/full"
program 3 run -n "$ns" --report-dir "$work/full" --image "$TOOLBOX_IMAGE" allowlist
expect_output "No space left on device"
expect_output "1 passed"
expect_nothing_made
place=$(sed -n 's/^journal: //p' "$output")
at_end rm -f "$place"
[ -s "$place" ] || fail "the journal is written elsewhere" "no file \"$place\""

subject "and what could not be written is made from the journal that is elsewhere"
program 0 report "$place" --junit "$work/elsewhere.xml"
expect_output "1 passed"
xmllint --noout "$work/elsewhere.xml"

subject "a folder that is removed during the run is made again: exit 3, and a finding is told"
reports=$work/removed
write_case removes-nothing "" <<'SH'
sleep 8
! [ -e /proc/gvisor ]
SH
(while [ ! -e "$reports/run.jsonl" ] || ! grep -q '"event":"start"' "$reports/run.jsonl"; do sleep 0.1; done; rm -rf "$reports") &
program 3 run -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" --cases "$work/cases" removes-nothing
wait $!
expect_output "it was removed"
expect_output "1 failed"
expect_counts 0 1 0 0
expect_every_verdict
expect_nothing_left

# disk_that_breaks COMMAND...: a run whose reports are on a disk of its own, with the command once a case has begun.
disk_that_breaks() {
  dd if=/dev/zero of="$work/disk.img" bs=1M count=16 status=none
  mkfs.ext4 -q -F "$work/disk.img"
  mkdir -p "$work/disk"
  mount -o loop,errors=remount-ro "$work/disk.img" "$work/disk"
  reports=$work/disk/reports
  (until grep -qs '"event":"start"' "$reports/run.jsonl"; do sleep 0.1; done; "$@") >"$work/fault" 2>&1 &
  program 3 run -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" --cases "$work/cases" waits "${more[@]}"
  wait $! || fail "the disk breaks" "$(cat "$work/fault")"
  umount "$work/disk"
}
write_case waits <<'SH'
sleep 8
echo "it waited"
SH
# expect_rescued LABEL: the end of the run names a file that is not on the disk: $place.
expect_rescued() {
  place=$(sed -n "s/^$1: //p" "$output")
  at_end rm -f "$place"
  case $place in
  "$work/disk"/*) fail "the $1 is written elsewhere" "$place" ;;
  *) [ -s "$place" ] || fail "the $1 is written" "no file \"$place\"" ;;
  esac
}
expect_report_rescued() {
  expect_output "1 passed"
  expect_rescued report
  expect_equal 1 "$(xmllint --xpath 'count(//testcase[not(*[self::failure or self::error or self::skipped])])' "$place")"
  expect_equal "" "$(kubectl -n "$ns" get pods,secrets -o name)"
}

subject "a disk that becomes read-only during the run"
more=()
# What the kernel does itself after an error in the file system.
become_read_only() { echo 1 >"/sys/fs/ext4/$(basename "$(findmnt -no SOURCE "$work/disk")")/trigger_fs_error"; }
disk_that_breaks become_read_only
expect_output "Read-only file system"
expect_report_rescued
expect_rescued journal
program 0 report "$place" --json "$work/rescued.json"
expect_equal "passed" "$(jq -r '.results[0].verdict' "$work/rescued.json")"

subject "a disk that fails during the run: nothing can be read back, and the cluster has the reports all the same"
kubectl create namespace "$ns" >/dev/null
at_end kubectl delete namespace "$ns" --wait=false
more=(--report-configmap broken)
# EXT4_IOC_SHUTDOWN without flushing the log: from then on everything ends in EIO.
fail_disk() { python3 -c 'import fcntl, os, struct, sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))' "$work/disk"; }
disk_that_breaks fail_disk
expect_output "Input/output error"
expect_output "without run.jsonl: cannot read"
expect_report_rescued
kubectl -n "$ns" get configmap broken -o json | jq -j '.data["junit.xml"]' >"$work/broken.xml"
xmllint --noout "$work/broken.xml"
kubectl delete namespace "$ns" >/dev/null

subject "a journal cut anywhere gives every report, and none that says that the run held"
smoke 0 runtime-class
size=$(stat -c %s "$reports/run.jsonl")
for ((at = 0; at < size; at += size / 12 + 1)); do
  head -c $at "$reports/run.jsonl" >"$work/cut.jsonl"
  program 3 report "$work/cut.jsonl" --junit "$work/cut.xml" --json "$work/cut.json"
  expect_output "ends before its run"
done

subject "reports of an earlier run are replaced, and other files are left"
smoke 0 runtime-class
: >"$reports/other"
program 1 run -n "$ns" --report-dir "$reports" --runtime-class gvisor --handler nosuch runtime-class
expect_counts 0 1 0 0
[ -e "$reports/other" ] || fail "another file is left" "it is gone"

subject "a run writes every form that is asked for, and GitHub's without being asked"
export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary
smoke 1 --handler nosuch runtime-class --json "$reports/r.json" --markdown "$reports/r.md" --tap "$reports/r.tap" --metrics "$reports/r.prom"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY
expect_equal "failed 1" "$(jq -r '"\(.results[0].verdict) \(.run.exit_code)"' "$reports/r.json")"
expect_equal "1" "$(jq -r 'select(.event == "end") | .exit_code' "$reports/run.jsonl")"
grep -q '^not ok 1 - TestGvisorRuntimeClassOnCluster test_runtime_class_exists_in_cluster$' "$reports/r.tap" || fail "a point that is not ok" "$(cat "$reports/r.tap")"
grep -q '^gvisor_smoke_case_passed{case="runtime-class",node=""} 0$' "$reports/r.prom" || fail "the case did not pass" "$(cat "$reports/r.prom")"
cmp -s "$reports/r.md" "$work/summary" || fail "the summary is the Markdown report" "$(diff "$reports/r.md" "$work/summary" | head -20)"
expect_equal 1 "$(grep -c '^::error title=failed (not-declared)%3A runtime-class::' "$output")"

subject "and report writes them again from the journal"
program 1 report "$reports/run.jsonl" --json "$work/again.json" --markdown "$work/again.md" --tap "$work/again.tap" --metrics "$work/again.prom"
for form in json md tap prom; do
  cmp -s "$reports/r.$form" "$work/again.$form" || fail "the same r.$form" "$(diff "$reports/r.$form" "$work/again.$form" | head -20)"
done
