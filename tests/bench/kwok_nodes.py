# SPDX-License-Identifier: Apache-2.0
"""Prints simulated nodes as the API keeps real ones: with the labels, conditions and images that make a node's object large.

    kwok_nodes.py FIRST LAST ADDRESS PORT LABEL
"""

import json
import sys
import time

IMAGES = 50  # a kubelet reports no more
GIB = 1 << 30


def conditions(now):
    rows = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ]
    return [
        {"type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": now, "lastTransitionTime": now}
        for kind, status, reason, message in rows
    ]


def images():
    names = []
    for i in range(IMAGES):
        repository = f"registry.example.com/platform/services/component-{i:02}"
        names.append({"names": [f"{repository}@sha256:{i:064x}", f"{repository}:v1.{i}.0"], "sizeBytes": 40_000_000 + i})
    return names


def node(number, address, port, label, now):
    name = f"wide-{number:05}"
    amount = {"cpu": "16", "memory": str(64 * GIB), "ephemeral-storage": str(200 * GIB), "pods": "110"}
    labels = {
        label: "yes",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": "general-16",
        "topology.kubernetes.io/region": "region-1",
        "topology.kubernetes.io/zone": f"region-1{'abc'[number % 3]}",
    }
    handlers = [{"name": handler, "features": {"recursiveReadOnlyMounts": False}} for handler in ("", "runc", "runsc")]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        # Nothing else is to be placed there.
        "spec": {"taints": [{"key": label, "value": "yes", "effect": "NoSchedule"}]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "allocatable": amount,
            "capacity": amount,
            "conditions": conditions(now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "images": images(),
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": f"00000000-0000-4000-8000-{number:012}",
                "containerRuntimeVersion": "kwok://0.8.0",
                "kernelVersion": "6.1.0-simulated",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.37.2",
                "machineID": f"{number:032}",
                "operatingSystem": "linux",
                "osImage": "simulated by kwok",
                "systemUUID": f"{number:032}",
            },
            "runtimeHandlers": handlers,
        },
    }


def main():
    first, last, address, port, label = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    items = [node(number, address, port, label, now) for number in range(first, last + 1)]
    json.dump({"apiVersion": "v1", "kind": "List", "items": items}, sys.stdout)


main()
