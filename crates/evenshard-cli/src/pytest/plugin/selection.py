"""Which of the collected tests this shard runs. PYTEST_DONT_REWRITE"""

from typing import NamedTuple

from .homes import Told, tests_elsewhere
from .identity import dotted, names_in_reports, plain_id, split_id, with_group, writable
from .patterns import subject_of
from .placement import EVERYWHERE, NO, WITH_CLASS, WITH_FILE

# See `Selection.note_absent`.
_MORE = ("absent", "elsewhere", "gone", "own", "plain", "dropped_known")


class _Place(NamedTuple):
    """What an item is called, its shard, and what it stays with."""

    file: str
    classes: list
    function: str
    names: list
    shard: int
    kept: int
    why: str

    @property
    def classname(self):
        return ".".join([self.file, *self.classes])

    def home(self):
        """What the test has to run with as a whole, None for one that stands alone."""
        return {
            WITH_FILE: ("file", self.file),
            WITH_CLASS: ("class", self.classname),
        }.get(self.kept)


class Selection:
    """Keeps the tests of one shard, and notes what `verify` needs to know about them."""

    def __init__(self, content, placement, files, homes, quarantine):
        self.shard = content["slice"]["shard"]
        self.require_match = content["require_match"]
        self.settled = set(content.get("settled") or ())
        self.only = None if content.get("only") is None else set(content["only"])
        self.placement = placement
        self.files = files
        self.homes = homes
        self.quarantine = quarantine
        self.deselected = 0
        self.proof = {"cut": {}, "collected_from": {}, "everywhere": [], "dropped": []}
        self.more = {}  # what `run` needs to look for tests that pruning made vanish
        self.told = Told()
        self.open = set()  # files and classes that run again as a whole
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
            **self.more,
        }

    def adopt(self, facts):
        """Takes over what an xdist worker told: its controller collects nothing."""
        self.match = tuple(facts.get("match", self.match))
        self.unknown = facts.get("unknown", self.unknown)
        self.apart = facts.get("apart", self.apart)
        self.proof = facts.get("proof", self.proof)
        self.more = {key: facts[key] for key in _MORE if key in facts}

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
                known,
                total,
                ("%f" % least).rstrip("0").rstrip("."),
            )
            items[:] = []

    def _mine(self, item):
        place = self._place(item)
        if not self._is_own(item, place):
            return False
        file, classname = place.file, place.classname
        self._note_for_proof(item, file, everywhere=place.shard == EVERYWHERE)
        self.told.add(item.nodeid, file, classname, place.kept, place.why)
        if place.kept == WITH_FILE:
            self._note_apart(item)
        if self.homes.positional.has(item):
            self.told.positional.add("%s::%s" % (classname, place.function))
        known = self.placement.knows(file, place.classes, place.names)
        if not known and place.kept != NO:  # it may be planned for another shard
            known = self.placement.lists(classname, place.names)
        self.match = (self.match[0] + known, self.match[1] + 1)
        if not known and len(self.unknown) < 3:
            self.unknown.append(writable(item.nodeid))
        return True

    def _place(self, item):
        _, classes, function, bracket = split_id(item.nodeid)
        names = names_in_reports(function, bracket)
        file = self.files.file_of(item)
        kept, why = self.homes.of(item)
        shard, kept = self.placement.place(file, classes, function, names, kept)
        return _Place(file, classes, function, names, shard, kept, why)

    def names_of(self, item):
        """The classname of an item, and the names that reports may give it."""
        place = self._place(item)
        return place.classname, place.names

    def is_own(self, item):
        """True for a test that this session is to run, whatever filters say."""
        return id(item) in self.approved or self._is_own(item, self._place(item))

    def _is_own(self, item, place):
        if place.shard not in (self.shard, EVERYWHERE):
            return False
        if self.only is not None:  # a second session, for tests that the first one missed
            return writable(plain_id(item)) in self.only
        return not self._is_settled(item) or place.home() in self.open

    def _is_settled(self, item):
        """True where an earlier attempt has a passing result."""
        ids = (item.nodeid, plain_id(item), with_group(item)) if self.settled else ()
        return any(writable(nodeid) in self.settled for nodeid in ids)

    def _open_homes(self, items):
        """Notes the files and classes that have a test to run again: what stays together there
        runs again as a whole."""
        self.open.update(self._place(item).home() for item in items if not self._is_settled(item))
        self.open.discard(None)

    def _note_apart(self, item):
        """Notes a test that is linked to one of another file, which another shard runs."""
        for other in tests_elsewhere(item, self.files.root):
            path, classes, function, bracket = split_id(other)
            names = names_in_reports(function, bracket)
            shard = self.placement.place(dotted(path), classes, function, names, WITH_FILE)[0]
            if shard not in (self.shard, EVERYWHERE):
                self.apart.append([writable(item.nodeid), writable(other)])

    def _note_for_proof(self, item, file, everywhere):
        """What `verify` could not tell from the id of a selected test."""
        if everywhere:
            self.proof["everywhere"].append(writable(item.nodeid))

    def note_sources(self, items):
        """The files through which tests were collected whose ids begin with another: one for
        each time that a test is selected, since several files can lead to one id."""
        sources, foreign = {}, set()
        for item in items:
            own = item.nodeid.partition("::")[0]
            path = own
            if self.files.file_of(item) != dotted(own):
                path = self.files.path_of(item)
                foreign.add(writable(item.nodeid))
            sources.setdefault(writable(item.nodeid), []).append(writable(path))
        self.proof["collected_from"] = {nodeid: sources[nodeid] for nodeid in sorted(foreign)}

    def note_absent(self, whole, items, survey):
        """What is missing before any filter, and what hooks left out."""
        if self.refused:
            return
        dropped = whole.dropped(items, self.is_own)
        self.proof["dropped"] = sorted({writable(item.nodeid) for item in dropped})
        known = [item for item in dropped if self._is_known(item)]
        self.more = {"absent": whole.absent, "elsewhere": whole.elsewhere, "gone": whole.skipped}
        if known:
            self.more["dropped_known"] = sorted({writable(item.nodeid) for item in known})
        if whole.absent or whole.elsewhere or survey or self.only is not None:
            self.more["own"] = whole.own_ids(items, self.is_own)
            self.more["plain"] = [writable(plain_id(item)) for item in items]

    def _is_known(self, item):
        place = self._place(item)
        return self.placement.knows(place.file, place.classes, place.names)

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
    import hashlib  # only here: tests can see which modules are loaded

    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
