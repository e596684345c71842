# SPDX-License-Identifier: Apache-2.0
"""Execs: the upgrade, the websocket's frames, the channels, the status."""
import json
import os
import struct
import time

from peer import BINARY, CLOSE, INSTALLED, PING, PONG, STATUS, STDERR, STDOUT, TEXT, case_reply, exit_status, frame, on_channel
from rows import RUN, row

REFUSED = r"cannot bring the supervisor into place in pod pod: "
LOST = r"ERROR hostile +lost"
CUT_OFF = r"ERROR hostile +(lost|timeout)"  # by the deadline, if not before
WELL = "ok    hostile"
# The case has 3 s, its connection 15 s more, and what is late is asked for once more; then the supervisor is removed,
# which may take 5 s. A stream that breaks each time is made anew for 90 s.
LIMIT_S = 150


def on_install(name, says, code=3, **more):
    """The first exec, which brings the supervisor in."""

    def add(behave):
        return row(name, RUN, code, says, seconds=more.pop("seconds", LIMIT_S), **more)(lambda talk: behave(talk) if talk.is_install else talk.well())

    return add


def on_case(name, code, says, **more):
    """The exec that runs the case."""

    def add(behave):
        return row(name, RUN, code, says, seconds=more.pop("seconds", LIMIT_S), **more)(lambda talk: behave(talk) if talk.is_case else talk.well())

    return add


# --- the upgrade ---


@on_install("an upgrade with a wrong proof", REFUSED)
def _(talk):
    talk.upgrade(accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    talk.hang()


@on_install("an upgrade to no protocol", REFUSED + "the server speaks none of the protocols")
def _(talk):
    talk.upgrade(protocol=None)
    talk.hang()


@on_install("an upgrade to another protocol", REFUSED)
def _(talk):
    talk.upgrade(protocol="chat")
    talk.hang()


@on_install("200 in place of an upgrade", REFUSED)
def _(talk):
    talk.answer({"kind": "Status"})


@on_install("an upgrade that is redirected", REFUSED + ".*302")
def _(talk):
    talk.answer(b"", 302, f"Location: https://localhost:{talk.peer.elsewhere.port}{talk.target}")


@on_install("header lines without end in place of an upgrade", REFUSED)
def _(talk):
    talk.send(b"HTTP/1.1 101 Switching Protocols\r\n")
    talk.forever(b"X-More: of the same\r\n" * 1000)


@on_install("a refusal of ten megabytes", REFUSED)
def _(talk):
    talk.answer({"kind": "Status", "message": "no" * (5 << 20)}, 400)


@on_install("another protocol in place of an upgrade", REFUSED)
def _(talk):
    talk.send(b"SSH-2.0-OpenSSH_9.2\r\n" * 100)
    talk.hang()


@on_install("silent in place of an upgrade", REFUSED)
def _(talk):
    talk.hang()


@on_install("broken off in the upgrade", REFUSED)
def _(talk):
    talk.send(b"HTTP/1.1 101 Switching Pro")
    talk.reset()


# --- frames ---


def in_pieces(data, size, channel=STDOUT):
    """One message in fragments, an empty one first."""
    message = bytes([channel]) + data
    yield frame(b"", BINARY, last=False)
    for at in range(0, len(message), size):
        yield frame(message[at : at + size], 0, last=False)
    yield frame(b"", 0)


@on_case("everything in fragments of a byte", 0, WELL)
def _(talk):
    talk.begin_exec()
    talk.send(b"".join(in_pieces(case_reply(), 1)))
    talk.send(b"".join(in_pieces(b'{"status":"Success"}', 1, STATUS)))
    talk.send(frame(struct.pack(">H", 1000), CLOSE))


@on_case("frames of text, pings and pongs between the fragments", 0, WELL)
def _(talk):
    talk.begin_exec()
    reply = case_reply()
    talk.send(frame(bytes([STDOUT]) + reply[:10], TEXT, last=False) + frame(b"are you there", PING) + frame(b"", PONG))
    talk.send(frame(reply[10:], 0))
    talk.end_exec()


@on_case("channels that do not exist", 0, WELL)
def _(talk):
    talk.begin_exec()
    for channel in (0, 4, 5, 7, 100, 254, 255):
        talk.send(on_channel(channel, b"x" * 1000))
    talk.send(on_channel(STDOUT, case_reply()))
    talk.end_exec()


@on_case("a hundred thousand empty messages", 0, WELL)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"") * 50000 + on_channel(STDOUT, b"") * 50000)
    talk.send(on_channel(STDOUT, case_reply()))
    talk.end_exec()


@on_case("an opcode that does not exist", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1x", 3))
    talk.hang()


@on_case("reserved bits", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1x", reserved=7))
    talk.hang()


@on_case("a server that masks its frames", 3, CUT_OFF)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1x", mask=b"abcd") * 3)
    talk.hang()


@on_case("a message as large as numbers go", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1x", claimed=(1 << 64) - 1))
    talk.hang()


@on_case("a message of ten gigabytes", 3, CUT_OFF)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1", claimed=10 << 30))
    talk.forever(b"x" * 65536)


@on_case("fragments without a first one", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1x", 0) * 3)
    talk.hang()


@on_case("a ping that is too long", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"x" * 200, PING))
    talk.hang()


@on_case("pings without end", 3, CUT_OFF)
def _(talk):
    talk.begin_exec()
    talk.forever(frame(b"x" * 100, PING) * 100)


@on_case("frames broken off", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\1x", claimed=1000))
    talk.reset()


@on_case("a close without a status", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(on_channel(STDOUT, case_reply()[:100]) + frame(b"", CLOSE))
    talk.close()


@on_case("a close with a status that is none", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(frame(b"\x00", CLOSE))
    talk.hang()


@on_case("a whole reply and a close, but no status", 0, WELL)
def _(talk):
    talk.begin_exec()
    talk.send(on_channel(STDOUT, case_reply()) + frame(struct.pack(">H", 1000), CLOSE))
    talk.close()


@on_case("a status, and no close", 0, WELL)
def _(talk):
    talk.begin_exec()
    talk.send(on_channel(STDOUT, case_reply()) + on_channel(STATUS, b'{"status":"Success"}'))
    talk.hang()


@on_case("silent after the upgrade", 3, "hostile +timeout")
def _(talk):
    talk.begin_exec()
    talk.hang()


@on_case("a byte a second", 3, "hostile +timeout")
def _(talk):
    talk.begin_exec()
    for byte in case_reply():
        talk.send(on_channel(STDOUT, bytes([byte])))
        time.sleep(1)


# --- the status ---


def with_status(status):
    def behave(talk):
        talk.begin_exec()
        talk.send(on_channel(STDOUT, b"not a supervisor\n"))
        talk.send(on_channel(STATUS, status) + frame(struct.pack(">H", 1000), CLOSE))
        talk.close()

    return behave


for what, status in {
    "no JSON": b"all is well",
    "JSON of another kind": b'["Success"]',
    "a hundred thousand levels deep": b"[" * 100000,
    "nothing known of it": b'{"status":"Perhaps"}',
    "an exit code beyond all numbers": json.dumps(exit_status(10**30)).encode(),
    "an exit code below nothing": json.dumps(exit_status(-1)).encode(),
    "an exit code in words": json.dumps(exit_status("seven")).encode(),
}.items():
    on_install(f"a status that is {what}", REFUSED if "exit" not in what else "pod pod")(with_status(status))


@on_install("a status of ten megabytes", REFUSED)
def _(talk):
    talk.begin_exec()
    talk.send(on_channel(STATUS, b'{"status":"Failure","message":"' + b"x" * (10 << 20) + b'"}'))
    talk.hang()


@on_install("two statuses", REFUSED)
def _(talk):
    talk.begin_exec()
    talk.send(on_channel(STATUS, b'{"status":"Success"}') * 2)
    talk.hang()


# --- output ---


@on_install("output without end before the supervisor is there", REFUSED + "|lost|deadline", seconds=90)
def _(talk):
    talk.begin_exec()
    talk.forever(on_channel(STDOUT, b"x" * 16000) * 16)


@on_case("output without end in place of a reply", 3, CUT_OFF)
def _(talk):
    talk.begin_exec()
    talk.forever(on_channel(STDOUT, b"x" * 16000) * 16)


@on_case("complaints without end", 3, CUT_OFF)
def _(talk):
    talk.begin_exec()
    talk.forever(on_channel(STDERR, b"x" * 16000) * 16)


def plain(name, code, says, **more):
    """The supervisor cannot be brought in, so what the pod's shell writes is the case's output as it comes."""

    def add(behave):
        def all_of_it(talk):
            if talk.is_install:
                talk.begin_exec()
                talk.end_exec(exit_status(126))
            elif talk.is_plain_case:
                talk.begin_exec()
                behave(talk)
                talk.send(on_channel(STDERR, b"gvisor-smoke: ended with 0\n"))
                talk.end_exec()
            else:
                talk.well()

        return row(name, RUN, code, says, seconds=more.pop("seconds", LIMIT_S), **more)(all_of_it)

    return add


GIGABYTES = int(os.environ.get("HOSTILE_GIGABYTES", "1"))
BLOCK = on_channel(STDOUT, b"x" * (1 << 14)) * 256  # 4 MiB of output


def all_counted(outcome):
    ended = [e for e in outcome.journal if e["event"] == "evidence"]
    counted = ended[0]["evidence"]["stdout_bytes"] if ended else None
    return None if counted == GIGABYTES << 30 else f"{counted} bytes of {GIGABYTES} GiB were counted"


@plain(f"{GIGABYTES} GiB of output at full speed", 0, WELL, seconds=150 * GIGABYTES, case_seconds=3600, check=all_counted)
def _(talk):
    for _ in range(GIGABYTES * 256):
        talk.send(BLOCK)


@on_case("a second reply after the first", 3, LOST)
def _(talk):
    talk.begin_exec()
    talk.send(on_channel(STDOUT, case_reply()) + on_channel(STDOUT, INSTALLED))
    talk.end_exec()
