"""The order in which xdist's workers get the tests of a shard. PYTEST_DONT_REWRITE"""


class LongestFirst:
    """Puts the longest tests first, in the places that xdist hands to different workers.

    Under `load` and `worksteal` a worker gets a row of neighbours at once, so tests that are
    simply sorted would send the longest ones to one worker.
    """

    def __init__(self, times):
        self.times = times  # by classname and name, in microseconds

    def tell(self, option, workerinput):
        """What a worker has to know of its controller's options, which xdist resets there."""
        workerinput["evenshard_order"] = {
            "dist": option.dist,
            "chunk": getattr(option, "maxschedchunk", None),
        }

    def arrange(self, items, workerinput, place):
        """Sorts items in place; `place` gives the classname of an item, and its names."""
        told = (workerinput or {}).get("evenshard_order", {})
        arrange = {"load": _for_load, "worksteal": _for_worksteal}.get(told.get("dist"))
        if arrange is None or not items:
            return
        times = [self._time(*place(item)) for item in items]
        known = sorted(time for time in times if time is not None)
        usual = known[len(known) // 2] if known else 0
        times = [usual if time is None else time for time in times]
        longest = sorted(range(len(items)), key=lambda at: (-times[at], at))
        order = arrange(longest, times, workerinput["workercount"], told["chunk"])
        items[:] = [items[at] for at in order]

    def _time(self, classname, names):
        of_class = self.times.get(classname, {})
        return next((of_class[name] for name in names if name in of_class), None)


def settle_chunks(option):
    """Has xdist hand out tests one by one, where nobody says otherwise: in a longer row of
    neighbours the first ones would keep the others waiting."""
    if option.dist == "load" and getattr(option, "maxschedchunk", 0) is None:
        option.maxschedchunk = 1


def _for_load(longest, times, workers, chunk):
    """Rows for the workers, each of one long test and short ones, then the rest."""
    tests = len(longest)
    if tests < 2 * workers:
        # One each, in turns, and the first workers get a second one.
        return longest[:workers][::-1] + longest[workers:]
    row = max(min(tests // workers // 4, chunk or tests), 2)
    short = longest[::-1][: (row - 1) * workers]
    order = []
    for worker in range(workers):
        order += [longest[worker], *short[worker * (row - 1) : (worker + 1) * (row - 1)]]
    return order + longest[workers : tests - len(short)]


def _for_worksteal(longest, times, workers, chunk):
    """A row of its own for each worker, of about equal time."""
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
