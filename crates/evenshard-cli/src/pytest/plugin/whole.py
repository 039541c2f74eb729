"""Finds tests that the plan expects in files that were collected whole, and that are missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from types import FrameType

import pytest

from .files import Files, reruns_by_cache
from .identity import dotted, names_in_reports, split_id, writable
from .originals import Wrapper
from .placement import Placement, function_of
from .settings import Run

# A classname and a name.
_Test = tuple[str, str]


class Whole:
    def __init__(self, config: pytest.Config, files: Files, placement: Placement, run: Run) -> None:
        self.config = config
        # A plan that counts tests names none: those that were collected to count them do.
        self.expected = placement.expected if run.collected is None else run.collected
        self.files = files
        self.placement = placement
        self.states = {}  # by dotted file: its path, and how its collection ended
        self.filtered = set()  # ids of items that pytest's own options left out
        self.items = []  # before any filter
        self.absent = []
        self.skipped = []
        self.elsewhere = False  # missing are parameters that other shards run, of one function

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Wrapper:
        outcome = yield
        path = self.files.path_of(collector)
        if path is None:
            return
        ended = "failed" if outcome.excinfo else outcome.get_result().outcome
        # A class that fails spoils its file, though the file was imported.
        _, before = self.states.get(dotted(path), (path, "passed"))
        self.states[dotted(path)] = path, ended if before == "passed" else before

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        if _asked_by_pytest(sys._getframe(1)):
            self.filtered.update(map(id, items))

    def look(self, items: Sequence[pytest.Item], shard: int) -> None:
        """Compares the items before any filter with the plan."""
        self.items = list(items)
        if not self.expected or reruns_by_cache(self.config):
            return
        parts = _parts(self.config)
        # An argument of --pyargs names a module, not a file.
        if parts is None:
            return
        present, counts = self._present(items)
        for classname, names in self.expected.items():
            file = self._file_of(classname)
            if file is None or file in parts:
                continue
            path, ended = self.states[file]
            missing = self._missing(classname, names, present, counts)
            into = {"passed": self.absent, "skipped": self.skipped}.get(ended, [])
            classes = [part for part in classname[len(file) + 1 :].split(".") if part]
            into.extend(writable("::".join([path, *classes, name])) for name in missing)
        for classname, function in self.placement.cut_functions(shard):
            names = [
                name for name in self.placement.listed[classname] if function_of(name) == function
            ]
            file = self._file_of(classname)
            if file is not None and file not in parts and self.states[file][1] == "passed":
                self.elsewhere |= any(self._missing(classname, names, present, counts))

    def _present(self, items: Sequence[pytest.Item]) -> tuple[set[_Test], dict[_Test, int]]:
        """Returns (classname, name) of all items, and how many each function has."""
        present, counts = set(), {}
        for item in items:
            path, classes, function, bracket = split_id(item.nodeid)
            for file in {dotted(path), self.files.file_of(item)}:
                classname = ".".join([file, *classes])
                key = classname, function
                counts[key] = counts.get(key, 0) + 1
                present.update((classname, name) for name in names_in_reports(function, bracket))
        return present, counts

    def _file_of(self, classname: str) -> str | None:
        """Returns the longest beginning of a classname that is a file which was collected."""
        while classname and classname not in self.states:
            classname = classname.rpartition(".")[0]
        return classname or None

    def _missing(
        self, classname: str, names: Collection[str], present: set[_Test], counts: dict[_Test, int]
    ) -> Iterator[str]:
        missing = [name for name in names if name and (classname, name) not in present]
        planned = set(self.placement.listed.get(classname, names)) if missing else set()
        planned.update(names if missing else ())
        with_parameters = {function_of(name) for name in planned if "[" in name}
        planned -= with_parameters  # a plan that counts tests lists functions
        of_function = {}
        for name in planned:
            function = function_of(name)
            of_function[function] = of_function.get(function, 0) + 1
        for name in missing:
            function = function_of(name)
            # As many tests by other names: parameters that are made anew in every process.
            renamed = counts.get((classname, function), 0) >= of_function.get(function, 1)
            if function == name or not renamed:
                yield name

    def left_out(self, items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
        """Yields the items that a hook left out, and not an option of pytest."""
        left = set(map(id, items)) | self.filtered
        names = {item.nodeid for item in items}
        return (i for i in self.items if id(i) not in left and i.nodeid not in names)


def _asked_by_pytest(frame: FrameType | None) -> bool:
    """Returns True where an option of pytest deselects: the run record's selection has that."""
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "pluggy":
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__", "").startswith("_pytest.")


def _parts(config: pytest.Config) -> set[str] | None:
    """Returns the dotted files of which an argument names some tests; None where it is unclear."""
    parts = set()
    for argument in config.args:
        path, *names = argument.partition("[")[0].split("::")
        if not names:
            continue
        if getattr(config.option, "pyargs", False):
            return None
        path = os.path.join(str(config.invocation_params.dir), path)
        parts.add(dotted(os.path.relpath(path, str(config.rootpath)).replace(os.sep, "/")))
    return parts
