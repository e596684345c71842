# SPDX-License-Identifier: Apache-2.0
"""A run of the program at a pseudo-terminal, and what is seen there."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

PROGRAM = os.environ["GVISOR_SMOKE"]
VIEW = re.compile(r"^\d+:\d\d  \d+/\d+  .*", re.M)
PATIENCE_S = 60


def fail(what, seen):
    sys.exit(f"FAILED: {what}\n---- seen\n{str(seen)[-4000:]}")


class Screen:
    """As much of a terminal as the program uses; anything else that is not text is an error."""

    def __init__(self, width):
        self.width = width
        self.rows, self.row, self.column = [""], 0, 0
        self.cut = ""  # the beginning of a sequence whose end has not come yet

    def feed(self, text):
        text, self.cut = re.fullmatch(r"(.*?)(\x1b(?:\[[0-9;]*)?)?", self.cut + text, re.S).groups(default="")
        for sequence, byte in re.findall(r"\x1b\[([0-9;]*[A-Za-z])|(.)", text, re.S):
            if sequence:
                self.obey(sequence)
            elif byte == "\r":
                self.column = 0
            elif byte == "\n":
                self.row += 1
                self.rows += [""] * (self.row + 1 - len(self.rows))
            elif byte < " " or byte == "\x7f":
                fail("no control character but those of the view", repr(text))
            else:
                self.put(byte)

    def put(self, byte):
        if self.column == self.width:
            self.feed("\r\n")
        line = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = line[: self.column] + byte + line[self.column + 1 :]
        self.column += 1

    def obey(self, sequence):
        if sequence.endswith("A"):
            self.row -= int(sequence[:-1])
        elif sequence == "J":
            self.rows[self.row] = self.rows[self.row][: self.column]
            del self.rows[self.row + 1 :]
        elif not sequence.endswith("m"):
            fail("no sequence but those of the view", sequence)

    def text(self):
        return "\n".join(self.rows)


class Run:
    """The program at a terminal of its own; outputs name where standard output and standard error go."""

    def __init__(self, work, kubeconfig, words=(), width=80, stdout="tty", stderr="tty", **environment):
        self.screen, self.raw, self.files = Screen(width), "", {}
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        to = {"tty": slave}
        for name in {stdout, stderr} - {"tty"}:
            to[name] = self.files[name] = open(os.path.join(work, name), "w+")
        variables = {"PATH": os.environ["PATH"], "TERM": "xterm", "HOME": work, **environment}
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--kubeconfig", kubeconfig, "--report-dir", os.path.join(work, "reports"), *words],
            stdin=slave, stdout=to[stdout], stderr=to[stderr], env=variables, start_new_session=True)

    def pump(self, seconds):
        while select.select([self.master], [], [], seconds)[0]:
            text = os.read(self.master, 65536).decode()
            self.raw += text
            self.screen.feed(text)

    def until(self, what, is_so):
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > end or self.process.poll() is not None:
                fail(what, self.raw + self.file("pipe"))
            self.pump(0.05)

    def file(self, name):
        if name not in self.files:
            return ""
        self.files[name].seek(0)
        return self.files[name].read()

    def end(self, number=0):
        """Waits for the end of the run, which a signal may bring about, and returns what stays on the screen."""
        if number:
            self.process.send_signal(number)
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
                fail("the run ends", self.raw)
            self.pump(0.05)
        self.pump(0.2)
        after = termios.tcgetattr(self.slave)
        os.close(self.slave)
        os.close(self.master)
        if after != self.before:
            fail("the terminal is as it was", f"{self.before}\n{after}")
        if self.screen.column != 0:
            fail("the cursor stands at the beginning of a line", self.screen.text())
        return self.screen.text()
