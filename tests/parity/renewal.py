#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What becomes of a credential while the program runs: plugins are run again when what they gave is over or is refused, a
token file is read again, and a plugin that hangs is ended. Against servers that write down who came.

    renewal.py --gvisor-smoke PROGRAM --exec-probe PROGRAM
"""
import argparse
import os
import sys
import time

from scenarios import TOKEN_PLUGIN, config, plugin, with_plugin
from world import SECRET, World

# Each run gives another token: the number of runs so far. $LIFE: seconds until it expires.
COUNTING_PLUGIN = """#!/bin/sh
echo run >>runs
expires=
[ -z "$LIFE" ] || expires=,\\"expirationTimestamp\\":\\"$(date -u -d "$LIFE seconds" +%Y-%m-%dT%H:%M:%SZ)\\"
printf '{"kind":"ExecCredential","apiVersion":"%s","status":{"token":"%s-%s"%s}}' "$API" "$SECRET" "$(wc -l <runs | tr -d ' ')" "$expires"
"""


class Tests:
    def __init__(self, programs):
        self.programs, self.world, self.failed = programs, World(), 0

    def expect(self, what, wanted, seen):
        good = wanted == seen
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {what}" + ("" if good else f"\n         expected: {wanted}\n         seen:     {seen}"))

    def run(self, home, program, environment=None, options=(), refuse=()):
        """Returns exit code, output, and the token of each request that was made, without what all have in common."""
        one = self.world.servers["one"]
        one.refuse[:] = refuse
        words = [program, "sweep", "--dry-run", "-n", "ns"] if program == self.programs.gvisor_smoke else [program]
        code, output, requests, _ = self.world.run(home, [*words, *options], environment)
        if SECRET in output:
            self.expect("the credential is not told", "no", output)
        return code, output, [(r["authorization"] or "").removeprefix(f"Bearer {SECRET}-") for r in requests]

    def runs(self, home):
        return (home / "runs").read_text().count("run")

    def test_all(self):
        sweep, probe = self.programs.gvisor_smoke, self.programs.exec_probe
        place = self.world.place

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, _, tokens = self.run(home, sweep)
        self.expect("a token that does not expire is asked for once", (0, 1, {"1"}), (code, self.runs(home), set(tokens)))

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, _, tokens = self.run(home, sweep, {"LIFE": "3600"})
        self.expect("nor is one that lives for an hour", (0, 1), (code, self.runs(home)))

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, _, tokens = self.run(home, sweep, {"LIFE": "-10"})
        self.expect("one that has expired is used, and asked for again for each request", (0, len(tokens), [str(n + 1) for n in range(len(tokens))]), (code, self.runs(home), tokens))  # fmt: skip

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, _, tokens = self.run(home, sweep, refuse=[401])
        self.expect("after an answer 401 the request is made again with a new token", (0, ["1", "2"], 2), (code, tokens[:2], self.runs(home)))

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, output, tokens = self.run(home, sweep, refuse=[401] * 9)
        self.expect("but once", (3, ["1", "2"], True), (code, tokens, "does not accept the credentials" in output))

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, output, tokens = self.run(home, probe, refuse=[401])
        self.expect("an exec that is refused by 401 is made again with a new token", (0, ["1", "2"], True), (code, tokens, "HTTP status 403" in output))

        home = place(with_plugin(COUNTING_PLUGIN, plugin()))
        code, output, tokens = self.run(home, probe, refuse=[401, 401, 401])
        self.expect("that too but once", (0, ["1", "2"], True), (code, tokens, "HTTP status 401" in output))

        home = place({".kube/config": config("token: t0p-s3cret-1")})
        code, _, tokens = self.run(home, sweep, refuse=[401] * 9)
        self.expect("a token that cannot be renewed is tried once", (3, ["1"]), (code, tokens))

        home = place({".kube/config": config("tokenFile: token"), ".kube/token": f"{SECRET}-1\n"})
        code, _, tokens = self.run(home, sweep, refuse=[401] * 9)
        self.expect("so is one of a file that has not changed", (3, ["1"]), (code, tokens))

        home = place({".kube/config": config("tokenFile: token"), ".kube/token": f"{SECRET}-1\n"})
        self.world.servers["one"].on_request = lambda number: number == 1 and (home / ".kube/token").write_text(f"{SECRET}-2\n")
        code, _, tokens = self.run(home, sweep)
        self.expect("a token file is read for each request", (0, "1", {"2"}), (code, tokens[0], set(tokens[1:])))

        home = place({".kube/config": config("tokenFile: token"), ".kube/token": f"{SECRET}-1\n"})
        self.world.servers["one"].on_request = lambda number: number == 1 and (home / ".kube/token").write_text(f"{SECRET}-2\n")
        code, _, tokens = self.run(home, sweep, refuse=[401])
        self.expect("a file that changed is the reason to try again after 401", (0, ["1", "2"]), (code, tokens[:2]))

        home = place({".kube/config": config("tokenFile: token"), ".kube/token": f"{SECRET}-1\n"})
        self.world.servers["one"].on_request = lambda number: number == 1 and (home / ".kube/token").unlink()
        code, _, tokens = self.run(home, sweep)
        self.expect("while a token file is gone its last token counts", (0, {"1"}), (code, set(tokens)))
        self.world.servers["one"].on_request = None

        started = time.monotonic()
        home = place(with_plugin("#!/bin/sh\nsleep 60\n", plugin()))
        code, output, tokens = self.run(home, sweep, options=["--request-timeout=2s"])
        self.expect("a plugin that hangs is ended", (3, [], True, True), (code, tokens, "gave no answer in 2.0 s and was ended" in output, time.monotonic() - started < 20))  # fmt: skip

        home = place({".kube/config": config(plugin(more="interactiveMode: Never, installHint: 'install it with: tool'"))})
        code, output, tokens = self.run(home, sweep)
        self.expect("a plugin that is not there comes with its hint", (3, True), (code, "hint: install it with: tool" in output))

        home = place(with_plugin("#!/bin/sh\necho go and log in >&2; exit 1\n", plugin()))
        code, output, tokens = self.run(home, sweep)
        self.expect("what a plugin says on standard error is shown", (3, True), (code, "go and log in\n" in output))

        home = place(with_plugin(TOKEN_PLUGIN, plugin()))
        (home / ".kube/config").chmod(0o644)
        code, output, _ = self.run(home, sweep)
        self.expect("a kubeconfig without a credential in it may be read by others", (0, False), (code, "warning" in output))
        home = place({".kube/config": config("token: t0p-s3cret-1")})
        (home / ".kube/config").chmod(0o644)
        code, output, _ = self.run(home, sweep)
        self.expect("one that has a token gets a warning", (0, True), (code, "others may read it (mode 0644): chmod go-r '" in output))


def main():
    parser = argparse.ArgumentParser()
    for name in ("--gvisor-smoke", "--exec-probe"):
        parser.add_argument(name, required=True, type=os.path.abspath)
    tests = Tests(parser.parse_args())
    tests.test_all()
    tests.world.remove()
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
