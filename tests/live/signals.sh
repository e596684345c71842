#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signals in the middle of a run: the pods are deleted, the reports are written, the exit code says which it was.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

write_case quick <<'END_OF_CASE'
exit 0
END_OF_CASE
write_case long "# timeout: 5m" <<'END_OF_CASE'
sleep 240
END_OF_CASE

# start_run: in the background, until the quick case has passed and the long one is under way. env: bash lets its
# background children ignore SIGINT.
start_run() {
  local deadline
  rm -rf "$reports"
  env --default-signal=INT "$GVISOR_SMOKE" run -n "$ns" --report-dir "$reports" --image "$TOOLBOX_IMAGE" --cases "$work/cases" \
    quick long </dev/null >"$output" 2>&1 &
  pid=$!
  deadline=$(($(now_ms) + 60000))
  until grep -qs '"event":"verdict"' "$reports/run.jsonl"; do
    kill -0 $pid 2>/dev/null || fail "a run under way" "it ended"
    [ "$(now_ms)" -lt $deadline ] || fail "the quick case ends within 60 s" "it did not"
    sleep 0.1
  done
}

# interrupt SIGNAL EXIT
interrupt() {
  local started code=0
  started=$(now_ms)
  kill "-$1" $pid
  wait $pid || code=$?
  elapsed_ms=$(($(now_ms) - started))
  [ $code = "$2" ] || fail "exit code $2" "$code"
  expect_within_ms 10000
}

for signal in TERM:143 INT:130; do
  subject "SIG${signal%:*} ends the run with ${signal#*:} within 10 s"
  start_run
  interrupt "${signal%:*}" "${signal#*:}"
  expect_output "interrupted by signal"

  subject "the report is whole: what was done, and what was not"
  expect_counts 1 0 1 0
  expect_case passed TestLive test_quick
  expect_case error TestLive test_long "interrupted"
  expect_equal "$(wc -l <"$reports/run.jsonl")" "$(jq -c . "$reports/run.jsonl" | wc -l)"
  expect_equal end "$(tail -n 1 "$reports/run.jsonl" | jq -r .event)"
  expect_nothing_left
done

subject "SIGKILL leaves a journal from which the report can be made"
start_run
kill -KILL $pid
wait $pid 2>/dev/null || true
program 3 report "$reports/run.jsonl" --junit "$reports/junit.xml"
expect_case passed TestLive test_quick
expect_case error TestLive test_long
expect_counts 1 0 1 0

subject "what a killed run left is found by its id, and removed"
[ -n "$(kubectl -n "$ns" get pods -o name)" ] || fail "a pod is left by the killed run" "none"
program 0 sweep -n "$ns" --run "$(run_id)" --dry-run
expect_output "gvisor-smoke-$(run_id)-gvisor"
program 0 sweep -n "$ns" --run nosuch
expect_output "0 objects removed"
[ -n "$(kubectl -n "$ns" get pods -o name)" ] || fail "a sweep of another run leaves the pods" "they are gone"
program 0 sweep -n "$ns" --run "$(run_id)"
expect_output "2 objects removed"
kubectl wait --for=delete "namespace/$ns" --timeout=60s >/dev/null
expect_nothing_left
