"""Tests whose failures are shown, and do not fail the session. PYTEST_DONT_REWRITE"""

from .identity import dotted, writable
from .patterns import Pattern


class Quarantine:
    """Tests whose failures are shown, and do not fail the session."""

    # How a failure that does not count begins where reports give its reason.
    MARK = "quarantined: "
    # How many lines of a failure are shown.
    LINES = 60

    def __init__(self, content):
        self.entries = [(list(map(Pattern, e["patterns"])), e["reason"]) for e in content]
        self.fits = set()
        self.reasons = {}  # by node id, of the tests that this process collected
        self.failures = []

    def covers(self, file, subject):
        """The numbers of the entries that cover a test."""
        return [
            at
            for at, (patterns, _) in enumerate(self.entries)
            if any(p.end(file, subject) is not None for p in patterns)
        ]

    def may_fit(self, pruned):
        """Notes the entries that may cover tests of files that were not read."""
        for at, (patterns, _) in enumerate(self.entries):
            if any(p.can_cover(dotted(file)) for p in patterns for file in pruned):
                self.fits.add(at)

    def excuse(self, report, config):
        """Makes of a failure that stands one that was expected.

        Plugins that try again have decided by now: what they run again is no failure yet.
        """
        reason = self.reasons.get(report.nodeid)
        if reason is None:
            return
        if report.outcome == "passed" and report.when == "call":
            # By this, pytest's subtests fail the test that they are of.
            config.hook.pytest_report_teststatus(report=report, config=config)
        if report.outcome != "failed":
            return
        report.evenshard_quarantined = reason  # travels from xdist's workers
        report.outcome = "skipped"
        report.wasxfail = self.MARK + reason + _said_by(report)

    def note(self, report):
        """Keeps what is shown at the end."""
        reason = getattr(report, "evenshard_quarantined", None)
        if reason is not None:
            self.failures.append((report.nodeid, report.when, reason, report.longreprtext))

    def ids(self):
        return sorted({writable(nodeid) for nodeid, *_ in self.failures})

    def write_summary(self, reporter, with_texts):
        if not self.failures:
            return
        reporter.section("evenshard: quarantined failures", sep="=", yellow=True)
        for nodeid, when, reason, text in self.failures:
            phase = "" if when == "call" else " (%s)" % when
            reporter.line("%s%s: %s" % (nodeid, phase, reason), yellow=True)
            lines = text.splitlines() if with_texts else []
            if len(lines) > self.LINES:
                lines = ["[...]", *lines[-self.LINES :]]
            for line in lines:
                reporter.line("    " + line)


def _said_by(report):
    """The message of a failure, on one line and not too long."""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = " ".join((crash.message if crash else report.longreprtext).split())
    if report.when in ("setup", "teardown"):
        said = "failed on %s: %s" % (report.when, said)
    said = said if len(said) <= 500 else said[:500] + "..."
    return " (%s)" % said if said else ""
