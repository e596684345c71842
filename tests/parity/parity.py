#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares gvisor-smoke with the real kubectl: the same configuration must lead both to the same server, by the same way, with
the same credentials, for a request and for an exec; or both must refuse. Prints the table; exit code 1 when one differs.

    parity.py --kubectl PROGRAM --gvisor-smoke PROGRAM --exec-probe PROGRAM [-v] [NAME ...]
"""
import argparse
import os
import re
import sys

from scenarios import SCENARIOS
from world import SECRET, World

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
# A mount namespace with the files of a service account, for what is run in it.
IN_POD = f"""mount -t tmpfs tmpfs /run && mkdir -p {ACCOUNT} && cd {ACCOUNT} && printf %s-pod "$SECRET" >token &&
cp @certificates@/ca.crt ca.crt && printf ns >namespace && cd "$HOME" && exec "$@" """


def seen(requests, wanted):
    """The one request that counts, as what must be equal; None when the API was not asked."""
    for request in requests:
        match = re.fullmatch(wanted, request["path"])
        if match:
            return {
                "server": request["server"],
                "proxy": request["proxy"],
                "SNI": request["sni"],
                "host": request["host"],
                "prefix": match[1],
                "certificate": request["client"],
                "authorization": request["authorization"],
                "impersonation": request["impersonate"],
            }
    return None


class Comparison:
    def __init__(self, world, programs, verbose):
        self.world, self.programs, self.verbose = world, programs, verbose

    def run(self, scenario, home, words):
        environment = dict(scenario.environment)
        if environment.get("PATH") == "@path@":
            environment["PATH"] = f"{home}/bin:{os.environ['PATH']}"
        if scenario.in_pod:
            environment |= {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "@one@"}
            words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", IN_POD, "sh", *words]
        code, output, requests, proxies = self.world.run(home, words, environment)
        if self.verbose:
            print(f"    {os.path.basename(str(words[0]))}: exit {code}, {len(requests)} requests\n      " + output.strip().replace("\n", "\n      ")[:1500])
        return code, output, requests, proxies

    def theirs(self, scenario, home):
        kubectl = [self.programs.kubectl, *scenario.options]
        rest = self.run(scenario, home, [*kubectl, "get", "--raw", "/version"])
        exec_ = self.run(scenario, home, [*kubectl, "exec", "-n", "ns", "pod", "-c", "c", "--", "true"])
        return (seen(rest[2], r"(.*)/version(?:\?.*)?"), rest[3]), (seen(exec_[2], r"(.*)/api/v1/namespaces/ns/pods/pod/exec\?.*"), exec_[3])

    def ours(self, scenario, home):
        rest = self.run(scenario, home, [self.programs.gvisor_smoke, "sweep", "--dry-run", "-n", "ns", *scenario.options])
        exec_ = self.run(scenario, home, [self.programs.exec_probe, *scenario.options])
        self.problems = [f"{name}: it tells the credential" for name, run in (("request", rest), ("exec", exec_)) if SECRET in run[1]]
        self.problems += [f"exit code {run[0]}" for run in (rest, exec_) if run[0] not in (0, 2, 3)]
        for run in (rest, exec_):
            if run[0] and "gvisor-smoke: " not in run[1] and "ending" not in run[1]:
                self.problems.append("it refuses without a message")
        return (seen(rest[2], r"(.*)/api/v1/.*"), rest[3]), (seen(exec_[2], r"(.*)/api/v1/namespaces/ns/pods/pod/exec\?.*"), exec_[3])

    def compare(self, scenario):
        home = self.world.place(scenario.files)
        if "sub/ca.crt" in scenario.files:
            (home / "sub/ca.crt").write_bytes((self.world.certificates / "ca.crt").read_bytes())
        if "--kubeconfig=dup" in scenario.options:
            text = (home / ".kube/config").read_text()
            (home / "dup").write_text(text.replace("users: [", "users: [{name: u, user: {}}, "))
        theirs, ours = self.theirs(scenario, home), self.ours(scenario, home)
        words = {True: "reaches", False: "refuses"}
        if scenario.differs:
            for kind, mine, their in zip(("request", "exec"), ours, theirs):
                if (words[bool(mine[0])], words[bool(their[0])]) != (scenario.ours, scenario.kubectl):
                    self.problems.append(f"{kind}: kubectl {words[bool(their[0])]}, gvisor-smoke {words[bool(mine[0])]}")
        else:
            for kind, mine, their in zip(("request", "exec"), ours, theirs):
                self.problems += [f"{kind}: {text}" for text in differences(mine, their)]
        return theirs[0][0]


def differences(mine, their):
    if bool(mine[0]) != bool(their[0]):
        yield f"kubectl {'reaches' if their[0] else 'refuses'}, gvisor-smoke {'reaches' if mine[0] else 'refuses'}"
    elif mine[0]:
        for key, value in their[0].items():
            if mine[0][key] != value:
                yield f"{key}: kubectl {value}, gvisor-smoke {mine[0][key]}"
    if mine[1] != their[1]:
        yield f"proxies that were asked: kubectl {their[1]}, gvisor-smoke {mine[1]}"


def describe(request):
    if not request:
        return "both refuse"
    parts = [request["server"] + request["prefix"]]
    if request["SNI"] and request["SNI"] != request["host"].partition(":")[0]:
        parts.append(f"SNI {request['SNI']}")
    if request["proxy"]:
        parts.append("by " + request["proxy"].split(" as ")[0] + (" with a password" if " as " in request["proxy"] else ""))
    if request["certificate"]:
        parts.append("certificate " + request["certificate"])
    if request["authorization"]:
        parts.append(request["authorization"].split()[0])
    if request["impersonation"]:
        parts.append(f"{len(request['impersonation'])} Impersonate-*")
    return ", ".join(parts)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--kubectl", "--gvisor-smoke", "--exec-probe"):
        parser.add_argument(name, required=True)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    programs = parser.parse_args()
    for name in ("kubectl", "gvisor_smoke", "exec_probe"):
        setattr(programs, name, os.path.abspath(getattr(programs, name)))
    world = World()
    comparison = Comparison(world, programs, programs.v)
    alike = differing = failed = 0
    untried = []
    for scenario in SCENARIOS:
        if programs.names and scenario.name not in programs.names:
            continue
        if scenario.in_pod and os.geteuid() != 0:
            untried.append(scenario.name)
            continue
        request = comparison.compare(scenario)
        if comparison.problems:
            failed += 1
            print(f"DIFFERS   {scenario.name}")
            for problem in comparison.problems:
                print(f"            {problem}")
        elif scenario.differs:
            differing += 1
            print(f"explained {scenario.name:52} {scenario.differs}")
        else:
            alike += 1
            print(f"same      {scenario.name:52} {describe(request)}")
        sys.stdout.flush()
    world.remove()
    print(f"\n{alike + differing + failed} configurations: {alike} the same, {differing} different as explained, {failed} different")
    if untried:
        print(f"not tried, they need root: {', '.join(untried)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
