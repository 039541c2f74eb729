"""Prints a filter of cargo-nextest for lines such as `package::binary::module::test`.

nextest_filter.py LISTED LINES: LISTED has each test as `cargo nextest list` prints it,
`package::binary module::test`; LINES has those that are to run.
"""

import sys


def main(listed, lines):
    by_line = {}
    with open(listed) as file:
        for test in file.read().splitlines():
            binary, name = test.split(" ", 1)
            by_line["%s::%s" % (binary, name)] = (binary, name)
    by_binary = {}
    with open(lines) as file:
        for line in file.read().splitlines():
            binary, name = by_line[line]
            by_binary.setdefault(binary, []).append("test(=%s)" % name)
    of_binary = "binary_id(=%s) & (%s)"
    print(
        " | ".join(of_binary % (binary, " | ".join(tests)) for binary, tests in by_binary.items())
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
