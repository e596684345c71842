# SPDX-License-Identifier: Apache-2.0
"""The matrix as the original runs it: a pytest module that starts one kubectl for each thing it does, one after the other. Its
cases do what those of the harness do, by the same scripts, in a pod of the same shape; it waits for the pod as the original
waits, a look every 3 s for up to 90 s.

For the benchmark alone (tests/bench/run), which says by the environment where and with what.
"""
import json
import os
import pathlib
import subprocess
import time

import pytest

KUBECTL = [os.environ["BENCH_KUBECTL"], "-n", os.environ["BENCH_NAMESPACE"]]
OBJECTS = pathlib.Path(os.environ["BENCH_OBJECTS"])
PRELUDE = pathlib.Path(os.environ["BENCH_PRELUDE"])
CASES = pathlib.Path(os.environ["BENCH_CASES"])
POD, CONTAINER = "original", os.environ["BENCH_CONTAINER"]
REFUSED = ("operation not permitted", "function not implemented")


def kubectl(*words, stdin=None, timeout=240):
    return subprocess.run([*KUBECTL, *words], input=stdin, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module", name="pod")
def pod_of_the_tests():
    made = kubectl("apply", "-f", str(OBJECTS))
    assert made.returncode == 0, made.stderr
    deadline = time.monotonic() + 90
    while kubectl("get", "pod", POD, "-o", "jsonpath={.status.phase}").stdout != "Running":
        assert time.monotonic() < deadline, "the pod does not run"
        time.sleep(3)
    yield POD
    kubectl("delete", "-f", str(OBJECTS), "--now")


def case(pod, name):
    """The script over the input of an exec, behind what it needs to know."""
    script = PRELUDE.read_text() + f"export GVISOR_SMOKE_ID=original-{name}-{os.getpid()}\n" + (CASES / f"{name}.sh").read_text()
    # In a folder of its own, read to its end before it starts, as a shell that reads its own script would lose its input.
    start = 'd=$(mktemp -d /tmp/case.XXXXXX) && cd "$d" && export HOME="$d" TMPDIR="$d" && cat >run && mkdir work && cd work && sh ../run </dev/null'
    return kubectl("exec", "-i", pod, "-c", CONTAINER, "--", "sh", "-c", start, stdin=script)


def works(pod, name):
    seen = case(pod, name)
    assert seen.returncode == 0, seen.stderr
    return seen


class TestGvisorRuntimeClassOnCluster:
    def test_runtime_class_exists_in_cluster(self):
        seen = kubectl("get", "runtimeclass", "gvisor", "-o", "json")
        assert seen.returncode == 0 and json.loads(seen.stdout)["handler"] == "runsc"

    def test_pods_have_gvisor_runtimeclass(self):
        seen = kubectl("get", "pods", "-l", "app.kubernetes.io/name=aifactory", "-o", "json")
        assert seen.returncode == 0
        pods = json.loads(seen.stdout)["items"]
        if not pods:
            pytest.skip("no such pods")
        assert all(pod["spec"].get("runtimeClassName") == "gvisor" for pod in pods)


class TestGvisorCompatibilityMatrix:
    @pytest.mark.parametrize("name", ["git-clone", "git-pull", "git-push"])
    def test_git_clone_works_under_gvisor(self, pod, name):
        works(pod, name)

    @pytest.mark.parametrize("name", ["curl", "wget"])
    def test_curl_https_works_under_gvisor(self, pod, name):
        seen = works(pod, name)
        assert not any(word in seen.stderr.lower() for word in REFUSED)

    def test_outbound_https_works_under_gvisor(self, pod):
        works(pod, "https-egress")

    def test_workspace_pvc_mount_works_under_gvisor(self, pod):
        works(pod, "pvc-write")

    @pytest.mark.parametrize("name", ["allowlist", "npm-install", "pnpm-install", "pip-install", "pytest", "jest", "go-test"])
    def test_bash_allowlist_compatibility_matrix(self, pod, name):
        works(pod, name)
