"""One session: keeps the tests of one shard, and the record of them. PYTEST_DONT_REWRITE"""

import hashlib
import os
import re
import signal

import pytest

from .environment import ENVIRONMENT
from .files import Files
from .forks import Forks, junit_logs
from .handover import beside, write_json
from .identity import dotted, names_in_reports, split_id, with_group, without_group, writable
from .interrupts import Interrupts
from .originals import REAL
from .patterns import subject_of
from .placement import EVERYWHERE, Placement
from .quarantine import Quarantine
from .setup_meter import SetupMeter, setup_is_in_reports

# The exit status that `evenshard run` gives for timings that match too few tests.
EXIT_MATCH = 65

# How pytest, stepwise and xdist say that they stop because a test failed.
_STOPS = re.compile(r"stopping after \d+ failures|Test failed, continuing from this test next run\.")


class ShardPlugin:
    """Prunes files, deselects tests and keeps the record of one session."""

    def __init__(self, config, talk, when_over):
        self.config = config
        content = self.content = talk.content
        self.when_over = when_over
        self.mode = content["mode"]
        self.worker = getattr(config, "workerinput", None)
        prefix = getattr(config.option, "junitprefix", None) or ""
        self.placement = Placement(content["slice"], prefix) if self.mode == "run" else None
        self.shard = content["slice"]["shard"] if self.mode == "run" else None
        self.files = Files(config, self.placement, self.shard)
        config.pluginmanager.register(self.files, "evenshard-files")
        self.filtered = 0
        self.deselected = 0
        self.selected = []
        self.proof = {"cut": {}, "collected_from": {}, "everywhere": []}
        self.retried = {}
        self.quarantine = Quarantine(content.get("quarantine", ()))
        self.approved = set()
        self.settled = set(map(without_group, content.get("settled") or ()))
        self.match = (0, 0)
        self.unknown = []
        self.refused = None
        self.collecting_workers = 0
        self.interrupts = None
        self.meter = None
        if self.mode == "run":
            self.meter = SetupMeter(self.files.path_of, setup_is_in_reports(config))
            config.pluginmanager.register(self.meter, "evenshard-setup")
        self.durations = 0.0
        self.started = REAL.monotonic()
        self.talk = talk
        talk.facts["role"] = "worker" if self.worker is not None else "main"
        talk.facts["parent"] = (self.worker or {}).get("evenshard")
        talk.facts["junit_prefix"] = prefix
        config.pluginmanager.register(Forks(config, talk), "evenshard-forks")

    # -- tests --

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

    def _hashes_of_cut(self, items):
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

    def _note_quarantined(self, items):
        """Which items are quarantined, and which entries fit some."""
        for item in items if self.quarantine.entries else ():
            _, classes, function, bracket = split_id(item.nodeid)
            subject = subject_of(classes, names_in_reports(function, bracket))
            covering = self.quarantine.covers(self.files.file_of(item), subject)
            self.quarantine.fits.update(covering)
            if covering:
                self.quarantine.reasons[item.nodeid] = self.quarantine.entries[covering[0]][1]

    def _select(self, config, items):
        mine, others = [], []
        for item in items:
            keep = id(item) in self.approved or self._mine(item)
            (mine if keep else others).append(item)
        self.approved.update(map(id, mine))
        self.deselected += len(others)
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = mine
        known, total = self.match
        least = self.content["require_match"]
        if least is not None and total and known * 100 < least * total:
            self.refused = "timings know %d of %d tests, %s %% are required" % (
                known, total, ("%f" % least).rstrip("0").rstrip("."))
            items[:] = []

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        before = len(items)
        outcome = yield
        if outcome.excinfo is None and self.mode == "run":
            self.filtered += before - len(items)
            self._note_quarantined(items)
            self.proof["cut"] = self._hashes_of_cut(items)
            self._select(config, items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session):
        if self.mode == "run":
            # A wrapper outside ours may have added tests: they have one home as well.
            self._select(session.config, session.items)
            self._note_quarantined(session.items)
            self.quarantine.may_fit(self.files.pruned)
        # In a run the ids are those that reports have.
        written = with_group if self.mode != "run" else lambda item: item.nodeid
        self.selected = [writable(written(item)) for item in session.items]
        self.talk.say(
            state="collected",
            files=sorted(map(writable, self.files.offered)),
            pruned=len(self.files.pruned),
            pruned_known=sum(self.files.pruned.values()),
            filtered=_filters(session.config) or self.filtered > 0,
            deselected=self.deselected,
            selected=self.selected,
            match=self.match,
            unknown=self.unknown,
            refused=self.refused,
            proof=self.proof,
            quarantine_fits=sorted(self.quarantine.fits),
        )
        if self.mode == "run" and self.worker is None and not session.config.option.collectonly:
            self._write_record()

    # -- how far it comes --

    def pytest_plugin_registered(self, plugin):
        if isinstance(plugin, pytest.Session):
            self.talk.say(state="begun")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self):
        self.talk.facts["state"] = "collecting"

    def leave(self, in_order):
        """pytest is through. What began no session, such as `pytest --help`, owes none."""
        if in_order and self.talk.facts["state"] == "loaded":
            self.talk.say(state="finished", collect_only=True)
        self.when_over()
        ENVIRONMENT.show()

    def pytest_report_header(self):
        if self.mode == "run":
            return "evenshard: shard %s of plan %s" % (
                self.content["shard"], self.content["slice"]["digest"][:12])
        return None

    def pytest_report_collectionfinish(self):
        if self.mode != "run":
            return None
        known, total = self.match
        pruned = len(self.files.pruned)
        lines = ["evenshard: %d test%s in this shard, timings known for %d; %d test%s and %d "
                 "file%s left to other shards" % (
                     total, "s" * (total != 1), known, self.deselected,
                     "s" * (self.deselected != 1), pruned, "s" * (pruned != 1))]
        if self.refused:
            lines.append("evenshard: no test is run: " + self.refused)
        return lines

    # -- the run --

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):  # xdist, in the controller
        node.workerinput["evenshard"] = self.talk.key

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self.collecting_workers += 1
        workers = self.talk.workers()
        self.talk.say(workers=len(workers), workers_started=self.collecting_workers)
        if self.collecting_workers == 1:
            self.selected = [writable(i) for i in ids]
            self.files.offered.update(*[w.get("files", ()) for w in workers])
            self.match = next((tuple(w["match"]) for w in workers if "match" in w), (0, 0))
            self.unknown = next((w["unknown"] for w in workers if "unknown" in w), [])
            self.proof = next((w["proof"] for w in workers if "proof" in w), self.proof)
            fits = {at for w in workers for at in w.get("quarantine_fits", ())}
            self.talk.say(quarantine_fits=sorted(fits))
            self.talk.say(state="collected", selected=self.selected, match=self.match,
                          unknown=self.unknown, proof=self.proof,
                          files=sorted(map(writable, self.files.offered)))
            self._write_record()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config):
        junit = self.content.get("junit")
        if self.mode != "run":
            config.option.xmlpath = None
        elif junit and not getattr(config.option, "xmlpath", None) and self._writes_results():
            config.option.xmlpath = self._own_file(junit)
            self.talk.facts["record_beside"] = junit  # one record, however many sessions
        path = getattr(config.option, "xmlpath", None)
        path = os.path.abspath(os.path.expanduser(os.path.expandvars(path))) if path else None
        self.talk.say(junit=path, collect_only=bool(config.option.collectonly))

    def _own_file(self, junit):
        """The JUnit file of this session: one command can start pytest several times."""
        taken = [f.get("junit") for f in self.talk.others()]
        base, number = junit[:-4] if junit.endswith(".xml") else junit, 1
        name = junit
        # Claimed, since sessions of one command may run side by side.
        while self.talk.outside(name) in taken or not self.talk.claim("junit-%d" % number):
            number += 1
            name = "%s-%d.xml" % (base, number)
        return name

    def _writes_results(self):
        begun = self.talk.facts["state"] != "loaded"
        return begun and self.worker is None and not self.config.option.collectonly

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report):
        # Around all others: they are to see what is left of a quarantined failure.
        self.quarantine.excuse(report, self.config)
        self._count(report)
        yield

    def _count(self, report):
        self.quarantine.note(report)
        # Not before its teardown: what it replaced may be in place until then.
        if report.when == "teardown" and self.quarantine.failures:
            quarantined = self.quarantine.ids()
            if quarantined != self.talk.facts.get("quarantined"):
                self.talk.say(quarantined=quarantined)
        self.durations += getattr(report, "duration", 0.0) or 0.0
        if report.outcome not in ("passed", "failed", "skipped"):  # a plugin tries again
            nodeid = writable(report.nodeid)
            self.retried[nodeid] = self.retried.get(nodeid, 0) + 1

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        texts = terminalreporter.config.option.tbstyle != "no"
        self.quarantine.write_summary(terminalreporter, texts)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        yield
        # A worker that has no test is as much of a success as a shard that has none.
        if self.mode == "run":
            facts = self.talk.workers() or [self.talk.facts]
            if any(f.get("refused") for f in facts):
                session.exitstatus = EXIT_MATCH
            elif int(session.exitstatus) == 5:
                self._settle_empty(session, facts)
        self._say_finished(session, int(session.exitstatus))

    def _say_finished(self, session, status):
        # A session that pytest.exit() ends early may say that all went well.
        cut_short = status == 0 and self.talk.facts["state"] == "collecting"
        self.talk.say(
            state="collecting" if cut_short else "finished",
            exit=status,
            cases_us=round(self.durations * 1e6),
            wall_us=round((REAL.monotonic() - self.started) * 1e6),
            setup=self.meter.facts() if self.meter else {},
            stopped=_stopped_on_request(session),
            retried=self.retried,
            quarantined=self.quarantine.ids(),
        )

    def _settle_empty(self, session, facts):
        """No tests ran. Success when the others surely have some, else `run` looks again."""
        total = {k: sum(f.get(k) or 0 for f in facts)
                 for k in ("deselected", "pruned", "pruned_known")}
        if total["deselected"]:
            session.exitstatus = 0
        elif total["pruned_known"] and not any(f.get("filtered") for f in facts):
            session.exitstatus = 0
        elif total["pruned"]:
            self.talk.say(survey=True)

    def _write_record(self):
        record = dict(self.content["record"])
        path = record.pop("path") or beside(
            self.talk.facts.get("record_beside") or self.talk.facts.get("junit"))
        if path is None:
            return
        record.update(
            junit_prefix=self.talk.facts["junit_prefix"],
            state="started",
            files=sorted(map(writable, self.files.offered)),
            selected=self.selected,
            match={"known": self.match[0], "tests": self.match[1]},
            **{key: value for key, value in self.proof.items() if value},
        )
        self.talk.say(record=path)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_json(path, record)
        except OSError as error:
            self.talk.say(record_error=str(error))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        # The xdist controller runs no tests, but its workers have to find the plugin.
        if session.config.pluginmanager.hasplugin("dsession"):
            ENVIRONMENT.show()
        if self.worker is None:
            self.interrupts = Interrupts(lambda: self._end_now(session))
            if self._writes_results():
                self._write_record()  # a job that is killed while it collects leaves one

    def _end_now(self, session):
        """Writes what there is, beside a main thread that does not come back."""
        if self.talk.facts.get("state") == "finished":
            return  # and the reports are written
        try:
            for log in junit_logs(session.config):
                # Not over a file that the main thread may be writing.
                path = log.logfile
                log.logfile = path + ".cut"
                log.pytest_sessionfinish()
                REAL.replace(log.logfile, path)
            self._say_finished(session, 2)
        finally:
            self._kill_workers()

    def _kill_workers(self):
        for worker in self.talk.workers():
            try:
                REAL.kill(int(worker["key"].partition("-")[0]), signal.SIGKILL)
            except OSError:
                pass  # it has ended

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self):
        if self.interrupts:
            self.interrupts.restore()
        self.when_over()
        ENVIRONMENT.show()


def _stopped_on_request(session):
    """Why the session stopped before its last test, where an option asked for that."""
    option = session.config.option
    if not getattr(option, "maxfail", 0) and not getattr(option, "stepwise", False):
        return None
    xdist = session.config.pluginmanager.getplugin("dsession")
    whys = (session.shouldfail, session.shouldstop, getattr(xdist, "shouldstop", None))
    said = (why for why in whys if isinstance(why, str) and _STOPS.fullmatch(why))
    return next(said, None) if session.testsfailed else None


def _filters(config):
    """True when the user asked for some tests only, by more than paths."""
    options = ("keyword", "markexpr", "deselect", "lf", "stepwise", "override_ini")
    return any(getattr(config.option, name, None) for name in options)
