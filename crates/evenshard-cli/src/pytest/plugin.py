"""evenshard's pytest plugin: keeps the tests of one shard. PYTEST_DONT_REWRITE

`evenshard run` writes this file and a slice of its plan to a private folder and points
PYTHONPATH and PYTEST_PLUGINS here. It acts in the outermost pytest session and its xdist
workers only. Standard library, Python 3.9+, pytest 7.4+.
"""

import bisect
import fnmatch
import hashlib
import json
import os
import re
import signal
import sys
import threading
import time
import zlib

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = os.path.splitext(os.path.basename(__file__))[0]
SLICE = "EVENSHARD_SLICE"

# The exit status that `evenshard run` gives for timings that match too few tests.
EXIT_MATCH = 65

# Seconds from a signal until a session that is still there is ended.
WIND_DOWN = 5


# --- identity: node ids and the names that reports give them -------------------------

_PATTERNS = [
    # pytest 9.2 and newer, and the older rule: see bin_xml_escape in pytest's junitxml.
    re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
    re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]"),
]


def _escaped(match):
    code = ord(match.group())
    return "#x%02X" % code if code <= 0xFF else "#x%04X" % code


def dotted(path):
    """A path as pytest begins a classname with it."""
    path = path.replace("/", ".")
    return path[:-3] if path.endswith(".py") else path


# What can be a name in Python; of what is beyond ASCII anything can.
_IDENTIFIER = re.compile("[A-Za-z_\x80-\U0010ffff][0-9A-Za-z_\x80-\U0010ffff]*")


def _split_group(name):
    """A name without the "@group" that xdist puts behind it under --dist loadgroup, and that."""
    at, bracket = name.find("@"), name.find("[")
    end, function = at, name[:at]
    if 0 <= bracket < at:
        end, function = name.rfind("]") + 1, name[:bracket]
    if at < 0 or name[end:end + 1] != "@" or not name[end + 1:]:
        return name, None
    if not _IDENTIFIER.fullmatch(function):
        return name, None
    return name[:end], name[end + 1:]


def without_group(nodeid):
    """A node id as it is without xdist."""
    path, sep, tail = nodeid.partition("::")
    last = tail.partition("[")[0].rfind("::")
    last = last + 2 if last >= 0 else 0
    return path + sep + tail[:last] + _split_group(tail[last:])[0]


def split_id(nodeid):
    """(path, classes, function, bracket) of a node id; bracket is None without one."""
    path, sep, tail = without_group(nodeid).partition("::")
    if not sep:
        return path, [], "", None
    names, bracket, params = tail.partition("[")
    *classes, function = names.split("::")
    return path, classes, function, bracket + params if bracket else None


def names_in_reports(function, bracket):
    """Every name that some version of pytest writes, the newest first."""
    written = [function + (bracket or "")]
    if bracket and not bracket.endswith("]"):
        written.insert(0, written[0] + "]")
    names = [pattern.sub(_escaped, name) for name in written for pattern in _PATTERNS]
    return list(dict.fromkeys(names))


def with_group(item):
    """An item's id with the group of its xdist_group marks, as xdist writes it."""
    marks = item.iter_markers("xdist_group")
    names = {str(m.args[0] if m.args else m.kwargs.get("name", "default")) for m in marks}
    plain = without_group(item.nodeid)
    marked = plain + "@" + "_".join(sorted(names))
    return marked if names and without_group(marked) == plain else item.nodeid


def writable(text):
    """Text that UTF-8 can hold (file names may have lone surrogates)."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


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
            found = _end(self.path, file, dots + [len(file)]) is not None
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
    part = text[at:at + len(piece)]
    return len(part) == len(piece) and all(p in ("?", c) for p, c in zip(piece, part))


def _subject(classes, names):
    """What patterns are compared with, and where they may end: see the library's `Subject`."""
    name = _PATTERNS[1].sub(_escaped, names[0])
    outer = ".".join(classes)
    ends = [at for at, char in enumerate(outer) if char == "."]
    if outer:
        ends.append(len(outer))
        outer += "."
    if "[" in name:
        ends.append(len(outer) + name.index("["))
    return outer + name, ends + [len(outer) + len(name)]


class Rules:
    """What the user said about where tests run, as in the library's `plan::rules`."""

    def __init__(self, content):
        self.everywhere = list(map(Pattern, content["everywhere"]))
        self.together = [(s, list(map(Pattern, p))) for s, p in content["together"]]
        self.never_split = list(map(Pattern, content["never_split"]))

    def shards_of_file(self, file):
        """The shards to which they can send tests of a file, None for all."""
        if any(p.can_cover(file) for p in self.everywhere):
            return None
        return {s for s, patterns in self.together if any(p.can_cover(file) for p in patterns)}

    def place(self, file, subject):
        """The shard of a test that a rule names (EVERYWHERE among them), else None."""
        if any(p.end(file, subject) is not None for p in self.everywhere):
            return EVERYWHERE
        for shard, patterns in self.together:
            if any(p.end(file, subject) is not None for p in patterns):
                return shard
        return None

    def whole(self, file, subject):
        """How much of its names makes the unit that is not cut, None where none is named."""
        ends = [p.end(file, subject) for p in self.never_split]
        return min((end for end in ends if end is not None), default=None)


# In place of a shard: all of them.
EVERYWHERE = -1


class Quarantine:
    """Tests whose failures are shown, and do not fail the session."""

    # How a failure that does not count begins where reports give its reason.
    MARK = "quarantined: "
    # How many lines of a failure are shown.
    LINES = 60

    def __init__(self, content):
        self.entries = [(list(map(Pattern, e["patterns"])), e["reason"]) for e in content]
        self.fits = set()
        self.reasons = {}  # by node id, of the tests that this process collected
        self.failures = []

    def covers(self, file, subject):
        """The numbers of the entries that cover a test."""
        return [at for at, (patterns, _) in enumerate(self.entries)
                if any(p.end(file, subject) is not None for p in patterns)]

    def may_fit(self, pruned):
        """Notes the entries that may cover tests of files that were not read."""
        for at, (patterns, _) in enumerate(self.entries):
            if any(p.can_cover(dotted(file)) for p in patterns for file in pruned):
                self.fits.add(at)

    def excuse(self, report):
        """Makes of a failure that stands one that was expected.

        Plugins that try again have decided by now: what they run again is no failure yet.
        """
        reason = self.reasons.get(report.nodeid)
        if reason is None or report.outcome != "failed":
            return
        report.evenshard_quarantined = reason  # travels from xdist's workers
        report.outcome = "skipped"
        report.wasxfail = self.MARK + reason + _said_by(report)

    def note(self, report):
        """Keeps what is shown at the end; True for a failure that does not count."""
        reason = getattr(report, "evenshard_quarantined", None)
        if reason is None:
            return False
        self.failures.append((report.nodeid, report.when, reason, report.longreprtext))
        return True

    def ids(self):
        return sorted({writable(nodeid) for nodeid, *_ in self.failures})

    def write_summary(self, reporter, with_texts):
        if not self.failures:
            return
        reporter.section("evenshard: quarantined failures", sep="=", yellow=True)
        for nodeid, when, reason, text in self.failures:
            phase = "" if when == "call" else " (%s)" % when
            reporter.line("%s%s: %s" % (nodeid, phase, reason), yellow=True)
            lines = text.splitlines() if with_texts else []
            if len(lines) > self.LINES:
                lines = ["[...]", *lines[-self.LINES:]]
            for line in lines:
                reporter.line("    " + line)


def _said_by(report):
    """The message of a failure, on one line and not too long."""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = " ".join((crash.message if crash else report.longreprtext).split())
    if report.when in ("setup", "teardown"):
        said = "failed on %s: %s" % (report.when, said)
    said = said if len(said) <= 500 else said[:500] + "..."
    return " (%s)" % said if said else ""


class Placement:
    """The plan's function from tests to shards, as in the library's `placement`."""

    def __init__(self, content, junit_prefix=""):
        self.shards = content["shards"]
        self.by_function = content["unknown"] == "function-hash"
        self.rules = Rules(content["rules"]) if "rules" in content else None
        self.classes = _without_prefix(content["classes"], junit_prefix)
        self.listed = _without_prefix(content["listed"], junit_prefix)
        self.expected = _without_prefix(content["expected"], junit_prefix)
        self.sorted = sorted(self.classes)
        self._under = {}

    def under(self, prefix):
        """The shards that hold anything at or under a dotted prefix, ascending."""
        found = self._under.get(prefix)
        if found is None:
            start = bisect.bisect_left(self.sorted, prefix + ".")
            # "/" is the character after ".", so this is where other prefixes begin.
            end = bisect.bisect_left(self.sorted, prefix + "/", start)
            shards = set(self.classes.get(prefix, ()))
            for classname in self.sorted[start:end]:
                shards.update(self.classes[classname])
            found = self._under[prefix] = sorted(shards)
        return found

    def shards_of_file(self, file):
        """The shards to which tests of this dotted file can go."""
        more = self.rules.shards_of_file(file) if self.rules else ()
        found = self.under(file)
        if more is None or self.by_function and not found:
            return range(self.shards)
        found = found or [self._hash(file)]
        return sorted({*found, *more}) if more else found

    def runs_on(self, shard, file, classes, function, names):
        """True when this shard runs the test."""
        return self.place(file, classes, function, names) in (shard, EVERYWHERE)

    def place(self, file, classes, function, names):
        """The shard of a test, or EVERYWHERE."""
        classname = ".".join([file, *classes])
        if self.rules:
            subject = _subject(classes, names)
            said = self.rules.place(file, subject)
            if said is not None:
                return said
        own = self.classes.get(classname)
        if own:
            tests = self.listed.get(classname)
            if tests is None:
                return own[0]
            for name in names:
                if name in tests:
                    return tests[name]
            same = [s for name, s in tests.items() if name.partition("[")[0] == function]
            if same:
                return min(same)
        prefix = classname
        while prefix == file or prefix.startswith(file + "."):
            found = self.under(prefix)
            if found:
                return found[0]
            prefix, dot, _ = prefix.rpartition(".")
            if not dot:
                break
        if not self.by_function:
            return self._hash(file)
        end = self.rules.whole(file, subject) if self.rules else None
        if end == 0:
            return self._hash(file)
        unit = classname + "::" + function if end is None else file + "::" + subject[0][:end]
        return self._hash(unit)

    def knows(self, file, classes, names):
        """True when the plan expects this test here: its history knew it."""
        tests = self.expected.get(".".join([file, *classes]))
        return tests is not None and any(name in tests for name in names)

    def cut_functions(self, shard):
        """(classname, function) whose parameters are on this shard and on others."""
        for classname, tests in self.listed.items():
            homes = {}
            for name, home in tests.items():
                homes.setdefault(name.partition("[")[0], set()).add(home)
            for function, shards in homes.items():
                if len(shards) > 1 and shard in shards:
                    yield classname, function

    def _hash(self, text):
        crc = zlib.crc32(text.encode("utf-8", "backslashreplace")) & 0xFFFFFFFF
        return crc * self.shards >> 32


def _without_prefix(by_class, prefix):
    if not prefix:
        return by_class
    start = prefix + "."
    return {c[len(start):] if c.startswith(start) else c: v for c, v in by_class.items()}


# --- the session ---------------------------------------------------------------------


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
        _write_json(os.path.join(self.folder, self.key + ".json"), {**self.facts, **paths})

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


def _write_json(path, value):
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


class SetupMeter:
    """Measures what the set-up of each file costs: import, collection, fixtures.

    Clocks only: exceptions pass through untouched, and what failed is not counted.
    """

    def __init__(self, path_of, pays_in_tests):
        self.path_of = path_of
        self.pays_in_tests = pays_in_tests  # whether reports show set-up as the tests' time
        self.files = {}
        self.none_imported = True
        self.counted = set()
        self.inside = 0.0  # spent on fixtures that the one being set up asked for itself
        self.test = None

    def _of(self, node):
        """The path and the costs of the file that a node is in; (None, None) outside of any."""
        path = self.path_of(node)
        if path is None or path.rpartition("/")[2] == "__init__.py":
            return None, None
        return path, self.files.setdefault(path, {})

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_make_collect_report(self, collector):
        begun = time.perf_counter()
        outcome = yield
        took = time.perf_counter() - begun
        if outcome.excinfo is None and outcome.get_result().outcome == "passed":
            path, costs = self._of(collector)
            if path is not None:
                if self.none_imported:
                    costs["first"] = True
                    self.none_imported = False
                costs["import_us"] = costs.get("import_us", 0.0) + took

    def pytest_runtest_logstart(self, nodeid):
        self.test = nodeid

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_fixture_setup(self, fixturedef, request):
        around, self.inside = self.inside, 0.0
        begun = time.perf_counter()
        outcome = yield
        took = time.perf_counter() - begun
        own, self.inside = max(took - self.inside, 0.0), around + took
        if fixturedef.scope in ("module", "class") and outcome.excinfo is None:
            self._count(fixturedef, request.node, own)

    def _count(self, fixturedef, node, took):
        # A class fixture of a function outside of classes is that function's own. What is
        # set up again, for the next parameter or attempt, its tests pay and not the file.
        key = (id(fixturedef), id(node))
        if not isinstance(node, pytest.Collector) or key in self.counted:
            return
        self.counted.add(key)
        path, costs = self._of(node)
        if path is None:
            return
        if fixturedef.scope == "class":
            names = [part.name for part in node.listchain() if isinstance(part, pytest.Class)]
            _add(costs.setdefault("classes_us", {}), ".".join(names), took)
        else:
            _add(costs, "fixtures_us", took)
        if self.pays_in_tests and self.test is not None:
            _add(costs.setdefault("paid_us", {}), self.test, took)

    def facts(self):
        """As the record has them."""
        return {writable(path): _in_micros(costs) for path, costs in self.files.items() if costs}


def _add(costs, key, seconds):
    costs[key] = costs.get(key, 0.0) + seconds


def _in_micros(value):
    if isinstance(value, dict):
        return {writable(key): _in_micros(part) for key, part in value.items()}
    return round(value * 1e6) if isinstance(value, float) else value


def _setup_is_in_reports(config):
    """False when pytest reports the call of a test only."""
    try:
        return config.getini("junit_duration_report") != "call"
    except (KeyError, ValueError):  # the plugin that has the setting is switched off
        return True


class ShardPlugin:
    """Prunes files, deselects tests and keeps the record of one session."""

    def __init__(self, config, content):
        self.content = content
        self.mode = content["mode"]
        self.worker = getattr(config, "workerinput", None)
        prefix = getattr(config.option, "junitprefix", None) or ""
        self.placement = Placement(content["slice"], prefix) if self.mode == "run" else None
        self.shard = content["slice"]["shard"] if self.mode == "run" else None
        self.root = config.rootpath
        self.prunes = self.mode == "run" and not _reruns_by_cache(config)
        self.python_files = config.getini("python_files")
        self.all_python = bool(getattr(config.option, "doctestmodules", False))
        self.files = set()
        self.pruned = {}
        self.filtered = 0
        self.deselected = 0
        self.selected = []
        self.proof = {"cut": {}, "collected_from": {}, "everywhere": []}
        self.retried = {}
        self.quarantine = Quarantine(content.get("quarantine", ()))
        self.approved = set()
        self.settled = set(map(without_group, content.get("settled") or ()))
        self.match = (0, 0)
        self.unknown = []
        self.refused = None
        self.collecting_workers = 0
        self.interrupts = None
        self.meter = None
        if self.mode == "run":
            self.meter = SetupMeter(self._path_of, _setup_is_in_reports(config))
            config.pluginmanager.register(self.meter, "evenshard-setup")
        self.durations = 0.0
        self.started = time.monotonic()
        role = "worker" if self.worker is not None else "main"
        self.talk = Talk(content, role, (self.worker or {}).get("evenshard"))
        self.talk.facts["junit_prefix"] = prefix

    # -- files --

    def _relative(self, path):
        """The path that begins the node ids of a file, None outside the root folder."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return None

    def _holds_python_tests(self, path):
        if path.suffix != ".py":
            return False
        name, full = path.name, str(path)
        return self.all_python or any(
            fnmatch.fnmatch(full, "*" + os.sep + p) if os.sep in p else fnmatch.fnmatch(name, p)
            for p in self.python_files
        )

    def _prune(self, path):
        """Notes a file that pytest offers; True when no test of it can come here."""
        relative = None if path.is_dir() else self._relative(path)
        if relative is None:
            return False
        known = bool(self.placement and self.placement.under(dotted(relative)))
        if not known and not self._holds_python_tests(path):
            return False  # whether it holds tests, only its collector knows
        self.files.add(relative)
        if not self.prunes or path.name == "__init__.py":
            return False
        if self.shard in self.placement.shards_of_file(dotted(relative)):
            return False
        # Known, and a file that pytest would look into for tests as it is set up now.
        self.pruned[relative] = known and (
            path.suffix != ".py" or self._holds_python_tests(path))
        return True

    @pytest.hookimpl(hookwrapper=True)
    def pytest_ignore_collect(self, collection_path):
        outcome = yield
        if outcome.excinfo is None and not outcome.get_result():
            if self._prune(collection_path):
                outcome.force_result(True)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collect_file(self, file_path):
        outcome = yield
        if outcome.excinfo is None:
            relative = self._relative(file_path)
            for node in outcome.get_result() or ():
                for part in node if isinstance(node, (list, tuple)) else [node]:
                    part._evenshard_file = relative  # a collector may name another path

    def pytest_collectstart(self, collector):
        if isinstance(collector, pytest.File) and not isinstance(collector, pytest.Package):
            relative = self._relative(collector.path)
            if relative is not None:
                self.files.add(relative)

    # -- tests --

    def _path_of(self, node):
        """The file through which a node was collected, None without one."""
        for part in node.listchain():
            if isinstance(part, pytest.File) and not isinstance(part, pytest.Package):
                return getattr(part, "_evenshard_file", None) or self._relative(part.path)
        return None

    def _file_of(self, item):
        """The dotted file through which an item was collected: what was offered for pruning.

        Not the item's own id, which plugins can change.
        """
        path = self._path_of(item)
        return dotted(item.nodeid.partition("::")[0] if path is None else path)

    def _mine(self, item):
        _, classes, function, bracket = split_id(item.nodeid)
        names = names_in_reports(function, bracket)
        file = self._file_of(item)
        shard = self.placement.place(file, classes, function, names)
        if shard not in (self.shard, EVERYWHERE):
            return False
        if self.settled and without_group(writable(item.nodeid)) in self.settled:
            return False  # an earlier attempt has a passing result
        self._note_for_proof(item, file, everywhere=shard == EVERYWHERE)
        known = self.placement.knows(file, classes, names)
        self.match = (self.match[0] + known, self.match[1] + 1)
        if not known and len(self.unknown) < 3:
            self.unknown.append(writable(item.nodeid))
        return True

    def _note_for_proof(self, item, file, everywhere):
        """What `verify` could not tell from the id of a selected test."""
        if everywhere:
            self.proof["everywhere"].append(writable(item.nodeid))
        if file != dotted(item.nodeid.partition("::")[0]):
            path = self._path_of(item)
            self.proof["collected_from"][writable(item.nodeid)] = writable(path)

    def _hashes_of_cut(self, items):
        """A hash of the ids of each function that this shard shares with others.

        Ids can depend on what else was imported; shards that saw different ones could
        lose tests.
        """
        cut = {key: set() for key in self.placement.cut_functions(self.shard)}
        for item in items if cut else ():
            _, classes, function, _ = split_id(item.nodeid)
            key = ".".join([self._file_of(item), *classes]), function
            if key in cut:
                cut[key].add(writable(item.nodeid))
        return {
            "%s::%s" % key: hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
            for key, ids in cut.items()
        }

    def _note_quarantined(self, items):
        """Which items are quarantined, and which entries fit some."""
        for item in items if self.quarantine.entries else ():
            _, classes, function, bracket = split_id(item.nodeid)
            subject = _subject(classes, names_in_reports(function, bracket))
            covering = self.quarantine.covers(self._file_of(item), subject)
            self.quarantine.fits.update(covering)
            if covering:
                self.quarantine.reasons[item.nodeid] = self.quarantine.entries[covering[0]][1]

    def _select(self, config, items):
        mine, others = [], []
        for item in items:
            keep = id(item) in self.approved or self._mine(item)
            (mine if keep else others).append(item)
        self.approved.update(map(id, mine))
        self.deselected += len(others)
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = mine
        known, total = self.match
        least = self.content["require_match"]
        if least is not None and total and known * 100 < least * total:
            self.refused = "timings know %d of %d tests, %s %% are required" % (
                known, total, ("%f" % least).rstrip("0").rstrip("."))
            items[:] = []

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        before = len(items)
        outcome = yield
        if outcome.excinfo is None and self.mode == "run":
            self.filtered += before - len(items)
            self._note_quarantined(items)
            self.proof["cut"] = self._hashes_of_cut(items)
            self._select(config, items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session):
        if self.mode == "run":
            # A wrapper outside ours may have added tests: they have one home as well.
            self._select(session.config, session.items)
            self._note_quarantined(session.items)
            self.quarantine.may_fit(self.pruned)
        # In a run the ids are those that reports have.
        written = with_group if self.mode != "run" else lambda item: item.nodeid
        self.selected = [writable(written(item)) for item in session.items]
        self.talk.say(
            state="collected",
            files=sorted(map(writable, self.files)),
            pruned=len(self.pruned),
            pruned_known=sum(self.pruned.values()),
            filtered=_filters(session.config) or self.filtered > 0,
            deselected=self.deselected,
            selected=self.selected,
            match=self.match,
            unknown=self.unknown,
            refused=self.refused,
            proof=self.proof,
            quarantine_fits=sorted(self.quarantine.fits),
        )
        if self.mode == "run" and self.worker is None and not session.config.option.collectonly:
            self._write_record()

    def pytest_report_header(self):
        if self.mode == "run":
            return "evenshard: shard %s of plan %s" % (
                self.content["shard"], self.content["slice"]["digest"][:12])
        return None

    def pytest_report_collectionfinish(self):
        if self.mode != "run":
            return None
        known, total = self.match
        lines = ["evenshard: %d test%s in this shard, timings known for %d; %d test%s and %d "
                 "file%s left to other shards" % (
                     total, "s" * (total != 1), known, self.deselected,
                     "s" * (self.deselected != 1), len(self.pruned), "s" * (len(self.pruned) != 1))]
        if self.refused:
            lines.append("evenshard: no test is run: " + self.refused)
        return lines

    # -- the run --

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):  # xdist, in the controller
        node.workerinput["evenshard"] = self.talk.key

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self.collecting_workers += 1
        workers = self.talk.workers()
        self.talk.say(workers=len(workers), workers_started=self.collecting_workers)
        if self.collecting_workers == 1:
            self.selected = [writable(i) for i in ids]
            self.files.update(*[w.get("files", ()) for w in workers])
            self.match = next((tuple(w["match"]) for w in workers if "match" in w), (0, 0))
            self.unknown = next((w["unknown"] for w in workers if "unknown" in w), [])
            self.proof = next((w["proof"] for w in workers if "proof" in w), self.proof)
            fits = {at for w in workers for at in w.get("quarantine_fits", ())}
            self.talk.say(quarantine_fits=sorted(fits))
            self.talk.say(selected=self.selected, match=self.match, unknown=self.unknown,
                          proof=self.proof, files=sorted(map(writable, self.files)))
            self._write_record()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config):
        junit = self.content.get("junit")
        if self.mode != "run":
            config.option.xmlpath = None
        elif junit and not getattr(config.option, "xmlpath", None) and _writes_results(config):
            config.option.xmlpath = self._own_file(junit)
            self.talk.facts["record_beside"] = junit  # one record, however many sessions
        path = getattr(config.option, "xmlpath", None)
        path = os.path.abspath(os.path.expanduser(os.path.expandvars(path))) if path else None
        self.talk.say(junit=path, collect_only=bool(config.option.collectonly))

    def _own_file(self, junit):
        """The JUnit file of this session: one command can start pytest several times."""
        taken = [f.get("junit") for f in self.talk.others()]
        base, number = junit[:-4] if junit.endswith(".xml") else junit, 2
        name = junit
        while self.talk.outside(name) in taken:
            name = "%s-%d.xml" % (base, number)
            number += 1
        return name

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report):
        # Around all others: they are to see what is left of a quarantined failure.
        self.quarantine.excuse(report)
        self._count(report)
        yield

    def _count(self, report):
        if self.quarantine.note(report):
            self.talk.say(quarantined=self.quarantine.ids())
        self.durations += getattr(report, "duration", 0.0) or 0.0
        if report.outcome not in ("passed", "failed", "skipped"):  # a plugin tries again
            nodeid = writable(report.nodeid)
            self.retried[nodeid] = self.retried.get(nodeid, 0) + 1

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        texts = terminalreporter.config.option.tbstyle != "no"
        self.quarantine.write_summary(terminalreporter, texts)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        yield
        # A worker that has no test is as much of a success as a shard that has none.
        if self.mode == "run":
            facts = self.talk.workers() or [self.talk.facts]
            if any(f.get("refused") for f in facts):
                session.exitstatus = EXIT_MATCH
            elif int(session.exitstatus) == 5:
                self._settle_empty(session, facts)
        self._say_finished(session, int(session.exitstatus))

    def _say_finished(self, session, status):
        self.talk.say(
            state="finished",
            exit=status,
            cases_us=round(self.durations * 1e6),
            wall_us=round((time.monotonic() - self.started) * 1e6),
            setup=self.meter.facts() if self.meter else {},
            stopped=_stopped_on_request(session),
            retried=self.retried,
        )

    def _settle_empty(self, session, facts):
        """No tests ran. Success when the others surely have some, else `run` looks again."""
        total = {k: sum(f.get(k) or 0 for f in facts)
                 for k in ("deselected", "pruned", "pruned_known")}
        if total["deselected"]:
            session.exitstatus = 0
        elif total["pruned_known"] and not any(f.get("filtered") for f in facts):
            session.exitstatus = 0
        elif total["pruned"]:
            self.talk.say(survey=True)

    def _write_record(self):
        record = dict(self.content["record"])
        path = record.pop("path") or _beside(
            self.talk.facts.get("record_beside") or self.talk.facts.get("junit"))
        if path is None:
            return
        record.update(
            junit_prefix=self.talk.facts["junit_prefix"],
            state="started",
            files=sorted(map(writable, self.files)),
            selected=self.selected,
            match={"known": self.match[0], "tests": self.match[1]},
            **{key: value for key, value in self.proof.items() if value},
        )
        self.talk.say(record=path)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _write_json(path, record)
        except OSError as error:
            self.talk.say(record_error=str(error))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        # The xdist controller runs no tests, but its workers have to find the plugin.
        if session.config.pluginmanager.hasplugin("dsession"):
            _ENVIRONMENT.show()
        if self.worker is None:
            self.interrupts = _Interrupts(lambda: self._end_now(session))

    def _end_now(self, session):
        """Writes what there is, beside a main thread that does not come back."""
        if self.talk.facts.get("state") == "finished":
            return  # and the reports are written
        try:
            for plugin in session.config.pluginmanager.get_plugins():
                if type(plugin).__module__ == "_pytest.junitxml":
                    # Not over a file that the main thread may be writing.
                    path = plugin.logfile
                    plugin.logfile = path + ".cut"
                    plugin.pytest_sessionfinish()
                    os.replace(plugin.logfile, path)
            self._say_finished(session, 2)
        finally:
            self._kill_workers()

    def _kill_workers(self):
        for worker in self.talk.workers():
            try:
                os.kill(int(worker["key"].partition("-")[0]), signal.SIGKILL)
            except OSError:
                pass  # it has ended

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self):
        if self.interrupts:
            self.interrupts.restore()
        global _ACTIVE
        _ACTIVE = None
        _ENVIRONMENT.show()


def _beside(junit):
    """Where the record goes: beside the JUnit file."""
    if junit is None:
        return None
    return (junit[:-4] if junit.endswith(".xml") else junit) + ".shard.json"


def _reruns_by_cache(config):
    """Options that choose tests by what an earlier run left in the cache."""
    options = ("lf", "failedfirst", "newfirst", "stepwise", "stepwise_skip")
    return any(getattr(config.option, name, False) for name in options)


def _stopped_on_request(session):
    """Why the session stopped before its last test, where an option asked for that."""
    option = session.config.option
    if not getattr(option, "maxfail", 0) and not getattr(option, "stepwise", False):
        return None
    xdist = session.config.pluginmanager.getplugin("dsession")
    for why in (session.shouldfail, session.shouldstop, getattr(xdist, "shouldstop", None)):
        if isinstance(why, str) and "keyboard-interrupt" not in why:
            return why
    return None


def _filters(config):
    """True when the user asked for some tests only, by more than paths."""
    options = ("keyword", "markexpr", "deselect", "lf", "stepwise", "override_ini")
    return any(getattr(config.option, name, None) for name in options)


def _writes_results(config):
    return not config.option.collectonly and not hasattr(config, "workerinput")


class _Interrupts:
    """SIGTERM and SIGINT end the session in order, so that reports are still written.

    CI systems signal the whole group, and `evenshard run` forwards: signals within one
    second count as one. What does not end by that ends by a second signal, or after five
    seconds: `last_resort` is called, and the process ends.
    """

    def __init__(self, last_resort):
        self.last_resort = last_resort
        self.first = None
        self.owner = os.getpid()
        self.before = {}
        self.timer = None
        self.ending = threading.Lock()
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                self.before[number] = signal.signal(number, self._interrupt) or signal.SIG_DFL
        except ValueError:
            pass  # not in the main thread: whoever owns it decides

    def _interrupt(self, number, frame):
        if os.getpid() != self.owner:  # forked by a test: it ends as it would without us
            signal.signal(number, self.before[number])
            os.kill(os.getpid(), number)
            return
        now = time.monotonic()
        if self.first is None:
            self.first = now
            # A thread, since the main one may be in a test that catches what is raised.
            self._after(WIND_DOWN, self._end)
            raise KeyboardInterrupt
        if now - self.first > 1:
            self._after(0, self._end)

    def _after(self, seconds, what):
        self.timer = threading.Timer(seconds, what)
        self.timer.daemon = True
        self.timer.start()

    def _end(self):
        if not self.ending.acquire(blocking=False):
            return
        threading.Timer(2, os._exit, [2]).start()  # should even that hang
        try:
            self.last_resort()
        finally:
            os._exit(2)

    def restore(self):
        for number, handler in self.before.items():
            signal.signal(number, handler)
        if self.timer is not None:
            self.timer.cancel()


class _Environment:
    """The variables that bring this plugin in, hidden from what tests start."""

    def __init__(self):
        self.saved = None

    def hide(self):
        self.saved = {k: os.environ.get(k) for k in (SLICE, "PYTHONPATH", "PYTEST_PLUGINS")}
        self.path = list(sys.path)
        os.environ.pop(SLICE, None)
        _drop("PYTHONPATH", os.pathsep, HERE)
        _drop("PYTEST_PLUGINS", ",", NAME)
        sys.path[:] = [p for p in sys.path if p != HERE]

    def show(self):
        if self.saved is None:
            return
        for key, value in self.saved.items():
            if value is not None:
                os.environ[key] = value
        if HERE in self.path and HERE not in sys.path:
            sys.path.append(HERE)
        self.saved = None


def _drop(variable, separator, part):
    rest = [p for p in os.environ.get(variable, "").split(separator) if p and p != part]
    if rest:
        os.environ[variable] = separator.join(rest)
    else:
        os.environ.pop(variable, None)


_ENVIRONMENT = _Environment()
_ACTIVE = None


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Begins to act, unless a session around this one already does."""
    global _ACTIVE
    if _ACTIVE is None and os.environ.get(SLICE):
        content = read_slice()
        if content["mode"] != "run":
            config.option.collectonly = True
        plugin = ShardPlugin(config, content)
        if config.pluginmanager.register(plugin, "evenshard") is None:
            Talk(content, "blocked").say()
            raise pytest.UsageError("evenshard's plugin is blocked: no test is run")
        plugin.talk.say(state="loaded")
        _ACTIVE = plugin
        _ENVIRONMENT.hide()
    return None


if os.environ.get(SLICE):
    # A usage error ends pytest before any hook: this tells it from a plugin that never came.
    Talk(read_slice(), "imported").say()
