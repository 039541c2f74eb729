"""What brings the plugin in, and its way out of sight. PYTEST_DONT_REWRITE"""

import os
import sys
from contextlib import suppress

from .handover import HERE, SLICE

# By this name pytest loads the plugin.
NAME = __name__.partition(".")[0]


class Environment:
    """The variables, path and module that bring the plugin in, hidden from tests."""

    def __init__(self):
        self.saved = None

    def hide(self, module, empty):
        """Hides them; variables in `empty` were set, and empty, before `evenshard run`."""
        self.saved = {k: os.environ.get(k) for k in (SLICE, "PYTHONPATH", "PYTEST_PLUGINS")}
        self.module = module
        self.at = sys.path.index(HERE) if HERE in sys.path else None
        os.environ.pop(SLICE, None)
        for name, separator, part in (
            ("PYTHONPATH", os.pathsep, HERE),
            ("PYTEST_PLUGINS", ",", NAME),
        ):
            _drop(name, separator, part, name in empty)
        sys.path[:] = [p for p in sys.path if p != HERE]
        sys.path_importer_cache.pop(HERE, None)
        sys.modules.pop(NAME, None)
        with suppress(Exception):  # of coverage's insides
            _forget_in_coverage()

    def show(self):
        """Shows them again, as they were."""
        if self.saved is None:
            return
        for key, value in self.saved.items():
            if value is not None:
                os.environ[key] = value
        if self.at is not None and HERE not in sys.path:
            sys.path.insert(self.at, HERE)
        if self.module is not None:
            sys.modules[NAME] = self.module
        self.saved = None


def _drop(variable, separator, part, may_be_empty):
    """Takes one part out of a list of them, and leaves the others as they are."""
    parts = os.environ.get(variable, "").split(separator)
    if part in parts:
        parts.remove(part)
        if parts or may_be_empty:
            os.environ[variable] = separator.join(parts)
        else:
            del os.environ[variable]


def _forget_in_coverage():
    """Drops the file that loaded the plugin from what `coverage run` has measured: a report
    would look for its source, which is gone by then."""
    coverage = sys.modules.get("coverage")
    for running in coverage.Coverage._instances if coverage else ():
        data = running._collector.data
        for path in [path for path in data if os.path.basename(path) == NAME + ".py"]:
            del data[path]


ENVIRONMENT = Environment()
