"""Asks the plugin where tests go: reads cases as JSON, prints what disagrees."""

import json
import os
import sys

folder, name = os.path.split(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, folder)
assert name == "plugin"

from plugin import identity  # noqa: E402
from plugin.placement import Placement  # noqa: E402

asked = 0
for case in json.load(sys.stdin):
    placement = Placement(case["slice"])
    for test in case["tests"]:
        path, classes, function, bracket = identity.split_id(test["id"])
        file = identity.dotted(path)
        names = identity.names_in_reports(function, bracket)
        found = {
            "file": file,
            "names": names,
            "runs_on": [
                s
                for s in range(placement.shards)
                if placement.runs_on(s, file, classes, function, names)
            ],
            "shards_of_file": list(placement.shards_of_file(file)),
        }
        asked += 1
        for key, value in found.items():
            if test[key] != value:
                print("%s of %r: %r in Rust, %r in Python" % (key, test["id"], test[key], value))
print("asked %d" % asked)
