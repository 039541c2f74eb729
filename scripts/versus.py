"""Runs a real suite in shards, split by evenshard and by pytest-split, and prints what it took.

    python versus.py --evenshard PROGRAM [--shards N] [--rounds R] [--folder DIR] [TESTS]

TESTS is a path below this Python's site-packages, by default statsmodels' tests of
discrete models, whose fixtures are built per class. First the whole suite runs once under
`evenshard run --shard 1/1` and pytest-split's `--store-durations`, so that both learn from
the same run. Then each contender's shards run, one after the other: under `evenshard run
--timings`, and under pytest with `--splits N --group K` for both algorithms and once without
durations, which splits by number of tests. Each job is
measured by the kernel: user and system CPU time of all its processes, and wall time. Of
R rounds (two) each job's smallest CPU and wall times count, since other work on a machine
only ever adds. Every round checks that each test of the whole run ran exactly once.
Libraries that start threads of their own are kept to one.
"""

import argparse
import collections
import os
import pathlib
import resource
import subprocess
import sys
import sysconfig
import time

from cases import read_cases

TESTS = "statsmodels/discrete/tests"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Job:
    """What running a command took, in seconds."""

    def __init__(self, cpu, wall):
        self.cpu, self.wall = cpu, wall

    def smaller(self, other):
        return Job(min(self.cpu, other.cpu), min(self.wall, other.wall))


def run(command, log):
    """Runs a command below site-packages and measures it, with all processes it waits for."""

    def cpu():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before, start = cpu(), time.monotonic()
    with open(log, "wb") as out:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=sysconfig.get_path("purelib"),
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **ONE_THREAD},
        )
    job = Job(cpu() - before, time.monotonic() - start)
    # 1: some tests failed, which is no matter here as long as they ran.
    if done.returncode not in (0, 1):
        sys.exit(
            f"versus: a job ended with {done.returncode}; it said:\n{log.read_text(errors='replace')[-4000:]}"
        )
    return job


def pytest(tests, *options):
    # The tests are installed: nothing is written beside them, and what their developers' own
    # settings ask for is not at hand.
    settings = ["-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider"]
    return [sys.executable, "-m", "pytest", "-q", *settings, *options, tests]


def ran(report):
    return collections.Counter(test for test, _, _ in read_cases(report))


def commands(arguments, folder, timings, durations):
    """Per contender and shard its command, and where its report goes."""
    shards = range(1, arguments.shards + 1)

    def evenshard(shard, report):
        of = f"{shard}/{arguments.shards}"
        return [
            arguments.evenshard,
            "run",
            "--ignore-ci",
            "--timings",
            timings,
            "--shard",
            of,
            "--junit",
            report,
            "--",
            *pytest(arguments.tests),
        ]

    def pytest_split(algorithm, durations=durations):
        def command(shard, report):
            return pytest(
                arguments.tests,
                "--splits",
                str(arguments.shards),
                "--group",
                str(shard),
                "--splitting-algorithm",
                algorithm,
                "--durations-path",
                durations,
                f"--junitxml={report}",
            )

        return command

    # Without durations, pytest-split gives each group the same number of tests.
    untimed = folder / "untimed.json"
    untimed.write_text("{}")
    contenders = {
        "evenshard": evenshard,
        "by number of tests": pytest_split("duration_based_chunks", untimed),
    }
    for algorithm in ("least_duration", "duration_based_chunks"):
        contenders[f"pytest-split, `{algorithm}`"] = pytest_split(algorithm)
    for number, (name, command) in enumerate(contenders.items()):
        reports = [folder / f"{number}-{shard}.xml" for shard in shards]
        yield name, [(command(shard, report), report) for shard, report in zip(shards, reports)]


def measure(jobs, whole):
    """One round of a contender: every shard's job."""
    measured = [run(command, report.with_suffix(".log")) for command, report in jobs]
    if sum((ran(report) for _, report in jobs), collections.Counter()) != whole:
        sys.exit("versus: the shards did not run each test exactly once")
    return measured


def main():
    parser = argparse.ArgumentParser(
        description="Runs a real suite in shards and prints what it took."
    )
    parser.add_argument("--evenshard", required=True, type=pathlib.Path, help="the program")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--folder", required=True, type=pathlib.Path, help="where reports and logs go"
    )
    parser.add_argument("tests", nargs="?", default=TESTS)
    arguments = parser.parse_args()
    arguments.evenshard = arguments.evenshard.resolve()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)

    report, timings, durations = (
        folder / "whole.xml",
        folder / "timings.json",
        folder / "durations.json",
    )
    for old in (timings, durations):
        old.unlink(missing_ok=True)
    learn = pytest(arguments.tests, "--store-durations", "--durations-path", durations)
    print("versus: the whole suite, once", file=sys.stderr)
    once = run(
        [
            arguments.evenshard,
            "run",
            "--ignore-ci",
            "--shard",
            "1/1",
            "--junit",
            report,
            "--",
            *learn,
        ],
        folder / "whole.log",
    )
    run(
        [arguments.evenshard, "timings", "update", "--build", "1", "--output", timings, report],
        folder / "update.log",
    )
    whole = ran(report)

    best = {}
    for at in range(arguments.rounds):
        for name, jobs in commands(arguments, folder, timings, durations):
            print(f"versus: round {at + 1}, {name}", file=sys.stderr)
            found = measure(jobs, whole)
            best[name] = [a.smaller(b) for a, b in zip(best.get(name, found), found)]

    print(
        f"{len(whole)} tests in {arguments.shards} shards; the whole suite in one job took "
        f"{once.cpu:.1f} s of CPU. The least of {arguments.rounds} round{'s' if arguments.rounds > 1 else ''}.\n"
    )
    print(
        "| | CPU of all shards | CPU of the slowest | wall of the slowest | slowest over mean |\n|---|---:|---:|---:|---:|"
    )
    for name, jobs in best.items():
        cpu = [job.cpu for job in jobs]
        slowest = max(cpu)
        print(
            f"| {name} | {sum(cpu):.1f} s | {slowest:.1f} s | {max(job.wall for job in jobs):.1f} s "
            f"| {slowest * len(cpu) / sum(cpu):.2f} |"
        )


if __name__ == "__main__":
    main()
