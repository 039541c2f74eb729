"""Decides how a session exits, beyond what pytest makes of its tests."""

from __future__ import annotations

import re

import pytest

from .messages import Others, Talk

# The exit status that `evenshard run` gives for timings that match too few tests.
_MATCH = 65

# How pytest, stepwise and xdist report that they stop because a test failed.
_STOPS = re.compile(
    r"stopping after \d+ failures|Test failed, continuing from this test next run\."
)


def settle(session: pytest.Session, talk: Talk) -> None:
    """Changes the exit status of a shard that refused its tests, or has none."""
    # A controller selects nothing itself.
    messages = talk.workers() or [talk.message]
    if any(message.refused for message in messages):
        session.exitstatus = _MATCH
    elif int(session.exitstatus) == pytest.ExitCode.NO_TESTS_COLLECTED:
        # Empty where every xdist worker ended before it had collected, by a wrong argument: its
        # controller only sees that no test ran.
        others = {message.others for message in messages}
        if Others.SOME in others:
            session.exitstatus = pytest.ExitCode.OK
        elif Others.UNKNOWN in others:
            talk.say(others=Others.UNKNOWN)


def stopped_on_request(session: pytest.Session) -> str | None:
    """Returns why the session stopped before its last test, where an option asked for that."""
    option = session.config.option
    if not getattr(option, "maxfail", 0) and not getattr(option, "stepwise", False):
        return None
    # It stops by itself, before pytest knows.
    xdist = session.config.pluginmanager.getplugin("dsession")
    reasons = (session.shouldfail, session.shouldstop, getattr(xdist, "shouldstop", None))
    found = (why for why in reasons if isinstance(why, str) and _STOPS.fullmatch(why))
    return next(found, None) if session.testsfailed else None
