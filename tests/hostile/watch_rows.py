# SPDX-License-Identifier: Apache-2.0
"""Watches, while a run goes on beside them: it must end well, soon, and without a flood of requests."""
import json
import time

from peer import api_list
from rows import RUN, row

REQUESTS_MAX = 60  # lists and watches of a run of some seconds


def at_most(requests):
    def watched(outcome):
        asked = [r for r in outcome.requests if r["path"].split("?")[0].endswith(("/pods", "/events"))]
        return None if 2 <= len(asked) <= requests else f"{len(asked)} lists and watches"

    return watched


def beside(name, says="ok    hostile", requests=REQUESTS_MAX, **more):
    """The case takes three seconds; the watches are what the row makes them."""

    def add(watch):
        def behave(talk):
            if talk.is_case:
                time.sleep(3)
                talk.well()
            elif "watch" in talk.query:
                watch(talk)
            elif talk.path.endswith("/pods") and hasattr(watch, "listed"):
                watch.listed(talk)
            else:
                talk.well()

        return row(name, RUN, 0, says, check=at_most(requests), seconds=more.pop("seconds", 25), **more)(behave)

    return add


@beside("rubbish lines without end")
def _(talk):
    talk.begin_chunks()
    talk.forever(b"8\r\nrubbish\n\r\n" * 5000)


@beside("a line without end")
def _(talk):
    talk.begin_chunks()
    talk.forever(b"10000\r\n" + b"x" * 65536 + b"\r\n")


@beside("a change a hundred thousand levels deep")
def _(talk):
    talk.begin_chunks()
    talk.chunk(b'{"type":"ADDED","object":' + b"[" * 100000 + b"\n")
    talk.hang()


@beside("changes of wrong types")
def _(talk):
    talk.begin_chunks()
    for what in (7, None, [], "x", {"metadata": 7}, {"metadata": {"name": 7}}, {"metadata": {"name": "pod", "resourceVersion": {}}, "status": []}):
        talk.event("MODIFIED", what)
    talk.event("", {})
    talk.event("GONE", {})
    talk.hang()


@beside("versions that go back and forth")
def _(talk):
    talk.begin_chunks()
    for version in ("5", "3", "3", "", "9" * 100000, "a b\r\nc", "4"):
        talk.event("BOOKMARK", {"metadata": {"resourceVersion": version}})
    talk.chunk(b"")  # the end


@beside("410 in the stream for ever")
def _(talk):
    talk.begin_chunks()
    talk.event("ERROR", {"kind": "Status", "code": 410, "reason": "Expired"})
    talk.hang()


@beside("410 as the answer for ever")
def _(talk):
    talk.answer({"kind": "Status", "code": 410}, 410)


@beside("an end at once, for ever")
def _(talk):
    talk.answer(b"")


@beside("a page instead of a stream")
def _(talk):
    talk.answer(b"<html>\n<body>\nLog in here\n</body>\n</html>\n")


@beside("429 for ever, with Retry-After beyond all numbers")
def _(talk):
    talk.answer({}, 429, "Retry-After: 9223372036854775807")


@beside("broken off again and again")
def _(talk):
    talk.begin_chunks()
    talk.send(b"100\r\n{")
    talk.reset()


@beside("new pods at full speed", mib=96)
def _(talk):
    talk.begin_chunks()
    for thousand in range(1000):
        if talk.peer.over.is_set():
            return
        lines = b"".join(json.dumps({"type": "ADDED", "object": {"metadata": {"name": f"pod-{thousand}-{i}"}}}).encode() + b"\n" for i in range(1000))
        talk.chunk(lines)
    talk.hang()


def many_pods(talk):
    page = int(talk.query.get("continue", ["0"])[0])
    talk.answer(api_list([{"metadata": {"name": f"pod-{page}-{i}"}} for i in range(2000)], **{"continue": str(page + 1)}))


def quiet(talk):
    talk.begin_chunks()
    talk.hang()


quiet.listed = many_pods
beside("a list of pods that does not end", seconds=60, mib=128, requests=400)(quiet)  # pages, a hundred to a list
