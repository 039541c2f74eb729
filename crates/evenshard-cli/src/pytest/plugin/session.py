"""Follows one session of pytest: starts the parts of the plugin, and reports how far it comes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Callable

import pytest

from . import asked, exit_status
from .collection import Collection
from .environment import ENVIRONMENT
from .files import Files
from .forks import Forks
from .homes import Homes
from .identity import writable
from .interrupts import Interrupts
from .junit import Junit, whole_path
from .messages import State, Talk
from .order import LongestFirst
from .originals import REAL, Wrapper
from .placement import Placement
from .quarantine import Quarantine
from .run_record import RunRecord
from .selection import Selection
from .setup_meter import SetupMeter, setup_is_in_reports
from .watch import Watch

# What an xdist controller, which collects nothing, takes over from its first worker.
_OF_WORKER = (
    "match",
    "unknown",
    "apart",
    "proof",
    "absent",
    "elsewhere",
    "gone",
    "own",
    "plain",
    "dropped_known",
)


class ShardPlugin:
    def __init__(self, config: pytest.Config, talk: Talk, when_over: Callable[[], None]) -> None:
        self.config = config
        self.talk = talk
        self.when_over = when_over
        run = self.run = talk.settings.run
        if run is None or run.survey:
            config.option.collectonly = True
        self.worker = getattr(config, "workerinput", None)
        self.junit = Junit(config, run, talk)
        self.record = self.meter = self.quarantine = self.interrupts = self.watch = None
        self.collecting_workers = 0
        self.retried = {}
        self.durations = 0.0
        self.started = REAL.monotonic()
        self._register_parts()

    def _register_parts(self) -> None:
        config, talk, run = self.config, self.talk, self.run
        register = config.pluginmanager.register
        placement = Placement(run.slice, self.junit.prefix) if run else None
        files = self.files = Files(config, placement, run)
        register(files, "evenshard-files")
        homes = Homes(config, talk.settings.whole_marks)
        register(homes, "evenshard-homes")
        register(Forks(config, talk), "evenshard-forks")
        # What selects has no name by which an option of pytest could switch it off.
        if run is None:
            register(Collection(talk, files, homes))
            return
        self.meter = SetupMeter(files.path_of, setup_is_in_reports(config))
        register(self.meter, "evenshard-setup")
        self.quarantine = Quarantine(config, run.quarantine, talk)
        register(self.quarantine)
        selection = Selection(config, talk, placement, files, homes, self.quarantine)
        register(selection)
        if run.longest_first is not None:
            # Behind the selection: wrappers that are registered later end later.
            register(LongestFirst(config, run.longest_first, selection.names_of))
        self.record = RunRecord(run, talk, self.junit)
        if run.watch is not None:
            self.watch = Watch(config, run.watch, run.order)
            register(self.watch)
            talk.say(options=[writable(word) for word in self.watch.options])

    def writes_results(self) -> bool:
        begun = self.talk.message.state != State.LOADED
        is_real = self.worker is None and self.watch is None
        return begun and is_real and not self.config.option.collectonly

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        option = config.option
        junit = getattr(option, "xmlpath", None)
        # What is only looked at leaves the results of a real run alone.
        if self.run is None or self.run.survey or self.watch is not None:
            junit = option.xmlpath = None
        elif self.writes_results():
            junit = self.junit.choose()
        self.talk.say(
            junit=whole_path(junit),
            collect_only=bool(option.collectonly),
            selection=self.run and asked.selection(config),
        )

    def pytest_plugin_registered(self, plugin: object) -> None:
        if isinstance(plugin, pytest.Session):
            self.talk.say(state=State.BEGUN)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        # The xdist controller runs no tests, but its workers have to find the plugin.
        if session.config.pluginmanager.hasplugin("dsession"):
            ENVIRONMENT.show()
        if self.worker is None:
            report_end = partial(self._report_end, session)
            self.interrupts = Interrupts(self.talk, self.junit, report_end)
            self._write_record()  # a job that is killed while it collects leaves one

    def pytest_report_header(self) -> str | None:
        if self.run is None:
            return None
        digest = self.run.slice.digest[:12]
        return "evenshard: shard %s of plan %s" % (self.run.shard, digest)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Wrapper:
        self.talk.say(state=State.COLLECTING)
        config = session.config
        typed = config.args
        # A worker that xdist starts anew takes what its controller has.
        if not config.pluginmanager.hasplugin("dsession"):
            config.args = self.files.arguments(config)
        yield
        config.args = typed

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_finish(self) -> Wrapper:
        yield
        self._write_record()

    def _write_record(self) -> None:
        if self.record is not None and self.writes_results():
            self.record.write()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # xdist, in the controller
        node.workerinput["evenshard"] = self.talk.message.key

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        self.collecting_workers += 1
        workers = self.talk.workers()
        self.talk.say(
            workers=len(workers),
            workers_started=self.collecting_workers,
            pruned=max((worker.pruned for worker in workers), default=0),
        )
        # All workers collect the same tests, so the first one speaks for all.
        if self.collecting_workers > 1:
            return
        fits = {at for worker in workers for at in worker.quarantine_fits or ()}
        files = {file for worker in workers for file in worker.files}
        first = next((w for w in workers if w.state == State.COLLECTED), self.talk.message)
        self.talk.say(
            state=State.COLLECTED,
            selected=[writable(nodeid) for nodeid in ids],
            files=sorted(files),
            quarantine_fits=sorted(fits),
            **{name: getattr(first, name) for name in _OF_WORKER},
        )
        self._write_record()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Wrapper:
        # Reports of other plugins may have none.
        self.durations += getattr(report, "duration", 0.0) or 0.0
        if report.outcome not in ("passed", "failed", "skipped"):  # a plugin tries again
            nodeid = writable(report.nodeid)
            self.retried[nodeid] = self.retried.get(nodeid, 0) + 1
        yield

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        self.talk.say_ending()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Wrapper:
        self.talk.say_ending()
        yield
        self.junit.copy()
        if self.run is not None:
            exit_status.settle(session, self.talk)
        self._report_end(session, int(session.exitstatus))

    def _report_end(self, session: pytest.Session, status: int) -> None:
        # A session that pytest.exit() ends early may report success.
        cut_short = status == 0 and self.talk.message.state == State.COLLECTING
        items = getattr(session, "items", ())
        self.talk.say(
            state=State.COLLECTING if cut_short else State.FINISHED,
            exit=status,
            cases_us=round(self.durations * 1e6),
            wall_us=round((REAL.monotonic() - self.started) * 1e6),
            setup=self.meter.facts() if self.meter else {},
            session_us=self.meter.shared_facts(items) if self.meter else [],
            stopped=exit_status.stopped_on_request(session),
            retried=self.retried,
            quarantined=self.quarantine.ids() if self.quarantine else [],
            watched=self.watch and self.watch.outcome,
        )

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        if self.interrupts:
            self.interrupts.restore()
        self._leave()

    def end(self, in_order: bool) -> None:
        """Ends with pytest. A command that began no session, such as `pytest --help`, ran nothing."""
        if in_order and self.talk.message.state == State.LOADED:
            self.talk.say(state=State.FINISHED, collect_only=True)
        self._leave()

    def _leave(self) -> None:
        self.when_over()
        ENVIRONMENT.show()
