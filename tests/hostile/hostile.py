#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server that misbehaves, in one way a row, and what the program makes of it: its exit code, its words, the time it takes, its
peak memory, and that its credential goes nowhere else. On loopback, over TLS.

    hostile.py --gvisor-smoke PROGRAM --measure PROGRAM [--sanitized] [-v] [PART OF A NAME ...]

HOSTILE_GIGABYTES is the length of the longest output (1). --sanitized is for a program with sanitizers,
which is slow and large: any memory will do, and more time.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import exec_rows  # noqa: F401
import http_rows  # noqa: F401
import peer
import session_rows  # noqa: F401
import stand_reply_rows  # noqa: F401
import stand_rows  # noqa: F401
import watch_rows  # noqa: F401
from rows import ROWS
from world import SECRET, World, make_certificate

AT_ONCE = 20  # for the most part they wait
CASE = """#!/bin/sh
# summary: something to run
# reports: TestHostile test_hostile[%d]
# expect:  works
# timeout: %d

echo well
"""


@dataclasses.dataclass
class Outcome:
    code: int
    output: str
    seconds: float
    mib: float
    requests: list
    elsewhere: list
    journal: list


def kubeconfig(world, port):
    return f"""clusters: [{{name: c, cluster: {{server: 'https://localhost:{port}', certificate-authority: {world.certificates}/ca.crt}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x
users: [{{name: u, user: {{token: {SECRET}}}}}]
"""


def read_journal(home):
    path = home / "reports" / "run.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def patience_of(options):
    """The times of the rows are a quiet machine's; what is longer than its share of them hangs."""
    return 5 if options.sanitized else 2


def run(world, options, row, home):
    over = threading.Event()
    elsewhere = peer.Peer(world.pair("server"), over)
    kind = {"on_connect": row.behave} if row.connect else {"behave": row.behave}
    server = peer.Peer(world.pair(row.pair), over, alpn=row.alpn, **kind)
    server.elsewhere = elsewhere
    (home / ".kube").mkdir(parents=True)
    (home / ".kube/config").write_text(kubeconfig(world, server.port))
    (home / ".kube/config").chmod(0o600)
    (home / "cases").mkdir()
    for number in range(row.cases):
        (home / f"cases/hostile{f'-{number}' if number else ''}.sh").write_text(CASE % (number, row.case_seconds))
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    begun = time.monotonic()
    with open(home / "output", "wb") as out:
        words = [options.measure, "memory", options.gvisor_smoke, *row.words]
        child = subprocess.Popen(words, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            child.wait(row.seconds * patience_of(options) + 30)
        except subprocess.TimeoutExpired:
            child.kill()  # and with it the program
            child.wait()
    over.set()
    memory = home / "memory"
    mib = int(memory.read_text()) / 1024 if memory.exists() else float("inf")
    return Outcome(child.returncode, (home / "output").read_text(errors="replace"), time.monotonic() - begun, mib, server.requests, elsewhere.requests, read_journal(home))  # fmt: skip


def problems(row, outcome, patience, any_memory):
    if outcome.code != row.code:
        yield f"exit code {outcome.code}, not {row.code}"
    if not re.search(row.says, outcome.output):
        yield f"its words do not have: {row.says}"
    if outcome.seconds > row.seconds * patience:
        yield f"it took {outcome.seconds:.1f} s, more than {row.seconds * patience:.0f}"
    if outcome.mib > row.mib and not any_memory:
        yield f"it had {outcome.mib:.0f} MiB in memory, more than {row.mib}"
    if outcome.elsewhere:
        yield f"it went elsewhere: {outcome.elsewhere}"
    if SECRET in outcome.output:
        yield "it told the credential"
    if row.check and (wrong := row.check(outcome)):
        yield wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gvisor-smoke", required=True, type=os.path.abspath)
    parser.add_argument("--measure", required=True, type=os.path.abspath)
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    world = World()
    make_certificate(world.certificates, "foreign", "other-ca", "DNS:localhost")
    make_certificate(world.certificates, "past", "ca", "DNS:localhost", days="-1")
    chosen = [row for row in ROWS if not options.names or any(name in row.name for name in options.names)]
    failed = 0
    peak = 0.0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        chosen.sort(key=lambda row: -row.seconds)  # the long ones first
        jobs = [(row, pool.submit(run, world, options, row, world.folder / f"row-{number}")) for number, row in enumerate(chosen)]
        for row, job in jobs:
            outcome = job.result()
            wrong = list(problems(row, outcome, patience_of(options), options.sanitized))
            failed += bool(wrong)
            peak = max(peak, outcome.mib)
            print(f"{'FAILED' if wrong else 'ok    '} {row.name:58} exit {outcome.code:3} {outcome.seconds:6.1f} s {outcome.mib:6.1f} MiB {len(outcome.requests):5} requests")
            for problem in wrong:
                print(f"           {problem}")
            if wrong or options.v:
                print("             " + outcome.output[-9000:].strip().replace("\n", "\n             "))
            sys.stdout.flush()
    world.remove()
    print(f"{len(chosen)} rows, {failed} failed; the largest had {peak:.0f} MiB")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
