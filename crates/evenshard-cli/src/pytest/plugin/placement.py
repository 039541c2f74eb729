"""The plan's function from tests to shards, as in the library's `placement`. PYTEST_DONT_REWRITE"""

import bisect
import zlib

from .patterns import Pattern, subject_of

# In place of a shard: all of them.
EVERYWHERE = -1


class Rules:
    """What the user said about where tests run, as in the library's `plan::rules`."""

    def __init__(self, content):
        self.everywhere = list(map(Pattern, content["everywhere"]))
        self.together = [(s, list(map(Pattern, p))) for s, p in content["together"]]
        self.never_split = list(map(Pattern, content["never_split"]))

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
        self.expected = _without_prefix(content["expected"], junit_prefix)
        self.sorted = sorted(self.classes)
        self._under = {}

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

    def runs_on(self, shard, file, classes, function, names):
        """True when this shard runs the test."""
        return self.place(file, classes, function, names) in (shard, EVERYWHERE)

    def place(self, file, classes, function, names):
        """The shard of a test, or EVERYWHERE."""
        classname = ".".join([file, *classes])
        if self.rules:
            subject = subject_of(classes, names)
            said = self.rules.place(file, subject)
            if said is not None:
                return said
        own = self.classes.get(classname)
        if own:
            tests = self.listed.get(classname)
            if tests is None:
                return own[0]
            for name in names:
                if name in tests:
                    return tests[name]
            same = [s for name, s in tests.items() if name.partition("[")[0] == function]
            if same:
                return min(same)
        prefix = classname
        while prefix == file or prefix.startswith(file + "."):
            found = self.under(prefix)
            if found:
                return found[0]
            prefix, dot, _ = prefix.rpartition(".")
            if not dot:
                break
        if not self.by_function:
            return self._hash(file)
        end = self.rules.whole(file, subject) if self.rules else None
        if end == 0:
            return self._hash(file)
        unit = classname + "::" + function if end is None else file + "::" + subject[0][:end]
        return self._hash(unit)

    def knows(self, file, classes, names):
        """True when the plan expects this test here: its history knew it."""
        tests = self.expected.get(".".join([file, *classes]))
        return tests is not None and any(name in tests for name in names)

    def cut_functions(self, shard):
        """(classname, function) whose parameters are on this shard and on others."""
        for classname, tests in self.listed.items():
            homes = {}
            for name, home in tests.items():
                homes.setdefault(name.partition("[")[0], set()).add(home)
            for function, shards in homes.items():
                if len(shards) > 1 and shard in shards:
                    yield classname, function

    def _hash(self, text):
        crc = zlib.crc32(text.encode("utf-8", "backslashreplace")) & 0xFFFFFFFF
        return crc * self.shards >> 32


def _without_prefix(by_class, prefix):
    if not prefix:
        return by_class
    start = prefix + "."
    return {c.removeprefix(start): v for c, v in by_class.items()}
