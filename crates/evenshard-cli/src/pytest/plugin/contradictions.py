"""Stops a session before it collects, where an option would lose or repeat tests."""

from __future__ import annotations

from typing import Any

import pytest

from .session import ShardPlugin

# How many parts there are, which of them this is, and the plugin that has these options.
_SPLITTERS = (
    ("--splits", "--group", "pytest-split"),
    ("--num-shards", "--shard-id", "pytest-shard"),
    ("--test-group-count", "--test-group", "pytest-test-groups"),
    ("--cdist-group", "--cdist-group", "pytest-cdist"),
)


class Contradictions:
    def __init__(self, plugin: ShardPlugin) -> None:
        self.plugin = plugin

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        if self.plugin.worker is not None:
            return  # its controller has looked
        # Also while collecting for a plan, which would miss the other parts.
        found = _splitter(config.option)
        if found is None and self.plugin.run is not None:
            found = _each(config.option) or self._no_results(config)
        if found is not None:
            self.plugin.talk.say(contradiction=found)
            raise pytest.UsageError("evenshard: %s %s" % found)

    def _no_results(self, config: pytest.Config) -> tuple[str, str] | None:
        """Finds the option that switches off the writer of the results of `--junit`."""
        wanted = self.plugin.run.junit and self.plugin.writes_results()
        if wanted and not config.pluginmanager.hasplugin("junitxml"):
            return "-p no:junitxml", "would leave nothing to write the results of --junit"
        return None


def version_too_old() -> str | None:
    """Returns pytest's version where it is older than 7.0, which lacks hooks that are needed."""
    version = pytest.__version__
    return version if version.partition(".")[0] in ("3", "4", "5", "6") else None


def _splitter(option: object) -> tuple[str, str] | None:
    """Finds another plugin that keeps a part of the tests: this shard would lose the rest."""
    for count, chosen, plugin in _SPLITTERS:
        parts = str(_value(option, count)).rpartition("/")[2]
        if parts.isdigit() and int(parts) > 1 and _value(option, chosen) is not None:
            options = " and ".join(dict.fromkeys((count, chosen)))
            return options, "(%s) would keep a part of what this shard is to run" % plugin
    return None


def _each(option: object) -> tuple[str, str] | None:
    if getattr(option, "dist", None) == "each":
        return "--dist each", "(pytest-xdist) would run each test in every worker"
    return None


def _value(option: object, flag: str) -> Any:
    name = flag.lstrip("-")
    return getattr(option, name.replace("-", "_"), getattr(option, name, None))
