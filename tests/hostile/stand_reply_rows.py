# SPDX-License-Identifier: Apache-2.0
"""What comes over a standing stream: silence, replies that are wrong, and far too much."""
import time

from peer import HELLO, STATUS, STDERR, STDOUT, case_end, case_reply, on_channel, reply, supervisor_frame
from stand import (DEAD, HALF, HEADER_BYTES, NOT_WHOLE, UNREAD, block, came, evidence, on_request, on_serve, on_stream, reply_of,
                   serve_nothing)  # fmt: skip

SILENCE_S = 20  # what a case is given to be heard of

# --- silence ---

SILENT = {"seconds": SILENCE_S + 15, "case_seconds": 60, "check": came(run=3, note="the standing stream said nothing in time"), "cases": 3}


@on_serve("silent in place of an upgrade", **SILENT | {"check": came(run=3, note="made again")})
def _(talk):
    talk.hang()


@on_stream("silent from the beginning", **SILENT)
def _(stream):
    stream.talk.hang()


@on_stream("silent after the greeting", **SILENT)
def _(stream):
    stream.greet()
    serve_nothing(stream.requests())


@on_request("replies to others alone", **SILENT)
def _(stream, number, case_id):
    stream.send(stream.whole(number + 1000, reply_of(case_id)))


@on_request("half a reply, then silent", seconds=40, check=came(attach=1, at=HALF, note="the deadline passed"))
def _(stream, number, case_id):
    stream.half(number, case_id)


# --- replies that are wrong ---

FAILING = case_reply(b"of another case\n", code=1)


@on_request("replies to calls that do not exist", cases=3)
def _(stream, number, case_id):
    for other in (0, number + 1000, 0xFFFFFFFF):
        stream.send(stream.whole(other, FAILING))
    stream.send(stream.whole(number, reply_of(case_id)))
    stream.send(stream.whole(number + 1000, FAILING) + stream.end(0))


@on_request("replies that come twice", cases=3)
def _(stream, number, case_id):
    stream.send(stream.whole(number, reply_of(case_id)) + stream.whole(number, reply_of(case_id)))
    stream.send(stream.whole(number, FAILING))


@on_request("a reply twice in a frame", 3, NOT_WHOLE + "[0-9]+ bytes arrived after the end of the reply", check=came(whole=False))
def _(stream, number, case_id):
    stream.send(stream.whole(number, reply_of(case_id) * 2))


@on_request("a whole reply, and no end of the case", cases=3, seconds=8)
def _(stream, number, case_id):
    stream.send(stream.output(number, reply_of(case_id)))


@on_request("an end without a reply", check=came(run=1, note="the stream ended before the reply did"))
def _(stream, number, case_id):
    stream.send(stream.end(number))


@on_request("an end that says that nothing was started", check=came(run=3, note="made again"), cases=3)
def _(stream, number, case_id):
    stream.send(stream.end(number, b"%d" % UNREAD))


@on_request("an end that says that the supervisor was killed", 3, NOT_WHOLE + ".*was killed in the pod", check=came(whole=False))
def _(stream, number, case_id):
    stream.half(number, case_id)
    stream.send(stream.end(number, b"%d" % DEAD))


WELL_SAID = b"well\n"
FRAMES = (HELLO, ("o", WELL_SAID), ("z", case_end(len(WELL_SAID), 0x12345678)))
WHOLE = case_reply(WELL_SAID)

for what, made, cause in (
    ("too few bytes of output", case_reply(WELL_SAID, stdout_sent=6, stdout_total=6), "standard output is not whole: 5 of 6 bytes arrived"),
    ("too many bytes of output", case_reply(WELL_SAID, stdout_sent=4, stdout_total=4), "standard output is not whole: 5 of 4 bytes arrived"),
    ("errors that did not come", case_reply(WELL_SAID, stderr_sent=1, stderr_total=1), "standard error is not whole: 0 of 1 bytes arrived"),
    ("a wrong checksum of its output", reply(*FRAMES), "standard output is not as it was sent: checksum"),
    ("a wrong checksum of a frame", WHOLE.replace(b"well\n", b"Well\n"), "frame 1 is damaged: its checksum is wrong"),
    ("a frame that is left out", reply(HELLO) + supervisor_frame(2, "z", case_end(0, 0)), "frame 2 arrived where frame 1 should be"),
    ("no greeting", reply(("o", b""), *FRAMES[2:]), "the reply does not begin with a greeting"),
    ("a length beyond all frames", reply(HELLO) + supervisor_frame(1, "o", b"x" * 1000, claimed=0x7FFFFFFF), "is not a frame"),
    ("another version", reply(("h", b"gvisor-smoke supervisor 3\n"), ("z", case_end(0, 0))), "the program in the pod is another version"),
    ("garbage in it", reply(HELLO) + b"rubbish\n" * 4, "is not a frame"),
    ("an end that says nothing", reply(HELLO, ("z", b"ending=exited\n")), ""),
    ("lengths beyond all numbers", reply(HELLO, ("z", case_end(10**30, 0))), ""),
):

    @on_request(f"a reply with {what}", 3, NOT_WHOLE + f".*{cause}", check=came(whole=False))
    def _(stream, number, case_id, made=made):
        stream.send(stream.whole(number, made))


# --- much ---

TIMES = 4096  # 64 MiB in blocks


def blocks(stream, kind=b"r", before=lambda: b""):
    """64 MiB in frames of the stream, each behind other bytes of its payload."""
    for _ in range(TIMES // 16):
        frames = []
        for _ in range(16):
            frames.append(on_channel(STDOUT, block().frame(stream.sequence, kind, before())))
            stream.sequence += 1
        yield b"".join(frames)


@on_request("64 MiB that no case asked for", mib=48)
def _(stream, number, case_id):
    for some in blocks(stream, before=lambda: b"%08x" % (number + 1)):
        stream.talk.send(some)
    stream.send(stream.whole(number, reply_of(case_id)))


@on_request("64 MiB to a case that is over", mib=48, cases=2, words=("--parallel", "1"))
def _(stream, number, case_id):
    stream.send(stream.whole(number, reply_of(case_id)))
    for some in blocks(stream, before=lambda: b"%08x" % number) if number == 1 else ():
        stream.talk.send(some)


def all_counted(outcome):
    counted = [ended["stdout_bytes"] for ended in evidence(outcome)]
    wrong = came(whole=False, note="standard output was cut")(outcome)
    return wrong or (None if counted == [TIMES << 14] else f"{counted} bytes were counted")


@on_request("64 MiB of a case's output", mib=48, check=all_counted)
def _(stream, number, case_id):
    checksum = inner = 0

    def before():
        nonlocal checksum, inner
        inner += 1
        checksum = block().behind(checksum)
        return b"%08x" % number + block().frame(inner, b"o")[:HEADER_BYTES]

    stream.send(stream.output(number, reply(HELLO)))
    for some in blocks(stream, before=before):
        stream.talk.send(some)
    stream.send(stream.whole(number, supervisor_frame(inner + 1, "z", case_end(TIMES << 14, checksum))))


@on_request("replies to others without end", seconds=40, mib=48, check=came(run=1, note="the deadline passed"))
def _(stream, number, case_id):
    """Until the case has been without a word for all its time."""
    for _ in range(100):
        for some in blocks(stream, before=lambda: b"%08x" % (number + 1)):
            stream.talk.send(some)
            time.sleep(0.01)


@on_stream("64 MiB before the greeting", mib=48, check=came(run=1, note="is not a frame"))
def _(stream):
    for _ in range(64):
        stream.send(b"x" * (1 << 20))


@on_request("64 MiB of complaints", mib=48)
def _(stream, number, case_id):
    for _ in range(64):
        stream.talk.send(on_channel(STDERR, b"x" * (1 << 14)) * 64)
    stream.send(stream.whole(number, reply_of(case_id)))


@on_request("a status of ten megabytes", check=came(run=1, note="made again"), mib=48)
def _(stream, number, case_id):
    stream.talk.send(on_channel(STATUS, b'{"status":"Failure","message":"' + b"x" * (10 << 20) + b'"}'))
    stream.talk.hang()


@on_request("a hundred thousand frames of nothing", mib=48)
def _(stream, number, case_id):
    for _ in range(100):
        stream.send(b"".join(stream.output(number + 1, b"") for _ in range(1000)))
    stream.send(stream.whole(number, reply_of(case_id)))


def hang(talk):
    talk.begin_exec()
    talk.hang()


@on_request("a byte a second", 3, r"hostile +timeout", seconds=60, check=came(attach=1, whole=False), by_itself=hang)
def _(stream, number, case_id):
    for byte in reply_of(case_id):
        stream.send(stream.output(number, bytes([byte])))
        time.sleep(1)
