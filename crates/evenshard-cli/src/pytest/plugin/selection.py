"""Which of the collected tests this shard runs. PYTEST_DONT_REWRITE"""

from .identity import dotted, names_in_reports, split_id, without_group, writable
from .patterns import subject_of
from .placement import EVERYWHERE


class Selection:
    """Keeps the tests of one shard, and notes what `verify` needs to know about them."""

    def __init__(self, content, placement, files, quarantine):
        self.shard = content["slice"]["shard"]
        self.require_match = content["require_match"]
        self.settled = set(map(without_group, content.get("settled") or ()))
        self.placement = placement
        self.files = files
        self.quarantine = quarantine
        self.deselected = 0
        self.proof = {"cut": {}, "collected_from": {}, "everywhere": []}
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
        }

    def adopt(self, facts):
        """Takes over what an xdist worker told: its controller collects nothing."""
        self.match = tuple(facts.get("match", self.match))
        self.unknown = facts.get("unknown", self.unknown)
        self.proof = facts.get("proof", self.proof)

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
                known, total, ("%f" % least).rstrip("0").rstrip("."))
            items[:] = []

    def _mine(self, item):
        _, classes, function, bracket = split_id(item.nodeid)
        names = names_in_reports(function, bracket)
        file = self.files.file_of(item)
        shard = self.placement.place(file, classes, function, names)
        if shard not in (self.shard, EVERYWHERE):
            return False
        if self.settled and without_group(writable(item.nodeid)) in self.settled:
            return False  # an earlier attempt has a passing result
        self._note_for_proof(item, file, everywhere=shard == EVERYWHERE)
        known = self.placement.knows(file, classes, names)
        self.match = (self.match[0] + known, self.match[1] + 1)
        if not known and len(self.unknown) < 3:
            self.unknown.append(writable(item.nodeid))
        return True

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
        if not cut:
            return {}
        import hashlib  # only here: tests can see which modules are loaded

        for item in items:
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
