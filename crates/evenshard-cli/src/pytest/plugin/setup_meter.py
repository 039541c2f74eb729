"""Measures the setup cost of each file: import, collection, fixtures.

Clocks only: exceptions pass through untouched, what failed is not counted, and what cannot be
measured is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Callable

import pytest

from .identity import writable
from .originals import REAL, Wrapper
from .shared_fixtures import SharedFixtures, is_shared


class SetupMeter:
    def __init__(self, path_of: Callable[[Any], str | None], pays_in_tests: bool) -> None:
        self.path_of = path_of
        self.pays_in_tests = pays_in_tests  # whether reports show setup as the tests' time
        self.files = {}
        self.none_imported = True
        self.counted = set()
        self.shared = SharedFixtures()
        self.inside = 0.0  # spent on fixtures that the one being set up asked for itself
        self.test = None

    def _of(self, node: Any) -> tuple[str | None, dict[str, Any] | None]:
        """Returns the path and the costs of a node's file; (None, None) outside of any."""
        path = self.path_of(node)
        # A package is imported for whichever of its files comes first.
        if path is None or path.rpartition("/")[2] == "__init__.py":
            return None, None
        return path, self.files.setdefault(path, {})

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Wrapper:
        begun = REAL.perf_counter()
        outcome = yield
        took = REAL.perf_counter() - begun
        if outcome.excinfo is None and outcome.get_result().outcome == "passed":
            with suppress(Exception):
                self._count_import(collector, took)

    def _count_import(self, collector: pytest.Collector, took: float) -> None:
        path, costs = self._of(collector)
        if path is not None:
            # The first import pays for what all files share, such as the package under test.
            if self.none_imported:
                costs["first"] = True
                self.none_imported = False
            _add(costs, "import_us", took)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.test = nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        with suppress(Exception):  # items of other plugins may be like no other
            self.shared.note_use(item)

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Wrapper:
        around, self.inside = self.inside, 0.0
        begun = REAL.perf_counter()
        outcome = yield
        took = REAL.perf_counter() - begun
        own, self.inside = max(took - self.inside, 0.0), around + took
        if fixturedef.scope != "function" and outcome.excinfo is None:
            with suppress(Exception):
                if is_shared(fixturedef):
                    self._count_shared(fixturedef, request._pyfuncitem, own)
                else:
                    self._count(fixturedef, request.node, own)

    def _count_shared(self, fixturedef: Any, item: pytest.Item, took: float) -> None:
        if self.shared.count(fixturedef, item, took):
            self._note_paid(self._of(item)[1], took)

    def _count(self, fixturedef: Any, node: Any, took: float) -> None:
        # A class fixture of a function outside of classes is that function's own. What is
        # set up again, for the next parameter or attempt, its tests pay and not the file.
        key = (id(fixturedef), id(node))
        if not isinstance(node, pytest.Collector) or key in self.counted:
            return
        self.counted.add(key)
        path, costs = self._of(node)
        if path is None:
            return
        if fixturedef.scope == "class":
            names = [part.name for part in node.listchain() if isinstance(part, pytest.Class)]
            _add(costs.setdefault("classes_us", {}), ".".join(names), took)
        else:
            _add(costs, "fixtures_us", took)
        self._note_paid(costs, took)

    def _note_paid(self, costs: dict[str, Any] | None, took: float) -> None:
        if costs is not None and self.pays_in_tests and self.test is not None:
            _add(costs.setdefault("paid_us", {}), self.test, took)

    def facts(self) -> dict[str, dict[str, Any]]:
        """Returns the costs as the run record has them."""
        return {writable(path): _in_micros(costs) for path, costs in self.files.items() if costs}

    def shared_facts(self, items: Sequence[pytest.Item]) -> list[dict[str, Any]]:
        """Returns the shared fixtures of the selected items as the run record has them."""
        with suppress(Exception):  # items of other plugins may be like no other
            return self.shared.facts(items)
        return []


def _add(costs: dict[str, Any], key: str, seconds: float) -> None:
    costs[key] = costs.get(key, 0.0) + seconds


def _in_micros(value: Any) -> Any:
    if isinstance(value, dict):
        return {writable(key): _in_micros(part) for key, part in value.items()}
    return round(value * 1e6) if isinstance(value, float) else value


def setup_is_in_reports(config: pytest.Config) -> bool:
    """Returns False when pytest reports the call of a test only."""
    try:
        return config.getini("junit_duration_report") != "call"
    except (KeyError, ValueError):  # the plugin that has the setting is switched off
        return True
