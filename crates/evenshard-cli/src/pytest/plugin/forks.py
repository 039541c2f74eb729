"""Tests that fork, and whose child goes on with the session. PYTEST_DONT_REWRITE"""

import os

import pytest

from .handover import Talk
from .identity import writable


class Forks:
    """Keeps what a forked child makes of the session out of its results, and tells `run`.

    The child would run all further tests as well, and write the reports over its parent's.
    """

    def __init__(self, config, talk):
        self.config = config
        self.talk = talk
        self.told = False

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report):
        if self.talk.is_in_child() and not self.told:
            self.told = True
            test = writable(report.nodeid)
            Talk(self.talk.content, "forked").say(test=test, command=self.talk.facts["command"])
            for log in junit_logs(self.config):
                log.logfile = os.devnull
        yield


def junit_logs(config):
    """pytest's writers of JUnit files."""
    return [
        plugin
        for plugin in config.pluginmanager.get_plugins()
        if type(plugin).__module__ == "_pytest.junitxml"
    ]
