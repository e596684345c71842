#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# JUnit of `gvisor-smoke lint`, by readers that are not ours.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
install python "$readers_dir/requirements.txt" install_python

# lint CODE ARGUMENTS...: writes $work/lint.xml, and has junitparser count it as it counts itself.
lint() {
  local wanted=$1 code=0
  shift
  "$GVISOR_SMOKE" lint --junit "$work/lint.xml" "$@" >"$work/lint.out" 2>&1 || code=$?
  [ "$code" = "$wanted" ] || fail "lint $*: exit code $wanted, not $code: $(cat "$work/lint.out")"
  python - "$work/lint.xml" <<'PYTHON' || fail "lint $*"
import collections
import sys

import junitparser

report = junitparser.JUnitXml.fromfile(sys.argv[1])
[suite] = report
seen = collections.Counter()
names = set()
for case in suite:
    assert case.classname and (case.classname, case.name) not in names, case.name
    names.add((case.classname, case.name))
    for result in case.result:
        assert result.message and result.type, case.name
        seen[type(result).__name__.lower()] += 1
assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(names), seen["failure"], seen["error"], seen["skipped"]), seen
print(f"{len(names)} cases, {dict(seen)}")
PYTHON
  "$installed/python/bin/junit2html" "$work/lint.xml" "$work/lint.html"
  grep -q TestRenderedManifests "$work/lint.html" || fail "lint $*: junit2html shows the class"
}

lint 0 "$root/tests/lint/clean.yaml"
lint 1 "$root/tests/lint/chart.yaml" --skip capabilities
printf 'kind: Pod\nmetadata: {name: "<\\x1b&\\u202e]]>"}\nspec: {containers: [{name: "\xc3\xa4"}]}\n' >"$work/hostile.yaml"
lint 1 "$work/hostile.yaml"
lint 2 "$work/nosuch" "$root/tests/lint/clean.yaml"
