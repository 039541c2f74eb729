"""Which of the collected tests this shard runs. PYTEST_DONT_REWRITE"""

import hashlib

from .identity import dotted, names_in_reports, plain_id, split_id, with_group, writable
from .patterns import subject_of
from .placement import EVERYWHERE

# See `Selection.note_absent`.
_MORE = ("absent", "elsewhere", "gone", "own", "plain", "dropped_known")


class Selection:
    """Keeps the tests of one shard, and notes what `verify` needs to know about them."""

    def __init__(self, content, placement, files, quarantine):
        self.shard = content["slice"]["shard"]
        self.require_match = content["require_match"]
        self.settled = set(content.get("settled") or ())
        self.only = None if content.get("only") is None else set(content["only"])
        self.placement = placement
        self.files = files
        self.quarantine = quarantine
        self.deselected = 0
        self.proof = {"cut": {}, "collected_from": {}, "everywhere": [], "dropped": []}
        self.more = {}  # what `run` needs to look for tests that pruning made vanish
        self.approved = {}  # by id, with the items: an id is free again when its item is gone
        self.match = (0, 0)
        self.unknown = []
        self.refused = None

    def facts(self):
        """What `evenshard run` is told."""
        return {
            "deselected": self.deselected,
            "match": self.match,
            "unknown": self.unknown,
            "refused": self.refused,
            "proof": self.proof,
            **self.more,
        }

    def adopt(self, facts):
        """Takes over what an xdist worker told: its controller collects nothing."""
        self.match = tuple(facts.get("match", self.match))
        self.unknown = facts.get("unknown", self.unknown)
        self.proof = facts.get("proof", self.proof)
        self.more = {key: facts[key] for key in _MORE if key in facts}

    def select(self, config, items):
        mine, others = [], []
        for item in items:
            keep = id(item) in self.approved or self._mine(item)
            (mine if keep else others).append(item)
        self.approved.update((id(item), item) for item in mine)
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
        file, classes, names, shard = self._place(item)
        if shard not in (self.shard, EVERYWHERE) or self._is_settled(item):
            return False
        self._note_for_proof(item, file, everywhere=shard == EVERYWHERE)
        known = self.placement.knows(file, classes, names)
        self.match = (self.match[0] + known, self.match[1] + 1)
        if not known and len(self.unknown) < 3:
            self.unknown.append(writable(item.nodeid))
        return True

    def _place(self, item):
        _, classes, function, bracket = split_id(item.nodeid)
        names = names_in_reports(function, bracket)
        file = self.files.file_of(item)
        return file, classes, names, self.placement.place(file, classes, function, names)

    def _is_settled(self, item):
        """True where an earlier attempt has a passing result, or a second session is for others."""
        if self.only is not None and writable(plain_id(item)) not in self.only:
            return True
        ids = (item.nodeid, plain_id(item), with_group(item)) if self.settled else ()
        return any(writable(nodeid) in self.settled for nodeid in ids)

    def is_own(self, item):
        """True for a test that this session is to run, whatever filters say."""
        if id(item) in self.approved:
            return True
        return self._place(item)[-1] in (self.shard, EVERYWHERE) and not self._is_settled(item)

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
        file, classes, names, _ = self._place(item)
        return self.placement.knows(file, classes, names)

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
        return {
            "%s::%s" % key: hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
            for key, ids in cut.items()
        }

    def note_quarantined(self, items):
        """Which items are quarantined, and which entries fit some."""
        for item in items if self.quarantine.entries else ():
            _, classes, function, bracket = split_id(item.nodeid)
            subject = subject_of(classes, names_in_reports(function, bracket))
            covering = self.quarantine.covers(self.files.file_of(item), subject)
            self.quarantine.fits.update(covering)
            if covering:
                self.quarantine.reasons[item.nodeid] = self.quarantine.entries[covering[0]][1]
