# SPDX-License-Identifier: Apache-2.0
"""Connections and answers to requests."""
import json
import time

from peer import api_list
from rows import DOCTOR, DRY, QUICK, RUN, SWEEP, row

UNANSWERED = r"the API server https://localhost:\d+ does not answer: "
BOMB = 15 << 20


def nothing_asked(outcome):
    return f"{len(outcome.requests)} requests came" if outcome.requests else None


def once(outcome):
    return None if len(outcome.requests) == 1 else f"{len(outcome.requests)} requests came"


# --- before there is any HTTP ---


@row("accepts and says nothing", DRY, 3, UNANSWERED, seconds=45, connect=True)
def _(peer, connection):
    peer.over.wait(120)


@row("accepts and closes", DRY, 3, UNANSWERED, connect=True)
def _(peer, connection):
    pass


@row("speaks no TLS", DRY, 3, UNANSWERED + ".*wrong version number", connect=True)
def _(peer, connection):
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")


@row("rubbish without end in place of TLS", DRY, 3, UNANSWERED, connect=True)
def _(peer, connection):
    while not peer.over.is_set():
        connection.sendall(b"\x16\x03\x03\x40\x00" + b"\xa5" * 16384)


@row("a certificate for another name", DRY, 3, UNANSWERED + ".*\nhint: check certificate-authority", pair="named", check=nothing_asked)
def _(talk):
    talk.well()


@row("a certificate of another authority", DRY, 3, UNANSWERED + ".*certificate", pair="foreign", check=nothing_asked)
def _(talk):
    talk.well()


@row("a certificate that has expired", DRY, 3, UNANSWERED + ".*certificate has expired", pair="past", check=nothing_asked)
def _(talk):
    talk.well()


@row("TLS broken off in the head", DRY, 3, UNANSWERED)
def _(talk):
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    talk.reset()


@row("TLS broken off in the body", DRY, 3, UNANSWERED)
def _(talk):
    talk.head(200, "Content-Length: 1000")
    talk.send(b'{"items":[')
    talk.reset()


@row("HTTP/2 is agreed on, and rubbish follows", DRY, 3, UNANSWERED, alpn="h2")
def _(talk):
    talk.forever(b"\x00\x40\x00\x09\x00\xff\xff\xff\xff" + b"x" * 16384)


# --- lengths and chunks ---


@row("a body shorter than its length", DRY, 3, UNANSWERED)
def _(talk):
    talk.head(200, "Content-Length: 1000")
    talk.send(b"{}")
    talk.close()


@row("a body longer than its length", DRY, 3, "the API server's answer is not a List object")
def _(talk):
    talk.head(200, "Content-Length: 5")
    talk.send(json.dumps(api_list()).encode() * 100)
    talk.close()


@row("a length below nothing", DRY, 3, UNANSWERED)
def _(talk):
    talk.head(200, "Content-Length: -1")
    talk.send(b"{}")


@row("a length beyond all numbers", DRY, 3, "the API server's answer is not a List object")
def _(talk):
    talk.head(200, "Content-Length: 99999999999999999999999999")
    talk.send(b"{}")
    talk.close()


@row("chunks that are none", DRY, 3, UNANSWERED)
def _(talk):
    talk.begin_chunks()
    talk.send(b"what?\r\n{}\r\n0\r\n\r\n")
    talk.close()


@row("a chunk as large as numbers go", DRY, 3, UNANSWERED)
def _(talk):
    talk.begin_chunks()
    talk.send(b"ffffffffffffffff\r\n{}")
    talk.close()


@row("a chunk's size without end", QUICK, 3, UNANSWERED)
def _(talk):
    talk.begin_chunks()
    talk.forever(b"0" * 65536)


@row("a trailer without end", QUICK, 3, UNANSWERED)
def _(talk):
    talk.begin_chunks()
    talk.chunk(json.dumps(api_list()).encode())
    talk.send(b"0\r\n")
    talk.forever(b"X-More: of the same\r\n" * 1000)


# --- without end ---


@row("header lines without end", DRY, 3, UNANSWERED + "the head of the answer is larger than")
def _(talk):
    talk.send(b"HTTP/1.1 200 OK\r\n")
    talk.forever(b"X-More: of the same\r\n" * 1000)


@row("one header line without end", DRY, 3, UNANSWERED)
def _(talk):
    talk.send(b"HTTP/1.1 200 OK\r\nX-More: ")
    talk.forever(b"x" * 65536)


@row("interim answers without end", DRY, 3, UNANSWERED + "the head of the answer is larger than")
def _(talk):
    talk.forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


@row("a body without end", DRY, 3, UNANSWERED + "the answer is larger than 16777216 bytes")
def _(talk):
    talk.head(200)
    talk.forever(b" " * 65536)


@row("chunks without end", DRY, 3, UNANSWERED + "the answer is larger than 16777216 bytes")
def _(talk):
    talk.begin_chunks()
    talk.forever(b"1000\r\n" + b" " * 4096 + b"\r\n")


@row("ten gigabytes are announced and sent", DRY, 3, UNANSWERED + "the answer is larger than 16777216 bytes")
def _(talk):
    talk.head(200, f"Content-Length: {10 << 30}")
    talk.forever(b"[" * 65536)


@row("a byte a second", QUICK, 3, UNANSWERED + ".*(timed out|Timeout)")
def _(talk):
    talk.head(200, "Content-Length: 1000")
    talk.forever(b" ", pause=1)


@row("a byte a second, and nobody has set a limit", DRY, 3, UNANSWERED + ".*timed out after 30", seconds=45)
def _(talk):
    talk.head(200, "Content-Length: 1000")
    talk.forever(b" ", pause=1)


@row("a header byte a second", QUICK, 3, UNANSWERED + ".*(timed out|Timeout)")
def _(talk):
    talk.send(b"HTTP/1.1 200 OK\r\nX-More: ")
    talk.forever(b"H", pause=1)


@row("silent after the request", QUICK, 3, UNANSWERED + ".*timed out")
def _(talk):
    talk.hang()


@row("silent before a run", [*RUN, "--request-timeout", "2s"], 3, UNANSWERED + ".*timed out")
def _(talk):
    talk.hang()


# --- what is no HTTP/1.1 ---


@row("an answer of HTTP/1.0, which ends with the connection", DRY, 0, "")
def _(talk):
    talk.send(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(api_list()).encode())
    talk.close()


@row("another protocol", DRY, 3, UNANSWERED + "Received HTTP/0.9 when not allowed")
def _(talk):
    talk.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    talk.close()


@row("a status beyond numbers", DRY, 3, "the API server|does not answer")
def _(talk):
    talk.send(b"HTTP/1.1 99999999999 OK\r\nContent-Length: 2\r\n\r\n{}")
    talk.close()


@row("it switches protocols unasked", QUICK, 3, "HTTP status 101|does not answer")
def _(talk):
    talk.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
    talk.hang()


# --- redirects ---


@row("a redirect to itself", DRY, 3, "the API server answered with HTTP status 302", check=once)
def _(talk):
    talk.answer(b"", 302, f"Location: {talk.target}")


@row("a redirect to another server", DRY, 3, "the API server answered with HTTP status 307", check=once)
def _(talk):
    talk.answer(b"", 307, f"Location: https://localhost:{talk.peer.elsewhere.port}{talk.target}")


# --- what stands in the body ---


@row("lists a hundred thousand levels deep", DRY, 3, "the API server's answer is (not a List object|too large)")
def _(talk):
    talk.answer(b'{"items":' + b"[" * 100000 + b"]" * 100000 + b"}")


@row("a text of fifteen megabytes for a name", SWEEP, 3, "has no name that an object can have", mib=96)
def _(talk):
    talk.answer(api_list([{"metadata": {"name": "x" * BOMB}}]))


@row("five million empty lists", DRY, 3, "too large for a List object", mib=96)
def _(talk):
    talk.answer(b'{"items":[' + b"[]," * (BOMB // 3) + b"[]]}")


@row("as many values as are read at most", DRY, 3, "has no name that an object can have", mib=192)
def _(talk):
    talk.answer(b'{"items":[' + b"{}," * 140000 + b"{}]}")


@row("two million numbers", DRY, 3, "too large for a List object|no name that an object can have", mib=192)
def _(talk):
    talk.answer(b'{"items":[' + b"1," * 2000000 + b"1]}")


@row("names that lead elsewhere", SWEEP, 3, "item 0 of the API server's List has no name", check=lambda o: "it deleted" if any(r["method"] == "DELETE" for r in o.requests) else None)  # fmt: skip
def _(talk):
    talk.answer(api_list([{"metadata": {"name": "../../../api/v1/namespaces/other", "labels": {"gvisor-smoke/run": "r"}, "creationTimestamp": "2020-01-01T00:00:00Z"}}]))  # fmt: skip


@row("items without names", SWEEP, 3, "item 0 of the API server's List has no name")
def _(talk):
    talk.answer(api_list([{"metadata": {"labels": {"gvisor-smoke/run": "r"}}}]))


@row("items of all kinds", DRY, 3, "has no name that an object can have")
def _(talk):
    talk.answer(api_list([None, 7, [], "x", True, {"metadata": []}]))


@row("a page instead of an object", DRY, 3, "the API server's answer is not a List object")
def _(talk):
    talk.answer(b"<html><body>Log in here</body></html>")


@row("an empty answer", DRY, 3, "the API server's answer is not a List object")
def _(talk):
    talk.answer(b"")


@row("null", DRY, 3, "the API server's answer is not a List object")
def _(talk):
    talk.answer(b"null")


@row("an object of no members, everywhere", RUN, 3, "")
def _(talk):
    talk.answer(b"{}")


@row("an object of no members, for the doctor", DOCTOR, 3, "")
def _(talk):
    talk.answer(b"{}")


@row("everything is a number", RUN, 3, "")
def _(talk):
    talk.answer(b"7")


@row("pages without end", DRY, 3, "cannot list pods: the list has no end: 1000 pages", seconds=90, mib=128)
def _(talk):
    talk.answer(api_list([{"metadata": {"name": f"pod-{len(talk.peer.log.requests)}-{i}"}} for i in range(20)], **{"continue": "more" * 100}))


# --- refusals ---


@row("429 and Retry-After in a thousand years", DRY, 3, "HTTP status 429|wait", seconds=15)
def _(talk):
    talk.answer({"kind": "Status", "message": "wait"}, 429, "Retry-After: 31536000000")


@row("429 and Retry-After beyond all numbers", DRY, 3, "HTTP status 429|wait", seconds=15)
def _(talk):
    talk.answer({"kind": "Status", "message": "wait"}, 429, "Retry-After: 9223372036854775807")


@row("429 and Retry-After in the past", DRY, 3, "wait", seconds=20)
def _(talk):
    talk.answer({"kind": "Status", "message": "wait"}, 429, "Retry-After: -5")


@row("429 for ever", DRY, 3, "wait", seconds=20, check=lambda o: None if len(o.requests) < 40 else f"{len(o.requests)} requests")
def _(talk):
    talk.answer({"kind": "Status", "message": "wait"}, 429, "Retry-After: 0")


@row("503 for ever", RUN, 3, "try again later", seconds=30)
def _(talk):
    talk.answer({"kind": "Status", "message": "try again later"}, 503)


@row("401 for ever", DRY, 3, "does not accept the credentials", seconds=5)
def _(talk):
    talk.answer({"kind": "Status", "message": "Unauthorized"}, 401)


@row("a refusal of ten megabytes with commands for the terminal", DRY, 3, r"cannot list pods: no#x1B\[31m#x07\?x", seconds=10,
     check=lambda o: "it printed control characters" if any(c in o.output for c in "\x1b\x07\x9b") else "it printed much, or does not say what is missing" if len(o.output) > 20000 or "bytes after this are left out" not in o.output else None)  # fmt: skip
def _(talk):
    talk.answer({"kind": "Status", "message": "no\x1b[31m\x07\x9b" + "x" * (10 << 20)}, 400)


@row("a refusal whose message is a list", DRY, 3, "the API server answered with HTTP status 400")
def _(talk):
    talk.answer({"kind": "Status", "message": ["x"], "details": 7}, 400)


# --- a run that makes its own pods ---

OWN = ["run", "-n", "ns", "--fixture", "none", "--cases", "cases", "hostile", "--report-dir", "reports", "--timeout", "4s"]
MADE = "not over after 4.0 s"


def made(talk):
    return any(r["method"] == "POST" and r["path"].endswith("/pods") for r in talk.peer.requests)


@row("pods are made, and nothing is heard of them", OWN, 3, MADE, seconds=15)
def _(talk):
    talk.well()


@row("pods are made, and are an object of no members", OWN, 3, MADE, seconds=15)
def _(talk):
    talk.answer(b"{}") if talk.method == "POST" and talk.path.endswith("/pods") else talk.well()


@row("pods cannot be got rid of", OWN, 3, r"still there 30 s after their deletion: pods pod-0, .* and 30 more", seconds=60)
def _(talk):
    if talk.path.endswith("/pods") and talk.method == "GET" and "watch" not in talk.query and made(talk):
        talk.answer(api_list([{"metadata": {"name": f"pod-{i}"}} for i in range(50)]))
    else:
        talk.well()


@row("silent once pods are made", OWN, 3, "does not answer", seconds=180)
def _(talk):
    talk.hang() if made(talk) else talk.well()


@row("slow, but whole", DRY, 0, "")
def _(talk):
    text = json.dumps(api_list()).encode()
    talk.head(200, f"Content-Length: {len(text)}")
    for byte in text[:10]:
        talk.send(bytes([byte]))
        time.sleep(0.02)
    talk.send(text[10:])
