"""Keeps a forked child that goes on with the session out of its results, and tells `run`.

The child would run all further tests as well, and write the reports over its parent's.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from .identity import writable
from .junit import writers
from .messages import Role, Talk
from .originals import Wrapper


class Forks:
    def __init__(self, config: pytest.Config, talk: Talk) -> None:
        self.config = config
        self.talk = talk
        self.is_reported = False

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Wrapper:
        if self.talk.is_in_child() and not self.is_reported:
            self.is_reported = True
            child = Talk(self.talk.settings, Role.FORKED)
            child.say(test=writable(report.nodeid), command=self.talk.message.command)
            for log in writers(self.config):
                # Its parent writes the report, which the child would replace.
                log.logfile = os.devnull
        yield
