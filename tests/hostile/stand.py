# SPDX-License-Identifier: Apache-2.0
"""The other end of a pod's standing stream, and rows about it."""
import functools
import re

import own_pod
from own_pod import reply_of
from peer import BINARY, HELLO, STDOUT, crc32c, frame, on_channel, supervisor_frame
from rows import row

GREETING = b"gvisor-smoke standing stream 1\n"
HEADER_BYTES, NUMBER_BYTES = 32, 8
UNKNOWN, UNREAD, LEFT, DEAD = 4, 5, 6, 7  # exit codes of the supervisor
RUN = ["run", "-n", "ns", "--cases", "cases", "--control", "none", "--fixture", "none", "--report-dir", "reports", "hostile*"]
WELL = "ok    hostile"
LOST = r"ERROR hostile +lost"
NOT_WHOLE = LOST + r"(.|\n)*the supervisor's reply is not whole: "


class Stream:
    """The supervisor's end of one."""

    def __init__(self, talk):
        self.talk, self.sequence, self.heard = talk, 0, b""
        talk.upgrade()

    def frame(self, kind, payload, claimed=None):
        self.sequence += 1
        return supervisor_frame(self.sequence - 1, kind, payload, claimed)

    def send(self, data):
        self.talk.send(on_channel(STDOUT, data))

    def greet(self, greeting=GREETING):
        self.send(self.frame("h", greeting))

    def output(self, number, data):
        return self.frame("r", b"%08x" % number + data)

    def end(self, number, code=b"0"):
        return self.frame("c", b"%08x" % number + code)

    def whole(self, number, reply):
        return self.output(number, reply) + self.end(number)

    def half(self, number, case_id):
        """Of the reply comes its greeting, and some of the next frame."""
        self.send(self.output(number, reply_of(case_id)[:HALF]))

    def rest(self, case_id):
        return reply_of(case_id)[HALF:]

    def requests(self):
        """Number and ID of each case that is asked for, until the other side has closed the stream."""
        named = None
        while (heard := self.talk.hear_message()) is not None:
            self.heard += heard[1:]
            while (kind_and_payload := self.take_frame()) is not None:
                kind, payload = kind_and_payload
                if kind == b"C":
                    named = int(payload[:NUMBER_BYTES], 16), payload[NUMBER_BYTES:].decode()
                elif kind == b"G":
                    yield named
        self.talk.close()

    def take_frame(self):
        length = int(self.heard[14:22], 16) if len(self.heard) >= HEADER_BYTES else 0
        if len(self.heard) < HEADER_BYTES + length:
            return None
        taken = self.heard[3:4], self.heard[HEADER_BYTES : HEADER_BYTES + length]
        self.heard = self.heard[HEADER_BYTES + length :]
        return taken


HALF = HEADER_BYTES + len(HELLO[1]) + 10


def serve_well(stream):
    stream.greet()
    for number, case_id in stream.requests():
        stream.send(stream.whole(number, reply_of(case_id)))


def serve_nothing(requests):
    for _ in requests:
        pass


def in_fragments(data):
    """A message in frames of a byte."""
    message = bytes([STDOUT]) + data
    return b"".join(frame(message[at : at + 1], 0 if at else BINARY, last=at == len(message) - 1) for at in range(len(message)))


# --- much output: checksums of the same block behind many headers ---


class Block:
    """Bytes whose checksum is known behind any others: the sum is linear in theirs."""

    def __init__(self, data):
        self.data, self.alone = data, crc32c(data)
        zeros = bytes(len(data))
        of_zeros = crc32c(zeros)
        self.moved = [crc32c(zeros, 1 << bit) ^ of_zeros for bit in range(32)]

    def behind(self, checksum):
        return functools.reduce(lambda sum_, bit: sum_ ^ (self.moved[bit] if checksum >> bit & 1 else 0), range(32), self.alone)

    def frame(self, sequence, kind, before=b""):
        """With the block behind other bytes as payload."""
        head = b"gs %s %08x %08x " % (kind, sequence, len(before) + len(self.data))
        return head + b"%08x\n" % self.behind(crc32c(head + before)) + before + self.data


@functools.cache
def block():
    return Block(b"x" * (16 << 10))


# --- rows ---


def execs(outcome):
    """The words for the supervisor of each exec, in order."""
    asked = [re.findall(r"[?&]command=([^&]*)", r["path"]) for r in outcome.requests if "/exec?" in r["path"]]
    return [words[1:] for words in asked if words[1] in ("serve", "run", "attach")]


def evidence(outcome):
    return [entry["evidence"] for entry in outcome.journal if entry["event"] == "evidence"]


def came(serve=1, run=0, attach=0, at=None, note="", whole=True):
    """How many execs there were, at which bytes replies were taken up, and what the evidence says of it; the output of each case that
    passed is its own."""

    def look(outcome):
        asked = execs(outcome)
        counted = tuple(sum(words[0] == word for words in asked) for word in ("serve", "run", "attach"))
        if counted != (serve, run, attach):
            return f"execs of serve, run and attach were {counted}, not {(serve, run, attach)}"
        if at is not None and any(int(words[2]) != at for words in asked if words[0] == "attach"):
            return f"a reply was not taken up where it was: {asked}"
        notes = [ended.get("note") or "" for ended in evidence(outcome)]
        if not all(re.search(note, text) for text in notes):
            return f"the evidence does not say {note}: {notes}"
        outputs = {ended["stdout"] for ended in evidence(outcome)}
        if whole and (len(outputs) != len(notes) or not all(re.fullmatch("[0-9a-f]{32}\n", output) for output in outputs)):
            return f"the outputs of the cases are {outputs}"
        return None

    return look


def on_serve(name, code=0, says=WELL, seconds=25, by_itself=own_pod.well, words=(), **more):
    """The exec of the standing stream; by_itself answers those for one case."""

    def add(behave):
        def all_of_it(talk):
            if talk.is_exec and talk.command[1:2] == ["serve"]:
                behave(talk)
            elif talk.is_case:
                by_itself(talk)
            else:
                own_pod.well(talk)

        return row(f"standing: {name}", [*RUN, *words], code, says, seconds=seconds, **({"check": came()} | more))(all_of_it)

    return add


def on_stream(name, *outcome, **more):
    """The stream from its upgrade on, before the greeting."""
    return lambda behave: on_serve(name, *outcome, **more)(lambda talk: behave(Stream(talk)))


def on_request(name, *outcome, **more):
    """Each request on a stream that stands."""

    def add(behave):
        def all_of_it(stream):
            stream.greet()
            for number, case_id in stream.requests():
                behave(stream, number, case_id)
                if not stream.talk.open:
                    return

        return on_stream(name, *outcome, **more)(all_of_it)

    return add


def half_a_reply(name, note, **more):
    """The rest of it, behind a defect, is another exec's."""

    def add(behave):
        def half_and_more(stream, number, case_id):
            stream.half(number, case_id)
            behave(stream, number, case_id)
            if stream.talk.open:
                stream.talk.hang()

        return on_request(f"half a reply, {name}", **{"check": came(attach=1, at=HALF, note=note)} | more)(half_and_more)

    return add
