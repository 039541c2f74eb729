"""Arranges the tests of a shard so that xdist's workers get the longest ones first.

Under `load` and `worksteal` a worker gets a row of neighbours at once, so tests that are simply
sorted would send the longest ones to one worker.
"""

from __future__ import annotations

from typing import Any, Callable

import pytest

from .originals import Wrapper


class LongestFirst:
    def __init__(
        self,
        config: pytest.Config,
        times: dict[str, dict[str, int]],
        names_of: Callable[[pytest.Item], tuple[str, list[str]]],
    ) -> None:
        self.config = config
        self.times = times  # by classname and name, in microseconds
        self.names_of = names_of

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Has xdist distribute tests one by one, unless an option says otherwise.

        In a longer row of neighbours the first ones would keep the others waiting.
        """
        option = config.option
        is_controller = not hasattr(config, "workerinput") and config.pluginmanager.hasplugin(
            "xdist"
        )
        if is_controller and option.dist == "load" and getattr(option, "maxschedchunk", 0) is None:
            option.maxschedchunk = 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hands a worker its controller's options, which xdist resets there."""
        option = self.config.option
        chunk = getattr(option, "maxschedchunk", None)
        node.workerinput["evenshard_order"] = {"dist": option.dist, "chunk": chunk}

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Wrapper:
        outcome = yield
        worker = getattr(self.config, "workerinput", {})
        options = worker.get("evenshard_order", {})
        arrange = {"load": _for_load, "worksteal": _for_worksteal}.get(options.get("dist"))
        if arrange is None or not items or outcome.excinfo is not None:
            return
        times = [self._time(*self.names_of(item)) for item in items]
        # A test without a time counts as the one in the middle.
        known = sorted(time for time in times if time is not None)
        usual = known[len(known) // 2] if known else 0
        times = [usual if time is None else time for time in times]
        # By position between equals, as every worker has to come to the same order.
        longest = sorted(range(len(items)), key=lambda at: (-times[at], at))
        order = arrange(longest, times, worker["workercount"], options["chunk"])
        items[:] = [items[at] for at in order]

    def _time(self, classname: str, names: list[str]) -> int | None:
        of_class = self.times.get(classname, {})
        return next((of_class[name] for name in names if name in of_class), None)


def _for_load(longest: list[int], times: list[int], workers: int, chunk: int | None) -> list[int]:
    """Returns rows for the workers, each of one long test and short ones, then the rest."""
    tests = len(longest)
    if tests < 2 * workers:
        # One each, in turns, and the first workers get a second one.
        return longest[:workers][::-1] + longest[workers:]
    # xdist begins with a quarter of what is each worker's, at most a chunk and at least two.
    row = max(min(tests // workers // 4, chunk or tests), 2)
    short = longest[::-1][: (row - 1) * workers]
    order = []
    for worker in range(workers):
        order += [longest[worker], *short[worker * (row - 1) : (worker + 1) * (row - 1)]]
    return order + longest[workers : tests - len(short)]


def _for_worksteal(
    longest: list[int], times: list[int], workers: int, chunk: int | None
) -> list[int]:
    """Returns a row for each worker, of about equal time."""
    rows, left = [], len(longest)
    for worker in range(workers):
        size = left // (workers - worker)
        rows.append((size, []))
        left -= size
    loads = [0] * workers
    for test in longest:
        free = [at for at, (size, row) in enumerate(rows) if len(row) < size]
        worker = min(free, key=lambda at: loads[at])
        rows[worker][1].append(test)
        loads[worker] += times[test]
    return [test for _, row in rows for test in row]
