#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Large inputs for the fuzz targets, larger than a fuzzer makes them: time and memory must stay in proportion.

    large.py FOLDER-OF-THE-TARGETS [TARGET ...]
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
LIMIT_S = 30
HELLO = "hgvisor-smoke supervisor 1\\n\n"
TIME = "2026-11-24T19:56:25.126Z"


def corpus(target, name):
    return (HERE / "corpus" / target / name).read_text()


def kubeconfig(clusters="{name: c, cluster: {server: 'https://h'}}", contexts="{name: x, context: {cluster: c, user: u}}", users="{name: u, user: {token: t}}"):
    return f"current-context: x\nclusters: [{clusters}]\ncontexts: [{contexts}]\nusers: [{users}]\n"


def many(count, form, separator=", "):
    return separator.join(form.format(i) for i in range(count))


def case(**keys):
    known = {"summary": "s", "reports": "TestLarge test_large", "expect": "works"} | keys
    return "#!/bin/sh\n" + "".join(f"# {key}: {value}\n" for key, value in known.items()) + "true\n"


def events(*lines):
    return "".join(json.dumps({"event": kind, "time": TIME, **fields}) + "\n" for kind, fields in lines)


def planned(name, report="test_large"):
    return "case", {"name": name, "class": "TestLarge", "report_name": report, "summary": "s", "expect": "works", "timeout_ms": 1}


def judged(name, node="n", message="m", kind="failed"):
    return "verdict", {"name": name, "node": node, "duration_ms": 1, "verdict": {"kind": kind, "reason": "finding", "message": message}}


def problem(message):
    return "problem", {"kind": "environment", "message": message, "hint": "h " + message}


def api_list(items, **metadata):
    return json.dumps({"metadata": {"resourceVersion": "1", **metadata}, "items": items})


def pods(count, start=0):
    return [{"metadata": {"name": f"pod-{start + i}"}, "status": {"phase": "Running"}} for i in range(count)]


def added(count, start=0):
    return "".join(json.dumps({"type": "ADDED", "object": pod}) + "\n" for pod in pods(count, start))


MEGABYTE = 1 << 20
CERTIFICATE = corpus("pem", "pair").partition("-----BEGIN PRIVATE")[0]
SHAPES = {
    "answer": {
        "long-message": "400\n" + json.dumps({"message": "x\x1b" * MEGABYTE}),
        "quota": "403\n" + json.dumps({"message": "exceeded quot" * 100000}),
    },
    "attest": {
        "long-version": "k\nb\nversion=Linux version " + "x" * MEGABYTE,
        "many-lines": "k\nb\n" + "version\n" * 200000,
        "many-words": "k\nb\nroot_mount=" + "a " * 500000,
    },
    "case_header": {
        "grants": case(grant=many(20000, "tmpfs:/a{}", " ")),
        "needs": case(needs=many(100000, "n{}", " ")),
        "long-expression": case(evidence="a" * 500000),
        "nested-expression": case(evidence="(" * 20000 + "a" + ")" * 20000),
        "repeated-expression": case(evidence="((((a{1,99}){1,99}){1,99}){1,99}){1,99}"),
        "repeated-once": case(evidence="a{32767}b{32767}"),
        "stacked-repetition": case(evidence="a" + "+" * 900),
        "nested-repetition": case(evidence="(" * 49 + "a" + "+)" * 49),
        "anchors": case(evidence="(\\b|\\B)" * 20 + "a"),
        "most-anchors": case(evidence="(\\b|\\B)" * 5 + "a"),
        "empty-parts": case(evidence="(a?|b?)" * 140 + "c"),
        "empty-parts-repeated": case(evidence="((|.)+)" * 50 + "(^)?" + "((|.)+)" * 50 + "b"),
        "long-header": "#!/bin/sh\n" + "#\n" * 400000 + "true\n",
        "long-body": case() + "true\n" * 190000,
        "near-words": case(grant="x" * 500000),
    },
    "diagnosis": {
        "long-message": "FailedScheduling\n" + "0/3 nodes are available: " * 40000,
        "long-reason": "x" * MEGABYTE,
    },
    "evidence": {
        "one-line": "1\n" + "a" * MEGABYTE + "\f",
        "many-lines": "1\n" + "Operation not permitte\n" * 45000 + "\f",
        "almost": "1\n" + "permission to perform this captur " * 30000 + "\f" + "open " * 200000,
    },
    "exec_frame": {
        "pieces-of-a-status": b"\x023{" + b"\x01x" * 500000,
        "empty-messages": b"\x80" * MEGABYTE,
    },
    "journal": {
        "cases": events(*(planned(f"case-{i}", f"test_{i}") for i in range(5000)), *(judged(f"case-{i}", message=f"m{i}") for i in range(5000))),
        "nodes": events(planned("c"), *(judged("c", f"node-{i}") for i in range(5000))),
        "nodes-and-words": events(planned("c"), *(judged("c", f"node-{i}", f"on node-{i} it says {i}") for i in range(5000))),
        "problems": events(*(problem(f"{i} is wrong") for i in range(5000))),
        "like-problems": events(*(problem("a" * i) for i in range(0, 3000, 3)), judged("c", message="a" * 5000)),
        "pods": events(*(("pod", {"name": f"p{i}", "node": "n", "role": "gvisor", "state": "ready", "since_creation_ms": 1}) for i in range(10000))),
        "measures": events(*(("measure", {"name": f"m{i % 100}", "node": f"n{i % 50}", "runtime": "gvisor", "duration_us": i}) for i in range(10000))),
        "notes": events(*(("note", {"message": "\u202e" * 1000}) for _ in range(500))),
        "output": events(planned("c"), *(("evidence", {"name": "c", "node": f"n{i}", "pod": "p", "runtime": "gvisor", "evidence": {"ending": "exited", "stdout": "<&>`|\n" * 10000}}) for i in range(20))),  # fmt: skip
    },
    "kubeconfig": {
        "contexts": kubeconfig(contexts=many(3000, "{{name: a{}, context: {{cluster: c}}}}") + ", {name: x, context: {cluster: c}}"),
        "groups": kubeconfig(users="{name: u, user: {as: a, as-groups: [" + many(5000, "g{}") + "]}}"),
        "deep": "a: " + "[" * 100000,
        "deep-blocks": "".join(" " * i + "a:\n" for i in range(1000)),
        "anchors": many(5000, "a{0}: &a{0} b", "\n"),
        "long-token": kubeconfig(users="{name: u, user: {token: " + "t" * MEGABYTE + "}}"),
        "long-line-breaks": "a: |\n" + " b\n" * 300000,
        "certificates": kubeconfig(clusters="{name: c, cluster: {server: 'https://h', certificate-authority-data: "
                                   + base64.b64encode((CERTIFICATE * 1000).encode()).decode() + "}}"),  # fmt: skip
        "long-server": kubeconfig(clusters="{name: c, cluster: {server: 'https://" + "h" * MEGABYTE + "'}}"),
    },
    "lint": {
        "pods": many(2000, "---\nkind: Pod\nmetadata: {{name: p{}}}\nspec: {{containers: [{{name: c}}]}}\n", ""),
        "containers": "kind: Pod\nspec: {containers: [" + many(5000, "{{name: c{}}}") + "]}\n",
        "empty-documents": "---\n" * 200000,
        "aliases": "a: &a {containers: [{name: c}]}\nb: [" + many(5000, "*a") + "]\n",
        "keys": many(20000, "k{}: v", "\n"),
        "long-text": "kind: Pod\nmetadata: {name: " + "n" * MEGABYTE + "}\nspec: {containers: [{name: c}]}\n",
    },
    "pem": {
        "certificates": CERTIFICATE * 2000,
        "beginnings": "-----BEGIN CERTIFICATE-----\n" * 30000,
        "endings": "-----END CERTIFICATE-----\n" * 30000,
        "long": "-----BEGIN CERTIFICATE-----\n" + "QUJD" * 16 * 10000 + "\n-----END CERTIFICATE-----\n",
        "base64": "QUJD" * 250000,
        "unreadable": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" * 10000 + CERTIFICATE,
    },
    "plugin_answer": {
        "long-token": json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "t" * MEGABYTE}}),
        "keys": "{" + many(9000, '"a{}":1') + "}",
        "certificates": json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                                    "status": {"clientCertificateData": CERTIFICATE * 1000, "clientKeyData": "k"}}),  # fmt: skip
    },
    "pod_patch": {
        "containers": json.dumps({"spec": {"containers": [{"name": f"c{i}", "image": "i"} for i in range(3000)]}}),
        "variables": json.dumps({"spec": {"containers": [{"env": [{"name": f"E{i}", "value": "v"} for i in range(3000)]}]}}),
        "labels": json.dumps({"metadata": {"labels": {f"l{i}": "v" for i in range(20000)}}}),
        "deep": '{"spec":' + '{"a":' * 30 + "1" + "}" * 31,
        "deeper": '{"spec":' + "[" * 100000,
    },
    "supervisor_reply": {
        "frames": HELLO + "ox\n" * 20000,
        "missing": HELLO + "mnpm\n" * 20000,
        "signs": HELLO + ("s" + "k=v\\n" * 100 + "\n") * 500,
        "long-end": HELLO + "z" + "code=1\\n" * 4000 + "\n",
        "after-the-end": HELLO + "z\n" + "ox\n" * 20000,
    },
    "supervisor_request": {"script": ("S" + "x" * 1000 + "\n") * 1000, "words": "Nx\n" * 20000},
    "view": {
        "pods": api_list(pods(10000)),
        "labels": api_list([{"metadata": {"name": "n", "labels": {f"l{i}": "v" for i in range(50000)}}}]),
        "empty-lists": '{"items":[' + "[]," * 100000 + "[]]}",
        "conditions": json.dumps({"metadata": {"name": "p"}, "status": {"conditions": [{"type": "x", "status": "y"}] * 50000}}),
        "long-text": json.dumps({"metadata": {"name": "p" * MEGABYTE}}),
    },
    "watch": {
        "pods": "=== 200\n" + api_list([]) + "\n=== 200 65536\n" + added(20000),
        "listed-and-gone": "=== 200\n" + api_list(pods(20000)) + "\n=== 410\n{}\n=== 200\n" + api_list(pods(20000, 20000)) + "\n",
        "pages": "".join("=== 200\n" + api_list(pods(20, 20 * i), **{"continue": "c"}) + "\n" for i in range(500)),
        "a-line-in-pieces": "=== 200\n" + api_list([]) + "\n=== 200 16\n" + json.dumps({"type": "ADDED", "object": {"metadata": {"name": "n" * MEGABYTE}}}) + "\n",
        "one-line": "=== 200\n" + api_list([]) + "\n=== 200 4096\n" + "x" * (6 * MEGABYTE) + "\n",
    },
}


def main():
    programs = pathlib.Path(sys.argv[1])
    failed = False
    for target in sys.argv[2:] or SHAPES:
        for name, text in SHAPES[target].items():
            with tempfile.NamedTemporaryFile(prefix=f"{target}-{name}-") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
                file.flush()
                begun = time.monotonic()
                words = ["timeout", str(LIMIT_S), programs / f"fuzz_{target}", file.name]
                done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
            failed |= done.returncode != 0
            print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {target:18} {name:20} {len(text) // 1024:6} KiB {time.monotonic() - begun:6.2f} s  "
                  f"{done.stdout.strip().partition(', ')[2]}")  # fmt: skip
            if done.returncode:
                print(f"exit code {done.returncode}\n{done.stderr[-2000:]}")
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
