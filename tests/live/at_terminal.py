# SPDX-License-Identifier: Apache-2.0
"""terminal.sh's part at the terminal: at_terminal.py WORK NAMESPACE IMAGE CASES. Prints what was seen on the way."""

import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "command"))
from on_terminal import VIEW, Run, fail  # pylint: disable=wrong-import-position

WORK, NAMESPACE, IMAGE, CASES = sys.argv[1:]
WORDS = ["-n", NAMESPACE, "--image", IMAGE, "--cases", CASES, "quick", "slow"]


def under_way(run):
    return re.search(r"^ +0:0[3-9]  slow$", run.screen.text(), re.M)


def view_with_a_pod(run):
    return VIEW.search(run.screen.text()) and re.search(r"^ +0:\d\d  pod gvisor-smoke-", run.screen.text(), re.M)


def begin(words=()):
    run = Run(WORK, os.environ["KUBECONFIG"], [*WORDS, *words])
    run.until("a pod is waited for", lambda: view_with_a_pod(run))
    run.until("the slow case is under way for some seconds", lambda: under_way(run))
    print(run.screen.text())
    return run


def check_end(run, left, code, *lines):
    if run.process.returncode != code:
        fail(f"exit code {code}", f"{run.process.returncode}\n{left}")
    if VIEW.search(left) or re.search(r"^ +0:\d\d  ", left, re.M):
        fail("nothing of the view stays", left)
    for line in lines:
        if not re.search(line, left, re.M):
            fail(f"the screen has a line /{line}/", left)


finished = begin()
if not re.search(r"^ok    quick .*\n(.*\n)*\d:\d\d  1/2  1 passed  running cases\n", finished.screen.text(), re.M):
    fail("the verdict stands above the view, which counts it", finished.screen.text())
check_end(finished, finished.end(), 0, "^ok    slow +works ", "^2 passed, 0 failed, 0 errors in ", "^report: ")
traced = begin(["-v"])
check_end(traced, traced.end(), 0, r"^20\d\d-.*Z case slow: waiting -> running", "^ok    slow +works ")
interrupted = begin()
check_end(interrupted, interrupted.end(signal.SIGTERM), 143, "^problem: interrupted by signal 15", "^1 passed, 0 failed, 1 error in ")
