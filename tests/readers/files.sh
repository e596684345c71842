#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# JSON, metrics, TAP and Markdown, each by a reader that is not ours.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
install python "$readers_dir/requirements.txt" install_python
install npm "$readers_dir/package-lock.json" install_npm

for kind in "${kinds[@]}" hostile merged; do
  report "$kind" --nodes 3 --repeat 3 -- --json "$work/r.json" --metrics "$work/r.prom" --tap "$work/r.tap" --markdown "$work/r.md"
  [ "$code" = "${exit_codes[$kind]}" ] || fail "exit code ${exit_codes[$kind]} for $kind, not $code"

  # JSON keeps to its schema, every key of it is described there, and prometheus_client reads the metrics.
  python - "$root/docs/report.schema.json" "$work/r.json" "$work/r.prom" <<'PYTHON' || fail "$kind"
import json
import sys

import jsonschema
from prometheus_client.parser import text_string_to_metric_families

schema, report = (json.load(open(path)) for path in sys.argv[1:3])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(report)

def described(schema_part, value, where):
    if "$ref" in schema_part:
        schema_part = schema["$defs"][schema_part["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list):
        for item in value:
            described(schema_part["items"], item, where + "[]")
    elif isinstance(value, dict):
        if "properties" not in schema_part:
            return
        unknown = set(value) - set(schema_part["properties"])
        assert not unknown, f"{where} has keys that the schema does not describe: {unknown}"
        for key, inner in value.items():
            described(schema_part["properties"][key], inner, f"{where}.{key}")

described(schema, report, "")
families = {family.name: family for family in text_string_to_metric_families(open(sys.argv[3]).read())}
value = {tuple(sorted(s.labels.items())): s.value for s in families["gvisor_smoke_case_passed"].samples}
for result in report["results"]:
    if result["verdict"] != "skipped":
        key = (("case", result["case"]), ("node", result.get("node", "")))
        assert value.pop(key) == (result["verdict"] == "passed"), (key, result)
assert not value, value
assert families["gvisor_smoke_run_exit_code"].samples[0].value == report["run"]["exit_code"]
counts = {s.labels["verdict"]: s.value for s in families["gvisor_smoke_cases"].samples}
assert counts == {k if k != "errors" else "error": v for k, v in report["counts"].items()}, counts
PYTHON

  # Perl's harness and the parser of node-tap count the same as JUnit does.
  "$GVISOR_SMOKE" report "$work/$kind.jsonl" --junit "$work/r.xml" >/dev/null 2>&1 || true
  cases=$(xmllint --xpath 'count(//testcase)' "$work/r.xml")
  bad=$(xmllint --xpath 'count(//testcase[failure or error])' "$work/r.xml")
  skipped=$(xmllint --xpath 'count(//testcase[skipped])' "$work/r.xml")
  seen=$(prove --nocolor -v -e cat "$work/r.tap" 2>&1 || true)
  grep -q "^Files=1, Tests=$cases," <<<"$seen" || fail "$kind: prove runs $cases tests: $(tail -n 4 <<<"$seen")"
  ! grep -q 'Parse errors' <<<"$seen" || fail "$kind: prove understands all: $(tail -n 4 <<<"$seen")"
  [ "$(grep -c '^not ok' <<<"$seen" || true)" = "$bad" ] || fail "$kind: prove sees $bad failures"
  seen=$(node_script tap.mjs "$work/r.tap")
  [ "$seen" = "$cases $bad $skipped" ] || fail "$kind: tap-parser sees $cases $bad $skipped, not $seen"

  # What GitHub's own Markdown makes of it is one table of cases, and text that is text.
  {
    echo '<meta charset="utf-8">'
    cmark-gfm --unsafe --extension table --extension strikethrough --extension autolink --extension tagfilter "$work/r.md" |
      sed 's/<br>/ /g'
  } >"$work/r.html"
  rows=$(xmllint --html --xpath 'count(//table[1]/tbody/tr)' "$work/r.html" 2>/dev/null)
  planned=$(jq '.cases | length' "$work/r.json")
  [ "$rows" = "$planned" ] || fail "$kind: $planned rows in the table of cases, not $rows"
  ! grep -qE '<(img|script|iframe|em|del|h[1256])\b' "$work/r.html" || fail "$kind: nothing but what was meant: $(grep -nE '<(img|script|iframe|em|del|h[1256])\b' "$work/r.html" | head -3)"
  while IFS= read -r message; do
    text=$(xmllint --html --xpath 'string(//body)' "$work/r.html" 2>/dev/null | tr -s ' \n' ' ')
    [[ $text == *"$message"* ]] || fail "$kind: the Markdown shows as it is: $message"
  done < <(jq -r '.results[] | select(.verdict == "failed") | .message | gsub("[\u202a-\u202e\u2066-\u2069]"; "?") | gsub("[ \n\r]+"; " ")' "$work/r.json" | sort -u)
  echo "$kind: $cases rows, $bad not passed, $skipped skipped"
done
