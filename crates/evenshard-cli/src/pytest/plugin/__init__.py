"""evenshard's pytest plugin: keeps the tests of one shard. PYTEST_DONT_REWRITE

`evenshard run` writes the plugin and a slice of its plan to a private folder and points
PYTHONPATH and PYTEST_PLUGINS there. It acts in the outermost pytest session and its xdist
workers only. Standard library, Python 3.9+, pytest 7.4+.
"""

import os
import sys

import pytest

from .contradictions import Contradictions, version_too_old
from .environment import ENVIRONMENT
from .handover import SLICE, Talk, command_line, read_slice
from .session import ShardPlugin

# What the pytest that starts has said, and the plugin of the session that is on.
_STARTING = None
_ACTIVE = None


def pytest_addoption(pluginmanager):
    """Tells of a pytest that starts: it may end before any other hook, by a usage error or
    a conftest.py that cannot be imported."""
    global _STARTING
    if _ACTIVE is not None or not os.environ.get(SLICE):
        return
    # A worker that never comes up is its controller's business.
    role = "worker" if os.environ.get("PYTEST_XDIST_WORKER") else "imported"
    _STARTING = Talk(read_slice(), role)
    _STARTING.say(command=command_line(sys.argv[0], sys.argv[1:]))
    # Before the first conftest.py, which may copy what it sees.
    ENVIRONMENT.hide(sys.modules.get(__name__), _STARTING.content.get("empty", ()))
    # A session that never begins gives it back as well: another may follow in this process.
    pluginmanager.get_plugin("pytestconfig").add_cleanup(ENVIRONMENT.show)
    old = version_too_old()
    if old is not None:
        _STARTING.say(too_old=old)
        raise pytest.UsageError("evenshard needs pytest 7.0 or newer, and this is " + old)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    """Acts, unless a session around this one already does."""
    plugin = None
    if _ACTIVE is None and _STARTING is not None:
        plugin = _begin(config)
    outcome = yield
    if plugin is not None:
        plugin.leave(in_order=outcome.excinfo is None)


def _begin(config):
    global _ACTIVE, _STARTING
    talk, _STARTING = _STARTING, None
    content = talk.content
    if content["mode"] != "run":
        config.option.collectonly = True
    plugin = ShardPlugin(config, talk, _is_over)
    if config.pluginmanager.register(plugin, "evenshard") is None:
        talk.say(role="blocked")
        raise pytest.UsageError("evenshard's plugin is blocked: no test is run")
    talk.say(state="loaded", command=command_line("pytest", config.invocation_params.args))
    config.pluginmanager.register(Contradictions(plugin), "evenshard-contradictions")
    _ACTIVE = plugin
    return plugin


def _is_over():
    global _ACTIVE
    _ACTIVE = None
