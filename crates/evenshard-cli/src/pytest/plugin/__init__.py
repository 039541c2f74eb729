"""evenshard's pytest plugin: keeps the tests of one shard. PYTEST_DONT_REWRITE

`evenshard run` writes the plugin and a slice of its plan to a private folder and points
PYTHONPATH and PYTEST_PLUGINS there. It acts in the outermost pytest session and its xdist
workers only. Standard library, Python 3.9+, pytest 7.4+.
"""

from __future__ import annotations

import os
import sys

import pytest

from .contradictions import Contradictions, version_too_old
from .environment import ENVIRONMENT
from .messages import Role, Talk, command_line
from .originals import Wrapper
from .session import ShardPlugin
from .settings import VARIABLE, read_settings

# What the pytest that starts has reported, and the plugin of the session that is on.
_STARTING = None
_ACTIVE = None


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Reports a pytest that starts.

    It may end before any other hook, by a usage error or a conftest.py that cannot be imported.
    """
    global _STARTING
    if _ACTIVE is not None or not os.environ.get(VARIABLE):
        return
    # A worker that never comes up is its controller's business.
    role = Role.WORKER if os.environ.get("PYTEST_XDIST_WORKER") else Role.IMPORTED
    _STARTING = Talk(read_settings(), role)
    _STARTING.say(command=command_line(sys.argv[0], sys.argv[1:]))
    # Before the first conftest.py, which may copy what it sees.
    ENVIRONMENT.hide(sys.modules.get(__name__), _STARTING.settings.empty)
    # A session that never begins gives it back as well: another may follow in this process.
    pluginmanager.get_plugin("pytestconfig").add_cleanup(ENVIRONMENT.show)
    old = version_too_old()
    if old is not None:
        _STARTING.say(too_old=old)
        raise pytest.UsageError("evenshard needs pytest 7.0 or newer, and this is " + old)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Wrapper:
    """Acts, unless a session around this one already does."""
    plugin = None
    if _ACTIVE is None and _STARTING is not None:
        plugin = _begin(config)
    outcome = yield
    if plugin is not None:
        plugin.end(in_order=outcome.excinfo is None)


def _begin(config: pytest.Config) -> ShardPlugin:
    global _ACTIVE, _STARTING
    # A session inside this one must not go on with its message.
    talk, _STARTING = _STARTING, None
    plugin = ShardPlugin(config, talk, _is_over)
    if config.pluginmanager.register(plugin, "evenshard") is None:
        talk.say(role=Role.BLOCKED)
        raise pytest.UsageError("evenshard's plugin is blocked: no test is run")
    talk.say(
        role=Role.MAIN if plugin.worker is None else Role.WORKER,
        parent=(plugin.worker or {}).get("evenshard"),
        command=command_line("pytest", config.invocation_params.args),
    )
    config.pluginmanager.register(Contradictions(plugin), "evenshard-contradictions")
    _ACTIVE = plugin
    return plugin


def _is_over() -> None:
    global _ACTIVE
    _ACTIVE = None
