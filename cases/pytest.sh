#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  pytest passes tests that hold, and fails one that does not, by its name
# reports:  TestGvisorCompatibilityMatrix test_bash_allowlist_compatibility_matrix[pytest]
# expect:   works
# needs:    pytest python3
# timeout:  180s
set -eu

fail() { echo "FAILED: $*" >&2; exit 1; }

cat >test_good.py <<'END'
import socket
import subprocess
import sys
import threading

import pytest


@pytest.mark.parametrize("n", [1, 2, 3])
def test_square(n):
    assert n * n == sum(range(1, 2 * n, 2))


def test_file(tmp_path):
    (tmp_path / "file").write_text("text")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_process():
    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "42\n")


def test_thread_and_socket():
    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"hello"))
    thread.start()
    with socket.create_connection(server.getsockname()) as client:
        assert client.recv(16) == b"hello"
    thread.join()
END
cat >test_bad.py <<'END'
def test_that_must_fail():
    assert 1 + 1 == 3
END

status=0
pytest -q test_good.py >good.log 2>&1 || status=$?
[ "$status" -eq 0 ] || fail "pytest should end with 0 for tests that hold, it ended with $status: $(cat good.log)"
grep -q '^6 passed' good.log || fail "pytest should report 6 passed: $(cat good.log)"

status=0
pytest -q test_bad.py >bad.log 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "pytest should end with 1 for a test that does not hold, it ended with $status: $(cat bad.log)"
grep -q '^FAILED test_bad.py::test_that_must_fail' bad.log || fail "pytest should name the failed test: $(cat bad.log)"

echo "$(pytest --version 2>&1): $(tail -1 good.log); $(grep '^FAILED' bad.log) as it must"
