"""Notes of collected tests what `verify` cannot tell from their node ids."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from .files import Files
from .homes import Homes
from .identity import dotted, split_id, writable
from .placement import Placement


def sources(items: Iterable[pytest.Item], files: Files) -> dict[str, list[str]]:
    """Returns the files through which tests were collected whose ids begin with another.

    One for each time that a test is selected, since several files can lead to one id.
    """
    found, foreign = {}, set()
    for item in items:
        path = item.nodeid.partition("::")[0]
        if files.file_of(item) != dotted(path):
            path = files.path_of(item)
            foreign.add(writable(item.nodeid))
        found.setdefault(writable(item.nodeid), []).append(writable(path))
    return {nodeid: found[nodeid] for nodeid in sorted(foreign)}


def hashes_of_cut(
    items: Iterable[pytest.Item], shard: int, placement: Placement, files: Files
) -> dict[str, str]:
    """Returns a hash of the ids of each function that this shard shares with others.

    Ids can depend on what else was imported; shards that saw different ones could lose tests.
    """
    # Functions without a test here as well: their hash says that nothing was seen.
    cut = {key: set() for key in placement.cut_functions(shard)}
    for item in items if cut else ():
        _, classes, function, _ = split_id(item.nodeid)
        key = ".".join([files.file_of(item), *classes]), function
        if key in cut:
            cut[key].add(writable(item.nodeid))
    return {"%s::%s" % key: _hash(ids) for key, ids in cut.items()}


def hashes_of_kept(
    items: Iterable[pytest.Item], placement: Placement, files: Files, homes: Homes
) -> dict[str, str]:
    """Returns a hash of what stays with what in each file that this shard shares with others.

    Marks can depend on the machine; shards that saw different ones could lose tests.
    """
    kept = {}
    for item in items:
        file = files.file_of(item)
        # Files of one shard have nothing to compare with.
        if file not in kept:
            kept[file] = [] if len(placement.shards_of_file(file)) > 1 else None
        if kept[file] is not None:
            level = homes.of(item)[0]
            kept[file] += ["%d %s" % (level, writable(item.nodeid))] if level else []
    return {writable(file): _hash(lines) for file, lines in kept.items() if lines}


def _hash(lines: Iterable[str]) -> str:
    import hashlib  # only here: tests can see which modules are loaded

    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
