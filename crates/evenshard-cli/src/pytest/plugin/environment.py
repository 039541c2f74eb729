"""The variables that bring the plugin in, and their way out of sight. PYTEST_DONT_REWRITE"""

import os
import sys

from .handover import HERE, SLICE

# By this name pytest loads the plugin.
NAME = __name__.partition(".")[0]


class Environment:
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


ENVIRONMENT = Environment()
