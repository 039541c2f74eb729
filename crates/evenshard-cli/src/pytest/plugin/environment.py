"""Hides what brings the plugin into pytest: variables, a path and a module."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType

from .settings import HERE, VARIABLE

# pytest loads the plugin by this name.
NAME = __name__.partition(".")[0]


class Environment:
    def __init__(self) -> None:
        self.saved = None

    def hide(self, module: ModuleType | None, empty: Sequence[str]) -> None:
        """Hides all from tests; variables in `empty` were set, and empty, before `evenshard run`."""
        self.saved = {k: os.environ.get(k) for k in (VARIABLE, "PYTHONPATH", "PYTEST_PLUGINS")}
        self.module = module
        self.at = sys.path.index(HERE) if HERE in sys.path else None
        os.environ.pop(VARIABLE, None)
        _drop("PYTHONPATH", os.pathsep, HERE, empty)
        _drop("PYTEST_PLUGINS", ",", NAME, empty)
        # In place: others hold this very list.
        sys.path[:] = [p for p in sys.path if p != HERE]
        sys.path_importer_cache.pop(HERE, None)
        sys.modules.pop(NAME, None)
        with suppress(Exception):  # of coverage's insides
            _forget_in_coverage()

    def show(self) -> None:
        """Shows all again, as it was."""
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


def _drop(variable: str, separator: str, part: str, empty: Sequence[str]) -> None:
    """Takes one part out of a variable, and leaves the others as they are."""
    parts = os.environ.get(variable, "").split(separator)
    if part in parts:
        parts.remove(part)
        if parts or variable in empty:
            os.environ[variable] = separator.join(parts)
        else:
            del os.environ[variable]


def _forget_in_coverage() -> None:
    """Drops the file that loaded the plugin from what `coverage run` has measured.

    A report would look for its source, which is gone by then.
    """
    coverage = sys.modules.get("coverage")
    for running in coverage.Coverage._instances if coverage else ():
        data = running._collector.data
        for path in [path for path in data if os.path.basename(path) == NAME + ".py"]:
            del data[path]


ENVIRONMENT = Environment()
