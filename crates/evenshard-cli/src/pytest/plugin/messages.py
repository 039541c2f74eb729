"""Builds what the plugin tells `evenshard run`.

The classes list the same keys as commands/run/plugin/message.rs, which says what each one is.
"""

from __future__ import annotations

import enum
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from .identity import writable
from .originals import REAL, read_json, write_json
from .settings import HERE, Settings, moved


class Role(str, enum.Enum):
    MAIN = "main"
    WORKER = "worker"
    IMPORTED = "imported"
    BLOCKED = "blocked"
    FORKED = "forked"


class State(str, enum.Enum):
    LOADED = "loaded"
    BEGUN = "begun"
    COLLECTING = "collecting"
    COLLECTED = "collected"
    FINISHED = "finished"


class Others(str, enum.Enum):
    SOME = "some"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass
class Proof:
    everywhere: Sequence[str] = ()
    collected_from: dict[str, list[str]] = field(default_factory=dict)
    cut: dict[str, str] = field(default_factory=dict)
    dropped: Sequence[str] = ()
    kept: dict[str, str] = field(default_factory=dict)
    home: Sequence[dict[str, Any]] = ()
    positional: Sequence[str] | None = None


@dataclass
class Message:
    key: str
    role: Role
    command: str = ""
    test: str | None = None
    parent: str | None = None
    state: State = State.LOADED
    ending: bool = False
    too_old: str | None = None
    contradiction: Sequence[str] | None = None
    collect_only: bool = False
    selection: str | None = None
    selected: Sequence[str] = ()
    files: Sequence[str] = ()
    pruned: int = 0
    others: Others | None = None
    match: Sequence[int] = (0, 0)
    unknown: Sequence[str] = ()
    refused: str | None = None
    apart: Sequence[Sequence[str]] = ()
    proof: Proof = field(default_factory=Proof)
    absent: Sequence[str] = ()
    elsewhere: bool = False
    gone: Sequence[str] = ()
    own: Sequence[str] = ()
    plain: Sequence[str] = ()
    dropped_known: Sequence[str] = ()
    quarantine_fits: Sequence[int] | None = None
    quarantined: Sequence[str] = ()
    retried: dict[str, int] = field(default_factory=dict)
    stopped: str | None = None
    exit: int | None = None
    cases_us: int = 0
    wall_us: int = 0
    setup: dict[str, dict[str, Any]] = field(default_factory=dict)
    session_us: Sequence[dict[str, Any]] = ()
    workers: int = 0
    workers_started: int = 0
    record: str | None = None
    record_error: str | None = None
    junit: str | None = None
    junit_error: str | None = None
    options: Sequence[str] = ()
    watched: str | None = None


class Talk:
    """Keeps the message of one start of pytest: a file, replaced whenever it changes."""

    def __init__(self, settings: Settings, role: Role) -> None:
        self.settings = settings
        self.owner = REAL.getpid()
        key = "%d-%d" % (self.owner, REAL.monotonic_ns())
        self.message = Message(key, role)

    def is_in_child(self) -> bool:
        """Returns True in a process that a test forked."""
        return REAL.getpid() != self.owner

    def say(self, **changes: Any) -> None:
        if self.is_in_child():
            return
        self.message = replace(self.message, **changes)
        # `run` looks for these files from where it is.
        paths = {name: self.outside(getattr(self.message, name)) for name in ("junit", "record")}
        path = REAL.join(self.settings.talk, self.message.key + ".json")
        write_json(path, replace(self.message, **paths))

    def say_ending(self) -> None:
        """Reports that the session has begun to end: a SIGINT would break its teardown off."""
        with suppress(OSError):  # the end of the session reports a full disk
            self.say(ending=True)

    def is_to_end(self) -> bool:
        """Returns True when `run` stops waiting for a session that it has signalled."""
        return "end" in REAL.listdir(self.settings.talk)

    def claim(self, name: str) -> bool:
        """Returns True for the first session of this command that asks for a name."""
        try:
            # Made or refused in one step, whatever other sessions do meanwhile.
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            path = REAL.join(self.settings.talk, name + ".claim")
            REAL.os_close(REAL.os_open(path, flags))
        except FileExistsError:
            return False
        return True

    def outside(self, path: str | None) -> str | None:
        """Returns a path as `run` sees it."""
        return moved(path, HERE, self.settings.folder)

    def others(self) -> Iterator[Message]:
        """Yields the messages of all other sessions of this command."""
        for name in sorted(REAL.listdir(self.settings.talk)):
            # Claims and files that are being written lie in the folder as well.
            if name.endswith(".json") and name != self.message.key + ".json":
                message = Message(**read_json(REAL.join(self.settings.talk, name)))
                yield replace(message, proof=Proof(**message.proof))

    def workers(self) -> list[Message]:
        """Returns the messages of this session's xdist workers."""
        return [message for message in self.others() if message.parent == self.message.key]


def command_line(program: str, arguments: Sequence[object]) -> str:
    """Returns the command that started pytest, for error messages."""
    folder, name = os.path.split(program)
    if name == "__main__.py":  # python -m pytest
        name = os.path.basename(folder)
    return writable(shlex.join([name, *map(str, arguments)]))
