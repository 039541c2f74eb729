"""Reads what `evenshard run` hands to the plugin.

The classes list the same keys as commands/run/plugin/settings.rs, which says what each one is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from .originals import read_json

VARIABLE = "EVENSHARD_SLICE"

# The private folder, from which this package was loaded.
HERE = getattr(__loader__, "folder", "")


@dataclass
class SliceRules:
    everywhere: list[Any]
    together: list[Any]
    never_split: list[Any]
    may_split: list[Any]


@dataclass
class Slice:
    digest: str
    shard: int
    shards: int
    unknown: str
    classes: dict[str, list[int]]
    listed: dict[str, dict[str, int]]
    rules: SliceRules | None
    expected: dict[str, list[str]]

    def __post_init__(self) -> None:
        self.rules = self.rules and SliceRules(**self.rules)


@dataclass
class Quarantined:
    patterns: list[Any]
    reason: str


@dataclass
class Run:
    slice: Slice
    shard: str
    junit: str | None
    require_match: float | None
    passed: list[str] | None
    record: dict[str, Any]
    record_path: str | None
    quarantine: list[Quarantined]
    prune: bool
    survey: bool
    only: list[str] | None
    watch: str | None
    order: list[str]
    collected: dict[str, list[str]] | None
    longest_first: dict[str, dict[str, int]] | None

    def __post_init__(self) -> None:
        self.slice = Slice(**self.slice)
        self.quarantine = [Quarantined(**entry) for entry in self.quarantine]


@dataclass
class Settings:
    folder: str
    talk: str
    empty: list[str]
    whole_marks: list[str]
    run: Run | None

    def __post_init__(self) -> None:
        self.run = self.run and Run(**self.run)


def read_settings() -> Settings:
    """Returns the settings, with paths as this process sees them.

    A container may see the private folder, and what lies around it, elsewhere than
    `evenshard run` does.
    """
    path = os.environ[VARIABLE]
    # In a container, which has the folder of this module elsewhere.
    if not os.path.exists(path):
        path = os.path.join(HERE, os.path.basename(path))
    settings = Settings(**read_json(path))
    settings.talk = moved(settings.talk, settings.folder, HERE)
    run = settings.run
    if run is not None:
        run.junit = moved(run.junit, settings.folder, HERE)
        run.record_path = moved(run.record_path, settings.folder, HERE)
    return settings


def moved(path: str | None, origin: str, target: str) -> str | None:
    """Returns the path that lies to `target` as `path` does to `origin`."""
    if path is None or origin == target:
        return path
    return os.path.normpath(os.path.join(target, os.path.relpath(path, origin)))
