"""One session: keeps the tests of one shard, and the record of them. PYTEST_DONT_REWRITE"""

import os
import re
import shutil
import signal

import pytest

from .asked import selection
from .environment import ENVIRONMENT
from .files import Files
from .forks import Forks, junit_logs
from .handover import beside, write_json
from .homes import Homes, Told
from .identity import split_id, with_group, writable
from .interrupts import Interrupts
from .order import LongestFirst, settle_chunks
from .originals import REAL
from .placement import Placement
from .quarantine import Quarantine
from .selection import Selection
from .setup_meter import SetupMeter, setup_is_in_reports
from .whole import Whole

# The exit status that `evenshard run` gives for timings that match too few tests.
EXIT_MATCH = 65

# How pytest, stepwise and xdist say that they stop because a test failed.
_STOPS = re.compile(
    r"stopping after \d+ failures|Test failed, continuing from this test next run\."
)


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
        # Collects once more, without pruning, and runs nothing.
        self.survey = bool(content.get("survey"))
        if self.survey:
            config.option.collectonly = True
        self.files = Files(config, self.placement, self.shard, content.get("prune", True))
        config.pluginmanager.register(self.files, "evenshard-files")
        rules = content["slice"].get("rules", {}) if self.mode == "run" else content
        self.homes = Homes(config, rules.get("whole_marks", ()))
        config.pluginmanager.register(self.homes, "evenshard-homes")
        self.filtered = 0
        self.selected = []
        self.items = ()
        self.retried = {}
        self.quarantine = Quarantine(content.get("quarantine", ()))
        self.selection = None
        if self.mode == "run":
            self.selection = Selection(
                content, self.placement, self.files, self.homes, self.quarantine
            )
            self.whole = Whole(config, self.files, self.placement, content.get("collected"))
            config.pluginmanager.register(self.whole, "evenshard-whole")
        self.collecting_workers = 0
        self.interrupts = None
        self.meter = None
        if self.mode == "run":
            self.meter = SetupMeter(self.files.path_of, setup_is_in_reports(config))
            config.pluginmanager.register(self.meter, "evenshard-setup")
        times = content.get("longest_first")
        self.order = None if times is None else LongestFirst(times)
        self.asked = None  # what the user selected, as text
        self.junit = None  # where --junit has the results written
        self.copies_junit_from = None
        self.durations = 0.0
        self.started = REAL.monotonic()
        self.talk = talk
        talk.facts["role"] = "worker" if self.worker is not None else "main"
        talk.facts["parent"] = (self.worker or {}).get("evenshard")
        talk.facts["junit_prefix"] = prefix
        config.pluginmanager.register(Forks(config, talk), "evenshard-forks")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        before = len(items)
        if self.mode == "run":
            self.whole.look(items, self.shard)
        outcome = yield
        # pytest says that collection is finished after an error, too.
        self.talk.facts["collected"] = outcome.excinfo is None
        if outcome.excinfo is None and self.mode == "run":
            self.filtered += before - len(items)
            self.selection.note_quarantined(items)
            self.selection.proof["cut"] = self.selection.hashes_of_cut(items)
            self.selection.proof["kept"] = self.selection.hashes_of_kept(items)
            self.selection.select(config, items)
            if self.order:
                self.order.arrange(items, self.worker, self.selection.names_of)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session):
        if self.mode == "run":
            # A wrapper outside ours may have added tests: they have one home as well.
            self.selection.select(session.config, session.items)
            self.selection.note_quarantined(session.items)
            self.selection.note_sources(session.items)
            self.selection.note_absent(self.whole, session.items, self.survey)
            self.quarantine.may_fit(self.files.pruned)
        # In a run the ids are those that reports have.
        self.items = session.items
        written = with_group if self.mode != "run" else lambda item: item.nodeid
        self.selected = [writable(written(item)) for item in session.items]
        self.talk.say(
            state="collected",
            files=sorted(map(writable, self.files.offered)),
            pruned=len(self.files.pruned),
            pruned_known=sum(self.files.pruned.values()),
            filtered=_filters(session.config) or self.filtered > 0,
            selected=self.selected,
            quarantine_fits=sorted(self.quarantine.fits),
            selection=self.asked,
            **(self.selection.facts() if self.selection else self._collected(session.items)),
        )
        if self.mode == "run" and self.worker is None and not session.config.option.collectonly:
            self._write_record()

    def _collected(self, items):
        """What a plan of collected tests has to know of them besides."""
        told = Told()
        for item in items:
            _, classes, function, _ = split_id(item.nodeid)
            file = self.files.file_of(item)
            classname = ".".join([file, *classes])
            told.add(item.nodeid, file, classname, *self.homes.of(item))
            if self.homes.positional.has(item):
                told.positional.add("%s::%s" % (classname, function))
        return {"proof": told.facts()}

    # -- how far it comes --

    def pytest_plugin_registered(self, plugin):
        if isinstance(plugin, pytest.Session):
            self.talk.say(state="begun")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection(self, session):
        self.talk.facts["state"] = "collecting"
        config = session.config
        typed = config.args
        # A worker that xdist starts anew takes what its controller has.
        if not config.pluginmanager.hasplugin("dsession"):
            config.args = self.files.arguments(config)
        yield
        config.args = typed

    def leave(self, in_order):
        """pytest is through. What began no session, such as `pytest --help`, owes none."""
        if in_order and self.talk.facts["state"] == "loaded":
            self.talk.say(state="finished", collect_only=True)
        self.when_over()
        ENVIRONMENT.show()

    def pytest_report_header(self):
        if self.mode == "run":
            return "evenshard: shard %s of plan %s" % (
                self.content["shard"],
                self.content["slice"]["digest"][:12],
            )
        return None

    def pytest_report_collectionfinish(self):
        if self.mode != "run":
            return None
        known, total = self.selection.match
        pruned, deselected = len(self.files.pruned), self.selection.deselected
        lines = [
            "evenshard: %d test%s in this shard, timings known for %d; %d test%s and %d "
            "file%s left to other shards"
            % (
                total,
                "s" * (total != 1),
                known,
                deselected,
                "s" * (deselected != 1),
                pruned,
                "s" * (pruned != 1),
            )
        ]
        if self.selection.refused:
            lines.append("evenshard: no test is run: " + self.selection.refused)
        return lines

    # -- the run --

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):  # xdist, in the controller
        node.workerinput["evenshard"] = self.talk.key
        if self.order:
            self.order.tell(self.config.option, node.workerinput)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self.collecting_workers += 1
        workers = self.talk.workers()
        self.talk.say(
            workers=len(workers),
            workers_started=self.collecting_workers,
            pruned=max((w.get("pruned", 0) for w in workers), default=0),
        )
        if self.collecting_workers == 1:
            self.selected = [writable(i) for i in ids]
            self.files.offered.update(*[w.get("files", ()) for w in workers])
            self.selection.adopt(next((w for w in workers if "match" in w), {}))
            fits = {at for w in workers for at in w.get("quarantine_fits", ())}
            self.talk.say(quarantine_fits=sorted(fits))
            self.talk.say(
                state="collected",
                selected=self.selected,
                selection=self.asked,
                **self.selection.facts(),
                files=sorted(map(writable, self.files.offered)),
            )
            self._write_record()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config):
        option = config.option
        if self.mode == "run":
            self.asked = selection(config)
        if self.order and self.worker is None and config.pluginmanager.hasplugin("xdist"):
            settle_chunks(option)
        if self.mode != "run" or self.survey:
            option.xmlpath = None
        elif self.writes_results():
            self._settle_junit(option)
        path = self.junit or getattr(option, "xmlpath", None)
        self.talk.say(junit=_whole_path(path), collect_only=bool(option.collectonly))

    def _settle_junit(self, option):
        """Where results go: as the command says, as --junit says, or both."""
        own, asked = getattr(option, "xmlpath", None), self.content.get("junit")
        if own and self.content.get("only") is not None:
            # The first session's results stay.
            own = option.xmlpath = re.sub(r"(\.xml)?$", r"-unpruned\1", own, count=1)
        if not asked:
            return
        self.junit = self._own_file(asked)
        self.talk.facts["record_beside"] = asked  # one record, however many sessions
        if not own:
            option.xmlpath = self.junit
        elif _whole_path(own) != self.junit:
            self.copies_junit_from = _whole_path(own)

    def _copy_junit(self):
        """Results that were asked for twice, by the command and by --junit."""
        if self.copies_junit_from is None or self.talk.is_in_child():
            return
        try:
            os.makedirs(os.path.dirname(self.junit), exist_ok=True)
            if os.path.isfile(self.copies_junit_from):
                shutil.copyfile(self.copies_junit_from, self.junit)
            else:  # such as /dev/stdout
                for log in junit_logs(self.config):
                    log.logfile = self.junit
                    log.pytest_sessionfinish()
        except OSError as error:
            self.talk.say(junit_error=str(error))

    def _own_file(self, junit):
        """The JUnit file of this session: one command can start pytest several times."""
        taken = [f.get("junit") for f in self.talk.others()]
        base, number = junit.removesuffix(".xml"), 1
        name = junit
        # Claimed, since sessions of one command may run side by side.
        while self.talk.outside(name) in taken or not self.talk.claim("junit-%d" % number):
            number += 1
            name = "%s-%d.xml" % (base, number)
        return name

    def writes_results(self):
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self):
        self.talk.say_ending()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        self.talk.say_ending()
        yield
        self._copy_junit()
        # A worker that has no test is as much of a success as a shard that has none.
        if self.mode == "run":
            facts = self.talk.workers() or [self.talk.facts]
            if any(f.get("refused") for f in facts):
                session.exitstatus = EXIT_MATCH
            elif int(session.exitstatus) == 5 and any(f.get("collected") for f in facts):
                # Not where every xdist worker ended before it had collected: by a wrong
                # argument, of which its controller only sees that no test ran.
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
            session_us=self.meter.shared_facts(self.items) if self.meter else [],
            stopped=_stopped_on_request(session),
            retried=self.retried,
            quarantined=self.quarantine.ids(),
        )

    def _settle_empty(self, session, facts):
        """No tests ran. Success when the others surely have some, else `run` looks again."""
        total = {
            k: sum(f.get(k) or 0 for f in facts) for k in ("deselected", "pruned", "pruned_known")
        }
        if total["deselected"]:
            session.exitstatus = 0
        elif total["pruned_known"] and not any(f.get("filtered") for f in facts):
            session.exitstatus = 0
        elif total["pruned"]:
            self.talk.say(survey=True)

    def _write_record(self):
        if self.content.get("only") is not None:
            return  # its tests join the record of the first session
        record = dict(self.content["record"])
        path = record.pop("path") or beside(
            self.talk.facts.get("record_beside") or self.talk.facts.get("junit")
        )
        if path is None:
            return
        record.update(
            junit_prefix=self.talk.facts["junit_prefix"],
            state="started",
            files=sorted(map(writable, self.files.offered)),
            selected=self.selected,
            selection=self.asked,
            match=dict(zip(("known", "tests"), self.selection.match)),
            **{
                key: value
                for key, value in self.selection.proof.items()
                if value or key == "positional"
            },
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
            self.interrupts = Interrupts(self.talk, lambda: self._end_now(session))
            if self.writes_results():
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
                log.logfile = path
            self._copy_junit()
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


def _whole_path(path):
    """A path as pytest's writer of JUnit files takes it."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path))) if path else None


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
