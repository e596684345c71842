#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run --resume: a run that was killed is taken up, and only what is missing in its journal runs.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

write_case quick <<'END_OF_CASE'
echo "was here"
END_OF_CASE
write_case long "# timeout: 3m" <<'END_OF_CASE'
sleep 45
END_OF_CASE
write_case chain-write "# grant: volume" <<'END_OF_CASE'
echo kept >/workspaces/file
END_OF_CASE
write_case chain-read "# grant: volume
# after: chain-write
# pod: second
# timeout: 3m" <<'END_OF_CASE'
cat /workspaces/file
sleep 45
END_OF_CASE
write_case bad <<'END_OF_CASE'
exit 1
END_OF_CASE
write_case after-bad "# after: bad" <<'END_OF_CASE'
exit 0
END_OF_CASE
write_case short <<'END_OF_CASE'
sleep 20
END_OF_CASE
# Refused under both runtimes: its verdict rests on a control.
cat >"$work/cases/refused.sh" <<'END_OF_CASE'
#!/bin/sh
# summary: a case of the live tests
# reports: TestLive test_refused
# expect: blocked
# evidence: Operation not permitted
echo "Operation not permitted" >&2
exit 1
END_OF_CASE

journal=$reports/run.jsonl
killed=$work/killed.jsonl

# names EVENT JOURNAL: of the cases that have such an event, one for each, sorted.
names() { jq -r --arg event "$1" 'select(.event == $event) | .name' "$2" | sort | xargs; }

# resume EXIT JOURNAL ARGUMENTS...: leaves the reports that are there.
resume() {
  local wanted=$1 from=$2
  shift 2
  program "$wanted" run --resume "$from" -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" --cases "$work/cases" "$@"
}

# kill_run VERDICTS CASE...: starts a run of these cases and kills it when its journal has so many verdicts, of which none
# is of a case that takes long.
kill_run() {
  local verdicts=$1 deadline pid
  shift
  rm -rf "$reports"
  "$GVISOR_SMOKE" run -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" --cases "$work/cases" "$@" </dev/null >"$work/killed.out" 2>&1 &
  pid=$!
  deadline=$(($(now_ms) + 120000))
  until [ "$(grep -cs '"event":"verdict"' "$journal")" = "$verdicts" ]; do
    kill -0 $pid 2>/dev/null || fail "a run under way" "it ended"
    [ "$(now_ms)" -lt $deadline ] || fail "$verdicts verdicts within 120 s" "$(names verdict "$journal")"
    sleep 0.1
  done
  "${before_kill[@]}"
  kill -KILL $pid
  wait $pid 2>/dev/null || true
  cp "$journal" "$killed"
  old=$(run_id)
}

# expect_gone: nothing is left of the run that was killed.
expect_gone() {
  local left
  left=$(kubectl get pods,persistentvolumeclaims,secrets,services -A -l "gvisor-smoke/run=$old" -o name)
  [ -z "$left" ] || fail "nothing of the killed run $old is left" "$left"
}

subject "a run that goes on is not taken up"
before_kill=(resume 2 "$journal")
kill_run 3 chain-read long quick refused
before_kill=(true)
expect_output "is still going on"
expect_equal "chain-write quick refused" "$(names verdict "$killed")"
[ -n "$(kubectl -n "$ns" get pods -l "gvisor-smoke/run=$old" -o name)" ] || fail "pods are left by the killed run" "none"

subject "a run of another kind is refused, and nothing is touched"
resume 2 "$killed" --control none
expect_output '--control is "none", and was "needed" in the run '"$old"
resume 2 "$killed" --handler other
expect_output '--handler is "other", and was "runsc"'
resume 2 "$killed" --repeat 3
expect_output "--resume does not go with --repeat"
resume 2 "$killed" --ca-file "$OUTSIDE_CA"
expect_output '--ca-file is "sha256:'
resume 2 "$killed" quick
expect_output "these cases are not asked for, and were in the run $old: chain-read, chain-write, long, refused"
resume 2 "$killed" --expect quick=any
expect_output "had another expectation in the run $old: quick"
cp "$work/cases/quick.sh" "$work/quick.kept"
echo "# changed" >>"$work/cases/quick.sh"
resume 2 "$killed"
expect_output "had another script in the run $old: quick"
cp "$work/quick.kept" "$work/cases/quick.sh"
jq -c 'del(.digest)' "$killed" >"$work/older.jsonl"
resume 2 "$work/older.jsonl"
expect_output "did not yet"
cmp "$killed" "$journal"
[ -n "$(kubectl -n "$ns" get pods -l "gvisor-smoke/run=$old" -o name)" ] || fail "pods are left by the killed run" "none"

subject "without access the reports hold what is known, and it can be taken up again"
write_kubeconfig "$work/denied" "$(kubeconfig_server)" "$(cluster_authority)" nobody
reports=$work/denied-reports
resume 3 "$killed" --kubeconfig "$work/denied"
expect_counts 2 0 3 0
expect_case passed TestLive test_quick
expect_case error TestLive test_chain_write
denied=$reports/run.jsonl
reports=$work/reports

subject "what is missing runs, and what hangs together with it"
kubectl -n "$ns" create secret generic another >/dev/null
kubectl -n "$ns" label secret another app.kubernetes.io/managed-by=gvisor-smoke gvisor-smoke/run=another >/dev/null
resume 0 "$denied"
expect_equal "chain-read chain-write long" "$(names start "$journal")"
expect_equal "chain-read chain-write long quick refused" "$(names verdict "$journal")"
expect_equal "quick refused" "$(jq -r --arg old "$old" 'select(.taken_from == $old) | .name' "$journal" | sort | xargs)"
expect_equal "" "$(jq -r 'select(.event == "pod" and .role != "gvisor") | .name' "$journal")"
expect_output "2 of 5 verdicts are taken over from the run"

subject "the reports hold the whole, and say what is not of this run"
expect_counts 5 0 0 0
expect_equal "$(jq -r 'select(.event == "run") | .id' "$denied") $old" "$(xpath 'string(//property[@name="resumes"]/@value)')"
[[ $(xpath "string($(testcase TestLive test_quick)/system-out)") == *"taken over from run $old"*"was here"* ]] ||
  fail "the case says that it is taken over, and what it printed" "$(xpath "string($(testcase TestLive test_quick)/system-out)")"
[[ $(xpath "string($(testcase TestLive test_long)/system-out)") != *"taken over"* ]] || fail "test_long is this run's" "it is taken over"
expect_output "2 verdicts are of run $old"
expect_equal "control gvisor" "$(jq -r 'select(.event == "evidence" and .name == "refused") | .runtime' "$journal" | sort | xargs)"

subject "what the killed run left is gone, and what another one has made is not"
expect_gone
expect_equal secret/another "$(kubectl -n "$ns" get secret another -o name)"
kubectl -n "$ns" delete secret another >/dev/null
kubectl delete namespace "$ns" >/dev/null
expect_nothing_left

subject "the reports may go where the journal is: it is kept beside them"
kill_run 1 --nodes all quick long
jq -c 'select(.event == "verdict") | .node = "node-gone"' "$killed" >>"$journal"
cp "$journal" "$killed"
resume 0 "$journal"
expect_output "the journal that is taken up is now \"$reports/run.$old.jsonl\""
expect_output "on nodes that this one is not on are left out: node-gone"
cmp "$killed" "$reports/run.$old.jsonl"
expect_equal long "$(names start "$journal")"
expect_equal all "$(jq -r 'select(.event == "run") | .nodes' "$journal")"
expect_counts 2 0 0 0
expect_gone
expect_nothing_left

subject "where nothing is missing the reports are written again, and nothing runs"
cp "$journal" "$work/whole.jsonl"
rm "$reports/junit.xml"
resume 0 "$journal"
expect_output "nothing is missing"
expect_counts 2 0 0 0
cmp "$work/whole.jsonl" "$journal"
expect_nothing_made

subject "a run in a namespace of its own is taken up in another one, and its own goes"
kill_run 1 --own-namespace quick short
left=$(kubectl get namespaces -l "gvisor-smoke/run=$old" -o name)
[ -n "$left" ] || fail "the killed run has left a namespace" "none"
resume 0 "$journal" --own-namespace
expect_equal short "$(names start "$journal")"
expect_counts 2 0 0 0
expect_equal "" "$(kubectl get namespaces -l "gvisor-smoke/run=$old" --field-selector status.phase=Active -o name)"
expect_nothing_left

subject "a failure stays one, and stops what comes after it"
kill_run 2 --control none bad after-bad short
resume 3 "$journal" --control none
expect_equal short "$(names start "$journal")"
expect_case failed TestLive test_bad
expect_case error TestLive test_after_bad 'it needs "bad", which did not pass'
expect_case passed TestLive test_short
expect_output "1 verdict is of run $old"
expect_gone
expect_nothing_left

subject "an account that may just make runs takes one up that was killed at its end: nothing runs, and what was left goes"
make_namespace
write_account_kubeconfig "$work/account" runner
"$GVISOR_SMOKE" rbac -n "$ns" --service-account runner --name runner --cases "$work/cases" quick long | kubectl apply -f - >/dev/null
at_end kubectl delete clusterrole,clusterrolebinding "runner-$ns"
grep -v '"event":"end"' "$work/whole.jsonl" >"$work/unended.jsonl"
old=$(jq -r 'select(.event == "run") | .id' "$work/unended.jsonl")
kubectl -n "$ns" create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: left, labels: {app.kubernetes.io/managed-by: gvisor-smoke, gvisor-smoke/run: $old}}
spec:
  terminationGracePeriodSeconds: 5
  containers: [{name: left, image: "$TOOLBOX_IMAGE", command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]}]
YAML
kubectl -n "$ns" wait --for=condition=Ready pod/left --timeout=60s >/dev/null
resume 0 "$work/unended.jsonl" --kubeconfig "$work/account"
expect_equal "" "$(names start "$journal")"
expect_output "2 of 2 verdicts are taken over from the run $old"
expect_output "1 object that the run $old has left is removed"
expect_counts 2 0 0 0
expect_gone
expect_nothing_left kept
