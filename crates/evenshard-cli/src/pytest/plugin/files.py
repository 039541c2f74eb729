"""Leaves files to other shards in which no test can be of this one, and notes all files."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import Any

import pytest

from .identity import dotted
from .originals import Wrapper
from .placement import Placement
from .settings import Run


class Files:
    def __init__(self, config: pytest.Config, placement: Placement | None, run: Run | None) -> None:
        self.placement = placement
        self.shard = run and run.slice.shard
        self.root = config.rootpath
        self.prunes = run is not None and run.prune and not reruns_by_cache(config)
        # By the rules of pytest, which decides by them what it imports.
        self.python_files = config.getini("python_files")
        self.all_python = bool(getattr(config.option, "doctestmodules", False))
        self.visited = set()
        self.pruned = {}  # by path: whether it surely has tests
        self.named = None  # the paths that arguments name; None: all

    def _relative(self, path: Path) -> str | None:
        """Returns the path that begins the node ids of a file, None outside the root folder."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return None

    def _has_python_tests(self, path: Path) -> bool:
        if path.suffix != ".py":
            return False
        name, full = path.name, str(path)
        return self.all_python or any(
            fnmatch.fnmatch(full, "*" + os.sep + p) if os.sep in p else fnmatch.fnmatch(name, p)
            for p in self.python_files
        )

    def _prune(self, path: Path, is_argument: bool = False) -> bool:
        """Notes a file that pytest visits; returns True when no test of it can come here."""
        relative = None if path.is_dir() else self._relative(path)
        if relative is None or not self._is_named(path):
            return False
        known = bool(self.placement and self.placement.under(dotted(relative)))
        has_tests = self._has_python_tests(path) or (is_argument and path.suffix == ".py")
        if not known and not has_tests:
            return False  # only its collector knows whether it has tests
        self.visited.add(relative)
        # A package is set up by its __init__.py, also for files of this shard.
        if not self.prunes or path.name == "__init__.py":
            return False
        if self.shard in self.placement.shards_of_file(dotted(relative)):
            return False
        # Known, and a file that pytest would look into for tests as it is set up now.
        self.pruned[relative] = known and (path.suffix != ".py" or has_tests)
        return True

    def arguments(self, config: pytest.Config) -> list[str]:
        """Returns the arguments without the files that are left to other shards.

        pytest imports a file that an argument names, whatever is to be ignored.
        """
        if not self.prunes or getattr(config.option, "pyargs", False):
            return list(config.args)
        folder = str(config.invocation_params.dir)
        paths = [_path_of(text, folder) for text in config.args]
        self.named = set(paths)
        return [text for text, path in zip(config.args, paths) if not self._prunes_argument(path)]

    def _prunes_argument(self, path: str) -> bool:
        return os.path.isfile(path) and self._prune(Path(path), is_argument=True)

    def _is_named(self, path: Path) -> bool:
        """Returns False for a file beside one that is an argument: pytest visits it for nothing."""
        if self.named is None:
            return True
        return any(str(part) in self.named for part in (path, *path.parents))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_ignore_collect(self, collection_path: Path) -> Wrapper:
        outcome = yield
        if outcome.excinfo is None and not outcome.get_result():
            if self._prune(collection_path):
                outcome.force_result(True)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collect_file(self, file_path: Path) -> Wrapper:
        outcome = yield
        if outcome.excinfo is None:
            relative = self._relative(file_path)
            for node in outcome.get_result() or ():
                for part in node if isinstance(node, (list, tuple)) else [node]:
                    part._evenshard_file = relative  # a collector may name another path

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        if isinstance(collector, pytest.File) and not isinstance(collector, pytest.Package):
            relative = self._relative(collector.path)
            if relative is not None:
                self.visited.add(relative)

    def path_of(self, node: Any) -> str | None:
        """Returns the file through which a node was collected, None without one."""
        for part in node.listchain():
            if isinstance(part, pytest.File) and not isinstance(part, pytest.Package):
                return getattr(part, "_evenshard_file", None) or self._relative(part.path)
        return None

    def file_of(self, item: pytest.Item) -> str:
        """Returns the dotted file through which an item was collected: the one to prune by.

        The item's own id says another where a plugin changes it.
        """
        path = self.path_of(item)
        return dotted(item.nodeid.partition("::")[0] if path is None else path)


def _path_of(text: str, folder: str) -> str:
    """Returns the path of an argument, which may be a node id."""
    path = os.path.join(folder, text)
    # A file may have a bracket or two colons in its name.
    if not os.path.exists(path):
        path = os.path.join(folder, text.partition("[")[0].partition("::")[0])
    return os.path.abspath(path)


def reruns_by_cache(config: pytest.Config) -> bool:
    """Returns True for options that choose tests by what an earlier run left in the cache."""
    options = ("lf", "failedfirst", "newfirst", "stepwise", "stepwise_skip")
    return any(getattr(config.option, name, False) for name in options)
