"""What `evenshard run` hands over, and what a session answers. PYTEST_DONT_REWRITE"""

import json
import os
import time

SLICE = "EVENSHARD_SLICE"

# The private folder, in which this package lies.
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read_slice():
    """The slice, its paths as they are here. A container may see the private folder, and
    what lies around it, elsewhere than `evenshard run` does."""
    path = os.environ[SLICE]
    if not os.path.exists(path):
        path = os.path.join(HERE, os.path.basename(path))
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    there = content["folder"]
    content["talk"] = moved(content["talk"], there, HERE)
    if content.get("junit"):
        content["junit"] = moved(content["junit"], there, HERE)
    if content.get("record", {}).get("path"):
        content["record"]["path"] = moved(content["record"]["path"], there, HERE)
    return content


def moved(path, origin, target):
    """A path that lies to `target` as `path` does to `origin`."""
    if path is None or origin == target:
        return path
    return os.path.normpath(os.path.join(target, os.path.relpath(path, origin)))


class Talk:
    """What this session tells `evenshard run`, one file a session, replaced as it grows."""

    def __init__(self, content, role, parent=None):
        self.folder = content["talk"]
        self.there = content["folder"]
        self.key = "%d-%d" % (os.getpid(), time.monotonic_ns())
        self.facts = {"key": self.key, "role": role, "parent": parent}

    def say(self, **facts):
        self.facts.update(facts)
        # `run` looks for these files where itself is.
        paths = {k: self.outside(self.facts[k]) for k in ("junit", "record") if k in self.facts}
        write_json(os.path.join(self.folder, self.key + ".json"), {**self.facts, **paths})

    def outside(self, path):
        return moved(path, HERE, self.there)

    def others(self):
        """The facts of all other sessions of this command."""
        found = []
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".json") and name != self.key + ".json":
                with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                    found.append(json.load(file))
        return found

    def workers(self):
        """The facts of this session's xdist workers."""
        return [facts for facts in self.others() if facts.get("parent") == self.key]


def write_json(path, value):
    temporary = "%s.%d.tmp" % (path, os.getpid())
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.write("\n")
        os.replace(temporary, path)
    except OSError:  # such as a full disk, where a part of it would lie about
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def beside(junit):
    """Where the record goes: beside the JUnit file."""
    if junit is None:
        return None
    return (junit[:-4] if junit.endswith(".xml") else junit) + ".shard.json"
