# SPDX-License-Identifier: Apache-2.0
"""One run over many nodes, measured from outside: the process' own counters, a watch that counts the pods that live, and the API server's
audit log.

    wide.py run CONFIG ROWS     appends a row of JSON to ROWS; ends with 1 when a limit is broken
    wide.py table ROWS
"""

import collections
import datetime
import json
import os
import subprocess
import sys
import threading
import time

# What a run must not go beyond; README.md says why.
MEMORY_MIB = 64
WATCHES = 4


class Pods(threading.Thread):
    """Counts the run's pods that the API server has, those that are ending with them."""

    def __init__(self, config):
        super().__init__(daemon=True)
        self.kubectl = config["kubectl"]
        self.collection = f"/api/v1/namespaces/{config['ns']}/pods?labelSelector=gvisor-smoke/run"
        self.version = json.loads(subprocess.check_output([self.kubectl, "get", "--raw", self.collection]))["metadata"]["resourceVersion"]
        self.alive, self.made, self.most, self.ending = set(), 0, 0, False
        self.watch()

    def watch(self):
        path = f"{self.collection}&watch=true&timeoutSeconds=36000&resourceVersion={self.version}"
        self.process = subprocess.Popen([self.kubectl, "get", "--raw", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def take(self, change):
        """One that is no change of a pod (410 Gone) ends the thread: pods are missing then, which the row says."""
        uid = change["object"]["metadata"]["uid"]
        self.version = change["object"]["metadata"]["resourceVersion"]
        if change["type"] == "ADDED":
            self.made += 1
            self.alive.add(uid)
        elif change["type"] == "DELETED":
            self.alive.discard(uid)
        self.most = max(self.most, len(self.alive))

    def run(self):
        while not self.ending:  # a watch that breaks goes on where it was
            for line in self.process.stdout:
                self.take(json.loads(line))
            if not self.ending:
                time.sleep(0.2)
                self.watch()

    def end(self):
        time.sleep(1)  # the last deletions are on their way
        self.ending = True
        self.process.terminate()
        self.process.wait()
        self.join()


def run_harness(config):
    """The run itself: exit code, wall and CPU time, the most memory (VmHWM)."""
    words = [config["program"], "run", "-q", "-n", config["ns"], "--kubeconfig", config["kubeconfig"], "--runtime-class", "wide"]
    words += ["--image", config["image"], "--nodes", "all", "--parallel-nodes", str(config["width"]), "--parallel", str(config["parallel"])]
    words += ["--exec", config["exec"], "--control", "none", "--fixture", "none", "--timeout", "10h", "--report-dir", config["work"] + "/reports"]
    words += ["--cases", config["work"] + "/cases", "many-*"]
    began = time.monotonic()
    with open(config["work"] + "/harness.log", "w", encoding="utf-8") as log:
        pid = os.posix_spawn(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)])
        _, status, usage = os.wait4(pid, 0)
    return {
        "exit_code": os.waitstatus_to_exitcode(status),
        "wall_s": round(time.monotonic() - began, 2),
        "user_s": round(usage.ru_utime, 2),
        "system_s": round(usage.ru_stime, 2),
        "memory_mib": round(usage.ru_maxrss / 1024, 1),
    }


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def most_at_once(spans):
    """Of pairs of begin and end."""
    ends = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    now = most = 0
    for _, change in ends:
        now += change
        most = max(most, now)
    return most


def read_audit(path, offset):
    """What the API server was asked by the harness."""
    kinds, seconds, others, watches, lists_without_limit, refused = collections.Counter(), collections.Counter(), collections.Counter(), [], 0, 0
    with open(path, encoding="utf-8") as log:
        log.seek(offset)
        for line in log:
            event = json.loads(line)
            target = event.get("objectRef", {})
            resource = "/".join(filter(None, [target.get("resource", "-"), target.get("subresource")]))
            is_exec = resource == "pods/exec"
            kinds["exec" if is_exec else f"{event['verb']} {resource}"] += 1
            begun = moment(event["requestReceivedTimestamp"])
            seconds[int(begun)] += 1
            if not is_exec:
                others[int(begun)] += 1
            refused += event.get("responseStatus", {}).get("code") == 429
            if event["verb"] == "watch":
                watches.append((begun, moment(event["stageTimestamp"])))
            elif event["verb"] == "list" and "limit=" not in event["requestURI"]:
                lists_without_limit += 1
    return {
        "requests": sum(kinds.values()),
        "kinds": dict(kinds.most_common()),
        "most_in_a_second": max(seconds.values(), default=0),
        "most_but_execs": max(others.values(), default=0),
        "watches": len(watches),
        "watches_at_once": most_at_once(watches),
        "lists_without_limit": lists_without_limit,
        "refused": refused,
    }


def count_verdicts(path):
    verdicts = collections.Counter()
    with open(path, encoding="utf-8") as journal:
        for line in journal:
            event = json.loads(line)
            if event["event"] == "verdict":
                verdicts[event["verdict"]["kind"]] += 1
    return dict(verdicts)


def broken_limits(row):
    wanted = row["nodes"] * row["cases"]
    limits = [
        (row["exit_code"] == 0, f"the run ends with 0, not {row['exit_code']}"),
        (row["verdicts"] == {"passed": wanted}, f"{wanted} cases pass, not {row['verdicts']}"),
        (row["pods_made"] == row["nodes"], f"a pod for each node, not {row['pods_made']}"),
        (row["pods_at_once"] <= row["parallel_nodes"], f"{row['parallel_nodes']} pods at once, not {row['pods_at_once']}"),
        (row["memory_mib"] <= MEMORY_MIB, f"at most {MEMORY_MIB} MiB, not {row['memory_mib']}"),
        (row["watches_at_once"] <= WATCHES, f"at most {WATCHES} watches at once, not {row['watches_at_once']}"),
        (row["lists_without_limit"] == 0, "lists come in pages"),
        (row["refused"] == 0, f"no request is refused as one too many, not {row['refused']}"),
    ]
    return [text for holds, text in limits if not holds]


def run(config_path, rows_path):
    with open(config_path, encoding="utf-8") as file:
        config = json.load(file)
    audit = config["work"] + "/audit.log"
    offset = os.path.getsize(audit)
    pods = Pods(config)
    pods.start()
    row = {"nodes": config["nodes"], "cases": config["cases"], "parallel_nodes": config["width"], "parallel": config["parallel"], "exec": config["exec"], "output": config["kind"]}
    row |= run_harness(config)
    pods.end()
    row |= {"pods_made": pods.made, "pods_at_once": pods.most}
    row |= read_audit(audit, offset)
    journal = config["work"] + "/reports/run.jsonl"
    row |= {"verdicts": count_verdicts(journal), "journal_mib": round(os.path.getsize(journal) / (1 << 20), 1)}
    row["broken"] = broken_limits(row)
    with open(rows_path, "a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")
    for text in row["broken"]:
        print(f"wide: a limit is broken: {text}", file=sys.stderr)
    if row["exit_code"]:
        with open(config["work"] + "/harness.log", encoding="utf-8", errors="replace") as log:
            sys.stderr.write(log.read()[-3000:])
    print(json.dumps(row), file=sys.stderr)
    return 1 if row["broken"] else 0


def table(rows_path):
    heads = ["nodes", "at once", "output", "wall s", "per node ms", "CPU s", "CPU per node ms", "memory MiB", "pods at once", "requests", "most in 1 s", "but execs", "watches"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    with open(rows_path, encoding="utf-8") as rows:
        for line in rows:
            row = json.loads(line)
            cpu = row["user_s"] + row["system_s"]
            cells = [row["nodes"], row["parallel_nodes"], row["output"], row["wall_s"], round(1000 * row["wall_s"] / row["nodes"]), round(cpu, 1)]
            cells += [round(1000 * cpu / row["nodes"], 1), row["memory_mib"], row["pods_at_once"], row["requests"], row["most_in_a_second"], row["most_but_execs"]]
            print("| " + " | ".join(str(cell) for cell in cells + [row["watches_at_once"]]) + " |")


def main():
    if sys.argv[1] == "run":
        return run(sys.argv[2], sys.argv[3])
    table(sys.argv[2])
    return 0


sys.exit(main())
