#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  pip installs a package with what it needs into a new venv, and the package works
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[pip-install]
# expect:   works
# needs:    python3
# uses:     fixture
# timeout:  180s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

python3 -m venv venv
PATH=$PWD/venv/bin:$PATH
[ "$(command -v pip)" = "$PWD/venv/bin/pip" ] || fail "pip should be the venv's own, it is $(command -v pip)"
pip install --quiet --disable-pip-version-check requests
pip check

cat >use.py <<'END'
import http.server
import threading

import requests


class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"echo": ' + body + b"}")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = requests.Session()
session.trust_env = False  # a proxy is not asked for loopback
answer = session.post(f"http://127.0.0.1:{server.server_port}/", json=[1, "zwei", 3.5], timeout=20)
print(answer.status_code, answer.json())
server.shutdown()
END
python use.py >answer
expected="200 {'echo': [1, 'zwei', 3.5]}"
[ "$(cat answer)" = "$expected" ] || fail "requests should see \"$expected\", it saw \"$(cat answer)\""
where=$(python -c 'import requests; print(requests.__file__)')
case $where in
"$PWD/venv/"*) ;;
*) fail "requests was imported from $where, not from the venv" ;;
esac

echo "installed $(pip list --disable-pip-version-check --format=freeze | grep -Ev '^(pip|setuptools|wheel)==' | tr '\n' ' ')and used it on loopback"
