"""Compares patterns with the addresses of tests, as the library's `address::pattern` does."""

from __future__ import annotations

from collections.abc import Sequence

from .identity import escaped

# The names of a test, and where a pattern that covers it may end.
Subject = tuple[str, list[int]]


class Pattern:
    def __init__(self, pieces: Sequence[list[str]]) -> None:
        # Both are cut at their stars.
        self.path, self.names = pieces
        self._files = {}

    def can_cover(self, file: str) -> bool:
        """Returns True when tests of this dotted file can be covered."""
        found = self._files.get(file)
        if found is None:
            dots = [] if self.names else [at for at, char in enumerate(file) if char == "."]
            found = _end(self.path, file, [*dots, len(file)]) is not None
            self._files[file] = found
        return found

    def end(self, file: str, subject: Subject) -> int | None:
        """Returns how many characters of a test's names it covers, None for another test."""
        if not self.can_cover(file):
            return None
        text, ends = subject
        return _end(self.names, text, ends) if self.names and text else 0


def _end(pieces: list[str], text: str, ends: list[int]) -> int | None:
    """Returns the first of `ends` up to which the pieces, with anything between, are the text."""
    first, *rest = pieces
    if not _fits(first, text, 0):
        return None
    at = len(first)
    if not rest:
        return at if at in ends else None
    for piece in rest[:-1]:
        at = _find(piece, text, at)
        if at is None:
            return None
        at += len(piece)
    last = rest[-1]
    # The first end that fits: what covers a class covers all of its tests.
    return next((e for e in ends if e - len(last) >= at and _fits(last, text, e - len(last))), None)


def _find(piece: str, text: str, start: int) -> int | None:
    if "?" not in piece:
        found = text.find(piece, start)
        return None if found < 0 else found
    return next((at for at in range(start, len(text) + 1) if _fits(piece, text, at)), None)


def _fits(piece: str, text: str, at: int) -> bool:
    if "?" not in piece:
        return text.startswith(piece, at)
    part = text[at : at + len(piece)]
    return len(part) == len(piece) and all(p in ("?", c) for p, c in zip(piece, part))


def subject_of(classes: list[str], names: list[str]) -> Subject:
    """Returns the names of a test as patterns see them: see the library's `Subject`."""
    name = escaped(names[0])
    outer = ".".join(classes)
    ends = [at for at, char in enumerate(outer) if char == "."]
    if outer:
        ends.append(len(outer))
        outer += "."
    if "[" in name:
        ends.append(len(outer) + name.index("["))
    return outer + name, [*ends, len(outer) + len(name)]
