#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What readers of JUnit make of a file: for each reader one line of JSON, {"reader", "cases": [{"name", "status", "reason", "output"}]}.

    show.py FILE WORK-FOLDER

junitparser (which EnricoMi's publish-unit-test-result reads with) and junit2html are run. Those that no registry has are written
below after the rules of their own sources and documentation: of Jenkins' junit plugin, GitLab, dorny/test-reporter and
mikepenz/action-junit-report. "" stands for what a reader does not show."""
import html.parser
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import junit2htmlreport.parser
import junitparser

OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}


def case(name, status, reason, output):
    return {"name": name, "status": status, "reason": reason or "", "output": output or ""}


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def by_junitparser(path, _):
    cases = []
    for suite in junitparser.JUnitXml.fromfile(path):
        for item in suite:
            result = item.result[0] if item.result else None
            cases.append(case(item.name, OUTCOMES[result._tag] if result is not None else "passed",
                              result.message if result is not None else "", item.system_out))
    return version("junitparser"), cases


class Text(html.parser.HTMLParser):
    """The text of a page as a browser shows it."""

    def __init__(self):
        super().__init__()
        self.parts = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def by_junit2html(path, work):
    page = work / "junit2html.html"
    subprocess.run([str(pathlib.Path(sys.executable).parent / "junit2html"), path, str(page)], check=True, stdout=subprocess.DEVNULL)
    text = Text()
    text.feed(page.read_text())
    shown = " ".join("".join(text.parts).split())

    def where(value):  # what is not on the page is not shown
        return value if value and " ".join(value.split()) in shown else ""

    cases = []
    for suite in junit2htmlreport.parser.Junit(path).suites:
        for item in suite.all():
            # It knows errors as failures.
            status = {"passed": "passed", "skipped": "skipped"}.get(str(item.outcome().value), "failed or error")
            reason = item.skipped_msg if status == "skipped" else item.failure_msg
            cases.append(case(where(item.name), status, where(reason), where(item.stdout)))
    return version("junit2html"), cases


def rows(path):
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for item in suite.findall("testcase"):
            outcome = next((child for child in item if child.tag in OUTCOMES), None)
            yield suite, item, outcome


def status_of(outcome):
    return "passed" if outcome is None else OUTCOMES[outcome.tag]


def by_jenkins(path, _):
    """CaseResult: an error counts as a failure; a skip's reason is the attribute, else the body; standard output is cut to 1000
    characters of a passing case and to 100,000 of a failing one, in the middle."""
    cases = []
    for suite, item, outcome in rows(path):
        assert suite.get("name") and item.get("classname"), "Jenkins shows a file's name, or no class"
        status = status_of(outcome)
        reason = "" if outcome is None else outcome.get("message") or outcome.text
        output = item.findtext("system-out") or ""
        limit = 1000 if status in ("passed", "skipped") else 100000
        if len(output) > limit:
            output = output[:limit // 2] + "..." + output[-limit // 2:]
        cases.append(case(item.get("name"), status if status in ("passed", "skipped") else "failed or error", reason, output))
    return "Jenkins junit plugin (rules)", cases


def by_gitlab(path, _):
    """Reason is the element's body alone; output is system-out; of two with the same class and name the first counts."""
    cases = {}
    for _, item, outcome in rows(path):
        key = item.get("classname"), item.get("name")
        output = item.findtext("system-out") if outcome is None or outcome.tag != "skipped" else ""
        cases.setdefault(key, case(item.get("name"), status_of(outcome), "" if outcome is None else outcome.text, output))
    assert pathlib.Path(path).stat().st_size < 30 << 20, "above GitLab's limit of a file"
    return "GitLab (rules)", list(cases.values())


def by_dorny(path, _):
    """Fails on a suite without a name; nested suites are dropped; reason is type and message; no output of what passes."""
    cases = []
    for suite in ElementTree.parse(path).getroot().findall("testsuite"):
        assert suite.get("name") and not suite.findall("testsuite"), "dorny drops nested suites"
        for item in suite.findall("testcase"):
            outcome = next((child for child in item if child.tag in OUTCOMES), None)
            status = status_of(outcome)
            failed = status in ("failed", "error")
            reason = f'{outcome.get("type")}: {outcome.get("message")}' if failed else ""
            cases.append(case(item.get("name"), "failed or error" if failed else status, reason, outcome.text if failed else ""))
    return "dorny/test-reporter java-junit (rules)", cases


def by_mikepenz(path, _):
    """Reason is the message, else the first two lines of the body; an annotation of each, at most 64 KB."""
    cases = []
    for _, item, outcome in rows(path):
        status = status_of(outcome)
        reason = "" if outcome is None else outcome.get("message") or "\n".join((outcome.text or "").split("\n")[:2])
        assert len(reason.encode()) < 64000
        cases.append(case(item.get("name"), "failed or error" if status in ("failed", "error") else status, reason,
                          outcome.text if status in ("failed", "error") else ""))
    return "mikepenz/action-junit-report (rules)", cases


def main():
    path, work = sys.argv[1], pathlib.Path(sys.argv[2])
    for reader in by_junitparser, by_junit2html, by_jenkins, by_gitlab, by_dorny, by_mikepenz:
        name, cases = reader(path, work)
        print(json.dumps({"reader": name, "cases": cases}))


main()
