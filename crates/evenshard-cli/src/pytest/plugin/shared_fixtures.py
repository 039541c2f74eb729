"""Counts fixtures of session and package scope, each set up once, and the tests that use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from .identity import writable

_SCOPES = ("session", "package")
# Seconds. Less is noise beside a test, and not worth a line in the run record.
_NOTICEABLE = 0.01


class SharedFixtures:
    def __init__(self) -> None:
        self.costs = {}  # by label: scope and seconds
        self.costly = {}  # by label of those worth a line: the tests that were seen to use it

    def count(self, fixturedef: Any, item: pytest.Item, took: float) -> bool:
        """Notes that a fixture was set up for an item; returns False for a second time."""
        label = _label(fixturedef, item)
        if label in self.costs:
            return False
        self.costs[label] = fixturedef.scope, took
        if took >= _NOTICEABLE:
            self.costly[label] = set()
        return True

    def note_use(self, item: pytest.Item) -> None:
        """Notes the fixtures that an item has used, those that it asked for as it ran too."""
        used = getattr(getattr(item, "_request", None), "_fixture_defs", {})
        for fixturedef in used.values() if self.costly else ():
            label = _label(fixturedef, item) if is_shared(fixturedef) else None
            if label in self.costly:
                self.costly[label].add(item.nodeid)

    def facts(self, items: Sequence[pytest.Item]) -> list[dict[str, Any]]:
        """Returns the fixtures of the selected items as the run record has them."""
        # What was seen and what names promise: a test may ask for a fixture as it runs.
        users = {label: set(seen) for label, seen in self.costly.items()}
        for item in items if users else ():
            for label in users.keys() & set(_labels(item)):
                users[label].add(item.nodeid)
        selected = {item.nodeid for item in items}
        return [
            {
                "fixture": writable(label),
                "scope": self.costs[label][0],
                "us": round(self.costs[label][1] * 1e6),
                "users": "all" if users[label] >= selected else sorted(map(writable, users[label])),
            }
            for label in sorted(users)
        ]


def is_shared(fixturedef: Any) -> bool:
    return fixturedef.scope in _SCOPES


def _labels(item: pytest.Item) -> Iterator[str]:
    """Yields the shared fixtures that an item uses by the names of arguments and marks."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for name in getattr(item, "fixturenames", ()):
        # The last one overrides the others, and may ask for the one before.
        for fixturedef in reversed(known.get(name, ())):
            if is_shared(fixturedef):
                yield _label(fixturedef, item)
            if name not in fixturedef.argnames:
                break


def _label(fixturedef: Any, item: pytest.Item) -> str:
    name, base = fixturedef.argname, fixturedef.baseid
    parameter = ""
    callspec = getattr(item, "callspec", None)
    if callspec is not None and name in callspec.params:
        value = callspec.params[name]
        plain = isinstance(value, (str, int, float, bool, type(None)))
        parameter = "[%s]" % (value if plain else callspec.indices.get(name))
    return (base + "::" if base else "") + name + parameter
