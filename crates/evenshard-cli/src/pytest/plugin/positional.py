"""Functions whose parameter ids are positions: path0, path1. PYTEST_DONT_REWRITE

pytest numbers what it has no name for, and what has one name with others. In which order it
finds the values can depend on the machine; then one id stands for another value there.
"""

import enum
import re
import types

_NUMBER = re.compile(r"_?([0-9]+)")
_NUMBERED = re.compile(r"(.*?[^0-9_]|)_?([0-9]+)", re.DOTALL)
_NAMED = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)


class Positional:
    """Tells by the call specs of all tests of a function how their ids came about."""

    def __init__(self):
        self.counts = {}  # by function: the numbers behind each prefix of each id
        self.sure = set()

    def note(self, item):
        spec = getattr(item, "callspec", None)
        ids = getattr(spec, "_idlist", None)
        if not ids:
            return
        key = _function_of(item)
        if key in self.sure:
            return
        names = [_name_of(value) for value in spec.params.values()]
        for text in ids:
            if text in names:
                continue
            parts = text.split("-")
            if any(_is_position(arg, name, parts) for arg, name in zip(spec.params, names)):
                self.sure.add(key)
                return
        counts = self.counts.setdefault(key, {})
        for place, text in enumerate(ids):
            found = text[-1:].isdigit() and text not in names and _counted(text, names)
            if found:
                prefix, number = found
                counts.setdefault((place, prefix), set()).add(number)

    def has(self, item):
        """True for a test of a function whose ids are positions."""
        key = _function_of(item)
        if key not in self.sure and key in self.counts:
            counts = self.counts.pop(key).values()  # all of its tests were collected by now
            if any(len(c) > 1 and c == set(range(len(c))) for c in counts):
                self.sure.add(key)
        return key in self.sure


def _function_of(item):
    return id(item.parent), getattr(item, "originalname", None) or item.name.partition("[")[0]


def _is_position(argument, name, parts):
    """True when an id has the argument's name and a number for a value, and not by its value."""
    return any(
        part != name and part.startswith(argument) and _NUMBER.fullmatch(part, len(argument))
        for part in parts
    )


def _counted(text, names):
    """What stands before a number at the end of an id, and the number, unless values say it."""
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
    prefix, number = _NUMBERED.fullmatch(text).groups()
    return None if number in names else (prefix, int(number))


def _name_of(value):
    """The name that pytest has for a value, None without one."""
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
