"""evenshard's pytest plugin: keeps the tests of one shard. PYTEST_DONT_REWRITE

`evenshard run` writes this package and a slice of its plan to a private folder and points
PYTHONPATH and PYTEST_PLUGINS there. It acts in the outermost pytest session and its xdist
workers only. Standard library, Python 3.9+, pytest 7.4+.
"""

import os

import pytest

from .contradictions import Contradictions
from .environment import ENVIRONMENT
from .handover import SLICE, Talk, read_slice
from .session import ShardPlugin

_ACTIVE = None


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Begins to act, unless a session around this one already does."""
    global _ACTIVE
    if _ACTIVE is None and os.environ.get(SLICE):
        content = read_slice()
        if content["mode"] != "run":
            config.option.collectonly = True
        plugin = ShardPlugin(config, content, _is_over)
        if config.pluginmanager.register(plugin, "evenshard") is None:
            Talk(content, "blocked").say()
            raise pytest.UsageError("evenshard's plugin is blocked: no test is run")
        plugin.talk.say(state="loaded")
        config.pluginmanager.register(Contradictions(plugin), "evenshard-contradictions")
        _ACTIVE = plugin
        ENVIRONMENT.hide()
    return None


def _is_over():
    global _ACTIVE
    _ACTIVE = None


if os.environ.get(SLICE):
    # A usage error ends pytest before any hook: this tells it from a plugin that never came.
    Talk(read_slice(), "imported").say()
