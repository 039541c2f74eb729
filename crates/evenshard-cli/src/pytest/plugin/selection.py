"""Keeps the tests of one shard among those that pytest collects."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from . import proof
from .files import Files
from .homes import Homes, KeptTests, tests_elsewhere
from .identity import dotted, names_in_reports, plain_id, split_id, with_group, writable
from .messages import Others, Proof, State, Talk
from .originals import Wrapper
from .placement import EVERYWHERE, Kept, Placement, RunsOn, includes
from .quarantine import Quarantine
from .whole import Whole


class _Place(NamedTuple):
    """The names of an item, its shard, and the tests that it stays with."""

    file: str
    classes: list[str]
    function: str
    names: list[str]
    runs_on: RunsOn
    kept: Kept
    why: str | None

    @property
    def classname(self) -> str:
        return ".".join([self.file, *self.classes])

    def home(self) -> tuple[Kept, str] | None:
        """Returns the file or class that the test has to run with, None for a test by itself."""
        of = {Kept.WITH_FILE: self.file, Kept.WITH_CLASS: self.classname}.get(self.kept)
        return of and (self.kept, of)


class Selection:
    def __init__(
        self,
        config: pytest.Config,
        talk: Talk,
        placement: Placement,
        files: Files,
        homes: Homes,
        quarantine: Quarantine,
    ) -> None:
        self.config = config
        self.talk = talk
        self.run = talk.settings.run
        self.shard = self.run.slice.shard
        self.passed = set(self.run.passed or ())
        self.only = None if self.run.only is None else set(self.run.only)
        self.placement = placement
        self.files = files
        self.homes = homes
        self.quarantine = quarantine
        self.whole = Whole(config, files, placement, self.run)
        config.pluginmanager.register(self.whole, "evenshard-whole")
        self.has_collected = False
        self.is_filtered = False
        self.deselected = 0
        self.proof = Proof(everywhere=[])
        self.kept = KeptTests()
        self.open = set()  # files and classes that run again as a whole
        self.mine = {}  # by id, with the items: an id is free again when its item is gone
        self.known = self.total = 0
        self.unknown = []
        self.apart = []
        self.refused = None

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Wrapper:
        before = len(items)
        self.whole.look(items, self.shard)
        outcome = yield
        # pytest calls a collection finished after an error, too.
        self.has_collected = outcome.excinfo is None
        if self.has_collected:
            self.is_filtered |= len(items) < before
            self.quarantine.note_items(items, self.files)
            placement, files = self.placement, self.files
            self.proof.cut = proof.hashes_of_cut(items, self.shard, placement, files)
            self.proof.kept = proof.hashes_of_kept(items, placement, files, self.homes)
            self._select(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # A wrapper outside ours may have added tests: they have one home as well.
        items = session.items
        self._select(items)
        self.quarantine.note_items(items, self.files)
        self.quarantine.note_pruned(self.files.pruned)
        self.proof.collected_from = proof.sources(items, self.files)
        self.talk.say(
            state=State.COLLECTED,
            # The ids that reports have.
            selected=[writable(item.nodeid) for item in items],
            files=sorted(map(writable, self.files.visited)),
            pruned=len(self.files.pruned),
            others=self._others(),
            match=(self.known, self.total),
            unknown=self.unknown,
            refused=self.refused,
            apart=self.apart,
            proof=self.proof,
            quarantine_fits=sorted(self.quarantine.fits),
            **({} if self.refused else self._missing(items)),
        )

    def pytest_report_collectionfinish(self) -> list[str]:
        lines = [
            "evenshard: %s in this shard, timings known for %d; %s and %s left to other shards"
            % (
                _count(self.total, "test"),
                self.known,
                _count(self.deselected, "test"),
                _count(len(self.files.pruned), "file"),
            )
        ]
        if self.refused:
            lines.append("evenshard: no test is run: " + self.refused)
        return lines

    def _others(self) -> Others | None:
        """Returns what is known of other shards' tests, by what this session left to them."""
        pruned = self.files.pruned
        if not self.has_collected:
            return None
        is_filtered = self.is_filtered or _filters(self.config)
        if self.deselected or (any(pruned.values()) and not is_filtered):
            return Others.SOME
        return Others.UNKNOWN if pruned else Others.NONE

    def _select(self, items: list[pytest.Item]) -> None:
        if self.passed:
            self._open_homes(items)
        own, others = [], []
        for item in items:
            (own if id(item) in self.mine or self._takes(item) else others).append(item)
        # Hooks may change marks afterwards; what was taken stays.
        self.mine.update((id(item), item) for item in own)
        self.proof.home, self.proof.positional = self.kept.facts().values()
        if others:
            self.deselected += len(others)
            self.config.hook.pytest_deselected(items=others)
            # In place: pytest and other plugins hold this list.
            items[:] = own
        least = self.run.require_match
        if least is not None and self.total and self.known * 100 < least * self.total:
            numbers = self.known, self.total, ("%f" % least).rstrip("0").rstrip(".")
            self.refused = "timings know %d of %d tests, %s %% are required" % numbers
            items[:] = []

    def _takes(self, item: pytest.Item) -> bool:
        """Returns True for a test of this shard, and notes what `run` and `verify` ask of it."""
        place = self._place(item)
        if not self._is_own(item, place):
            return False
        if place.runs_on is EVERYWHERE:
            self.proof.everywhere.append(writable(item.nodeid))
        self.kept.add(item.nodeid, place.file, place.classname, place.kept, place.why)
        if place.kept == Kept.WITH_FILE:
            self._note_apart(item)
        if self.homes.positional.has(item):
            self.kept.positional.add("%s::%s" % (place.classname, place.function))
        known = self._is_known(place)
        if not known and place.kept != Kept.NO:  # it may be planned for another shard
            known = self.placement.lists(place.classname, place.names)
        self.known += known
        self.total += 1
        # Three examples show what differs.
        if not known and len(self.unknown) < 3:
            self.unknown.append(writable(item.nodeid))
        return True

    def _place(self, item: pytest.Item) -> _Place:
        _, classes, function, bracket = split_id(item.nodeid)
        names = names_in_reports(function, bracket)
        file = self.files.file_of(item)
        kept, why = self.homes.of(item)
        runs_on, kept = self.placement.place(file, classes, function, names, kept)
        return _Place(file, classes, function, names, runs_on, kept, why)

    def names_of(self, item: pytest.Item) -> tuple[str, list[str]]:
        """Returns the classname of an item, and the names that reports may give it."""
        place = self._place(item)
        return place.classname, place.names

    def _is_known(self, place: _Place) -> bool:
        return self.placement.knows(place.file, place.classes, place.names)

    def _is_for_here(self, item: pytest.Item) -> bool:
        """Returns True for a test that this session is to run, whatever filters leave out."""
        return id(item) in self.mine or self._is_own(item, self._place(item))

    def _is_own(self, item: pytest.Item, place: _Place) -> bool:
        if not includes(place.runs_on, self.shard):
            return False
        if self.only is not None:  # a second session, or one of those that bisect a shard
            return writable(plain_id(item)) in self.only
        return not self._has_passed(item) or place.home() in self.open

    def _has_passed(self, item: pytest.Item) -> bool:
        """Returns True where an earlier attempt has a passing result."""
        # A report may have the id with the group of xdist or without.
        ids = (item.nodeid, plain_id(item), with_group(item)) if self.passed else ()
        return any(writable(nodeid) in self.passed for nodeid in ids)

    def _open_homes(self, items: list[pytest.Item]) -> None:
        """Notes the files and classes that run again as a whole, for a test to run again."""
        self.open.update(self._place(item).home() for item in items if not self._has_passed(item))
        self.open.discard(None)

    def _note_apart(self, item: pytest.Item) -> None:
        """Notes a test that is linked to one of another file, which another shard runs."""
        for other in tests_elsewhere(item, self.files.root):
            path, classes, function, bracket = split_id(other)
            names = names_in_reports(function, bracket)
            place = self.placement.place(dotted(path), classes, function, names, Kept.WITH_FILE)
            if not includes(place[0], self.shard):
                self.apart.append([writable(item.nodeid), writable(other)])

    def _missing(self, items: list[pytest.Item]) -> dict[str, Any]:
        """Returns what was missing before any filter, and what hooks left out."""
        whole = self.whole
        dropped = list(filter(self._is_for_here, whole.left_out(items)))
        self.proof.dropped = sorted({writable(item.nodeid) for item in dropped})
        known = [item for item in dropped if self._is_known(self._place(item))]
        found = {
            "absent": whole.absent,
            "elsewhere": whole.elsewhere,
            "gone": whole.skipped,
            "dropped_known": sorted({writable(item.nodeid) for item in known}),
        }
        looks_again = self.run.survey or self.run.only is not None
        if whole.absent or whole.elsewhere or looks_again:
            own = [*items, *filter(self._is_for_here, whole.items)]
            found["own"] = sorted({writable(plain_id(item)) for item in own})
            found["plain"] = [writable(plain_id(item)) for item in items]
        return found


def _count(number: int, noun: str) -> str:
    return "%d %s%s" % (number, noun, "s" * (number != 1))


def _filters(config: pytest.Config) -> bool:
    """Returns True when the user asked for some tests only, by more than paths."""
    options = ("keyword", "markexpr", "deselect", "lf", "stepwise", "override_ini")
    return any(getattr(config.option, name, None) for name in options)
