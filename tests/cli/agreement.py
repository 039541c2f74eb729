"""Asks the plugin where tests go: reads cases as JSON, prints what disagrees."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("plugin", sys.argv[1])
plugin = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plugin)

asked = 0
for case in json.load(sys.stdin):
    placement = plugin.Placement(case["slice"])
    for test in case["tests"]:
        path, classes, function, bracket = plugin.split_id(test["id"])
        file = plugin.dotted(path)
        names = plugin.names_in_reports(function, bracket)
        found = {
            "file": file,
            "names": names,
            "runs_on": [s for s in range(placement.shards)
                        if placement.runs_on(s, file, classes, function, names)],
            "shards_of_file": list(placement.shards_of_file(file)),
        }
        asked += 1
        for key, value in found.items():
            if test[key] != value:
                print("%s of %r: %r in Rust, %r in Python" % (key, test["id"], test[key], value))
print("asked %d" % asked)
