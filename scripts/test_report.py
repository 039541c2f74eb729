"""Says which tests took longest and which were skipped: test_report.py JUNIT_XML.

The report is that of cargo-nextest, with what passing tests said.
"""

import sys
from xml.etree import ElementTree

SLOWEST = 10


def main(path):
    cases = list(ElementTree.parse(path).iter("testcase"))
    said = "\n".join(text for case in cases for text in case.itertext())
    skipped = sorted(line for line in said.splitlines() if line.startswith("SKIPPED: "))
    if skipped:
        print("\n%d skipped:" % len(skipped))
        print("\n".join(skipped))
    cases.sort(key=lambda case: float(case.get("time")), reverse=True)
    print("\nThe %d slowest of %d tests:" % (min(SLOWEST, len(cases)), len(cases)))
    for case in cases[:SLOWEST]:
        print("%8.2f s  %s" % (float(case.get("time")), case.get("name")))


if __name__ == "__main__":
    main(*sys.argv[1:])
