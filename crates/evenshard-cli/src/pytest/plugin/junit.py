"""Names the JUnit files of a session, and writes those that pytest does not."""

from __future__ import annotations

import os
import re
import shutil
from typing import Any

import pytest

from .messages import Talk
from .originals import REAL
from .settings import Run


class Junit:
    """Gives each session JUnit files of its own: where the command says, `--junit` says, or both."""

    def __init__(self, config: pytest.Config, run: Run | None, talk: Talk) -> None:
        self.config = config
        self.run = run
        self.talk = talk
        self.prefix = getattr(config.option, "junitprefix", None) or ""
        self.path = None  # of this session's results for --junit
        self.copied_from = None

    def choose(self) -> str | None:
        """Sets pytest's option, and returns where `run` finds the results."""
        option = self.config.option
        own = getattr(option, "xmlpath", None)
        if own and self.run.only is not None:
            # The first session's results stay.
            own = option.xmlpath = re.sub(r"(\.xml)?$", r"-unpruned\1", own, count=1)
        if self.run.junit is not None:
            self.path = self._unused(self.run.junit)
            if not own:
                option.xmlpath = self.path
            elif whole_path(own) != self.path:
                self.copied_from = whole_path(own)
        return self.path or own

    def _unused(self, path: str) -> str:
        """Returns a path that no other session of this command has."""
        taken = [message.junit for message in self.talk.others()]
        base, number, name = path.removesuffix(".xml"), 1, path
        # Claimed, since sessions of one command may run side by side.
        while self.talk.outside(name) in taken or not self.talk.claim("junit-%d" % number):
            number += 1
            name = "%s-%d.xml" % (base, number)
        return name

    def copy(self) -> None:
        """Writes results a second time, where the command and `--junit` name different files."""
        if self.copied_from is None or self.talk.is_in_child():
            return
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            if os.path.isfile(self.copied_from):
                shutil.copyfile(self.copied_from, self.path)
            else:  # such as /dev/stdout
                for log in writers(self.config):
                    log.logfile = self.path
                    log.pytest_sessionfinish()
        except OSError as error:
            self.talk.say(junit_error=str(error))

    def write_now(self) -> None:
        """Writes the results so far, and not over a file that the main thread may be writing."""
        for log in writers(self.config):
            path = log.logfile
            log.logfile = path + ".cut"
            log.pytest_sessionfinish()
            # At once: a reader never sees a part.
            REAL.replace(log.logfile, path)
            log.logfile = path
        self.copy()


def writers(config: pytest.Config) -> list[Any]:
    """Returns pytest's plugins that write JUnit files."""
    plugins = config.pluginmanager.get_plugins()
    return [p for p in plugins if type(p).__module__ == "_pytest.junitxml"]


def whole_path(path: str | None) -> str | None:
    """Returns a path as pytest's writer of JUnit files reads it."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path))) if path else None
