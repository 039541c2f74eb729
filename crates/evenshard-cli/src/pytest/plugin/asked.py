"""Puts the tests that the user asked for into words."""

from __future__ import annotations

import os
import shlex

import pytest

from .identity import writable

# What pytest takes for tests where nobody says otherwise.
_NAMES = {
    "python_files": ["test_*.py", "*_test.py"],
    "python_classes": ["Test"],
    "python_functions": ["test"],
}
# Switches that add tests, or leave some out by what an earlier run left.
_SWITCHES = (
    ("--doctest-modules", "doctestmodules"),
    ("--pyargs", "pyargs"),
    ("--lf", "lf"),
    ("--stepwise", "stepwise"),
)


def selection(config: pytest.Config) -> str:
    """Returns words of a shell: options that select, then arguments relative to the root folder.

    Empty for the whole suite. Jobs of one build have to agree on it.
    """
    option = config.option
    words = []
    for flag, value in (("-k", option.keyword), ("-m", option.markexpr)):
        if value:
            words += [flag, value]
    for deselected in getattr(option, "deselect", None) or ():
        words += ["--deselect", deselected]
    for flag in ("--ignore", "--ignore-glob"):
        for path in getattr(option, flag[2:].replace("-", "_"), None) or ():
            words += [flag, _relative(config, path)]
    words += [flag for flag, name in _SWITCHES if getattr(option, name, False)]
    for pattern in getattr(option, "doctestglob", None) or ():
        words += ["--doctest-glob", pattern]
    for name, default in _NAMES.items():
        value = list(config.getini(name))
        # Most projects keep the defaults, and records are read by people.
        if value != default:
            words += ["-o", "%s=%s" % (name, " ".join(value))]
    return writable(shlex.join(map(str, words + _arguments(config))))


def _arguments(config: pytest.Config) -> list[str]:
    source = getattr(config, "args_source", None)
    if getattr(source, "name", "ARGS") == "TESTPATHS":
        return [str(path).rstrip("/") for path in config.getini("testpaths")]
    arguments = [_relative(config, argument) for argument in config.args]
    # The root folder by name is the whole suite as well.
    return [] if arguments == ["."] else arguments


def _relative(config: pytest.Config, argument: object) -> str:
    """Returns a path, or a node id, as seen from the root folder."""
    path, separator, names = str(argument).partition("::")
    where = os.path.join(str(config.invocation_params.dir), path)
    if getattr(config.option, "pyargs", False) and not os.path.exists(where):
        return str(argument)
    return os.path.relpath(where, str(config.rootpath)).replace(os.sep, "/") + separator + names
