"""Asks the plugin where tests go: reads cases as JSON, prints what disagrees.

With --steps it reads a slice and a number, and prints how many steps it takes to place that
many parameters that are not listed.
"""

import json
import os
import sys

folder, name = os.path.split(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, folder)
assert name == "plugin"

from plugin import identity  # noqa: E402
from plugin.placement import Kept, Placement, includes  # noqa: E402
from plugin.settings import Slice  # noqa: E402


def disagreements(cases):
    asked = 0
    for case in cases:
        placement = Placement(Slice(**case["slice"]))
        for test in case["tests"]:
            path, classes, function, bracket = identity.split_id(test["id"])
            file = identity.dotted(path)
            names = identity.names_in_reports(function, bracket)
            places = [placement.place(file, classes, function, names, kept)[0] for kept in Kept]
            found = {
                "file": file,
                "names": names,
                "runs_on": [
                    [s for s in range(placement.shards) if includes(place, s)] for place in places
                ],
                "shards_of_file": list(placement.shards_of_file(file)),
            }
            asked += 1
            for key, value in found.items():
                if test[key] != value:
                    print(
                        "%s of %r: %r in Rust, %r in Python" % (key, test["id"], test[key], value)
                    )
    print("asked %d" % asked)


def steps(case):
    """Counts bytecodes, and how many items comparisons with lists look at."""
    placement = Placement(Slice(**case["slice"]))
    count = 0

    def trace(frame, event, _):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    assert not any(isinstance(names, list) for names in placement.expected.values())
    sys.settrace(trace)
    for n in range(case["count"]):
        names = ["test_p[new-%d]" % n]
        placement.place("t.test_a", [], "test_p", names)
        placement.knows("t.test_a", [], names)
    sys.settrace(None)
    print(count)


if "--steps" in sys.argv:
    steps(json.load(sys.stdin))
else:
    disagreements(json.load(sys.stdin))
