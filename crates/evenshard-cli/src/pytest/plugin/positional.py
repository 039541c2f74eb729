"""Finds functions whose parameter ids are positions: path0, path1.

pytest numbers what it has no name for, and what has one name with others. In which order it
finds the values can depend on the machine; then one id stands for another value there.
"""

from __future__ import annotations

import enum
import re
import types
from functools import cached_property
from typing import Any

import pytest

from .positions import Positions, components, is_numbered

_AS_COUNTED = re.compile(r"0|[1-9][0-9]{0,17}")
_NUMBER = re.compile(r"_?([0-9]{1,18})")
_NAMED = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)


class Positional:
    """Tells by the call specs of all tests of a function how their ids came about."""

    def __init__(self) -> None:
        self.functions = {}

    def note(self, item: pytest.Item) -> None:
        spec = getattr(item, "callspec", None)
        # A private name, which pytest 7.4 to 9.x has; without it no id is a position.
        ids = getattr(spec, "_idlist", None)
        if ids:
            function = self.functions.setdefault(_function_of(item), _Function())
            function.specs.append((ids, spec.params))

    def has(self, item: pytest.Item) -> bool:
        """Returns True for a test of a function whose ids are positions."""
        function = self.functions.get(_function_of(item))
        return function is not None and function.positions is not None

    def hides(self, item: pytest.Item) -> bool:
        """Returns True where some of them look like values, so that names do not tell them."""
        function = self.functions.get(_function_of(item))
        return function is not None and function.are_hidden


class _Function:
    """The ids of one function: asked once all of its tests were collected."""

    def __init__(self) -> None:
        self.specs = []  # of each test: the ids that its name consists of, and its values

    @cached_property
    def positions(self) -> set[str] | None:
        """Returns the components of ids that end in a position; None where there are none."""
        found, counts = set(), {}
        for ids, params in self.specs:
            names = [_name_of(value) for value in params.values()]
            for place, text in enumerate(ids):
                if not text[-1:].isdigit() and not any(map(text.__contains__, params)):
                    continue
                # The id is a value itself.
                if text in names:
                    continue
                parts = text.split("-")
                for argument, name in zip(params, names):
                    found.update(part for part in parts if _is_position(argument, name, part))
                counted = text[-1:].isdigit() and _counted(text, names)
                if counted:
                    prefix, number = counted
                    numbers, ends = counts.setdefault((place, prefix), (set(), set()))
                    numbers.add(number)
                    ends.add(parts[-1])
        for numbers, ends in counts.values():
            if len(numbers) > 1 and numbers == set(range(len(numbers))):
                found |= ends
        return found or None

    @cached_property
    def are_hidden(self) -> bool:
        if self.positions is None:
            return False
        names = ["[" + "-".join(ids) + "]" for ids, _ in self.specs]
        positions = Positions(names)
        if not positions.are_free(names):
            return False  # it is not cut at all
        parts = {c for name in names for c in components(name) if positions.has(c)}
        return not self.positions <= {prefix + number for prefix, number in parts}


def _function_of(item: pytest.Item) -> tuple[int, str]:
    return id(item.parent), getattr(item, "originalname", None) or item.name.partition("[")[0]


def _is_position(argument: str, name: str | None, part: str) -> bool:
    """Returns True when an id has the argument's name and a number that is not the value."""
    is_numbered = part.startswith(argument) and _NUMBER.fullmatch(part, len(argument))
    return part != name and bool(is_numbered)


def _counted(text: str, names: list[str | None]) -> tuple[str, int] | None:
    """Returns the text before a number at the end of an id, and the number, unless values say it."""
    runs = [
        "-".join(names[start:end])
        for start in range(len(names))
        for end in range(start + 1, len(names) + 1)
        if None not in names[start:end]
    ]
    if text in runs:
        return None
    for run in runs:  # several values of one name
        number = run and text.startswith(run) and _NUMBER.fullmatch(text, len(run))
        if number:
            return run, int(number[1])
    *_, last = components("[" + text)  # several with one name that the test gave them
    number = last[1]
    if not is_numbered(last) or number in names or not _AS_COUNTED.fullmatch(number):
        return None
    return text[: -len(number)], int(number)


def _name_of(value: Any) -> str | None:
    """Returns the name that pytest has for a value, None without one."""
    kind = type(value)  # not isinstance(), which asks proxies for what they stand for
    if issubclass(kind, str):
        return value.encode("unicode_escape").decode("ascii")
    if issubclass(kind, bytes):
        return value.decode("ascii", "backslashreplace")
    if value is None or issubclass(kind, (int, float, complex, enum.Enum)):
        return str(value)
    if kind is re.Pattern:
        return _name_of(value.pattern)
    return value.__name__ if issubclass(kind, _NAMED) else None
