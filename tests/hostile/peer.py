# SPDX-License-Identifier: Apache-2.0
"""An API server that behaves well until a row of the test takes over: TLS, HTTP/1.1, a pod that can be exec'd into."""
import base64
import contextlib
import hashlib
import json
import re
import socket
import struct
import sys
import time
import urllib.parse

sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parent.parent / "parity"))
from recorder import POD, Listener, Log, server_context, read_head  # noqa: E402

NODE = {
    "metadata": {"name": "node-a"},
    "status": {"nodeInfo": {"kernelVersion": "6.18.44", "bootID": "b-1", "architecture": "amd64"},
               "conditions": [{"type": "Ready", "status": "True"}]},
}  # fmt: skip
RUNTIME_CLASS = {"metadata": {"name": "gvisor"}, "handler": "runsc"}
EXISTING = POD | {"spec": POD["spec"] | {"nodeName": "node-a", "runtimeClassName": "gvisor"}}
SIGNS = """supervisor=1
version=Linux version 4.19.0-gvisor #1 SMP Sun Jan 10 15:06:54 PST 2016
osrelease=4.19.0-gvisor
boot_id=b-2
cmdline=BOOT_IMAGE=/vmlinuz-4.19.0-gvisor quiet
sentry_meminfo=present
loadavg=0.00 0.00 0.00 0/0 0
root_mount=none 9p ro,trans=fd
proc_gvisor=present
cpu_model=model name : unknown
ctxt=ctxt 0
modules=empty
uid=Uid: 65532 65532 65532 65532
end=1
"""
SUCCESS = {"metadata": {}, "status": "Success"}
STDOUT, STDERR, STATUS = 1, 2, 3
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FAR_TOO_MUCH = 10 << 30


def exit_status(code):
    return {"status": "Failure", "reason": "NonZeroExitCode", "message": f"exit code {code}",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}  # fmt: skip


def api_list(items=(), version="1", **metadata):
    return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": version} | metadata, "items": list(items)}


# --- the supervisor's frames ---


def crc32c_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


TABLE = tuple(crc32c_table())


def crc32c(data, value=0):
    """value: of what stands before it."""
    value ^= 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF


def supervisor_frame(number, kind, payload, claimed=None):
    head = b"gs %s %08x %08x " % (kind.encode(), number, len(payload) if claimed is None else claimed)
    return head + b"%08x\n" % crc32c(head + payload) + payload


def reply(*frames):
    """A reply of the supervisor: ("h", b"..."), ..."""
    return b"".join(supervisor_frame(number, *named) for number, named in enumerate(frames))


HELLO = ("h", b"gvisor-smoke supervisor 2\n")


def case_end(length, checksum, **more):
    fields = {"ending": "exited", "code": 0, "signal": 0, "wall_us": 1000, "user_us": 0, "system_us": 0, "peak_kib": 1, "strays": 0,
              "strays_left": 0, "folder_left": 0, "stdout_total": length, "stdout_sent": length,
              "stdout_crc32c": "%08x" % checksum, "stderr_total": 0, "stderr_sent": 0, "stderr_crc32c": "00000000"}  # fmt: skip
    return "".join(f"{key}={value}\n" for key, value in (fields | more).items()).encode()


def case_reply(output=b"well\n", **more):
    return reply(HELLO, ("o", output), ("z", case_end(len(output), crc32c(output), **more)))


INSTALLED = reply(HELLO, ("s", SIGNS.encode()), ("z", b""))


# --- websocket frames (RFC 6455, section 5.2) ---


def frame(payload, opcode=BINARY, last=True, mask=None, reserved=0, claimed=None):
    length = len(payload) if claimed is None else claimed
    head = bytes([(0x80 if last else 0) | reserved << 4 | opcode])
    bit = 0x80 if mask else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 1 << 16:
        head += struct.pack(">BH", bit | 126, length)
    else:
        head += struct.pack(">BQ", bit | 127, length)
    if mask:
        payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        head += mask
    return head + payload


def on_channel(channel, payload, **more):
    return frame(bytes([channel]) + payload, **more)


class Talk:
    """One request, and what is said to it."""

    def __init__(self, peer, connection, stream, head, body):
        (self.method, self.target, _), headers = head
        self.path = self.target.split("?")[0]
        self.query = urllib.parse.parse_qs(self.target.partition("?")[2], keep_blank_values=True)
        self.headers, self.body, self.peer, self.connection, self.stream = dict(headers), body, peer, connection, stream
        self.open = True

    def send(self, data):
        self.connection.sendall(data)

    def head(self, code=200, *lines, body=b""):
        self.send("\r\n".join([f"HTTP/1.1 {code} X", "Content-Type: application/json", *lines, "", ""]).encode() + body)

    def answer(self, what, code=200, *lines):
        text = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.head(code, f"Content-Length: {len(text)}", *lines, body=text)

    def begin_chunks(self):
        self.head(200, "Transfer-Encoding: chunked")

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, kind, what):
        self.chunk(json.dumps({"type": kind, "object": what}).encode() + b"\n")

    def forever(self, block, pause=0):
        """As fast as the other side takes it, or with a pause in seconds, until it goes away."""
        sent = 0
        while sent < FAR_TOO_MUCH and not self.peer.over.is_set():
            self.send(block)
            sent += len(block)
            if pause:
                time.sleep(pause)

    def hang(self):
        """Says nothing more, and hears nothing."""
        self.peer.over.wait(120)
        self.close()

    def close(self):
        self.open = False

    def reset(self):
        """Breaks the connection without the end that TLS would have."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open = False

    def cut(self):
        """Ends the connection without the end that TLS would have; unlike a reset it takes nothing with it that is under way."""
        self.connection.shutdown(socket.SHUT_WR)
        self.hear_out()
        self.close()

    # --- exec ---

    @property
    def command(self):
        return self.query.get("command", [])

    @property
    def is_exec(self):
        return self.path.endswith("/exec")

    @property
    def is_install(self):
        return len(self.command) == 7  # sh -c INSTALLER sh LENGTH OFFSET PLACE

    @property
    def is_plain_case(self):
        return len(self.command) == 6  # sh -c STARTER sh LENGTH TIMEOUT

    @property
    def is_case(self):
        return self.command[1:2] in (["run"], ["attach"])

    def upgrade(self, protocol="v5.channel.k8s.io", accept=None, *lines):
        key = self.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = accept or base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send("\r\n".join(["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                               f"Sec-WebSocket-Accept: {accept}", *([f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []),
                               *lines, "", ""]).encode())  # fmt: skip

    def hear_message(self):
        """The other side puts each into one frame; None at the end."""
        while len(head := self.stream.read(2)) == 2 and head[0] & 15 != CLOSE:
            length = head[1] & 127
            if length > 125:
                length = int.from_bytes(self.stream.read(2 if length == 126 else 8))
            mask = self.stream.read(4)
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.stream.read(length)))
            if head[0] & 15 < CLOSE:
                return payload
        return None

    def hear_input(self):
        """Standard input, up to its half close, or to the end of a request to the supervisor, which keeps it open."""
        heard = b""
        while True:
            payload = self.hear_message()
            if payload in (None, b"\xff\0"):
                return heard
            heard += payload[1:]
            if self.is_case and re.search(rb"gs G [0-9a-f]{8} 00000000 [0-9a-f]{8}\n$", heard):
                return heard

    def begin_exec(self):
        self.upgrade()
        return self.hear_input() if "stdin" in self.query and "attach" not in self.command else b""

    def end_exec(self, status=None):
        self.send(on_channel(STATUS, json.dumps(status or SUCCESS).encode()) + frame(struct.pack(">H", 1000), CLOSE))
        self.hear_out()
        self.close()

    def hear_out(self):
        """Until the other side closes: a pong that meets a closed socket would reset the connection, and take what is unread with it."""
        with contextlib.suppress(OSError):
            while self.stream.read(1):
                pass

    def well_exec(self):
        heard = self.begin_exec()
        output = b""
        if self.is_install:
            output = INSTALLED
        elif self.is_case:
            output = case_reply()
        elif b"proc_gvisor" in heard:
            output = SIGNS.replace("supervisor=1\n", "").encode()
        for at in range(0, len(output), 8000):
            self.send(on_channel(STDOUT, output[at : at + 8000]))
        self.end_exec()

    def well(self):
        """What an API server says."""
        if self.is_exec:
            self.well_exec()
        elif "watch" in self.query:
            self.begin_chunks()
            self.hang()
        else:
            self.answer(self.well_answer())

    def well_answer(self):
        if self.path == "/version":
            return {"major": "1", "minor": "37", "gitVersion": "v1.37.2", "platform": "linux/amd64"}
        if "/runtimeclasses/" in self.path:
            return RUNTIME_CLASS
        if self.path.endswith("/pods/pod"):
            return EXISTING
        if self.path.endswith("/nodes"):
            return api_list([NODE])
        if self.method == "POST" and self.body and "selfsubject" not in self.path:
            return json.loads(self.body)
        if "selfsubjectaccessreviews" in self.path:
            return {"status": {"allowed": True}}
        return api_list()


class Peer(Listener):
    """behave(talk) answers a request; on_connect(socket) takes a connection in place of TLS."""

    def __init__(self, pair, over, behave=Talk.well, on_connect=None, alpn="http/1.1"):
        self.behave, self.on_connect, self.over = behave, on_connect, over
        self.log = Log()
        self.pair, self.alpn = pair, alpn
        self.context = self.new_context()
        super().__init__("127.0.0.1", "hostile")

    def new_context(self):
        """With keys of its own for tickets: those of any other it refuses."""
        context = server_context(self.pair)
        context.set_alpn_protocols([self.alpn])
        return context

    @property
    def requests(self):
        with self.log.lock:
            return list(self.log.requests)

    def serve(self, connection, peer):
        connection.settimeout(120)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.on_connect:
            self.on_connect(self, connection)
        else:
            self.speak(connection, self.context)

    def speak(self, connection, context):
        connection = context.wrap_socket(connection, server_side=True)
        with contextlib.closing(connection):
            stream = connection.makefile("rb")
            while (head := read_head(stream)) and len(head[0]) == 3:  # else it is no HTTP any more
                length = int(dict(head[1]).get("content-length", 0))
                talk = Talk(self, connection, stream, head, stream.read(length) if length else b"")
                with self.log.lock:
                    self.log.requests.append({"method": talk.method, "path": talk.target, "authorization": talk.headers.get("authorization"),
                                              "resumed": connection.session_reused})  # fmt: skip
                self.behave(talk)
                if not talk.open:
                    return
