# SPDX-License-Identifier: Apache-2.0
"""The workers of worker.h as seen from outside: started, asked, ended; and the statistics of what they answer."""
import statistics
import subprocess


class WorkerFailed(Exception):
    pass


class Worker:
    """One process that stays up; request() waits for its answer."""

    def __init__(self, command, environment=None):
        self.command = [str(word) for word in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def request(self, words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] == "error":
            raise WorkerFailed(f"{self.command[0]} {words}: {' '.join(answer[1:]) or 'it has ended'}")
        return {
            "wall_ms": int(answer[0]) / 1e6,
            "cpu_ms": int(answer[1]) / 1e6,
            "rss_mb": int(answer[2]) / 1024,
            "bytes": int(answer[3]),
            "head": answer[4] if len(answer) > 4 else "",
        }

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


class Subject:
    """A name in the table, the worker that does it and the words that ask for it; words may depend on the round."""

    def __init__(self, name, worker, words, check=None):
        self.name, self.worker, self.words, self.check = name, worker, words, check

    def once(self, number):
        words = self.words(number) if callable(self.words) else self.words
        seen = self.worker.request(words)
        if self.check and not self.check(seen):
            raise WorkerFailed(f"{self.name}: an answer that is not what was asked for: {seen}")
        return seen


def rounds(subjects, count, warm_up, after=None):
    """Each round does every subject once, the first one another each time: what disturbs the machine disturbs all of them."""
    seen = {subject.name: [] for subject in subjects}
    for number in range(-warm_up, count):
        turn = number % len(subjects)
        for subject in subjects[turn:] + subjects[:turn]:
            answer = subject.once(number + warm_up)
            if number >= 0:
                seen[subject.name].append(answer)
            if after:
                after(subject, number + warm_up)
    return seen


def quartiles(values):
    if len(values) == 1:
        return [values[0], values[0]]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return [low, high]


def summary(seen, base):
    """For each subject medians and quartiles, and as a ratio to the base, round by round, the median of the quotients."""
    table = {}
    for name, answers in seen.items():
        row = {"rounds": len(answers), "rss_mb": max(answer["rss_mb"] for answer in answers)}
        for key in ("wall_ms", "cpu_ms"):
            values = [answer[key] for answer in answers]
            row[key] = statistics.median(values)
            row[key + "_quartiles"] = quartiles(values)
            # All of what was spent counts, also what is spent seldom (a garbage collector's work, say).
            row[key + "_mean"] = statistics.fmean(values)
            if base in seen:
                row[key + "_ratio"] = statistics.median(
                    answer[key] / max(other[key], 1e-9) for answer, other in zip(answers, seen[base]))
        table[name] = row
    return table
