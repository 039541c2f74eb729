"""Plans a list of very many test files, as runners that run whole files have them.

    python files.py --evenshard PROGRAM [--files N]

Generates N paths (a million by default) with times from a fixed seed, and prints a Markdown
table: CPU time (user and system) and peak memory of one process for each command.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SHARDS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evenshard", required=True, type=pathlib.Path)
    parser.add_argument("--files", type=int, default=1_000_000)
    arguments = parser.parse_args()
    program = arguments.evenshard.resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_inputs(arguments.files)
        import_table = [
            "timings",
            "import",
            "--format",
            "tsv",
            "times.tsv",
            "--output",
            "times.json",
        ]
        measure(program, import_table)
        listed = ["plan", "--tests", "files.txt", "--shards", str(SHARDS), "--output", "plan.json"]
        print("| command | CPU | peak memory |")
        print("|---|---:|---:|")
        for name, command in {
            "`plan`, from a history": [*listed, "--timings", "times.json"],
            "`plan`, from JUnit XML": [*listed, "--timings", "times.xml"],
            "`plan`, without timings": [*listed, "--allow-no-timings"],
            "`select`, one shard": [
                *("select", "--plan", "plan.json", "--tests", "files.txt"),
                *("--shard", f"3/{SHARDS}"),
            ],
        }.items():
            seconds, megabytes = measure(program, command)
            print(f"| {name} | {seconds:.1f} s | {megabytes:.0f} MB |")


def write_inputs(files: int) -> None:
    times = random.Random(1)
    with (
        open("files.txt", "w") as listed,
        open("times.tsv", "w") as table,
        open("times.xml", "w") as report,
    ):
        report.write('<testsuites><testsuite name="specs">\n')
        for number in range(files):
            path = f"src/component_{number // 1_000:03}/feature_{number:06}.spec.js"
            time = f"{times.lognormvariate(-1.5, 1):.3f}"
            listed.write(f"{path}\n")
            table.write(f"{path}\t{time}\n")
            report.write(f'<testcase classname="" name="works" file="{path}" time="{time}"/>\n')
        report.write("</testsuite></testsuites>\n")


def measure(program: pathlib.Path, command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of one run."""
    process = subprocess.Popen([program, "--quiet", *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"evenshard {' '.join(command)} failed")
    unit = 1 if sys.platform == "darwin" else 1_024
    return used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main()
