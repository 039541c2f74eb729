"""Takes node ids apart, and tells the names that reports give to tests."""

from __future__ import annotations

import re

import pytest

_PATTERNS = [
    # pytest 9.2 and newer, and the older rule: see bin_xml_escape in pytest's junitxml.
    re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
    re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]"),
]


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return "#x%02X" % code if code <= 0xFF else "#x%04X" % code


def escaped(name: str) -> str:
    """Returns a name as pytest up to 9.0 writes it."""
    return _PATTERNS[1].sub(_escaped, name)


def dotted(path: str) -> str:
    """Returns a path as pytest begins a classname with it."""
    path = path.replace("/", ".")
    return path.removesuffix(".py")


# What can be a name in Python; of what is beyond ASCII anything can.
IDENTIFIER = re.compile("[A-Za-z_\x80-\U0010ffff][0-9A-Za-z_\x80-\U0010ffff]*")


def _without_group(name: str) -> str:
    """Returns a name without the "@group" that xdist puts behind it under --dist loadgroup."""
    at, bracket = name.find("@"), name.find("[")
    end, function = at, name[:at]
    if 0 <= bracket < at:
        end, function = name.rfind("]") + 1, name[:bracket]
    if at < 0 or name[end : end + 1] != "@" or not name[end + 1 :]:
        return name
    return name[:end] if IDENTIFIER.fullmatch(function) else name


def without_group(nodeid: str) -> str:
    """Returns a node id as it is without xdist."""
    path, sep, tail = nodeid.partition("::")
    # Neither classes nor functions hold an "@", so a group may hold anything.
    last = tail.partition("[")[0].partition("@")[0].rfind("::")
    last = last + 2 if last >= 0 else 0
    return path + sep + tail[:last] + _without_group(tail[last:])


def split_id(nodeid: str) -> tuple[str, list[str], str, str | None]:
    """Returns (path, classes, function, bracket) of a node id; bracket is None without one."""
    path, sep, tail = without_group(nodeid).partition("::")
    if not sep:
        return path, [], "", None
    names, bracket, params = tail.partition("[")
    *classes, function = names.split("::")
    return path, classes, function, bracket + params if bracket else None


def names_in_reports(function: str, bracket: str | None) -> list[str]:
    """Returns every name that some version of pytest writes, the newest first."""
    written = [function + (bracket or "")]
    if bracket and not bracket.endswith("]"):
        written.insert(0, written[0] + "]")
    names = [pattern.sub(_escaped, name) for name in written for pattern in _PATTERNS]
    # Both rules agree for nearly all names.
    return list(dict.fromkeys(names))


def _group_of(item: pytest.Item) -> str:
    """Returns the end that xdist gives the id of an item under --dist loadgroup, by its marks."""
    marks = item.iter_markers("xdist_group")
    names = {str(m.args[0] if m.args else m.kwargs.get("name", "default")) for m in marks}
    return "@" + "_".join(sorted(names)) if names else ""


def with_group(item: pytest.Item) -> str:
    """Returns an item's id with the group of its xdist_group marks, as xdist writes it."""
    group = _group_of(item)
    plain = without_group(item.nodeid)
    return plain + group if group and without_group(plain + group) == plain else item.nodeid


def plain_id(item: pytest.Item) -> str:
    """Returns an item's id without the group that xdist put behind it. An `@` of its own stays."""
    if not getattr(item.config.option, "loadgroup", False):
        return item.nodeid
    group = _group_of(item)
    return item.nodeid[: -len(group)] if group and item.nodeid.endswith(group) else item.nodeid


def writable(text: str) -> str:
    """Returns text that UTF-8 can hold (file names may have lone surrogates)."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
