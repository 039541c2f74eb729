"""Options beside which no shard can be run. PYTEST_DONT_REWRITE"""

import pytest

# How many parts there are, which of them this is, and whose options these are.
_SPLITTERS = (
    ("--splits", "--group", "pytest-split"),
    ("--num-shards", "--shard-id", "pytest-shard"),
    ("--test-group-count", "--test-group", "pytest-test-groups"),
    ("--cdist-group", "--cdist-group", "pytest-cdist"),
)


class Contradictions:
    """Stops the session before it collects, where an option would lose or repeat tests."""

    def __init__(self, plugin):
        self.plugin = plugin

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config):
        if self.plugin.worker is not None:
            return  # its controller has looked
        found = _splitter(config.option)
        if found is None and self.plugin.mode == "run":
            found = _each(config.option) or self._no_results(config)
        if found is not None:
            self.plugin.talk.say(contradiction=found)
            raise pytest.UsageError("evenshard: %s %s" % found)

    def _no_results(self, config):
        """Results that were asked for, and that nothing would write."""
        wanted = self.plugin.content.get("junit") and self.plugin.writes_results()
        if wanted and not config.pluginmanager.hasplugin("junitxml"):
            return "-p no:junitxml", "would leave nothing to write the results of --junit"
        return None


def _splitter(option):
    """Another plugin that keeps a part of the tests: of this shard, it would lose the rest."""
    for count, chosen, whose in _SPLITTERS:
        parts = str(_value(option, count)).rpartition("/")[2]
        if parts.isdigit() and int(parts) > 1 and _value(option, chosen) is not None:
            return " and ".join(dict.fromkeys((count, chosen))), (
                "(%s) would keep a part of what this shard is to run" % whose
            )
    return None


def _each(option):
    if getattr(option, "dist", None) == "each":
        return "--dist each", "(pytest-xdist) would run each test in every worker"
    return None


def _value(option, flag):
    name = flag.lstrip("-")
    return getattr(option, name.replace("-", "_"), getattr(option, name, None))
