#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No credential leaves the program. Each is a canary of its own; a server that tells in its errors whatever it was sent, and
plugins that print all they know, try to bring them out. Then everything that was written is searched for them, plain and in
base64: standard output and error at each level of the trace, reports, journal, command lines and environments of processes,
and a core file, if there were one.

    canaries.py --gvisor-smoke PROGRAM
"""
import argparse
import base64
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from scenarios import config, with_plugin
from world import World

LEVELS = [[], ["-q"], ["-v"], ["--debug"], ["-vv"]]
REPORTS = "--json r.json --html r.html --markdown r.md --tap r.tap --metrics r.prom".split()


def canary(name):
    return f"canary-{name}-5Zq8Lw2x"


def forms(text):
    """The text as it is, and what base64 makes of it wherever it stands."""
    data = text.encode()
    found = {text}
    for skip in range(3):
        part = data[(3 - skip) % 3 :]
        found.add(base64.b64encode(part[: len(part) // 3 * 3]).decode())
    return found


def plugin(more=""):
    return (
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never, "
        f"env: [{{name: PLUGIN_API_TOKEN, value: {canary('plugin-env')}}}{more}]}}"
    )


# Prints the credential, tells it on standard error too, and writes down what it can see of the process that started it.
TALKING_PLUGIN = f"""#!/bin/sh
tr '\\0' '\\n' </proc/self/environ >environ
tr '\\0' ' ' </proc/$PPID/cmdline >cmdline
echo "plugin: the token is {canary('plugin-token')}, from $PLUGIN_API_TOKEN" >&2
echo "plugin: $(printf %s {canary('plugin-token')} | base64)" >&2
printf '{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{{"token":"%s"}}}}' {canary('plugin-token')}
"""
FAILING_PLUGIN = f"""#!/bin/sh
echo "plugin: cannot renew with $PLUGIN_API_TOKEN; password={canary('plugin-word')}" >&2
echo '{{"token": "{canary('plugin-half')}"' ; exit 1
"""
KEY_PLUGIN = """#!/bin/sh
cat @certificates@/bob.key >&2
pem() { sed 's/$/\\\\n/' "$1" | tr -d '\\n'; }
printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientCertificateData":"%s","clientKeyData":"%s"}}' \\
  "$(pem @certificates@/bob.crt)" "$(pem @certificates@/bob.key)"
"""
PROXY = {"server": "https://one.test:@one@"}


def scenarios(world):
    """Name, files of the home folder, options, environment, canaries."""

    def key_lines(name):
        return [line for line in (world.certificates / f"{name}.key").read_text().splitlines() if "-----" not in line]

    yield "a token", {".kube/config": config(f"token: {canary('token')}")}, [], {}, [canary("token")]
    yield "a token file", {".kube/config": config("tokenFile: token"), ".kube/token": canary("file")}, [], {}, [canary("file")]
    yield "a password", {".kube/config": config(f"username: alice, password: {canary('word')}")}, [], {}, [canary("word")]
    yield "a key as data", {".kube/config": config("client-certificate-data: @base64:alice.crt@, client-key-data: @base64:alice.key@")}, [], {}, key_lines("alice")
    yield "a key in a file", {".kube/config": config("client-certificate: @certificates@/alice.crt, client-key: @certificates@/alice.key")}, [], {}, key_lines("alice")
    yield "options", {".kube/config": config("")}, ["--token", canary("option")], {}, [canary("option")]
    yield "options with =", {".kube/config": config("")}, [f"--token={canary('option')}"], {}, [canary("option")]
    yield "a password option", {".kube/config": config("")}, ["--username=alice", "--password", canary("word")], {}, [canary("word")]
    yield "a proxy", {".kube/config": config(f"token: {canary('token')}", f"proxy-url: 'http://bob:{canary('proxy')}@127.0.0.1:@http-proxy@'", **PROXY)}, [], {}, [canary("token"), canary("proxy")]
    yield "a proxy that is not there", {".kube/config": config(f"token: {canary('token')}", f"proxy-url: 'http://bob:{canary('proxy')}@127.0.0.1:1'", **PROXY)}, [], {}, [canary("token"), canary("proxy")]
    yield "a proxy option", {".kube/config": config(f"token: {canary('token')}", **PROXY)}, ["--proxy-url", f"http://bob:{canary('proxy')}@127.0.0.1:@http-proxy@"], {}, [canary("token"), canary("proxy")]
    yield "a proxy by the environment", {".kube/config": config(f"token: {canary('token')}", **PROXY)}, [], {"HTTPS_PROXY": f"http://bob:{canary('proxy')}@127.0.0.1:@http-proxy@"}, [canary("token"), canary("proxy")]
    yield "a plugin", with_plugin(TALKING_PLUGIN, plugin()), [], {}, [canary("plugin-token"), canary("plugin-env")]
    yield "a plugin behind a proxy", with_plugin(TALKING_PLUGIN, plugin(), cluster=f"proxy-url: 'http://bob:{canary('proxy')}@127.0.0.1:@http-proxy@'", **PROXY), [], {}, [canary("plugin-token"), canary("plugin-env"), canary("proxy")]
    yield "a plugin that fails", with_plugin(FAILING_PLUGIN, plugin()), [], {}, [canary("plugin-env"), canary("plugin-word"), canary("plugin-half")]
    yield "a plugin that gives a key", with_plugin(KEY_PLUGIN, plugin()), [], {}, key_lines("bob")
    yield "a broken token", {".kube/config": config(f"token: \"{canary('token')}\\n{canary('second')}\"")}, [], {}, [canary("token"), canary("second")]
    yield "a password beside a token", {".kube/config": config(f"token: {canary('token')}, username: u, password: {canary('word')}")}, [], {}, [canary("token"), canary("word")]
    yield "a wrong proxy", {".kube/config": config(f"token: {canary('token')}", f"proxy-url: 'ftp://bob:{canary('proxy')}@h'")}, [], {}, [canary("token"), canary("proxy")]
    yield "a server with a password", {".kube/config": config(f"token: {canary('token')}", server=f"https://alice:{canary('word')}@localhost:@one@")}, [], {}, [canary("token"), canary("word")]
    yield "fixture URLs", {".kube/config": config(f"token: {canary('token')}")}, ["--git-url", f"https://git:{canary('git')}@git.test/x"], {}, [canary("token"), canary("git")]


class Tests:
    def __init__(self, program):
        self.program, self.world = program, World()
        self.failed = self.searched = self.looked = 0
        self.world.servers["one"].echo = True
        self.process = None
        self.seen = {}
        self.world.servers["one"].on_request = self.look

    def look(self, _number):
        """While a request is under way: what any user of the machine sees of the process, and what root does."""
        if self.process and self.process.poll() is None:
            try:
                self.seen["command line"] = pathlib.Path(f"/proc/{self.process.pid}/cmdline").read_bytes()
                self.looked += 1
            except OSError:
                pass  # it has just ended

    def expect(self, what, good, seen=""):
        self.failed += not good
        if not good:
            print(f"FAILED {what}\n         {seen}")

    def search(self, where, data, canaries):
        self.searched += 1
        text = data.decode("latin-1") if isinstance(data, bytes) else data
        for secret in canaries:
            for form in forms(secret):
                at = text.find(form)
                self.expect(f"{where}: {secret} is not told", at < 0, text[max(0, at - 200) : at + 200])

    def start(self, home, words, environment):
        variables = {"HOME": str(home), "PATH": os.environ["PATH"]} | {k: self.world.fill(v) for k, v in environment.items()}
        words = [self.world.fill(str(word)) for word in [self.program, *words]]
        return subprocess.Popen(words, cwd=home, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    def run(self, home, words, environment):
        self.seen = {}
        self.process = self.start(home, words, environment)
        output = self.process.communicate(timeout=60)[0]
        return self.process.returncode, output

    def try_one(self, name, files, options, environment, canaries):
        started = time.monotonic()
        commands = [["sweep", "--dry-run", "-n", "ns"]]
        commands += [["run", "-n", "ns", "--report-dir", "out", *REPORTS, *level, "allowlist", "runtime-class"] for level in LEVELS]
        commands += [["doctor", *level] for level in LEVELS]
        for words in commands:
            if words[0] != "run" and "--git-url" in options:
                continue
            if "not there" in name and words[-1] not in ("--debug", "ns", "runtime-class"):
                continue  # each waits for some seconds
            home = self.world.place(files)
            planted = {path for path in home.rglob("*") if path.is_file()}
            code, output = self.run(home, [*words, *options], environment)
            what = f"{name}: {' '.join(words[:1] + [w for w in words if w in ('-q', '-v', '-vv', '--debug')])}"
            self.expect(f"{what} ends as a command does", code in (0, 1, 2, 3), f"exit code {code}\n{output.decode()}")
            self.search(f"{what}: output", output, canaries)
            for place, data in self.seen.items():
                self.search(f"{what}: {place}", data, canaries)
            for path in home.rglob("*"):
                if not path.is_file() or path in planted:
                    continue
                data = path.read_bytes()
                if path.name == "environ":  # the plugin's own: what the kubeconfig gives it, and nothing else
                    self.expect(f"{what}: the plugin has its variable", canary("plugin-env").encode() in data)
                    self.search(f"{what}: the plugin's environment", data, [c for c in canaries if c != canary("plugin-env")])
                else:
                    self.search(f"{what}: {path.name}", data, canaries)
            if words[0] == "run" and code == 3 and name not in ("a plugin that fails",):
                self.expect(f"{what}: there is a journal", (home / "out/run.jsonl").exists(), output.decode())
                if self.world.servers["one"].echoed and name in ("a token", "a password", "a plugin"):
                    self.expect(f"{what}: what the server told was redacted", b"[redacted" in output + (home / "out/run.jsonl").read_bytes(), output.decode())

        print(f"       {name}: {time.monotonic() - started:.1f} s")

    def crash(self, home, words):
        """Ends it by SIGABRT in the middle of a request; returns the core that it leaves, or None."""
        limits = ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh"]
        environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
        process = subprocess.Popen([*limits, *words], cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        ended = []

        def abort(_number):
            if not ended:
                ended.append(os.kill(process.pid, signal.SIGABRT))

        if words[0] == "sleep":
            time.sleep(0.3)
            abort(0)
        else:
            self.world.servers["one"].on_request = abort
        code = process.wait(timeout=60)
        self.world.servers["one"].on_request = self.look
        self.expect(f"{words[0]} is ended by SIGABRT", code == -signal.SIGABRT, f"exit code {code}")
        return next((path for path in home.iterdir() if path.name.startswith("core")), None)

    def test_core(self):
        home = self.world.place({".kube/config": config(f"token: {canary('token')}")})
        pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
        if re.fullmatch(r"core(\.%p)?", pattern):
            self.expect("another program leaves a core here", self.crash(home, ["sleep", "60"]))
            for path in home.glob("core*"):
                path.unlink()
            core = self.crash(home, [self.program, "sweep", "--dry-run", "-n", "ns"])
            self.expect("ended by SIGABRT it leaves no core", core is None, core)
        else:
            print(f"       (core files go to \"{pattern}\" here: only their absence from /proc is looked at)")
        # Of a process that must not be dumped /proc belongs to root: this holds wherever cores go.
        if os.geteuid() == 0:
            os.chmod(self.world.folder, 0o755)
            os.chmod(self.world.certificates, 0o755)
            for path in [home, *home.rglob("*")]:
                os.chown(path, 65534, 65534)
            owners = []

            def look(_number):
                owners.append(os.stat(f"/proc/{process.pid}/environ").st_uid)

            self.world.servers["one"].on_request = look
            process = subprocess.Popen(["setpriv", "--reuid=65534", "--clear-groups", self.program, "sweep", "--dry-run", "-n", "ns"], cwd=home,
                                       env={"HOME": str(home), "PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
            output = process.communicate(timeout=60)[0].decode()
            self.world.servers["one"].on_request = self.look
            self.expect("others may neither read its memory nor its environment", owners and set(owners) == {0}, f"{owners} {output}")

    def test_warnings(self):
        pem = {name: (self.world.certificates / name).read_text() for name in ("alice.crt", "alice.key")}
        token = f"token: {canary('token')}"
        for what, files, path in (
            ("a kubeconfig with a token", {".kube/config": config(token)}, ".kube/config"),
            ("a token file", {".kube/config": config("tokenFile: token"), ".kube/token": canary("file")}, ".kube/token"),
            ("a key", {".kube/config": config("client-certificate: alice.crt, client-key: alice.key"), **{f".kube/{k}": v for k, v in pem.items()}}, ".kube/alice.key"),
        ):
            for mode, warned in ((0o600, False), (0o640, True), (0o604, True), (0o644, True), (0o400, False)):
                home = self.world.place(files)
                (home / path).chmod(mode)
                output = self.run(home, ["sweep", "--dry-run", "-n", "ns"], {})[1].decode()
                wanted = f"warning: \"{home / path}\" holds a credential and others may read it (mode {mode:04o}): chmod go-r '{home / path}'"
                self.expect(f"{what} of mode {mode:04o} {'gets a' if warned else 'gets no'} warning", (wanted in output) == warned and ("warning" in output) == warned, output)

    def test_all(self):
        for scenario in scenarios(self.world):
            self.try_one(*scenario)
        self.world.servers["one"].echo = False
        self.test_core()
        self.test_warnings()
        self.expect("processes were looked at while they ran", self.looked > 100, self.looked)
        self.expect("the server has told what it was sent", self.world.servers["one"].echoed > 100, self.world.servers["one"].echoed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gvisor-smoke", required=True, type=os.path.abspath)
    tests = Tests(parser.parse_args().gvisor_smoke)
    tests.test_all()
    tests.world.remove()
    print(f"{tests.searched} texts were searched: {tests.failed} things were not as they should be")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
