# SPDX-License-Identifier: Apache-2.0
"""The bound of tests/bench/critical_path, on traces that are small enough to be computed by hand."""
import importlib.machinery
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).with_name("critical_path")
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader("critical_path", str(PROGRAM))
SPEC = importlib.util.spec_from_loader("critical_path", LOADER)
critical_path = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(critical_path)

SECOND = 1_000_000


class Run:
    """A trace; times in seconds."""

    def __init__(self, wall):
        self.events = []
        self.slice("run", "run", 0, wall)

    def slice(self, name, category, begin, end, tid=1, pid=1, **arguments):
        self.events.append({"ph": "X", "name": name, "cat": category, "pid": pid, "tid": tid, "ts": begin * SECOND,
                            "dur": (end - begin) * SECOND, "args": arguments})

    def pod(self, name, tid, begin, ready):
        self.slice("create", "pod", begin, begin + 1, tid, 2)
        self.slice("start", "pod", begin + 1, ready, tid, 2)
        self.events.append({"ph": "i", "name": "ready", "cat": "pod", "pid": 2, "tid": tid, "ts": ready * SECOND, "s": "t",
                            "args": {"pod": name}})

    def case(self, name, pod, begin, end, runtime="gvisor", **arguments):
        self.slice(name if runtime == "gvisor" else f"{name} (control)", "case", begin, end, 9, 2, case=name, node="a", pod=pod,
                   runtime=runtime, **arguments)

    def wait(self, name, begin, end):
        number = str(len(self.events))
        for phase, at in ("b", begin), ("e", end):
            self.events.append({"ph": phase, "name": name, "cat": "wait", "pid": 2, "tid": 0, "id": number, "ts": at * SECOND})

    def measure(self, cores=2):
        return critical_path.measure(critical_path.Trace({"traceEvents": self.events}), cores)


def two_pods(wall=20):
    run = Run(wall)
    run.pod("p1", 3, 1, 4)
    run.pod("p2", 4, 1, 5)
    return run


class CriticalPath(unittest.TestCase):
    def test_many_short_cases_are_bound_by_the_cores(self):
        run = two_pods()
        for i in range(4):
            run.case(f"c{i}", "p1", 5 + i, 8 + i)
        result = run.measure()
        self.assertEqual(result["pods_ready_us"], 5 * SECOND)
        self.assertEqual(result["chain_us"], 3 * SECOND)
        self.assertEqual(result["cases_us"], 12 * SECOND)
        self.assertEqual(result["share_us"], 5 * SECOND)  # 1, 2, 3, 3, 2, 1 at once, of which two count
        self.assertEqual(result["bound_us"], 10 * SECOND)
        self.assertEqual(result["ratio"], 2.0)
        self.assertEqual(result["cases_over_us"], 1 * SECOND)
        self.assertEqual(result["end_us"], 9 * SECOND)

    def test_more_cores_leave_the_longest_case(self):
        run = two_pods()
        for i in range(4):
            run.case(f"c{i}", "p1", 5 + i, 8 + i)
        self.assertEqual(run.measure(cores=8)["bound_us"], 8 * SECOND)

    def test_a_case_counts_with_what_it_comes_after(self):
        run = two_pods()
        run.case("one", "p1", 5, 7)
        run.case("two", "p2", 7, 10, after="one")
        run.case("three", "p2", 10, 11, after="two")
        run.case("alone", "p1", 5, 9)
        result = run.measure(cores=8)
        self.assertEqual(result["chain"], ["one", "two", "three"])
        self.assertEqual(result["chain_us"], 6 * SECOND)

    def test_after_is_that_of_the_same_runtime_and_node(self):
        run = two_pods()
        run.case("one", "p1", 5, 15)
        run.case("one", "p2", 5, 6, runtime="control")
        run.case("two", "p2", 6, 8, runtime="control", after="one")
        self.assertEqual(run.measure(cores=8)["chain"], ["one"])

    def test_a_pod_that_is_asked_for_later_belongs_to_the_chain(self):
        run = two_pods()
        run.case("one", "p1", 5, 7)
        run.pod("late", 7, 7, 10)
        run.case("one", "late", 10, 11, runtime="control")
        result = run.measure(cores=8)
        self.assertEqual(result["pods_ready_us"], 5 * SECOND)
        self.assertEqual(result["chain"], ["one", "one (control)"])
        self.assertEqual(result["chain_us"], (2 + 3 + 1) * SECOND)

    def test_the_rest_is_told_by_what_it_went_to(self):
        run = two_pods()
        run.case("one", "p1", 6, 10)
        run.slice("rights", "harness", 0, 1)
        run.slice("wait: no pods", "harness", 9, 14)
        run.wait("wait: pod", 1, 5)
        run.wait("wait: pod", 2, 5)
        run.wait("wait: place", 5, 6)
        result = run.measure(cores=8)
        self.assertEqual(result["cases_over_us"], 1 * SECOND)
        self.assertEqual(result["end"], [("wait: no pods", 4 * SECOND)])
        self.assertIn(("rights", 1 * SECOND), result["before_pods"])
        self.assertEqual(result["waits"], [("wait: pod", 7 * SECOND), ("wait: place", 1 * SECOND)])

    def test_checks_of_the_api_are_no_cases_in_pods(self):
        run = two_pods()
        run.slice("runtime-class", "case", 0, 9, case="runtime-class", node="", runtime="gvisor")
        result = run.measure()
        self.assertEqual(result["cases_us"], 0)
        self.assertEqual(result["bound_us"], 5 * SECOND)

    def test_the_goal_decides_the_exit_code(self):
        run = two_pods(10)
        run.case("one", "p1", 5, 9)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"traceEvents": run.events}, file)
            file.flush()
            ends = [subprocess.run([sys.executable, PROGRAM, file.name, "--cores", "2", "--goal", goal], capture_output=True, text=True,
                                   check=False) for goal in ("1.15", "1.1")]
        self.assertEqual([end.returncode for end in ends], [0, 1], ends)
        self.assertIn("ratio       1.111", ends[0].stdout)

    def test_what_is_no_trace_of_a_run_is_refused(self):
        with self.assertRaises(critical_path.Wrong):
            critical_path.Trace({"traceEvents": []})


if __name__ == "__main__":
    unittest.main()
