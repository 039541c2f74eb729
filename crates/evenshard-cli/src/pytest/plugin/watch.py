"""Follows one test through runs of a few others, to find those that make it fail.

`evenshard explain --bisect` asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from .identity import plain_id, writable


class Watch:
    def __init__(self, config: pytest.Config, test: str, order: Sequence[str]) -> None:
        self.test = test
        self.order = {nodeid: at for at, nodeid in enumerate(order)}
        self.outcome = None
        option = config.option
        # The command's own words, without files and node ids: others take their place.
        self.options = [str(word) for word in config.invocation_params.args]
        for argument in reversed(getattr(option, "file_or_dir", None) or ()):
            if argument in self.options:
                at = len(self.options) - 1 - self.options[::-1].index(argument)
                del self.options[at]
        # Workers would run the tests side by side. xdist reads this when pytest starts.
        if getattr(option, "numprocesses", None):
            option.numprocesses = 0
            self.options.append("-n0")
        # Other tests may fail on the way.
        if getattr(option, "maxfail", 0):
            option.maxfail = 0
            self.options.append("--maxfail=0")
        option.stepwise = False
        # Files are left in the order in which they are named.
        if config.pluginmanager.hasplugin("randomly"):
            self.options.append("--randomly-dont-reorganize")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Brings the tests into the order of the first run, which a plugin may have drawn by lot."""
        last = len(self.order)
        session.items.sort(key=lambda item: self.order.get(writable(plain_id(item)), last))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        if writable(report.nodeid) != self.test or self.outcome == "failed":
            return
        # A plugin that tries again has words of its own for a failure that does not count.
        if report.outcome == "failed" or report.when == "call" or report.outcome == "skipped":
            self.outcome = report.outcome
