#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every node: one that is good, one without the handler, one with runc behind the handler's name; verdicts for each, none
# dropped.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mend_nodes() {
  kubectl uncordon node-c
  kubectl taint nodes node-b gvisor-smoke-test-
  "$cluster/node" stop node-b
  "$cluster/node" stop node-c
}
at_end mend_nodes
"$cluster/node" start node-b >/dev/null 2>&1
"$cluster/node" start node-c >/dev/null 2>&1

# said_after_ms FILTER: how long after the run's first event the first event that the jq filter selects was written.
said_after_ms() {
  jq -n "def ms: (.[0:19] + \"Z\" | fromdate) * 1000 + (.[20:23] | tonumber);
    reduce inputs as \$e ({}; if .begin == null then .begin = (\$e.time | ms) else . end
      | if .said == null and (\$e | $1) then .said = (\$e.time | ms) else . end) | .said - .begin" "$reports/run.jsonl"
}

subject "each node has its verdicts, and the bare name is the worst of them"
smoke 4 --nodes all allowlist dev-kvm runtime-class
class=TestGvisorCompatibilityMatrix
name=test_bash_allowlist_compatibility_matrix
expect_case passed $class "${name}[allowlist-node-a]"
expect_case error $class "${name}[allowlist-node-b]" 'no handler "runsc"'
expect_case error $class "${name}[allowlist-node-c]" "NOT GVISOR"
expect_case error $class $name
expect_output 'nodes     2 of 3 nodes can take pods of RuntimeClass "gvisor"; should and cannot: node-b has no handler "runsc"'
expect_nothing_left

subject "the broken ones are named within 10 s"
for filter in '.event == "problem" and (.message | test("node-b has no handler"))' \
  '.event == "attestation" and .node == "node-c" and (.attestation.attested | not)'; do
  after=$(said_after_ms "$filter")
  echo "   after $after ms: $filter"
  [ "$after" -lt 10000 ] || fail "it is said within 10 s" "$after ms: $filter"
done

subject "nodes by labels and by name; with one node the names are those of a run on one"
smoke 0 --nodes kubernetes.io/hostname=node-a allowlist
expect_case passed $class "${name}[allowlist]"
smoke 3 --nodes node-b,node-a allowlist
expect_case passed $class "${name}[allowlist-node-a]"
expect_case error $class "${name}[allowlist-node-b]"
smoke 2 --nodes node-a,nowhere allowlist
expect_output 'there is no node "nowhere"'
smoke 2 --nodes color=purple allowlist
expect_output 'no node has the labels "color=purple"'
smoke 2 --nodes all --repeat 2 allowlist
expect_output "--repeat measures on one node"

subject "cordoned nodes are skipped, others that need no gVisor are counted; none is dropped, and the run is green"
kubectl cordon node-c >/dev/null
kubectl taint nodes node-b gvisor-smoke-test=1:NoSchedule >/dev/null
smoke 0 --nodes all allowlist dev-kvm
expect_case passed $class "${name}[allowlist-node-a]"
expect_case skipped $class "${name}[allowlist-node-c]" "node node-c is cordoned"
expect_output "1 of 3 nodes can take pods"
expect_output "should and cannot: node-c is cordoned"
expect_output "not for this RuntimeClass: node-b has the taint gvisor-smoke-test=1:NoSchedule"
kubectl uncordon node-c >/dev/null

subject "one node at a time, where that is asked for"
smoke 4 --nodes node-a,node-c --parallel-nodes 1 allowlist
first_of_c=$(said_after_ms '.event == "pod" and (.name | test("gvisor-2-")) and .state == "created"')
last_of_a=$(said_after_ms '.event == "pod" and (.name | test("gvisor-1-")) and .state == "deleted"')
[ "$first_of_c" -ge "$last_of_a" ] || fail "node-c's pod is made when node-a's is gone" "made after $first_of_c ms, gone after $last_of_a ms"
expect_nothing_left

subject "a run over nodes that was killed is taken up where it was: what held on a node is not run again there"
write_case brief <<'END_OF_CASE'
echo "was here"
END_OF_CASE
write_case lasting "# timeout: 2m" <<'END_OF_CASE'
sleep 20
END_OF_CASE
asked=(-n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" --cases "$work/cases" --nodes "node-a,node-c" brief lasting)
rm -rf "$reports"
"$GVISOR_SMOKE" run "${asked[@]}" </dev/null >"$output" 2>&1 &
pid=$!
deadline=$(($(now_ms) + 120000))
until [ "$(jq -Rn '[inputs | fromjson? | select(.event == "verdict")] | length' "$reports/run.jsonl" 2>/dev/null)" = 3 ]; do
  kill -0 $pid 2>/dev/null || fail "a run under way" "it ended"
  [ "$(now_ms)" -lt "$deadline" ] || fail "three verdicts within 120 s" "$(cat "$output")"
  sleep 0.1
done
kill -KILL $pid
wait $pid 2>/dev/null || true
old=$(run_id)
program 4 run --resume "$reports/run.jsonl" "${asked[@]}"
expect_equal "lasting node-a" "$(jq -r 'select(.event == "start") | "\(.name) \(.node)"' "$reports/run.jsonl")"
expect_equal "brief node-a $old" "$(jq -r 'select(.event == "verdict" and .taken_from) | "\(.name) \(.node) \(.taken_from)"' "$reports/run.jsonl")"
expect_case passed TestLive 'test_brief[node-a]'
expect_case passed TestLive 'test_lasting[node-a]'
expect_case error TestLive 'test_brief[node-c]' "NOT GVISOR"
expect_nothing_left
