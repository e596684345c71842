# SPDX-License-Identifier: Apache-2.0
"""What a row is: a way to misbehave, and what the program must make of it."""
import dataclasses
import typing

ROWS = []
SWEEP = ["sweep", "-n", "ns"]
DRY = [*SWEEP, "--dry-run"]
QUICK = [*DRY, "--request-timeout", "2s"]
RUN = ["run", "--existing-pod", "pod", "-n", "ns", "--cases", "cases", "hostile", "--report-dir", "reports"]
DOCTOR = ["doctor", "-n", "ns"]
MIB = 64  # what the program may have in memory, unless a row is about the largest answer that is read


@dataclasses.dataclass
class Row:
    name: str
    behave: typing.Callable
    words: list
    code: int
    says: str  # a regular expression that its output has
    seconds: float = 20
    mib: int = MIB
    connect: bool = False  # behave takes the place of TLS: (peer, socket)
    pair: str = "server"
    alpn: str = "http/1.1"
    cases: int = 1
    case_seconds: int = 3
    check: typing.Callable | None = None  # (outcome) -> what is wrong, or None


def row(name, words, code, says, **more):
    def add(behave):
        ROWS.append(Row(name, behave, words, code, says, **more))
        return behave

    return add
