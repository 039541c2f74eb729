"""Decides which tests stay with their file or class, since their order matters."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from .identity import writable
from .originals import Wrapper
from .placement import Kept
from .positional import Positional

# Marks that link tests, or give them an order, and the plugin that they need where their names
# are too common to say so by themselves.
_LINKS = {"dependency": None, "order": None, "run": None, "depends": "depends"}
_ORDINALS = [
    place + end
    for place in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
    for end in ("", "_to_last")
    if place + end != "first_to_last"
] + ["last"]
_LINKS.update(dict.fromkeys(_ORDINALS, "pytest_ordering"))

# Packages whose `snapshot` counts what a file leaves unused: a part of its tests looks wrong.
_SNAPSHOTS = ("syrupy",)


class Homes:
    """Decides as tests are collected, by their marks and collectors.

    Hooks that change items later see what this shard collected; other shards see other items.
    """

    def __init__(self, config: pytest.Config, whole_marks: Sequence[str]) -> None:
        has = config.pluginmanager.hasplugin
        self.links = {name for name, plugin in _LINKS.items() if plugin is None or has(plugin)}
        self.orders = self.links - {"dependency"}
        self.prefix = getattr(config.option, "order_marker_prefix", None)  # of pytest-order
        self.whole_marks = whole_marks
        self.snapshots = tuple(filter(has, _SNAPSHOTS))
        self.automark = _is_set(config, "automark_dependency")
        self.noted = {}  # by id, with the items: an id is free again when its item is gone
        # By id, as hooks may change the names by which nodes are hashed.
        self.linked = set()  # files with a dependency mark
        self.ordered = {}  # files with an order of their own, and the mark that gives it
        self.calls = {}  # whether files call pytest-dependency themselves
        self.positional = Positional()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> Wrapper:
        yield
        file, marks, (_, why) = self._note(item)
        if "dependency" in marks:
            self.linked.add(id(file))
        # What has no mark has its place before and behind what has one.
        for name in sorted(marks & self.orders) or [why]:
            if name in self.orders:
                self.ordered.setdefault(id(file), name)
        self.positional.note(item)

    def _note(
        self, item: pytest.Item
    ) -> tuple[pytest.File | None, set[str], tuple[Kept, str | None]]:
        file = _file_of(item)
        marks = {mark.name for mark in item.iter_markers()}
        why = self._why(item, file, marks)
        self.noted[id(item)] = item, file, why
        return file, marks, why

    def _why(
        self, item: pytest.Item, file: pytest.File | None, marks: set[str]
    ) -> tuple[Kept, str | None]:
        """Returns what an item by itself stays with, and why."""
        if not isinstance(file, pytest.Module):
            return Kept.WITH_FILE, "collector:" + type(file or item.parent).__name__
        for name in sorted(marks & self.links):
            return Kept.WITH_FILE, name
        if self.prefix and any(_has_number(name, self.prefix) for name in marks):
            return Kept.WITH_FILE, "order"
        for name in self.whole_marks:
            if name in marks:
                return Kept.WITH_FILE, "mark:" + name
        if self.snapshots and _takes_snapshots(self.snapshots, item):
            return Kept.WITH_FILE, "fixture:snapshot"
        if "incremental" in marks:
            return Kept.WITH_FILE if item.parent is file else Kept.WITH_CLASS, "incremental"
        return Kept.NO, None

    def of(self, item: pytest.Item) -> tuple[Kept, str | None]:
        """Returns what an item stays with, and why."""
        if id(item) not in self.noted:  # a hook made it: it says nothing about others
            self._note(item)
        _, file, (kept, why) = self.noted[id(item)]
        if kept == Kept.WITH_FILE:
            return kept, why
        if id(file) in self.ordered:
            return Kept.WITH_FILE, self.ordered[id(file)]
        if self.automark and id(file) in self.linked:
            return Kept.WITH_FILE, "automark"
        # Such a link shows only as the test runs, when it is too late to move.
        if self._calls_dependency(file):
            return Kept.WITH_FILE, "dependency"
        if kept == Kept.NO and self.positional.has(item):
            if self.positional.hides(item):
                return Kept.WITH_FILE if item.parent is file else Kept.WITH_CLASS, "positions"
            return Kept.WITH_FUNCTION, None
        return kept, why

    def _calls_dependency(self, file: pytest.File) -> bool:
        """Returns True for a module that has pytest-dependency's `depends` to call in its tests."""
        found = self.calls.get(id(file))
        if found is None:
            plugin = sys.modules.get("pytest_dependency")
            values = vars(file.obj).values() if plugin and hasattr(file.obj, "__dict__") else ()
            depends = getattr(plugin, "depends", plugin)
            found = any(value is plugin or value is depends for value in values)
            self.calls[id(file)] = found
        return found


def tests_elsewhere(item: pytest.Item, root: Path) -> Iterator[str]:
    """Yields the node ids in other files to which the marks of an item link it."""
    for mark in item.iter_markers():
        if mark.name not in ("dependency", "depends", "order", "run"):
            continue
        for value in [*mark.args, *mark.kwargs.values()]:
            for text in value if isinstance(value, (list, tuple, set)) else [value]:
                path, sep, names = text.partition("::") if isinstance(text, str) else ("", "", "")
                # From the root folder, or for an order from the folder of the file.
                for start in (root, item.path.parent) if sep and path.endswith(".py") else ():
                    found = start / path
                    if found != item.path and found.is_file() and found.is_relative_to(root):
                        yield found.relative_to(root).as_posix() + sep + names
                        break


class KeptTests:
    """Selected tests that stay with their file or class, and functions with positional ids."""

    def __init__(self) -> None:
        self.homes = {}
        self.positional = set()

    def add(self, nodeid: str, file: str, classname: str, kept: Kept, why: str | None) -> None:
        if kept in (Kept.WITH_CLASS, Kept.WITH_FILE):
            of = ("class", classname) if kept == Kept.WITH_CLASS else ("file", file)
            self.homes.setdefault((*of, why), []).append(writable(nodeid))

    def facts(self) -> dict[str, list[Any]]:
        """Returns both as the run record has them."""
        return {
            "home": [
                {"level": level, "of": writable(of), "why": writable(why), "tests": sorted(tests)}
                for (level, of, why), tests in sorted(self.homes.items())
            ],
            "positional": sorted(map(writable, self.positional)),
        }


def _file_of(item: pytest.Item) -> pytest.File | None:
    """Returns the innermost file that an item was collected from, None without one."""
    for node in reversed(item.listchain()):
        if isinstance(node, pytest.File) and not isinstance(node, pytest.Package):
            return node
    return None


def _has_number(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name[len(prefix) :].lstrip("-").isdigit()


def _takes_snapshots(packages: Sequence[str], item: pytest.Item) -> bool:
    """Returns True when an item uses the fixture `snapshot` of one of these packages."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    modules = (getattr(d.func, "__module__", None) or "" for d in known.get("snapshot", ()))
    return any(module.partition(".")[0] in packages for module in modules)


def _is_set(config: pytest.Config, name: str) -> bool:
    try:
        return bool(config.getini(name))
    except ValueError:  # the plugin that has it is not there
        return False
