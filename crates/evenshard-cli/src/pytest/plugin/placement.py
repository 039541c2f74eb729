"""The plan's function from tests to shards, as in the library's `placement`. PYTEST_DONT_REWRITE"""

import bisect
import zlib

from .patterns import Pattern, subject_of
from .positions import Positions

# In place of a shard: all of them.
EVERYWHERE = -1

# What a test stays with, as in the library's `Kept`.
NO, WITH_FUNCTION, WITH_CLASS, WITH_FILE = range(4)


class Rules:
    """What the user said about where tests run, as in the library's `plan::rules`."""

    def __init__(self, content):
        self.everywhere = list(map(Pattern, content["everywhere"]))
        self.together = [(s, list(map(Pattern, p))) for s, p in content["together"]]
        self.never_split = list(map(Pattern, content["never_split"]))
        self.may_split = list(map(Pattern, content["may_split"]))
        self.whole_marks = content["whole_marks"]

    def shards_of_file(self, file):
        """The shards to which they can send tests of a file, None for all."""
        if any(p.can_cover(file) for p in self.everywhere):
            return None
        return {s for s, patterns in self.together if any(p.can_cover(file) for p in patterns)}

    def place(self, file, subject):
        """The shard of a test that a rule names (EVERYWHERE among them), else None."""
        if any(p.end(file, subject) is not None for p in self.everywhere):
            return EVERYWHERE
        for shard, patterns in self.together:
            if any(p.end(file, subject) is not None for p in patterns):
                return shard
        return None

    def frees(self, file, subject):
        """True for a test that stays with nothing."""
        return any(p.end(file, subject) is not None for p in self.may_split)

    def whole(self, file, subject):
        """How much of its names makes the unit that is not cut, None where none is named."""
        ends = [p.end(file, subject) for p in self.never_split]
        return min((end for end in ends if end is not None), default=None)


class Placement:
    """The plan's function from tests to shards, as in the library's `placement`."""

    def __init__(self, content, junit_prefix=""):
        self.shards = content["shards"]
        self.by_function = content["unknown"] == "function-hash"
        self.rules = Rules(content["rules"]) if "rules" in content else None
        self.classes = _without_prefix(content["classes"], junit_prefix)
        self.listed = _without_prefix(content["listed"], junit_prefix)
        expected = _without_prefix(content["expected"], junit_prefix)
        self.expected = {classname: set(names) for classname, names in expected.items()}
        self.sorted = sorted(self.classes)
        self._under = {}
        self._functions = {}
        self._positions = {}

    def under(self, prefix):
        """The shards that hold anything at or under a dotted prefix, ascending."""
        found = self._under.get(prefix)
        if found is None:
            start = bisect.bisect_left(self.sorted, prefix + ".")
            # "/" is the character after ".", so this is where other prefixes begin.
            end = bisect.bisect_left(self.sorted, prefix + "/", start)
            shards = set(self.classes.get(prefix, ()))
            for classname in self.sorted[start:end]:
                shards.update(self.classes[classname])
            found = self._under[prefix] = sorted(shards)
        return found

    def shards_of_file(self, file):
        """The shards to which tests of this dotted file can go."""
        more = self.rules.shards_of_file(file) if self.rules else ()
        found = self.under(file)
        if more is None or (self.by_function and not found):
            return range(self.shards)
        found = found or [self._hash(file)]
        return sorted({*found, *more}) if more else found

    def runs_on(self, shard, file, classes, function, names, kept=NO):
        """True when this shard runs the test."""
        return self.place(file, classes, function, names, kept)[0] in (shard, EVERYWHERE)

    def place(self, file, classes, function, names, kept=NO):
        """The shard of a test, or EVERYWHERE, and what it really stays with."""
        subject = subject_of(classes, names) if self.rules else None
        if self.rules:
            said = self.rules.place(file, subject)
            if said is not None:
                return said, NO
            if kept != NO and self.rules.frees(file, subject):
                kept = NO
        return self._look_up(file, classes, function, names, kept, subject), kept

    def _look_up(self, file, classes, function, names, kept, subject):
        classname = ".".join([file, *classes])
        if kept in (NO, WITH_FUNCTION):
            found = self._of_class(classname, function, names, kept)
            if found is not None:
                return found
        prefix = file if kept == WITH_FILE else classname
        while prefix == file or prefix.startswith(file + "."):
            found = self.under(prefix)
            if found:
                return found[0]
            prefix, dot, _ = prefix.rpartition(".")
            if not dot:
                break
        return self._by_hash(file, classes, function, kept, subject)

    def _of_class(self, classname, function, names, kept):
        """The shard of a test of a known class that lists it, or others of its function."""
        own = self.classes.get(classname)
        tests = self.listed.get(classname)
        if not own or tests is None:
            return own[0] if own else None
        if kept == WITH_FUNCTION:
            found = self._but_for_positions(classname, names)
        else:
            found = next((tests[name] for name in names if name in tests), None)
        if found is None:
            found = self._lowest(classname).get(function)
        return found

    def _lowest(self, classname):
        """The lowest shard of each function of a class: a walk through all of its tests for each
        one that is not listed would be quadratic."""
        lowest = self._functions.get(classname)
        if lowest is None:
            lowest = self._functions[classname] = {}
            for name, shard in self.listed[classname].items():
                _lower(lowest, function_of(name), shard)
        return lowest

    def _but_for_positions(self, classname, names):
        """The lowest shard of the tests whose ids differ from one of these in positions only,
        None where these are not free of all else."""
        functions = self._positions.get(classname)
        if functions is None:
            functions = self._positions[classname] = {}
            for name in self.listed[classname]:
                functions.setdefault(function_of(name), []).append(name)
        for name in names:
            function = function_of(name)
            found = functions.get(function)
            if isinstance(found, list):
                found = functions[function] = self._without_positions(classname, found)
            if found is not None:
                positions, lowest = found
                shard = lowest.get(positions.without(name))
                if shard is not None:
                    return shard
        return None

    def _without_positions(self, classname, names):
        """Which numbers are positions in the tests of a function, and the lowest shard of each
        name without them; None where these are not free of all else."""
        positions, lowest = Positions(names), {}
        if not positions.are_free(names):
            return None
        for name in names:
            _lower(lowest, positions.without(name), self.listed[classname][name])
        return positions, lowest

    def _by_hash(self, file, classes, function, kept, subject):
        """The shard of a test in a file of which nothing is known."""
        if not self.by_function or kept == WITH_FILE:
            return self._hash(file)
        outer = ".".join(classes)
        end = self.rules.whole(file, subject) if self.rules else None
        if kept == WITH_CLASS:
            # What is never split takes all that is kept in it along.
            end = len(outer) if end is None else min(end, len(outer))
        if end == 0:
            return self._hash(file)
        if end is None:
            return self._hash(".".join([file, *classes]) + "::" + function)
        return self._hash(file + "::" + (subject[0] if subject else outer)[:end])

    def knows(self, file, classes, names):
        """True when the plan expects this test here: its history knew it."""
        tests = self.expected.get(".".join([file, *classes]))
        return tests is not None and any(name in tests for name in names)

    def lists(self, classname, names):
        """True when the plan has this test in any shard."""
        tests = self.listed.get(classname)
        if tests is None:
            return classname in self.classes
        return any(name in tests for name in names)

    def cut_functions(self, shard):
        """(classname, function) whose parameters are on this shard and on others."""
        for classname, tests in self.listed.items():
            homes = {}
            for name, home in tests.items():
                homes.setdefault(function_of(name), set()).add(home)
            for function, shards in homes.items():
                if len(shards) > 1 and shard in shards:
                    yield classname, function

    def _hash(self, text):
        crc = zlib.crc32(text.encode("utf-8", "backslashreplace")) & 0xFFFFFFFF
        return crc * self.shards >> 32


def function_of(name):
    return name.partition("[")[0]


def _lower(lowest, key, shard):
    lowest[key] = min(shard, lowest.get(key, shard))


def _without_prefix(by_class, prefix):
    if not prefix:
        return by_class
    start = prefix + "."
    return {c.removeprefix(start): v for c, v in by_class.items()}
