"""Shows the failures of quarantined tests, and keeps them from failing the session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from .files import Files
from .identity import dotted, names_in_reports, split_id, writable
from .messages import Talk
from .originals import Wrapper
from .patterns import Pattern, subject_of
from .settings import Quarantined

# The reason of an excused failure in reports begins with this.
_MARK = "quarantined: "
# Lines of a failure that the summary shows, chosen to fit one screen.
_LINES = 60
# Characters of its message that reports show.
_MESSAGE = 500


class Quarantine:
    def __init__(self, config: pytest.Config, entries: Iterable[Quarantined], talk: Talk) -> None:
        self.config = config
        self.entries = [(list(map(Pattern, e.patterns)), e.reason) for e in entries]
        self.talk = talk
        self.fits = set()  # the numbers of entries that cover some test
        self.reasons = {}  # by node id, of the tests that this process collected
        self.failures = []

    def note_items(self, items: Iterable[pytest.Item], files: Files) -> None:
        """Notes which items are quarantined, by which entries."""
        for item in items if self.entries else ():
            _, classes, function, bracket = split_id(item.nodeid)
            subject = subject_of(classes, names_in_reports(function, bracket))
            file = files.file_of(item)
            for at, (patterns, reason) in enumerate(self.entries):
                if any(p.end(file, subject) is not None for p in patterns):
                    self.fits.add(at)
                    # The first entry that covers a test gives the reason.
                    self.reasons.setdefault(item.nodeid, reason)

    def note_pruned(self, files: Iterable[str]) -> None:
        """Notes the entries that may cover tests of files that were not read."""
        for at, (patterns, _) in enumerate(self.entries):
            if any(p.can_cover(dotted(file)) for p in patterns for file in files):
                self.fits.add(at)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Wrapper:
        # Around all others, which are to see what is left of a quarantined failure.
        self._excuse(report)
        reason = getattr(report, "evenshard_quarantined", None)
        if reason is not None:
            self.failures.append((report.nodeid, report.when, reason, report.longreprtext))
        # Not before its teardown: what it replaced may be in place until then.
        if report.when == "teardown" and self.failures:
            quarantined = self.ids()
            if quarantined != self.talk.message.quarantined:
                self.talk.say(quarantined=quarantined)
        yield

    def _excuse(self, report: Any) -> None:
        """Makes of a failure that counts one that was expected.

        Plugins that try again have decided by now: what they run again is no failure yet.
        """
        reason = self.reasons.get(report.nodeid)
        if reason is None:
            return
        if report.outcome == "passed" and report.when == "call":
            # By this, pytest's subtests fail the test that they are of.
            self.config.hook.pytest_report_teststatus(report=report, config=self.config)
        if report.outcome == "failed":
            report.evenshard_quarantined = reason  # travels from xdist's workers
            # With `wasxfail`, pytest and its reports take it for an expected failure.
            report.outcome = "skipped"
            report.wasxfail = _MARK + reason + _message(report)

    def ids(self) -> list[str]:
        return sorted({writable(nodeid) for nodeid, *_ in self.failures})

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        reporter = terminalreporter
        if self.failures:
            reporter.section("evenshard: quarantined failures", sep="=", yellow=True)
        for nodeid, when, reason, text in self.failures:
            phase = "" if when == "call" else " (%s)" % when
            reporter.line("%s%s: %s" % (nodeid, phase, reason), yellow=True)
            lines = text.splitlines() if reporter.config.option.tbstyle != "no" else []
            if len(lines) > _LINES:
                lines = ["[...]", *lines[-_LINES:]]
            for line in lines:
                reporter.line("    " + line)


def _message(report: Any) -> str:
    """Returns the message of a failure in brackets, on one line and not too long."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = " ".join((crash.message if crash else report.longreprtext).split())
    if report.when in ("setup", "teardown"):
        message = "failed on %s: %s" % (report.when, message)
    message = message if len(message) <= _MESSAGE else message[:_MESSAGE] + "..."
    return " (%s)" % message if message else ""
