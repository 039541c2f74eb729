"""Tables of what `scripts/demo` measured, and the proof that each test ran once.

    python demo_report.py FOLDER

FOLDER holds `collected.txt` (what `pytest --collect-only -q` prints) and, per
shard, pytest's `junit-N.xml`, evenshard's record `junit-N.shard.json` and what
the job printed, `job-N.log`. Exits with 1 when a test did not run exactly once. Standard library only.
"""

import collections
import json
import pathlib
import re
import sys

from cases import address, read_cases


def read_collected(folder):
    """The address of every test that plain pytest collects, in its order."""
    lines = (folder / "collected.txt").read_text(encoding="utf-8").splitlines()
    return [address(line) for line in lines if "::" in line]


def read_shards(folder):
    """Per shard its number, its record, and the seconds of each case."""
    shards = []
    for number in range(1, len(list(folder.glob("junit-*.xml"))) + 1):
        cases = [case[:2] for case in read_cases(folder / f"junit-{number}.xml")]
        record = json.loads((folder / f"junit-{number}.shard.json").read_text())
        shards.append((number, record, cases))
    return shards


def retried(folder, number):
    """How many tests of a shard pytest-retry ran again: they take longer than planned."""
    log = (folder / f"job-{number}.log").read_text(encoding="utf-8")
    found = re.search(r"(\d+) retried", log)
    return int(found.group(1)) if found else 0


def faults(collected, shards):
    """What keeps "each test ran exactly once" from being true."""
    ran = collections.Counter(test for _, _, cases in shards for test, _ in cases)
    wanted = collections.Counter(collected)
    for test in sorted(ran.keys() | wanted.keys()):
        if ran[test] != wanted[test]:
            yield f"{'::'.join(test)}: ran {ran[test]} times instead of {wanted[test]}"


def slowest_by_count(collected, seconds, jobs):
    """The slowest job if each took as many tests as the others, in order."""
    total = len(collected)
    cuts = [total * job // jobs for job in range(jobs + 1)]
    return max(
        sum(seconds[test] for test in collected[start:end]) for start, end in zip(cuts, cuts[1:])
    )


def main():
    folder = pathlib.Path(sys.argv[1])
    collected = read_collected(folder)
    shards = read_shards(folder)
    seconds = {test: time for _, _, cases in shards for test, time in cases}

    print("\n| shard | tests | retried | predicted | measured |\n|---|---:|---:|---:|---:|")
    for number, record, cases in shards:
        predicted = record["predicted_us"] / 1e6
        measured = sum(time for _, time in cases)
        print(
            f"| {number}/{len(shards)} | {len(cases)} | {retried(folder, number)} "
            f"| {predicted:.1f} s | {measured:.1f} s |"
        )

    found = list(faults(collected, shards))
    if found:
        print("\nNOT every test ran exactly once:", *found, sep="\n", file=sys.stderr)
        return 1
    print(f"\n{len(collected)} tests were collected, and each ran exactly once.")

    # Both rows from the times of this one run, so that they compare.
    jobs = len(shards)
    by_time = max(sum(time for _, time in cases) for _, _, cases in shards)
    print("\n| | slowest job |\n|---|---:|")
    print(f"| the whole suite in one job | {sum(seconds.values()):.1f} s |")
    print(
        f"| {jobs} jobs, split by number of tests | "
        f"{slowest_by_count(collected, seconds, jobs):.1f} s |"
    )
    print(f"| {jobs} jobs, split by evenshard | {by_time:.1f} s |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
