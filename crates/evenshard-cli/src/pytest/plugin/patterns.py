"""Address patterns, and what they are compared with, as in the library. PYTEST_DONT_REWRITE"""

from .identity import escaped


class Pattern:
    """An address pattern, taken apart at its stars, as in the library's `address::pattern`."""

    def __init__(self, pieces):
        self.path, self.names = pieces
        self._files = {}

    def can_cover(self, file):
        """True when tests of this dotted file can be covered."""
        found = self._files.get(file)
        if found is None:
            dots = [] if self.names else [at for at, char in enumerate(file) if char == "."]
            found = _end(self.path, file, [*dots, len(file)]) is not None
            self._files[file] = found
        return found

    def end(self, file, subject):
        """How much of a test's names it takes to cover it, None where it does not."""
        if not self.can_cover(file):
            return None
        text, ends = subject
        return _end(self.names, text, ends) if self.names and text else 0


def _end(pieces, text, ends):
    """The first of `ends` up to which the pieces, with anything between them, are the text."""
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
    return next((e for e in ends if e - len(last) >= at and _fits(last, text, e - len(last))), None)


def _find(piece, text, start):
    if "?" not in piece:
        found = text.find(piece, start)
        return None if found < 0 else found
    return next((at for at in range(start, len(text) + 1) if _fits(piece, text, at)), None)


def _fits(piece, text, at):
    if "?" not in piece:
        return text.startswith(piece, at)
    part = text[at : at + len(piece)]
    return len(part) == len(piece) and all(p in ("?", c) for p, c in zip(piece, part))


def subject_of(classes, names):
    """What patterns are compared with, and where they may end: see the library's `Subject`."""
    name = escaped(names[0])
    outer = ".".join(classes)
    ends = [at for at, char in enumerate(outer) if char == "."]
    if outer:
        ends.append(len(outer))
        outer += "."
    if "[" in name:
        ends.append(len(outer) + name.index("["))
    return outer + name, [*ends, len(outer) + len(name)]
