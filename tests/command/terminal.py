#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a run shows at a terminal and in a pipe, and what of it stays: a pseudo-terminal, and a server that takes a
connection and says nothing, so that the run waits until it is ended by a signal. It needs no cluster."""

import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time

from on_terminal import PROGRAM, VIEW, Run, fail


class Server:
    """Takes connections, and says nothing; or refuses them, so that there is something to trace."""

    def __init__(self, work, refuses=False):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        if not refuses:
            self.socket.listen()
        self.kubeconfig = os.path.join(work, "kubeconfig")
        with open(self.kubeconfig, "w", encoding="ascii") as file:
            file.write(f"""apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{self.socket.getsockname()[1]}"}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
users: [{{name: u, user: {{}}}}]
""")


def run_at(work, server, words=(), **more):
    return Run(work, server.kubeconfig, ["--request-timeout", "10m", "--api-patience", "10m", *words], **more)


def at_a_terminal(work, server):
    run = run_at(work, server)
    run.until("the view is there", lambda: VIEW.search(run.screen.text()))
    first = VIEW.search(run.screen.text()).group()
    run.until("it follows the clock", lambda: VIEW.search(run.screen.text()).group() != first)
    if "preparing" not in first or "\x1b[36mpreparing" not in run.raw:
        fail("it says what goes on, in colour", run.raw)
    left = run.end(signal.SIGTERM)
    if run.process.returncode != 143 or VIEW.search(left):
        fail("exit code 143, and the view is gone", left)
    for line in ("interrupted by signal 15", "not run: the run was interrupted", "junit.xml"):
        if line not in left:
            fail(f"the screen has: {line}", left)


def narrow(work, server):
    run = run_at(work, server, width=12)
    run.until("a view that fits", lambda: re.search(r"^0:\d\d  0/\d\d?", run.screen.text(), re.M))
    for line in run.screen.rows:
        if line.startswith("0:") and len(line) > 11:
            fail("a line of the view is narrower than the terminal", line)
    fcntl.ioctl(run.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    run.screen.width = 80
    run.process.send_signal(signal.SIGWINCH)
    run.until("a wider view", lambda: "preparing" in run.screen.text())
    if VIEW.search(run.end(signal.SIGINT)):
        fail("the view is gone", run.screen.text())


def with_a_trace(work, _server):
    """Lines on standard error take the place of the view, which comes back."""
    run = run_at(work, Server(work, refuses=True), ["-vv"])
    run.until("a trace", lambda: re.search(r"^20\d\d-.*T.*Z ", run.screen.text(), re.M))
    run.until("the view below it", lambda: VIEW.search(run.screen.rows[max(run.screen.row - 1, 0)]))
    left = run.end(signal.SIGTERM)
    if VIEW.search(left):
        fail("no line of the view stays among those of the trace", left)


def killed(work, server):
    """Nothing can be taken away then, but nothing of the terminal has been changed."""
    run = run_at(work, server)
    run.until("the view is there", lambda: VIEW.search(run.screen.text()))
    run.end(signal.SIGKILL)
    if "\x1b[?" in run.raw:
        fail("no mode of the terminal is set", repr(run.raw))


def one_of_two(work, _server):
    """The view follows standard output; what it is not, it does not touch."""
    server = Server(work, refuses=True)
    run = run_at(work, server, ["-vv"], stderr="pipe")
    run.until("the view is there", lambda: VIEW.search(run.screen.text()))
    run.until("a trace beside it", lambda: re.search(r"^20\d\d-", run.file("pipe"), re.M))
    run.end(signal.SIGTERM)
    if "\x1b" in run.file("pipe"):
        fail("no sequence in the file", run.file("pipe"))
    run = run_at(work, server, ["--debug"], stdout="pipe")
    run.until("a trace at the terminal", lambda: re.search(r"^20\d\d-", run.screen.text(), re.M))
    run.until("lines in the file", lambda: "server" in run.file("pipe"))
    left = run.end(signal.SIGTERM)
    if "\x1b" in run.raw or VIEW.search(left):
        fail("no view at the terminal of standard error", run.raw)


def in_a_pipe(work, server):
    run = run_at(work, server, stdout="pipe", stderr="pipe")
    run.until("lines", lambda: "runtime " in run.file("pipe"))
    run.end(signal.SIGTERM)
    events, _, summary = run.file("pipe").partition("\n\n")
    for line in events.splitlines():
        if not re.match(r"\d\d:\d\d:\d\dZ [^ ]", line):
            fail("each line of an event begins with its time", line)
    if run.raw or not re.search(r"^ERROR \d+ cases: ", summary, re.M) or "\nreport: " not in summary:
        fail("the summary has no times", summary)


def by_the_environment(work, server):
    def colours(**more):
        run = run_at(work, server, **more)
        where = more.get("stdout", "tty")
        said = lambda: run.raw if where == "tty" else run.file(where)
        run.until("a line", lambda: "runtime " in said())
        run.end(signal.SIGTERM)
        text = said()
        return "\x1b[1;35m" in text, "\x1b[J" in text, bool(re.search(r"^\d\d:\d\d:\d\dZ ", text, re.M))

    expected = [
        ({}, (True, True, False)),
        ({"NO_COLOR": "1"}, (False, True, False)),
        ({"NO_COLOR": ""}, (True, True, False)),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (False, True, False)),
        ({"TERM": "dumb"}, (False, False, False)),
        ({"CI": "true"}, (True, False, True)),
        ({"CI": "false"}, (True, True, False)),
        ({"stdout": "pipe"}, (False, False, True)),
        ({"stdout": "pipe", "CLICOLOR_FORCE": "1"}, (True, False, True)),
        ({"stdout": "pipe", "FORCE_COLOR": "1"}, (True, False, True)),
        ({"stdout": "pipe", "FORCE_COLOR": "0"}, (False, False, True)),
    ]
    for more, wanted in expected:
        seen = colours(**more)
        if seen != wanted:
            fail(f"{more}: colours, a view, times: {wanted}", seen)


def quiet(work, server):
    run = run_at(work, server, ["-q"])
    time.sleep(1)
    run.pump(0.1)
    if run.raw:
        fail("-q shows nothing while nothing is wrong", run.raw)
    left = run.end(signal.SIGTERM)
    if "interrupted by signal 15" not in left or "junit.xml" not in left:
        fail("-q shows what is wrong, and the summary", left)


def lent_to_a_plugin(work, server):
    """While a credential plugin asks at the terminal nothing is drawn there; then the view comes back."""
    plugin = os.path.join(work, "plugin")
    with open(plugin, "w", encoding="ascii") as file:
        file.write("""#!/bin/sh
printf 'password? ' >&2
read -r word
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}' "$word"
""")
    os.chmod(plugin, 0o700)
    with open(server.kubeconfig, encoding="ascii") as file:
        text = file.read()
    with open(server.kubeconfig, "w", encoding="ascii") as file:
        file.write(text.replace("http:", "https:").replace("user: {}", f"user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, "
                                f"interactiveMode: IfAvailable, command: {plugin}}}}}"))
    run = run_at(work, server)
    run.until("it is asked", lambda: "password? " in run.screen.text())
    for _ in range(10):
        run.pump(0.1)
        time.sleep(0.1)
    if run.screen.rows[run.screen.row] != "password? " or VIEW.search(run.screen.text()):
        fail("the question stands last", run.screen.text())
    os.write(run.master, b"word\n")
    run.until("the view comes back", lambda: VIEW.search(run.screen.text()))
    left = run.end(signal.SIGTERM)
    if VIEW.search(left) or "password? word" not in left:
        fail("the question stays, and the view goes", left)


def letters(work, server):
    """Flags may share a dash, and nothing else may."""
    def said(*words):
        done = subprocess.run([PROGRAM, "run", "--kubeconfig", os.path.join(work, "nowhere"), *words],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stderr
    for words in (["-qv"], ["-vv"], ["-vvv"], ["-v", "-v"], ["--verbose", "--verbose=false"]):
        if "nowhere" not in said(*words)[1]:
            fail(f"{words} is taken", said(*words))
    for words, text in ((["-vx"], "-x is none"), (["-vn"], "-n is none"), (["-q=true"], "-= is none"),
                        (["-x"], 'unknown option "-x"'), (["--verbose=2"], "takes no value")):
        code, text_said = said(*words)
        if code != 2 or text not in text_said:
            fail(f"{words}: {text}", text_said)


def levels(work, _server):
    """-v does not trace requests, -vv does; --verbose=false takes both back."""
    for words, traces in ((["-v"], False), (["-vv"], True), (["-v", "--verbose"], True), (["-vv", "--verbose=false"], False)):
        run = run_at(work, Server(work, refuses=True), words, stdout="pipe")
        run.pump(1)
        time.sleep(0.5)
        run.end(signal.SIGTERM)
        if (" http GET " in run.raw) != traces:
            fail(f"{words} traces requests: {traces}", run.raw)


def main():
    tests = [at_a_terminal, narrow, with_a_trace, killed, one_of_two, in_a_pipe, by_the_environment, quiet,
             lent_to_a_plugin,
             letters, levels]
    for test in tests:
        with tempfile.TemporaryDirectory() as work:
            test(work, Server(work))
        print("ok", test.__name__)


main()
