#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what readers have made of files (show.py, show.mjs) with what stands in them, and prints docs/readers.md.

    table.py TITLE=FILE.xml=SHOWN.jsonl ...        exit code 1 when a reader shows something wrongly"""
import collections
import json
import sys
import xml.etree.ElementTree as ElementTree

OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}
HEAD = """# What readers make of the JUnit report

Written by tests/readers/table.sh, not by hand, from real runs of each reader. Those marked "rules" are in no package registry: the test reads
as their own sources and documentation say.

- cases ... skipped: how many the reader tells. "failed or error" stands in one column where it knows no difference.
- names: how many of the file's names it shows, each once.
- reasons: of how many cases that are failed, error or skipped it shows the whole reason.
- output: of how many cases that have output it shows at least the end of it. Some show none of cases that passed, by their design.
"""

problems = []


def squeezed(text):
    # A list of lines in the body is one line in the attribute.
    return " ".join(text.replace("\n", "; ").split()).rstrip("; ")


def read(path):
    rows = []
    for item in ElementTree.parse(path).getroot().iter("testcase"):
        outcome = next((child for child in item if child.tag in OUTCOMES), None)
        rows.append({"name": item.get("name"), "status": "passed" if outcome is None else OUTCOMES[outcome.tag],
                     "reason": "" if outcome is None else outcome.get("message"), "output": (item.findtext("system-out") or "").strip()})
    return rows


def of(count, total):
    return f"{count} of {total}" if total else "-"


def row_of(title, reader, truth):
    """One line of the table; what is wrong goes to problems."""
    cases = {case["name"]: case for case in reader["cases"]}
    counts = collections.Counter(case["status"] for case in reader["cases"])
    names = sum(row["name"] in cases for row in truth)
    reasons = [row for row in truth if row["reason"]]
    outputs = [row for row in truth if row["output"]]
    shown_reasons = sum(squeezed(row["reason"]) in squeezed(cases[row["name"]]["reason"]) for row in reasons)
    shown_outputs = sum(row["output"][-400:] in cases[row["name"]]["output"] for row in outputs)

    def wrong(what):
        problems.append(f"{title}: {reader['reader']}: {what}")

    if len(cases) != len(truth) or names != len(truth) or len(reader["cases"]) != len(truth):
        wrong(f"{len(reader['cases'])} cases with {names} names, not {len(truth)}")
    merged = "failed or error" in {case["status"] for case in reader["cases"]}
    for row in truth:
        wanted = "failed or error" if merged and row["status"] in ("failed", "error") else row["status"]
        if cases[row["name"]]["status"] != wanted:
            wrong(f"{row['name']} is {cases[row['name']]['status']}, not {wanted}")
        shown = cases[row["name"]]["reason"]
        if row["status"] in ("failed", "error") and squeezed(row["reason"]) not in squeezed(shown):
            wrong(f"{row['name']}: the reason is shown as {shown!r}")
    bad = [str(counts["failed or error"]), "(in one)"] if merged else [str(counts["failed"]), str(counts["error"])]
    return [reader["reader"], str(len(reader["cases"])), str(counts["passed"]), *bad, str(counts["skipped"]), of(names, len(truth)),
            of(shown_reasons, len(reasons)), of(shown_outputs, len(outputs))]


def sample(text):
    line = " ".join(text.split())
    line = line if len(line) <= 110 else line[:107] + "..."
    return "`" + line.replace("|", "\\|").replace("`", "'") + "`" if line else "-"


def print_file(title, path, shown):
    truth = read(path)
    counts = collections.Counter(row["status"] for row in truth)
    readers = [json.loads(line) for line in open(shown)]
    print(f"\n## {title}\n")
    print(f"In the file: {len(truth)} cases, {counts['passed']} passed, {counts['failed']} failed, {counts['error']} errors, {counts['skipped']} skipped.\n")
    print("| reader | cases | passed | failed | errors | skipped | names | reasons | output |")
    print("|---|---|---|---|---|---|---|---|---|")
    for reader in readers:
        print("| " + " | ".join(row_of(title, reader, truth)) + " |")
    bad = next((row["name"] for row in truth if row["status"] in ("failed", "error")), None)
    good = next(row["name"] for row in sorted(truth, key=lambda row: "[" not in row["name"]) if row["status"] == "passed" and row["output"])
    chosen = [(name, what) for name, what in ((bad, "reason"), (good, "output")) if name]
    print("\n| reader | " + " | ".join(f"{what} of `{name}`" for name, what in chosen) + " |")
    print("|---|" + "---|" * len(chosen))
    for reader in readers:
        cases = {case["name"]: case for case in reader["cases"]}
        print("| " + " | ".join([reader["reader"]] + [sample(cases[name][what]) for name, what in chosen]) + " |")


print(HEAD.rstrip("\n"))
for argument in sys.argv[1:]:
    print_file(*argument.split("="))
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
