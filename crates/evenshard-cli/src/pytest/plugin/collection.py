"""Reports all tests that a command selects, so that a plan can be made of them."""

from __future__ import annotations

import pytest

from .files import Files
from .homes import Homes, KeptTests
from .identity import split_id, with_group, writable
from .messages import Proof, State, Talk


class Collection:
    def __init__(self, talk: Talk, files: Files, homes: Homes) -> None:
        self.talk = talk
        self.files = files
        self.homes = homes

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        kept = KeptTests()
        for item in session.items:
            _, classes, function, _ = split_id(item.nodeid)
            # By the file that collected it: its own id may begin with another.
            file = self.files.file_of(item)
            classname = ".".join([file, *classes])
            kept.add(item.nodeid, file, classname, *self.homes.of(item))
            if self.homes.positional.has(item):
                kept.positional.add("%s::%s" % (classname, function))
        self.talk.say(
            state=State.COLLECTED,
            selected=[writable(with_group(item)) for item in session.items],
            proof=Proof(**kept.facts()),
        )
