#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Cases over one standing stream for each pod, and by an exec each (--exec pod, --exec case): the same verdicts and evidence,
# whatever a case does to the stream, to others or to itself.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# What a run says of each case that must not depend on the way: times and random IDs are left out.
evidence_of() {
  jq -rS 'select(.event == "evidence") | [.name, .runtime, .evidence.ending, .evidence.exit_code, .evidence.stdout,
    .evidence.stderr, .evidence.stdout_bytes, .evidence.stderr_bytes, .evidence.cause, .evidence.strays] | @json' "$1" | sort
}
verdicts_of() { jq -r 'select(.event == "verdict") | [.name, .node, .verdict.kind, .verdict.reason] | @tsv' "$1" | sort; }

# both_ways EXIT ARGUMENTS...: runs it twice; $stand and $execs are the journals, standing stream and execs.
stand=$work/stand.jsonl execs=$work/execs.jsonl
both_ways() {
  local wanted=$1
  shift
  smoke "$wanted" --exec case -vv "$@"
  expect_equal 0 "$(grep -c 'standing stream' "$output" || true)"
  exec_starts=$(exec_count)
  cp "$reports/run.jsonl" "$execs"
  smoke "$wanted" --exec pod -vv "$@"
  stand_starts=$(exec_count)
  cp "$reports/run.jsonl" "$stand"
  expect_equal "$(verdicts_of "$execs")" "$(verdicts_of "$stand")"
}
exec_count() { grep -c 'exec .*: queued -> connecting' "$output" || true; }

for i in $(seq 12); do
  write_case "some-$i" <<END_OF_CASE
echo out $i
echo err $i >&2
exit $((i % 3))
END_OF_CASE
done
write_case flood "# timeout: 60s" <<'END_OF_CASE'
head -c 20000000 /dev/zero | tr '\0' x
head -c 20000000 /dev/zero | tr '\0' y >&2
exit 9
END_OF_CASE
write_case slow "# timeout: 2s" <<'END_OF_CASE'
echo "before the sleep"
sleep 300
END_OF_CASE
write_case no-tool "# needs: no-such-tool" <<'END_OF_CASE'
exit 0
END_OF_CASE
write_case killed <<'END_OF_CASE'
kill -9 $$
END_OF_CASE
write_case strays <<'END_OF_CASE'
setsid sleep 300 >/dev/null 2>&1 &
exit 0
END_OF_CASE
write_case binary <<'END_OF_CASE'
printf 'gs h 00000000 00000000 00000000\n\0\001\377\376'
END_OF_CASE

subject "each ending has the same evidence, with one case at a time and with many"
for parallel in 1 16; do
  both_ways 3 --cases "$work/cases" --control none --parallel "$parallel" 'some-*' flood slow no-tool killed strays binary
  expect_equal "$(evidence_of "$execs")" "$(evidence_of "$stand")"
  expect_equal 0 "$(jq -s 'map(select(.event == "evidence") | .evidence.reconnects // 0) | add' "$stand")"
  cases=$(jq -rs 'map(select(.event == "start")) | length' "$stand")
  [ $((exec_starts - stand_starts)) -ge $((cases / 2)) ] ||
    fail "far fewer execs for $cases cases" "$stand_starts with a standing stream, $exec_starts by an exec each"
  expect_nothing_left
done

# What one of them does to the pod is done to it before the cases after it, which go on all the same.
rm "$work/cases"/*
write_case a-first <<'END_OF_CASE'
echo first
END_OF_CASE
write_case b-massacre <<'END_OF_CASE'
echo "before all die"
sleep 1
kill -9 -1
sleep 300
END_OF_CASE
write_case c-next <<'END_OF_CASE'
echo next
END_OF_CASE
write_case d-next <<'END_OF_CASE'
echo next
END_OF_CASE

subject "a case that kills all it may ends itself, and no other"
both_ways 3 --cases "$work/cases" --control none --parallel 1 a-first b-massacre c-next d-next
expect_equal "$(evidence_of "$execs")" "$(evidence_of "$stand")"
for name in a_first c_next d_next; do
  expect_case passed TestLive test_$name
done
expect_case error TestLive test_b_massacre "the supervisor was killed in the pod"

rm "$work/cases"/b-massacre.sh
write_case b-freeze "# timeout: 3s" <<'END_OF_CASE'
echo "before all stop"
for p in /proc/[0-9]*; do
  p=${p#/proc/}
  [ "$p" = 1 ] || [ "$p" = $$ ] || kill -STOP "$p"
done
exit 0
END_OF_CASE

subject "a case that stops all it may ends in its time, and no other is held up"
both_ways 3 --cases "$work/cases" --control none --parallel 1 a-first b-freeze c-next d-next
for name in a_first c_next d_next; do
  expect_case passed TestLive test_$name
done
expect_nothing_left

subject "the whole matrix has the same verdicts"
both_ways 0 --egress-url "$OUTSIDE_URL" --ca-file "$OUTSIDE_CA"
[ "$stand_starts" -lt "$exec_starts" ] || fail "fewer execs over standing streams" "$stand_starts, and $exec_starts by an exec each"
expect_output "its standing stream stands"
expect_nothing_left
