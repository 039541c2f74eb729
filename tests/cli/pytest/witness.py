"""A pytest plugin that notes what a session selected, ran and imported.

It stands outside the suites under test and is loaded by the user's own
`PYTEST_PLUGINS` and `PYTHONPATH`, which `evenshard run` has to keep. Each note
is one JSON line in the file that `WITNESS_LOG` names.
"""

import json
import os
import sys

import pytest


def note(config, kind, values):
    log = os.environ.get("WITNESS_LOG")
    if not log:
        return
    root = str(config.rootpath)
    lines = [json.dumps({"root": root, "kind": kind, "value": v}) for v in values]
    with open(log, "a") as out:
        out.write("".join(line + "\n" for line in lines))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    note(item.config, "ran", [item.nodeid])


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    # Every xdist worker selects the same items: the first one speaks for all.
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        kind = "listed" if session.config.option.collectonly else "selected"
        note(session.config, kind, [item.nodeid for item in session.items])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    root = os.path.join(str(session.config.rootpath), "")
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    note(
        session.config,
        "imported",
        sorted({f[len(root) :] for f in files if f and f.startswith(root)}),
    )
