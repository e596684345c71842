# SPDX-License-Identifier: Apache-2.0
"""API servers and proxies that only write down who came, how, and with what credentials."""
import base64
import json
import select
import socket
import ssl
import threading

POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "pod", "namespace": "ns", "uid": "1"},
    "spec": {"containers": [{"name": "c", "image": "i"}]},
    "status": {"phase": "Running", "containerStatuses": [{"name": "c", "ready": True, "state": {"running": {}}}]},
}
RESOURCES = {
    "kind": "APIResourceList",
    "groupVersion": "v1",
    "resources": [
        {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"], "shortNames": ["po"]},
        {"name": "pods/exec", "singularName": "", "namespaced": True, "kind": "PodExecOptions", "verbs": ["create", "get"]},
    ],
}


def status(code, message):
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": "Forbidden", "message": message}


def answer(path):
    """A little of the API: enough for `kubectl get --raw`, for `kubectl exec` up to the upgrade, and for a sweep."""
    path = path.split("?")[0]
    if path.endswith("/version"):
        return 200, {"major": "1", "minor": "37", "gitVersion": "v1.37.2"}
    if path.endswith("/api"):
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if path.endswith("/apis"):
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
    if path.endswith("/api/v1"):
        return 200, RESOURCES
    if path.endswith("/pods/pod"):
        return 200, POD
    if path.endswith("/exec"):
        return status(403, 'pods "pod" is forbidden: recorded')
    if path.endswith("/namespaces/ns"):
        return status(404, "not found")
    return 200, {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}


def read_head(stream):
    """The request line and the headers (a list of pairs) of one HTTP/1.1 request, or None at the end."""
    line = stream.readline(65536).decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    headers = []
    while header := stream.readline(1 << 20).decode("latin-1").rstrip("\r\n"):
        name, _, value = header.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    return line.split(" "), headers


class Listener:
    """Accepts connections, each in a thread of its own."""

    def __init__(self, address, name):
        self.name = name
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, peer = self.socket.accept()
            threading.Thread(target=self.handle, args=(connection, peer), daemon=True).start()

    def handle(self, connection, peer):
        connection.settimeout(30)
        try:
            self.serve(connection, peer)
        except OSError:
            pass  # a client that goes away, or does not like the certificate
        finally:
            connection.close()


class Log:
    """What came, in order. Proxies note by which of them a connection to a server came."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []
        self.proxies = set()
        self.by_proxy = {}

    def take(self):
        with self.lock:
            taken = self.requests, sorted(self.proxies)
            self.requests, self.proxies = [], set()
            return taken


def server_context(pair, client_authority=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    context.set_alpn_protocols(["http/1.1"])
    if client_authority:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(client_authority)
    return context


class Server(Listener):
    """An API server. A list of statuses in `refuse` is answered first, one a request; `on_request` is called with the number of
    each before it is answered. With `echo` it refuses each, and tells all credentials that it was sent (`echoed` counts them)."""

    def __init__(self, address, name, log, pair=None, client_authority=None):
        self.log = log
        self.names = threading.local()
        self.refuse = []
        self.on_request = None
        self.echo = False
        self.echoed = 0
        self.context = server_context(pair, client_authority) if pair else None
        if self.context:
            self.context.sni_callback = self.on_name
        super().__init__(address, name)

    def on_name(self, _socket, name, _context):
        self.names.value = name

    def serve(self, connection, peer):
        self.names.value = None
        client = None
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True)
            certificate = connection.getpeercert()
            client = dict(pair[0] for pair in certificate["subject"])["commonName"] if certificate else None
        stream = connection.makefile("rb")
        while head := read_head(stream):
            (method, path, _), headers = head
            values = dict(headers)
            if int(values.get("content-length", 0)):
                stream.read(int(values["content-length"]))
            with self.log.lock:
                self.log.requests.append(
                    {
                        "server": self.name,
                        "sni": self.names.value,
                        "client": client,
                        "host": values.get("host"),
                        "method": method,
                        "path": path,
                        "authorization": values.get("authorization"),
                        "impersonate": sorted(h for h in headers if h[0].startswith("impersonate-")),
                        "websocket": values.get("upgrade", "").lower() == "websocket",
                        "proxy": self.log.by_proxy.get((self.name, peer[1])),
                    }
                )
                refused = self.refuse.pop(0) if self.refuse else None
                if self.on_request:
                    self.on_request(len(self.log.requests))
            code, body = status(refused, "recorded") if refused else answer(path)
            if self.echo and values.get("authorization"):
                self.echoed += 1
                code, body = status(403, f"forbidden: {values['authorization']} ({values['authorization'].split()[-1]})")
            text = json.dumps(body).encode()
            connection.sendall(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (code, len(text)) + text)


class Proxy(Listener):
    """A proxy of one kind ("http", "https", "socks5"), which takes every name for one of the servers: by its port."""

    def __init__(self, name, log, servers, pair=None):
        self.log = log
        self.servers = servers
        self.context = server_context(pair) if pair else None
        super().__init__("127.0.0.1", name)

    def connect(self, connection, host, port, user):
        with self.log.lock:
            self.log.proxies.add(self.name)
        server = next((s for s in self.servers if s.port == port), None)
        if not server:
            return None
        out = socket.socket(server.socket.family, socket.SOCK_STREAM)
        out.bind((server.socket.getsockname()[0], 0))
        with self.log.lock:
            self.log.by_proxy[(server.name, out.getsockname()[1])] = f"{self.name} for {host}" + (f" as {user}" if user else "")
        out.connect(server.socket.getsockname()[:2])
        return out

    def serve(self, connection, peer):
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True)
        out = self.socks(connection) if self.name == "socks5" else self.http(connection)
        if out:
            with out:
                self.relay(connection, out)

    @staticmethod
    def relay(near, far):
        """Both ways in one thread: a TLS socket must not be read and written at once. Ends with either side."""
        while True:
            buffered = isinstance(near, ssl.SSLSocket) and near.pending() > 0
            ready = [near] if buffered else select.select([near, far], [], [], 30)[0]
            for source in ready:
                if not (data := source.recv(65536)):
                    return
                (far if source is near else near).sendall(data)
            if not ready:
                return

    def http(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := connection.recv(65536)):
                return None
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        user = None
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "proxy-authorization":
                user = base64.b64decode(value.split()[1]).decode()
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            out = self.connect(connection, host, int(port), user)
            connection.sendall(b"HTTP/1.1 200 X\r\n\r\n" if out else b"HTTP/1.1 502 X\r\n\r\n")
            return out
        host, _, path = target.removeprefix("http://").partition("/")
        out = self.connect(connection, host.partition(":")[0], int(host.partition(":")[2] or 80), user)
        if out:
            kept = [line for line in lines[1:] if not line.lower().startswith("proxy-")]
            out.sendall("\r\n".join([f"{method} /{path} HTTP/1.1", *kept]).encode() + b"\r\n\r\n" + rest)
        return out

    def socks(self, connection):
        def take(count):
            data = b""
            while len(data) < count:
                if not (more := connection.recv(count - len(data))):
                    raise OSError("the client went away")
                data += more
            return data

        methods = take(take(2)[1])
        user = None
        if 2 in methods:
            connection.sendall(b"\5\2")
            name = take(take(2)[1])
            user = f"{name.decode()}:{take(take(1)[0]).decode()}"
            connection.sendall(b"\1\0")
        else:
            connection.sendall(b"\5\0")
        kind = take(4)[3]
        if kind == 3:
            host = take(take(1)[0]).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET6 if kind == 4 else socket.AF_INET, take(16 if kind == 4 else 4))
        out = self.connect(connection, host, int.from_bytes(take(2), "big"), user)
        connection.sendall(b"\5" + (b"\0" if out else b"\4") + b"\0\1\0\0\0\0\0\0")
        return out
