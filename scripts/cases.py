"""What the scripts beside this share: tests by the address that JUnit XML has for them.

Standard library only.
"""

import gzip
import xml.etree.ElementTree as ElementTree


def address(node_id):
    """The classname and name that pytest gives a node id in JUnit XML."""
    path, bracket, parameters = node_id.partition("[")
    file, *names = path.split("::")
    file = file.removesuffix(".py")
    parts = [file.replace("/", "."), *names]
    return ".".join(parts[:-1]), parts[-1] + bracket + parameters


def read_cases(path):
    """Address, seconds, and whether it ran, of each case of a report, plain or gzip, in its order."""
    opened = gzip.open(path) if str(path).endswith(".gz") else open(path, "rb")
    with opened as file:
        tree = ElementTree.parse(file)
    return [
        (
            (case.get("classname"), case.get("name")),
            float(case.get("time")),
            case.find("skipped") is None,
        )
        for case in tree.iter("testcase")
    ]
