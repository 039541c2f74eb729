"""Which of the collected tests this shard runs. PYTEST_DONT_REWRITE"""

import hashlib

from .homes import Told, tests_elsewhere
from .identity import dotted, names_in_reports, split_id, without_group, writable
from .patterns import subject_of
from .placement import EVERYWHERE, WITH_CLASS, WITH_FILE


class Selection:
    """Keeps the tests of one shard, and notes what `verify` needs to know about them."""

    def __init__(self, content, placement, files, homes, quarantine):
        self.shard = content["slice"]["shard"]
        self.require_match = content["require_match"]
        self.settled = set(map(without_group, content.get("settled") or ()))
        self.placement = placement
        self.files = files
        self.homes = homes
        self.quarantine = quarantine
        self.deselected = 0
        self.proof = {"cut": {}, "collected_from": {}, "everywhere": []}
        self.told = Told()
        self.open = set()
        self.approved = {}  # by id, with the items: an id is free again when its item is gone
        self.match = (0, 0)
        self.unknown = []
        self.apart = []
        self.refused = None

    def facts(self):
        """What `evenshard run` is told."""
        return {
            "deselected": self.deselected,
            "match": self.match,
            "unknown": self.unknown,
            "apart": self.apart,
            "refused": self.refused,
            "proof": self.proof,
        }

    def adopt(self, facts):
        """Takes over what an xdist worker told: its controller collects nothing."""
        self.match = tuple(facts.get("match", self.match))
        self.unknown = facts.get("unknown", self.unknown)
        self.apart = facts.get("apart", self.apart)
        self.proof = facts.get("proof", self.proof)

    def select(self, config, items):
        mine, others = [], []
        if self.settled:
            self._open_homes(items)
        for item in items:
            keep = id(item) in self.approved or self._mine(item)
            (mine if keep else others).append(item)
        self.approved.update((id(item), item) for item in mine)
        self.proof.update(self.told.facts())
        self.deselected += len(others)
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = mine
        known, total = self.match
        least = self.require_match
        if least is not None and total and known * 100 < least * total:
            self.refused = "timings know %d of %d tests, %s %% are required" % (
                known, total, ("%f" % least).rstrip("0").rstrip("."))
            items[:] = []

    def _mine(self, item):
        _, classes, function, bracket = split_id(item.nodeid)
        names = names_in_reports(function, bracket)
        file = self.files.file_of(item)
        classname = ".".join([file, *classes])
        kept, why = self.homes.of(item)
        shard, kept = self.placement.place(file, classes, function, names, kept)
        if shard not in (self.shard, EVERYWHERE):
            return False
        if self._is_settled(item) and _home(file, classname, kept) not in self.open:
            return False  # an earlier attempt has a passing result
        self._note_for_proof(item, file, everywhere=shard == EVERYWHERE)
        self.told.add(item.nodeid, file, classname, kept, why)
        if kept == WITH_FILE:
            self._note_apart(item)
        if self.homes.positional.has(item):
            self.told.positional.add("%s::%s" % (classname, function))
        known = self.placement.knows(file, classes, names)
        self.match = (self.match[0] + known, self.match[1] + 1)
        if not known and len(self.unknown) < 3:
            self.unknown.append(writable(item.nodeid))
        return True

    def _note_apart(self, item):
        """Notes a test that is linked to one of another file, which another shard runs."""
        for other in tests_elsewhere(item, self.files.root):
            path, classes, function, bracket = split_id(other)
            names = names_in_reports(function, bracket)
            shard = self.placement.place(dotted(path), classes, function, names, WITH_FILE)[0]
            if shard not in (self.shard, EVERYWHERE):
                self.apart.append([writable(item.nodeid), writable(other)])

    def _is_settled(self, item):
        return bool(self.settled) and without_group(writable(item.nodeid)) in self.settled

    def _open_homes(self, items):
        """Notes the files and classes that have a test to run again: what stays together there
        runs again as a whole."""
        for item in items:
            if not self._is_settled(item):
                _, classes, function, bracket = split_id(item.nodeid)
                names = names_in_reports(function, bracket)
                file = self.files.file_of(item)
                kept = self.homes.of(item)[0]
                kept = self.placement.place(file, classes, function, names, kept)[1]
                self.open.add(_home(file, ".".join([file, *classes]), kept))
        self.open.discard(None)

    def _note_for_proof(self, item, file, everywhere):
        """What `verify` could not tell from the id of a selected test."""
        if everywhere:
            self.proof["everywhere"].append(writable(item.nodeid))
        if file != dotted(item.nodeid.partition("::")[0]):
            path = self.files.path_of(item)
            self.proof["collected_from"][writable(item.nodeid)] = writable(path)

    def hashes_of_cut(self, items):
        """A hash of the ids of each function that this shard shares with others.

        Ids can depend on what else was imported; shards that saw different ones could
        lose tests.
        """
        cut = {key: set() for key in self.placement.cut_functions(self.shard)}
        for item in items if cut else ():
            _, classes, function, _ = split_id(item.nodeid)
            key = ".".join([self.files.file_of(item), *classes]), function
            if key in cut:
                cut[key].add(writable(item.nodeid))
        return {"%s::%s" % key: _hash(ids) for key, ids in cut.items()}

    def hashes_of_kept(self, items):
        """A hash of what stays with what in each file that this shard shares with others.

        Marks can depend on the machine; shards that saw different ones could lose tests.
        """
        kept = {}
        for item in items:
            file = self.files.file_of(item)
            if file not in kept:
                kept[file] = [] if len(self.placement.shards_of_file(file)) > 1 else None
            if kept[file] is not None:
                level = self.homes.of(item)[0]
                kept[file] += ["%d %s" % (level, writable(item.nodeid))] if level else []
        return {writable(file): _hash(lines) for file, lines in kept.items() if lines}

    def note_quarantined(self, items):
        """Which items are quarantined, and which entries fit some."""
        for item in items if self.quarantine.entries else ():
            _, classes, function, bracket = split_id(item.nodeid)
            subject = subject_of(classes, names_in_reports(function, bracket))
            covering = self.quarantine.covers(self.files.file_of(item), subject)
            self.quarantine.fits.update(covering)
            if covering:
                self.quarantine.reasons[item.nodeid] = self.quarantine.entries[covering[0]][1]


def _hash(lines):
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _home(file, classname, kept):
    """What a test has to run with as a whole, None for one that stands alone."""
    return {WITH_FILE: ("file", file), WITH_CLASS: ("class", classname)}.get(kept)
