"""What `evenshard run` hands over, and what a session answers. PYTEST_DONT_REWRITE"""

import os
import shlex
from contextlib import suppress

from .identity import writable
from .originals import REAL

SLICE = "EVENSHARD_SLICE"

# The private folder, from which this package was loaded.
HERE = getattr(__loader__, "folder", "")


def read_slice():
    """The slice, its paths as they are here. A container may see the private folder, and
    what lies around it, elsewhere than `evenshard run` does."""
    path = os.environ[SLICE]
    if not os.path.exists(path):
        path = os.path.join(HERE, os.path.basename(path))
    content = _read_json(path)
    there = content["folder"]
    content["talk"] = moved(content["talk"], there, HERE)
    if content.get("junit"):
        content["junit"] = moved(content["junit"], there, HERE)
    if content.get("record", {}).get("path"):
        content["record"]["path"] = moved(content["record"]["path"], there, HERE)
    return content


def command_line(program, arguments):
    """How a pytest was started, for messages."""
    folder, name = os.path.split(program)
    if name == "__main__.py":  # python -m pytest
        name = os.path.basename(folder)
    return writable(shlex.join([name, *map(str, arguments)]))


def moved(path, origin, target):
    """A path that lies to `target` as `path` does to `origin`."""
    if path is None or origin == target:
        return path
    return os.path.normpath(os.path.join(target, os.path.relpath(path, origin)))


class Talk:
    """What this pytest tells `evenshard run`, one file each time that pytest is started,
    replaced as it grows."""

    def __init__(self, content, role):
        self.content = content
        self.folder = content["talk"]
        self.there = content["folder"]
        self.owner = REAL.getpid()
        self.key = "%d-%d" % (self.owner, REAL.monotonic_ns())
        self.facts = {"key": self.key, "role": role}

    def is_in_child(self):
        """True in a process that a test forked."""
        return REAL.getpid() != self.owner

    def say(self, **facts):
        if self.is_in_child():
            return
        self.facts.update(facts)
        # `run` looks for these files where itself is.
        paths = {k: self.outside(self.facts[k]) for k in ("junit", "record") if k in self.facts}
        write_json(REAL.join(self.folder, self.key + ".json"), {**self.facts, **paths})

    def say_ending(self):
        """Says that the session has begun to end: a SIGINT would break its teardown off."""
        self.facts["ending"] = True
        with suppress(OSError):  # a full disk is told of when the session has ended
            self.say()

    def is_to_end(self):
        """True when `run` waits no longer for a session that has been signalled."""
        return "end" in REAL.listdir(self.folder)

    def claim(self, name):
        """True for the first session of this command that asks for a name."""
        try:
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            REAL.os_close(REAL.os_open(REAL.join(self.folder, name + ".claim"), flags))
        except FileExistsError:
            return False
        return True

    def outside(self, path):
        return moved(path, HERE, self.there)

    def others(self):
        """The facts of all other sessions of this command."""
        found = []
        for name in sorted(REAL.listdir(self.folder)):
            if name.endswith(".json") and name != self.key + ".json":
                found.append(_read_json(REAL.join(self.folder, name)))
        return found

    def workers(self):
        """The facts of this session's xdist workers."""
        return [facts for facts in self.others() if facts.get("parent") == self.key]


def _read_json(path):
    with REAL.open(path, encoding="utf-8") as file:
        return REAL.loads(file.read())


def write_json(path, value):
    temporary = "%s.%d.tmp" % (path, REAL.getpid())
    try:
        with REAL.open(temporary, "w", encoding="utf-8") as file:
            file.write(REAL.dumps(value, indent=1) + "\n")
        REAL.replace(temporary, path)
    except OSError:  # such as a full disk, where a part of it would lie about
        try:
            REAL.remove(temporary)
        except FileNotFoundError:
            pass
        raise


def beside(junit):
    """Where the record goes: beside the JUnit file."""
    if junit is None:
        return None
    return junit.removesuffix(".xml") + ".shard.json"
