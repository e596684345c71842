# SPDX-License-Identifier: Apache-2.0
"""Puts together what tests/bench/run has measured: prints one table, and writes it for machines.

    table.py --config FILE --out FILE --size FILE --delay TIME [--requests FILE] HERE [DELAYED]
"""
import argparse
import datetime
import json
import os
import pathlib
import platform

TITLES = {
    "exec_true": "exec of `true` in a running gVisor pod",
    "bytes_out": "{mib} MiB out of a pod",
    "bytes_in": "{mib} MiB into a pod",
    "pod_start": "a pod's start, to the first byte of an exec in it",
    "one_more_case": "one more case in a pod that runs, as `true` by kubectl exec is",
    "matrix": "the matrix: {cases} cases",
}
COUNTS = {"connections": "conns", "requests": "requests", "bytes_to_server": "sent", "bytes_from_server": "received"}


def read(path):
    return json.loads(pathlib.Path(path).read_text())


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def judge(rows):
    return [
        {"what": what, "seen": seen, "goal": f"{how} {goal:.4g}", "held": seen >= goal if how == ">=" else seen <= goal}
        for what, seen, how, goal in rows
    ]


def case_goals(table, execs):
    mine, kubectl = table["gvisor-smoke"], table["kubectl"]
    rows = [("CPU of kubectl's exec, in that of one more case", kubectl["cpu_ms_mean"] / mine["cpu_ms_mean"], ">=", 500)]
    if execs:
        rows.append(("wall of one more case, in an exec of the harness'", mine["wall_ms"] / execs["gvisor-smoke"]["wall_ms"], "<=", 0.1))
    return judge(rows)


def exec_goals(table, delayed):
    mine, kubectl, bare = table["gvisor-smoke"], table["kubectl"], table["bare websocket"]
    rows = [
        ("CPU of kubectl's exec, in the harness' own", kubectl["cpu_ms_mean"] / mine["cpu_ms_mean"], ">=", 80),
        ("wall of the harness' exec, in kubectl's", mine["wall_ms"] / kubectl["wall_ms"], "<=", 1 / 3),
        ("wall of the harness' exec, in a bare client's", mine["wall_ms"] / bare["wall_ms"], "<=", 1.05),
    ]
    if delayed:
        rows.append(("round trips of the harness' exec", delayed["gvisor-smoke"]["round_trips"], "<=", 3.2))
    return judge(rows)


def add_round_trips(here, delayed, delay_ms):
    """What the delay costs, in round trips; the commands themselves take the same."""
    for name, table in delayed.items():
        for subject, row in table.items():
            row["round_trips"] = (row["wall_ms"] - here[name][subject]["wall_ms"]) / (2 * delay_ms)


def print_table(title, table, last):
    print(f"\n{title} ({next(iter(table.values()))['rounds']} rounds)")
    head = f"{'':20}{'wall ms':>10}{'quartiles':>23}{'of kubectl':>11}{'CPU ms':>10}{'mean':>10}{'of kubectl':>11}{'peak MB':>9}"
    columns = [key for key in ("mb_per_s", "round_trips", *COUNTS) if any(key in row for row in table.values())]
    print(head + "".join(f"{COUNTS.get(key, key.replace('_', ' ')):>12}" for key in columns))
    for subject, row in table.items():
        low, high = row["wall_ms_quartiles"]
        wall, cpu = row.get("wall_ms_ratio"), row.get("cpu_ms_ratio")
        ratio = lambda value: f"{value:>11.4f}" if value is not None else f"{'':11}"
        line = f"{subject:20}{row['wall_ms']:>10.2f}{f'{low:.2f} to {high:.2f}':>23}{ratio(wall)}{row['cpu_ms']:>10.3f}{row['cpu_ms_mean']:>10.3f}"
        line += f"{ratio(cpu)}{row['rss_mb']:>9.1f}"
        for key in columns:
            line += f"{row[key]:>12,.1f}" if key in row else f"{'':12}"
        print(line)
    for goal in last:
        print(f"  {goal['what']}: {goal['seen']:.3f}; goal {goal['goal']}: {'held' if goal['held'] else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--config", "--out", "--size", "--requests"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--delay")
    parser.add_argument("passes", nargs="+")
    arguments = parser.parse_args()
    config = read(arguments.config)
    here, delayed = read(arguments.passes[0]), read(arguments.passes[1]) if len(arguments.passes) > 1 else {}
    for name, rows in (read(arguments.requests) if arguments.requests else {}).items():
        for subject, row in rows.items():
            here.get(name, {}).get(subject, {}).update(row)
    if delayed:
        unit = {"ms": 1, "us": 0.001}[arguments.delay[-2:]]
        add_round_trips(here, delayed, float(arguments.delay[:-2]) * unit)
    result = {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": config["commit"],
        "machine": {"processor": processor(), "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()},
        "delay_each_way": arguments.delay,
        **read(arguments.size),
        **here,
        **{name + "_delayed": table for name, table in delayed.items()},
        "goals": {},
    }
    load = " ".join(f"{value:.1f}" for value in result["machine"]["load"])
    print(f"{result['machine']['processor']}, {result['machine']['cores']} cores, load {load}, commit {config['commit'][:12]}")
    fill = {"mib": config["bytes"] // 1048576, "cases": len(config["cases"])}
    for suffix, tables in (("", here), ("_delayed", delayed)):
        for name, table in tables.items():
            held = []
            if name == "exec_true" and not suffix:
                held = exec_goals(table, delayed.get(name))
            elif name == "one_more_case" and not suffix:
                held = case_goals(table, here.get("exec_true"))
            if held:
                result["goals"][name] = held
            title = TITLES[name].format(**fill)
            print_table(title + (f", {arguments.delay} of delay each way" if suffix else ""), table, held)
    size, start = result["size"], result["start_version"]
    print(f"\nthe program: {size['stripped_bytes']:,} bytes stripped, {result['libraries']['loaded_count']} libraries loaded, "
          f"{len(result['libraries']['unused'])} named and not used; --version in {start['wall_ms']:.2f} ms (goal: under {start['goal_wall_ms']}), "
          f"{start['instructions']:,} instructions, {start['rss_kib']:,} KiB")
    arguments.out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {arguments.out}")


if __name__ == "__main__":
    main()
