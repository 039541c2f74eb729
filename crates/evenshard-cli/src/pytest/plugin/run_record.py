"""Writes the run record of a session as started; `run` replaces it by a finished one."""

from __future__ import annotations

import os

from .junit import Junit
from .messages import Talk
from .originals import write_json
from .settings import Run


class RunRecord:
    def __init__(self, run: Run, talk: Talk, junit: Junit) -> None:
        self.run = run
        self.talk = talk
        self.junit = junit

    def write(self) -> None:
        """Writes the tests that the session selected, as far as it has collected them."""
        path = self._path()
        if path is None:
            return
        message = self.talk.message
        record = {
            **self.run.record,
            "junit_prefix": self.junit.prefix,
            "state": "started",
            "files": message.files,
            "selected": message.selected,
            "selection": message.selection,
            "match": dict(zip(("known", "tests"), message.match)),
            # An empty `positional` says that tests were collected.
            **{k: v for k, v in vars(message.proof).items() if v or (k, v) == ("positional", [])},
        }
        # Before it is written, so that `run` knows of a record that could not be.
        self.talk.say(record=path)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_json(path, record)
        except OSError as error:
            self.talk.say(record_error=str(error))

    def _path(self) -> str | None:
        """Returns where the record goes: by default beside the JUnit file, one for all sessions."""
        if self.run.only is not None:
            return None  # its tests join the record of the first session
        junit = self.run.junit if self.junit.path else self.talk.message.junit
        beside = junit and junit.removesuffix(".xml") + ".shard.json"
        return self.run.record_path or beside
