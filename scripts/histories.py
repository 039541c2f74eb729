"""Splits the suites of real histories, and scores the splits on a build that was held out.

    python histories.py --evenshard PROGRAM --histories DIR [--shards N,N,...]

DIR holds a folder for each suite, with `build-1.junit.xml.gz` (the oldest),
`build-2.junit.xml.gz` and so on, and `nodeids.txt.gz`: the node ids of the suite in the
order in which pytest collects them. A build is held out, all others are what the
contenders learn from:

- evenshard: `plan --timings OTHERS --tests NODEIDS --shards N`, then one `select` a shard;
- pytest-split, as installed beside this Python: its own algorithms, given the durations
  that it would have stored (of each test the last one), node ids in collection order.
  Where all classnames of a report lack a prefix that another has, pytest-split would
  find none of its durations again; it is given them all the same.

Only tests that the held-out build ran are placed and scored.

The score. Let t(i) be the time of test i in the held-out build. The set-up s(c) of a
class c (the functions of a module outside of classes count as one) is what its first
test took beyond the median of the others, of which there must be two or more: the
smallest such excess over all builds, if that is 20 ms or more, else 0. With u(i) = t(i)
- s(c) for the test that was the first of its class, else t(i):

    load(shard) = sum of u(i) + 1 ms over its tests
                + sum of s(c) over the classes that it touches
                + IMPORT * number of the files that it touches
    makespan    = the largest load
    bound       = max(largest u(i) + 1 ms + s(c) + IMPORT, (load of one shard with all tests) / N)

A report does not show what importing a file takes, so IMPORT is 0 in the first table,
where the last build is held out. The second one also has the means with 50 ms, of tests
alone (s = 0), and with every other build held out in its turn. All contenders are scored
alike, and none sees the held-out build. Where pytest-split itself fails (its chunks can
run over by rounding), it has no score.
"""

import argparse
import collections
import gzip
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

from cases import address, read_cases
from pytest_split.algorithms import Algorithms

FLOOR = 0.001
NOTICEABLE = 0.020
RIVALS = ("least_duration", "duration_based_chunks")
CONTENDERS = ("evenshard", *RIVALS)
# The part of the cells in which evenshard may be worse than the better rival.
MOST = 0.1
# With few numbers of shards a mean hangs on where two or three long tests happen to meet.
SHARDS = "4,6,8,10,12,14,16,18,20,24,28,32,36,40,45,50"
HEAD = """\
| mean of {} | cells | evenshard | `least_duration` | `duration_based_chunks` | the better of both | worse than it by over 2 % |
|---|---:|---:|---:|---:|---:|---:|"""
# How classes' set-up and imports are counted; the first is the table's.
SCORINGS = {
    "classes' set-up": (True, 0.0),
    "classes' set-up, 50 ms a file": (True, 0.050),
    "tests alone": (False, 0.0),
}


class Suite:
    """A suite with its builds, oldest first."""

    def __init__(self, folder):
        self.name = folder.name
        self.paths = sorted(folder.glob("build-*.junit.xml.gz"))
        with gzip.open(folder / "nodeids.txt.gz", "rt", encoding="utf-8") as file:
            self.node_ids = file.read().splitlines()
        listed = {address(node_id) for node_id in self.node_ids}
        self.builds = [without_prefix(read_cases(path), listed) for path in self.paths]
        self.excesses = [excesses(build) for build in self.builds]

    def setups(self):
        """Per classname the smallest excess of its first test over all builds, if noticeable."""
        found = collections.defaultdict(list)
        for build in self.excesses:
            for classname, excess in build.items():
                found[classname].append(excess)
        smallest = {name: min(of_class) for name, of_class in found.items() if len(of_class) >= 2}
        return {name: excess for name, excess in smallest.items() if excess >= NOTICEABLE}


def without_prefix(cases, listed):
    """The cases without the first part of their classnames, if only so they are in the list."""

    def known(shown):
        return sum(case[0] in listed for case in shown)

    cut = [((classname.partition(".")[2], name), *rest) for (classname, name), *rest in cases]
    return cut if known(cut) > known(cases) else cases


def excesses(cases):
    """Per classname what its first test took beyond the median of its siblings."""
    times = collections.defaultdict(list)
    for (classname, _), seconds, ran in cases:
        if ran:
            times[classname].append(seconds)
    return {
        classname: max(0.0, first - statistics.median_low(siblings))
        for classname, (first, *siblings) in times.items()
        if len(siblings) >= 2
    }


class Instance:
    """A held-out build: which tests are placed, and what placing them costs."""

    def __init__(self, suite, held_out):
        self.suite = suite
        self.training = [at for at in range(len(suite.builds)) if at != held_out]
        self.seconds, self.first = {}, {}
        for test, seconds, ran in suite.builds[held_out]:
            if ran:
                self.seconds[test] = self.seconds.get(test, 0.0) + seconds
                self.first.setdefault(test[0], test)
        self.node_ids = [n for n in suite.node_ids if address(n) in self.seconds]
        self.setups = suite.setups()

    def load(self, node_ids, scoring):
        """What a shard of these tests takes."""
        with_setup, per_import = SCORINGS[scoring]
        classes, files, load = set(), set(), 0.0
        for node_id in node_ids:
            test = address(node_id)
            load += FLOOR + self.seconds[test]
            files.add(node_id.partition("::")[0])
            if with_setup:
                classes.add(test[0])
                load -= self.setup_in(test)
        return load + sum(self.setups.get(c, 0.0) for c in classes) + per_import * len(files)

    def setup_in(self, test):
        """The set-up that is in the time of this test."""
        own = self.setups.get(test[0], 0.0) if self.first[test[0]] == test else 0.0
        return min(own, self.seconds[test])

    def score(self, shards, scoring):
        """Makespan over bound of shards that hold each test once; infinite without shards."""
        if shards is None:
            return math.inf
        placed = collections.Counter(node_id for shard in shards for node_id in shard)
        if placed != collections.Counter(self.node_ids):
            raise SystemExit(f"{self.suite.name}: a split lost tests or has them twice")
        longest = max(self.load([node_id], scoring) for node_id in self.node_ids)
        bound = max(longest, self.load(self.node_ids, scoring) / len(shards))
        return max(self.load(shard, scoring) for shard in shards) / bound

    def evenshard(self, program, folder, shards):
        """The shards of evenshard's plan."""
        listed, plan = folder / "nodeids.txt", folder / "plan.json"
        listed.write_text("".join(f"{n}\n" for n in self.node_ids), encoding="utf-8")
        timings = [str(self.suite.paths[at]) for at in self.training]
        call(
            program,
            "plan",
            "--timings",
            *timings,
            "--tests",
            listed,
            "--shards",
            shards,
            "--output",
            plan,
        )
        select = (program, "select", "--plan", plan, "--tests", listed, "--ignore-ci", "--shard")
        return [call(*select, f"{k}/{shards}").splitlines() for k in range(1, shards + 1)]

    def pytest_split(self, algorithm, shards):
        """The groups that pytest-split makes; None where it fails."""
        by_address = {address(node_id): node_id for node_id in self.node_ids}
        durations = {}
        for at in self.training:
            build = collections.Counter()
            for test, seconds, _ in self.suite.builds[at]:
                if test in by_address:
                    build[by_address[test]] += seconds
            durations.update(build)
        try:
            groups = Algorithms[algorithm].value(
                shards, [Item(n) for n in self.node_ids], durations
            )
        except IndexError:
            return None
        return [[item.nodeid for item in group.selected] for group in groups]


class Item:
    """What pytest-split asks of a pytest item: its id, and its text, by which it sorts."""

    def __init__(self, nodeid):
        self.nodeid = nodeid

    def __repr__(self):
        path, bracket, parameters = self.nodeid.partition("[")
        return f"<Function {path.rpartition('::')[2]}{bracket}{parameters}>"


def call(*command):
    """Runs a command and returns what it prints; what it says goes on if it fails."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command[:2]))} ended with {done.returncode}:\n{done.stderr}"
        )
    return done.stdout


def cells(suite, held_out, program, counts):
    """Per number of shards the scores, by scoring and contender."""
    instance = Instance(suite, held_out)
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            splits = {"evenshard": instance.evenshard(program, pathlib.Path(folder), count)}
        for algorithm in RIVALS:
            splits[algorithm] = instance.pytest_split(algorithm, count)
        yield {
            scoring: {name: instance.score(split, scoring) for name, split in splits.items()}
            for scoring in SCORINGS
        }


def better(scores):
    """The better of the rivals."""
    return min(scores[name] for name in RIVALS)


def means(found):
    """Per contender, and for the better rival of each cell, the mean over cells that have a score."""

    def mean(numbers):
        return statistics.mean(number for number in numbers if not math.isinf(number))

    return [
        *(mean([scores[name] for scores in found]) for name in CONTENDERS),
        mean([better(scores) for scores in found]),
    ]


def row(label, found):
    """A row of either table: means over cells, and how often a rival is clearly better."""
    numbers = " | ".join(f"{mean:.3f}" for mean in means(found))
    return f"| {label} | {len(found)} | {numbers} | {worse(found)} |"


def worse(found):
    """In how many cells evenshard is worse than the better rival by over 2 %."""
    return sum(scores["evenshard"] > 1.02 * better(scores) for scores in found)


def main():
    parser = argparse.ArgumentParser(
        description="Scores splits of real histories on a build held out."
    )
    parser.add_argument("--evenshard", required=True, help="the program")
    parser.add_argument(
        "--histories",
        type=pathlib.Path,
        required=True,
        help="a folder with a folder for each suite",
    )
    parser.add_argument("--shards", default=SHARDS, help="numbers of shards")
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.shards.split(",")]
    folders = [found.parent for found in sorted(arguments.histories.glob("*/nodeids.txt.gz"))]
    if not folders:
        sys.exit(f"histories: no suites in {arguments.histories}")

    last, others = collections.defaultdict(list), collections.defaultdict(list)
    print(HEAD.format("suite, last build; classes' set-up"))
    for folder in folders:
        suite = Suite(folder)
        newest = len(suite.builds) - 1
        for held_out in range(newest, -1, -1):
            of_build = last if held_out == newest else others
            for by_scoring in cells(suite, held_out, arguments.evenshard, counts):
                for scoring, scores in by_scoring.items():
                    of_build[scoring].append(scores)
        print(row(suite.name, last["classes' set-up"][-len(counts) :]), flush=True)
    print("\n" + HEAD.format("all suites, scored by"))
    missed = []
    for held, found in (("last builds", last), ("all others", others)):
        for scoring in SCORINGS:
            print(row(f"{held}; {scoring}", found[scoring]))
            if worse(found[scoring]) > MOST * len(found[scoring]):
                missed.append(f"*{held}; {scoring}*")
    verdict = f"Missed by: {', '.join(missed)}." if missed else "All rows meet it."
    print(
        f"\nThe aim is to be worse than the better of both by over 2 % in at most one cell of ten. {verdict}"
    )


if __name__ == "__main__":
    main()
