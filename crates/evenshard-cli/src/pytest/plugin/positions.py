"""Tells which numbers in the ids of a function can be positions, as the library's `address` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .identity import IDENTIFIER

# A component of a name's parameters, cut before the number that ends it.
Component = tuple[str, str]


class Positions:
    def __init__(self, names: Iterable[str]) -> None:
        behind = {}  # by prefix: its numbers, how many ids have one, and the last of them
        ids = 0
        for name in names:
            ids += 1
            for prefix, number in filter(is_numbered, components(name)):
                found = behind.setdefault(prefix, [set(), 0, 0])
                found[0].add(number)
                found[1] += found[2] != ids
                found[2] = ids
        # The prefixes whose numbers are none though these could be the names of arguments, and
        # those of other kinds whose numbers are some.
        self.exceptions = {
            prefix
            for prefix, (numbers, having, _) in behind.items()
            if _is_exception(prefix, numbers, having, ids)
        }

    def has(self, component: Component) -> bool:
        """Returns True where the number of a component can be a position."""
        prefix = component[0]
        return is_numbered(component) and _is_argument(prefix) != (prefix in self.exceptions)

    def without(self, name: str) -> str:
        """Returns a name with `#` for its positions."""
        function, bracket, parameters = name.partition("[")
        if not bracket:
            return name
        close = "]" if parameters.endswith("]") else ""
        parts = (c[0] + ("#" if self.has(c) else c[1]) for c in components(name))
        return function + "[" + "-".join(parts) + close

    def are_free(self, names: Iterable[str]) -> bool:
        """Returns True where each of the names without positions comes with the same ones."""
        sets = {}
        for name in names:
            found = tuple(filter(self.has, components(name)))
            sets.setdefault(self.without(name), set()).add(found)
        sets = list(sets.values())
        return bool(sets) and any(sets[0]) and all(found == sets[0] for found in sets)


def components(name: str) -> Iterator[Component]:
    for component in name.partition("[")[2].removesuffix("]").split("-"):
        # ASCII only, as pytest writes positions.
        prefix = component.rstrip("0123456789")
        yield prefix, component[len(prefix) :]


def _is_exception(prefix: str, numbers: set[str], having: int, ids: int) -> bool:
    if not _is_argument(prefix):
        return {"0", "1"} <= numbers
    # Of n values, position k is one where k < n.
    values = int(min(numbers).lstrip("0")[:20] or "0") + 1
    return len(numbers) == 1 and having * values > ids


def _is_argument(prefix: str) -> bool:
    """Returns True for the name of an argument, or of a function without one."""
    return prefix == "<lambda>" or IDENTIFIER.fullmatch(prefix) is not None


def is_numbered(component: Component) -> bool:
    """Returns True where a number follows some text that is no part of one."""
    prefix, number = component
    return bool(number) and (_is_argument(prefix) or bool(prefix.strip("0123456789.+eE")))
