# SPDX-License-Identifier: Apache-2.0
"""The standing stream of a pod that the run makes. What is wrong with the stream is not the cases': each goes on by an exec of its
own, from the byte where it was; and whatever a server says, a case whose reply is not whole has not passed."""
import struct

import own_pod
from peer import CLOSE, HELLO, STATUS, STDERR, STDOUT, exit_status, frame, on_channel, reply
from stand import (DEAD, HALF, LEFT, NOT_WHOLE, UNKNOWN, UNREAD, came, evidence, execs, half_a_reply, in_fragments, on_request, on_serve, on_stream,
                   reply_of, serve_nothing, serve_well)  # fmt: skip

# --- streams as they should be ---

on_stream("three cases, one exec", cases=3)(serve_well)


@on_stream("everything in fragments of a byte", cases=3)
def _(stream):
    stream.send = lambda data: stream.talk.send(in_fragments(data))
    serve_well(stream)


@on_request("a byte of the reply to a frame")
def _(stream, number, case_id):
    for byte in reply_of(case_id):
        stream.send(stream.output(number, bytes([byte])))
    stream.send(stream.end(number))


@on_stream("replies in turns of a byte", cases=3)
def _(stream):
    stream.greet()
    requests = stream.requests()
    asked = [next(requests) for _ in range(3)]
    for at in range(len(reply_of(asked[0][1]))):
        stream.send(b"".join(stream.output(number, reply_of(case_id)[at : at + 1]) for number, case_id in asked))
    for number, _ in reversed(asked):
        stream.send(stream.end(number))
    serve_nothing(requests)


@on_request("other channels and empty frames between")
def _(stream, number, case_id):
    stream.talk.send(frame(b"") * 1000 + on_channel(STDERR, b"gs r 00000001 00000000 00000000\n") + on_channel(7, b"x"))
    stream.send(stream.output(number, b"") + stream.whole(number, reply_of(case_id)))


# --- frames that are none ---


@on_stream("garbage in place of frames", check=came(run=3, note='the standing stream is broken: "rubbish" is not a frame'), cases=3)
def _(stream):
    stream.send(b"rubbish\n" * 1000)
    stream.talk.hang()


@on_stream("garbage behind the greeting", check=came(run=3, note='the standing stream is broken: "rubbish" is not a frame'), cases=3)
def _(stream):
    stream.greet()
    next(stream.requests())
    stream.send(b"rubbish\n" * 1000)
    stream.talk.hang()


@half_a_reply("garbage", "is not a frame")
def _(stream, number, case_id):
    stream.send(b"rubbish\n" * 4)


@half_a_reply("a wrong checksum", "frame 2 is damaged: its checksum is wrong")
def _(stream, number, case_id):
    stream.send(stream.whole(number, stream.rest(case_id)).replace(b"exited", b"exitee"))


@half_a_reply("a length beyond all frames", "is not a frame")
def _(stream, number, case_id):
    stream.send(stream.frame("r", b"%08x" % number + stream.rest(case_id), claimed=0xFFFFFFFF))


@half_a_reply("a length that is too short", "checksum is wrong|is not a frame")
def _(stream, number, case_id):
    rest = b"%08x" % number + stream.rest(case_id)
    stream.send(stream.frame("r", rest, claimed=len(rest) - 1) + stream.end(number))


@half_a_reply("a frame that is left out", "frame 3 arrived where frame 2 should be")
def _(stream, number, case_id):
    stream.output(number, b"")
    stream.send(stream.whole(number, stream.rest(case_id)))


@half_a_reply("a frame that comes twice", "frame 2 arrived where frame 3 should be")
def _(stream, number, case_id):
    stream.send(stream.output(number, b"") * 2 + stream.end(number))


@half_a_reply("a frame of an unknown type", "frame 2 is of an unknown type")
def _(stream, number, case_id):
    stream.send(stream.frame("o", stream.rest(case_id)))


@half_a_reply("a frame of no case", "frame 2 is of no case")
def _(stream, number, case_id):
    stream.send(stream.frame("r", b"-0000001" + stream.rest(case_id)))


@half_a_reply("a second greeting", "the supervisor greets with")
def _(stream, number, case_id):
    stream.greet()


@half_a_reply("an end that is no exit code", "the end of case 1 is no exit code")
def _(stream, number, case_id):
    stream.send(stream.end(number, b"99999999999999999999"))


# --- streams that break ---


def cut(stream):
    stream.talk.cut()


def close_it(stream):
    stream.talk.send(frame(struct.pack(">H", 1000), CLOSE))
    stream.talk.hear_out()
    stream.talk.close()


def end_it(code):
    return lambda stream: stream.talk.end_exec(exit_status(code) if code else None)


ENDS = {"cut off": cut, "closed without a status": close_it} | {f"ended with {code}": end_it(code) for code in (0, UNKNOWN, UNREAD, LEFT, DEAD, 137)}

for how, end in ENDS.items():
    half_a_reply(how, "made again")(lambda stream, number, case_id, end=end: end(stream))


def taken_up_or_begun(outcome):
    """A reset may take the reply's bytes with it."""
    return came(attach=1, at=HALF)(outcome) and came(run=1)(outcome)


@half_a_reply("reset", "", check=taken_up_or_begun)
def _(stream, number, case_id):
    stream.talk.reset()


@half_a_reply("cut off in a frame", "made again")
def _(stream, number, case_id):
    stream.send(stream.output(number, stream.rest(case_id))[:-5])
    cut(stream)


@half_a_reply("the end of the case", "the stream ended before the reply did")
def _(stream, number, case_id):
    stream.send(stream.end(number))


@on_stream("cut off, one case done, one half and one not begun", cases=3, check=came(run=1, attach=1, at=HALF))
def _(stream):
    stream.greet()
    requests = stream.requests()
    number, case_id = next(requests)
    stream.send(stream.output(number, reply_of(case_id)))
    stream.half(*next(requests))
    next(requests)
    cut(stream)


def a_quarter(talk):
    """An exec that brings a quarter of the reply, and says that there is more."""
    talk.begin_exec()
    at = int(talk.command[3])
    made = reply_of(talk.command[2])
    talk.send(on_channel(STDOUT, made[at : at + len(made) // 4]))
    talk.end_exec(exit_status(LEFT))


def far_enough(outcome):
    offsets = [int(words[2]) for words in execs(outcome) if words[0] == "attach"]
    return came(attach=len(offsets))(outcome) or (None if len(offsets) > 2 and offsets == sorted(set(offsets)) else f"it was taken up at {offsets}")


@on_request("half a reply, and execs that break as the stream did", by_itself=a_quarter, check=far_enough)
def _(stream, number, case_id):
    stream.half(number, case_id)
    cut(stream)


def keeps_nothing(talk):
    talk.begin_exec()
    talk.end_exec(exit_status(UNKNOWN))


@on_request("half a reply, which is not kept", 3, NOT_WHOLE + "the pod does not keep it any more", by_itself=keeps_nothing,
            check=came(attach=1, whole=False))  # fmt: skip
def _(stream, number, case_id):
    stream.half(number, case_id)
    cut(stream)


# --- streams that bring nothing: each pod gives them up after two ---


def given_up(outcome):
    """The cases that come after it know nothing of it."""
    notes = [ended.get("note") or "" for ended in evidence(outcome)]
    told = sum("made again" in note for note in notes)
    return came(serve=2, run=4)(outcome) or (None if told == 2 else f"{told} cases were told of it: {notes}")


GIVEN_UP = {"cases": 4, "words": ("--parallel", "1"), "check": given_up}

for code in (403, 404, 500, 503):

    @on_serve(f"refused with {code}, each time", **GIVEN_UP)
    def _(talk, code=code):
        talk.answer({"kind": "Status", "status": "Failure", "message": "no stream", "code": code}, code)


for how, end in (ENDS | {f"ended with {code}": end_it(code) for code in (1, 126)}).items():
    on_stream(f"{how} before the greeting, each time", **GIVEN_UP)(end)


@on_stream("cut off after the greeting, each time", **GIVEN_UP)
def _(stream):
    stream.greet()
    next(stream.requests())
    cut(stream)


@on_stream("silent after the greeting, each time", **GIVEN_UP | {"seconds": 60, "case_seconds": 60})
def _(stream):
    stream.greet()
    serve_nothing(stream.requests())


@on_stream("each other one cut off at once, the rest after a reply", cases=7, words=("--parallel", "1"), check=came(serve=5, run=5))
def _(stream):
    """A pod whose streams bring something now and then goes on to have one."""
    stream.greet()
    requests = stream.requests()
    number, case_id = next(requests)
    if sum("command=serve" in request["path"] for request in stream.talk.peer.requests) % 2 == 0:
        stream.send(stream.whole(number, reply_of(case_id)))
        next(requests)
    cut(stream)


@on_stream("a reply before the greeting", check=came(run=1, note="the supervisor greets with"))
def _(stream):
    number, case_id = next(stream.requests())
    stream.send(stream.whole(number, reply_of(case_id)))
    serve_nothing(stream.requests())


@on_stream("a supervisor of another version", check=came(run=3, note="the supervisor greets with .gvisor-smoke standing stream 2"), cases=3)
def _(stream):
    stream.greet(b"gvisor-smoke standing stream 2\n")
    serve_nothing(stream.requests())


@on_stream("a supervisor that knows no streams", check=came(run=3, note="the supervisor greets with .gvisor-smoke supervisor 2"), cases=3)
def _(stream):
    stream.send(reply(HELLO, ("f", b"unknown request")))
    end_it(2)(stream)
