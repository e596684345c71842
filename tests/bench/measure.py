# SPDX-License-Identifier: Apache-2.0
"""Measures side by side what tests/bench/run has set up, and writes one JSON file:

    measure.py CONFIG RESULT                        times
    measure.py CONFIG RESULT --count SUBJECT NAME   does it once, for who counts requests meanwhile
"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

from workers import Subject, Worker, rounds, summary

KUBECTL = "kubectl"


class Bench:
    def __init__(self, config):
        self.config = config
        self.programs = pathlib.Path(config["programs"])
        self.scratch = pathlib.Path(config["scratch"])
        self.where = [config["namespace"], config["pod"], config["container"]]
        self.started = {}
        self.cases, self.case_ms = 0, []

    def worker(self, name, *command):
        if name not in self.started:
            self.started[name] = Worker(command)
        return self.started[name]

    def close(self):
        for worker in self.started.values():
            worker.close()
        self.started = {}

    # Workers, by what they are.
    def harness(self):
        return self.worker("harness", self.programs / "worker_harness", *self.where)

    def bare(self, *options):
        return self.worker("bare" + "".join(options), self.programs / "worker_bare", *options, *self.where)

    def client_go(self):
        return self.worker("client-go", self.config["client_go"], *self.where)

    def python(self):
        return self.worker("python", self.config["python"], pathlib.Path(__file__).parent / "worker_python.py", *self.where)

    def spawn(self):
        return self.worker("spawn", self.programs / "worker_spawn")

    def kubectl(self, *words, stdin="/dev/null", option=()):
        namespace, pod, container = self.where
        return ["spawn", stdin, self.config["kubectl"], "exec", *option, "-n", namespace, pod, "-c", container, "--", *words]

    # Subjects of each table.
    def exec_true(self):
        floor = self.config["floor"]
        nothing = lambda seen: seen["bytes"] == 0
        return [
            Subject(KUBECTL, self.spawn(), self.kubectl("true"), nothing),
            Subject("gvisor-smoke", self.harness(), ["exec"], nothing),
            Subject("client-go", self.client_go(), ["exec"], nothing),
            Subject("python", self.python(), ["exec"], nothing),
            Subject("bare websocket", self.bare(), ["exec"], nothing),
            Subject("bare, resumed", self.bare("--resume"), ["exec"], nothing),
            # crictl ends what it prints of an empty output with two newlines.
            Subject("crictl exec -s", self.spawn(), ["spawn", "/dev/null", *floor["crictl"], "true"]),
            Subject("runsc exec", self.spawn(), ["spawn", "/dev/null", *floor["runsc"], "true"], nothing),
        ]

    def bytes_out(self):
        size = self.config["bytes"]
        all_of_it = lambda seen: seen["bytes"] == size
        return [
            Subject(KUBECTL, self.spawn(), self.kubectl("head", "-c", size, "/dev/zero"), all_of_it),
            Subject("gvisor-smoke", self.harness(), ["out", size], all_of_it),
            Subject("client-go", self.client_go(), ["out", size], all_of_it),
        ]

    def bytes_in(self):
        size = self.config["bytes"]
        zeros = self.scratch / "zeros"
        if not zeros.exists():
            zeros.write_bytes(bytes(size))
        all_of_it = lambda seen: seen["head"].strip("_") == str(size)
        return [
            Subject(KUBECTL, self.spawn(), self.kubectl("wc", "-c", stdin=zeros, option=["-i"]), all_of_it),
            Subject("gvisor-smoke", self.harness(), ["in", size], all_of_it),
            Subject("client-go", self.client_go(), ["in", size], all_of_it),
        ]

    def manifest(self, subject, number):
        """A new pod's, in a file of its own."""
        pod = json.loads(pathlib.Path(self.config["manifest"]).read_text())
        pod["metadata"]["name"] = f"start-{re.sub('[^a-z]', '', subject)}-{number}"
        path = self.scratch / (pod["metadata"]["name"] + ".json")
        path.write_text(json.dumps(pod))
        return path

    def pod_start(self):
        def by_kubectl(number):
            path = self.manifest(KUBECTL, number)
            script = ('"$1" create -n "$2" -f "$3" >/dev/null && "$1" wait -n "$2" --for=condition=Ready "pod/$4" --timeout=120s >/dev/null && '
                      'exec "$1" exec -n "$2" "$4" -c "$5" -- echo ready')
            return ["pod", "/dev/null", "sh", "-c", script, "sh", self.config["kubectl"], self.where[0], path, path.stem, self.where[2]]
        ready = lambda seen: seen["head"].strip("_") == "ready"
        return [
            Subject(KUBECTL, self.spawn(), by_kubectl, ready),
            Subject("gvisor-smoke", self.harness(), lambda number: ["pod", self.manifest("gvisor-smoke", number)], ready),
            Subject("client-go", self.client_go(), lambda number: ["pod", self.manifest("client-go", number)], ready),
        ]

    def delete_pod(self, subject, number):
        path = self.scratch / f"start-{re.sub('[^a-z]', '', subject.name)}-{number}.json"
        subprocess.run([self.config["kubectl"], "delete", "-n", self.where[0], "-f", path, "--now"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def one_more_case(self):
        """A run of one case that does nothing and one of many, in a pod each, one case after the other."""
        words = self.config["nothing"]
        return [
            Subject(KUBECTL, self.spawn(), self.kubectl("true")),
            Subject("run of 1 case", self.spawn(), ["spawn", "/dev/null", *words["run"], "nothing-01"]),
            Subject("run of many cases", self.spawn(), ["spawn", "/dev/null", *words["run"], "nothing-*"]),
        ]

    def note_case_ms(self, subject, _number):
        """From the first verdict of the many to the last, by the journal: neither the pod's start nor its end is in it."""
        if subject.name == "run of many cases":
            events = [json.loads(line) for line in pathlib.Path(self.config["nothing"]["journal"]).read_text().splitlines()]
            times = [datetime.datetime.fromisoformat(event["time"]) for event in events if event["event"] == "verdict"]
            self.cases = len(times)
            self.case_ms.append((times[-1] - times[0]).total_seconds() * 1000 / (len(times) - 1))

    def add_case_more(self, seen):
        """What one more case costs: wall time as noted, processor time as what the runs differ in."""
        ones, many = seen["run of 1 case"], seen["run of many cases"]
        seen["gvisor-smoke"] = [
            {"wall_ms": wall, "cpu_ms": (more["cpu_ms"] - one["cpu_ms"]) / (self.cases - 1), "rss_mb": more["rss_mb"]}
            for wall, one, more in zip(self.case_ms[-len(ones):], ones, many)
        ]
        return seen

    def matrix(self):
        scripts = self.config["matrix"]
        return [
            Subject(KUBECTL, self.spawn(), ["spawn", "/dev/null", *scripts["original"]]),
            Subject("gvisor-smoke", self.spawn(), ["spawn", "/dev/null", *scripts["harness"]]),
            Subject("and its own fixture", self.spawn(), ["spawn", "/dev/null", *scripts["own_fixture"]]),
        ]


TABLES = {
    "exec_true": (Bench.exec_true, lambda rounds: rounds, 3),
    "bytes_out": (Bench.bytes_out, lambda rounds: max(rounds // 5, 3), 1),
    "bytes_in": (Bench.bytes_in, lambda rounds: max(rounds // 5, 3), 1),
    "pod_start": (Bench.pod_start, lambda rounds: max(rounds // 5, 3), 1),
    "one_more_case": (Bench.one_more_case, lambda rounds: max(rounds // 10, 3), 1),
    "matrix": (Bench.matrix, lambda rounds: max(rounds // 30, 1), 0),
}


def measure(bench, wanted):
    result = {}
    for name, (subjects, count, warm_up) in TABLES.items():
        if wanted and name not in wanted:
            continue
        after = {"pod_start": bench.delete_pod, "one_more_case": bench.note_case_ms}.get(name)
        times = count(bench.config["rounds"])
        print(f"bench: {name}: {times} rounds", file=sys.stderr, flush=True)
        seen = rounds(subjects(bench), times, warm_up, after)
        result[name] = summary(bench.add_case_more(seen) if name == "one_more_case" else seen, KUBECTL)
        if name.startswith("bytes_"):
            for row in result[name].values():
                row["mb_per_s"] = bench.config["bytes"] / 1e3 / row["wall_ms"]
        bench.close()
    return result


def main():
    config = json.loads(pathlib.Path(sys.argv[1]).read_text())
    os.environ["KUBECONFIG"] = config["kubeconfig"]
    bench = Bench(config)
    if len(sys.argv) == 6 and sys.argv[3] == "--count":
        for subject in TABLES[sys.argv[4]][0](bench):
            if subject.name == sys.argv[5]:
                for number in range(config["count_times"].get(sys.argv[4], 1)):
                    subject.once(1000 + number)
                    if sys.argv[4] == "pod_start":
                        print(f"start-{re.sub('[^a-z]', '', subject.name)}-{1000 + number}")
        bench.close()
        return
    pathlib.Path(sys.argv[2]).write_text(json.dumps(measure(bench, config["only"])))


if __name__ == "__main__":
    main()
