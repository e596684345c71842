# SPDX-License-Identifier: Apache-2.0
"""A worker of the benchmark (worker.h has the protocol) that execs with the Python client of Kubernetes. It knows "exec" alone:
the client speaks v4, which cannot end a command's input.

    worker_python.py NAMESPACE POD CONTAINER
"""
import resource
import sys
import time

from kubernetes import client, config
from kubernetes.stream import stream


def execute(name_space, pod, container):
    session = stream(
        client.CoreV1Api().connect_get_namespaced_pod_exec, pod, name_space, container=container, command=["true"],
        stdout=True, stderr=True, stdin=False, tty=False, _preload_content=False)
    session.run_forever(timeout=60)
    if session.returncode != 0:
        raise RuntimeError(f"exit code {session.returncode}")
    session.close()


def main():
    config.load_kube_config()
    before = time.process_time_ns()
    for line in sys.stdin:
        began = time.monotonic_ns()
        try:
            if line != "exec\n":
                raise ValueError("an unknown request")
            execute(*sys.argv[1:4])
        except Exception as problem:  # pylint: disable=broad-except
            print("error", str(problem).replace("\n", " "), flush=True)
            continue
        wall, now = time.monotonic_ns() - began, time.process_time_ns()
        print(wall, now - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0, flush=True)
        before = now


main()
