"""Maps tests to shards by the function of the plan, as the library's `plan::placement` does."""

from __future__ import annotations

import bisect
import enum
import zlib
from collections.abc import Iterator, Sequence
from typing import TypeVar, Union

from .patterns import Pattern, Subject, subject_of
from .positions import Positions
from .settings import Slice, SliceRules

_Value = TypeVar("_Value")


class Everywhere(enum.Enum):
    """Takes the place of a shard's number for a test that every shard runs."""

    EVERYWHERE = "everywhere"


EVERYWHERE = Everywhere.EVERYWHERE
# As the library's `RunsOn`.
RunsOn = Union[int, Everywhere]


class Kept(enum.IntEnum):
    """The tests that one stays with, as the library's `Kept`; hashes in run records use the numbers."""

    NO = 0
    WITH_FUNCTION = 1
    WITH_CLASS = 2
    WITH_FILE = 3


class Rules:
    """The user's rules about where tests run, as the library's `plan::rules`."""

    def __init__(self, rules: SliceRules) -> None:
        self.everywhere = list(map(Pattern, rules.everywhere))
        self.together = [(shard, list(map(Pattern, p))) for shard, p in rules.together]
        self.never_split = list(map(Pattern, rules.never_split))
        self.may_split = list(map(Pattern, rules.may_split))

    def shards_of_file(self, file: str) -> set[int] | None:
        """Returns the shards to which they can send tests of a file, None for all."""
        if any(p.can_cover(file) for p in self.everywhere):
            return None
        return {s for s, patterns in self.together if any(p.can_cover(file) for p in patterns)}

    def place(self, file: str, subject: Subject) -> RunsOn | None:
        """Returns where a test runs, if a rule says so."""
        if any(p.end(file, subject) is not None for p in self.everywhere):
            return EVERYWHERE
        for shard, patterns in self.together:
            if any(p.end(file, subject) is not None for p in patterns):
                return shard
        return None

    def frees(self, file: str, subject: Subject) -> bool:
        """Returns True for a test that stays with nothing."""
        return any(p.end(file, subject) is not None for p in self.may_split)

    def whole(self, file: str, subject: Subject) -> int | None:
        """Returns how many characters of a test's names make the part that is never cut."""
        ends = [p.end(file, subject) for p in self.never_split]
        return min((end for end in ends if end is not None), default=None)


class Placement:
    def __init__(self, slice: Slice, junit_prefix: str = "") -> None:
        self.shards = slice.shards
        self.by_function = slice.unknown == "function-hash"
        self.rules = slice.rules and Rules(slice.rules)
        self.classes = _without_prefix(slice.classes, junit_prefix)
        self.listed = _without_prefix(slice.listed, junit_prefix)
        expected = _without_prefix(slice.expected, junit_prefix)
        self.expected = {classname: set(names) for classname, names in expected.items()}
        self.sorted = sorted(self.classes)
        self._under = {}
        self._functions = {}
        self._positions = {}

    def under(self, prefix: str) -> list[int]:
        """Returns the shards that have tests at or under a dotted prefix, ascending."""
        # Asked for each test of a file, and again for its classes.
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

    def shards_of_file(self, file: str) -> Sequence[int]:
        """Returns the shards to which tests of this dotted file can go."""
        more = self.rules.shards_of_file(file) if self.rules else ()
        found = self.under(file)
        if more is None or (self.by_function and not found):
            return range(self.shards)
        found = found or [self._hash(file)]
        return sorted({*found, *more}) if more else found

    def place(
        self, file: str, classes: list[str], function: str, names: list[str], kept: Kept = Kept.NO
    ) -> tuple[RunsOn, Kept]:
        """Returns where a test runs, and what it stays with by the user's rules."""
        subject = None
        if self.rules:
            subject = subject_of(classes, names)
            by_rule = self.rules.place(file, subject)
            if by_rule is not None:
                return by_rule, Kept.NO
            if kept != Kept.NO and self.rules.frees(file, subject):
                kept = Kept.NO
        classname = ".".join([file, *classes])
        if kept in (Kept.NO, Kept.WITH_FUNCTION):
            found = self._of_class(classname, function, names, kept)
            if found is not None:
                return found, kept
        prefix = file if kept == Kept.WITH_FILE else classname
        while prefix == file or prefix.startswith(file + "."):
            found = self.under(prefix)
            if found:
                return found[0], kept
            # From the class outwards: the nearest known neighbours attract a new test.
            prefix, dot, _ = prefix.rpartition(".")
            if not dot:
                break
        return self._by_hash(file, classes, function, kept, subject), kept

    def _of_class(self, classname: str, function: str, names: list[str], kept: Kept) -> int | None:
        """Returns the shard of a test of a known class that lists it, or others of its function."""
        own = self.classes.get(classname)
        tests = self.listed.get(classname)
        if not own or tests is None:
            return own[0] if own else None
        if kept == Kept.WITH_FUNCTION:
            found = self._but_for_positions(classname, names)
        else:
            found = next((tests[name] for name in names if name in tests), None)
        if found is None:
            found = self._lowest(classname).get(function)
        return found

    def _lowest(self, classname: str) -> dict[str, int]:
        """Returns the lowest shard of each function of a class.

        A walk through all of its tests for each one that is not listed would be quadratic.
        """
        lowest = self._functions.get(classname)
        if lowest is None:
            lowest = self._functions[classname] = {}
            for name, shard in self.listed[classname].items():
                _lower(lowest, function_of(name), shard)
        return lowest

    def _but_for_positions(self, classname: str, names: list[str]) -> int | None:
        """Returns the lowest shard of the tests whose ids differ in positions only.

        None where the positions depend on the other parameters.
        """
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

    def _without_positions(
        self, classname: str, names: list[str]
    ) -> tuple[Positions, dict[str, int]] | None:
        """Returns the positions in a function's ids, and the lowest shard of each id without them."""
        positions, lowest = Positions(names), {}
        if not positions.are_free(names):
            return None
        for name in names:
            _lower(lowest, positions.without(name), self.listed[classname][name])
        return positions, lowest

    def _by_hash(
        self, file: str, classes: list[str], function: str, kept: Kept, subject: Subject | None
    ) -> int:
        """Returns the shard of a test in a file that the plan does not know."""
        if not self.by_function or kept == Kept.WITH_FILE:
            return self._hash(file)
        outer = ".".join(classes)
        end = self.rules.whole(file, subject) if self.rules else None
        if kept == Kept.WITH_CLASS:
            # What is never split takes all that is kept in it along.
            end = len(outer) if end is None else min(end, len(outer))
        if end == 0:
            return self._hash(file)
        if end is None:
            return self._hash(".".join([file, *classes]) + "::" + function)
        return self._hash(file + "::" + (subject[0] if subject else outer)[:end])

    def knows(self, file: str, classes: list[str], names: list[str]) -> bool:
        """Returns True when the plan expects this test here: its history knew it."""
        tests = self.expected.get(".".join([file, *classes]))
        return tests is not None and any(name in tests for name in names)

    def lists(self, classname: str, names: list[str]) -> bool:
        """Returns True when the plan has this test in any shard."""
        tests = self.listed.get(classname)
        if tests is None:
            return classname in self.classes
        return any(name in tests for name in names)

    def cut_functions(self, shard: int) -> Iterator[tuple[str, str]]:
        """Yields (classname, function) of those whose parameters are on this shard and on others."""
        for classname, tests in self.listed.items():
            homes = {}
            for name, home in tests.items():
                homes.setdefault(function_of(name), set()).add(home)
            for function, shards in homes.items():
                if len(shards) > 1 and shard in shards:
                    yield classname, function

    def _hash(self, text: str) -> int:
        # A hash of the standard library that is the same on every machine and in Rust.
        crc = zlib.crc32(text.encode("utf-8", "backslashreplace")) & 0xFFFFFFFF
        return crc * self.shards >> 32


def includes(runs_on: RunsOn, shard: int) -> bool:
    """Returns True when this shard runs the test."""
    return runs_on is EVERYWHERE or runs_on == shard


def function_of(name: str) -> str:
    return name.partition("[")[0]


def _lower(lowest: dict[str, int], key: str, shard: int) -> None:
    lowest[key] = min(shard, lowest.get(key, shard))


def _without_prefix(by_class: dict[str, _Value], prefix: str) -> dict[str, _Value]:
    if not prefix:
        return by_class
    start = prefix + "."
    return {c.removeprefix(start): v for c, v in by_class.items()}
