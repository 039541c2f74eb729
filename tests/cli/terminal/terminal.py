"""Runs a command with a real pseudo-terminal as its stderr, or as stdout and stderr.

    python3 terminal.py COLUMNS err|both COMMAND [ARGUMENT ...]

Prints as JSON what came over the terminal, what came over a pipe as stdout, and the exit code.
"""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading


def main():
    columns, which, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    out = theirs if which == "both" else subprocess.PIPE
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=theirs)
    os.close(theirs)
    screen = bytearray()

    def watch():
        while True:
            try:
                data = os.read(ours, 65536)
            except OSError:  # nobody has the other end any more
                return
            if not data:
                return
            screen.extend(data)

    watching = threading.Thread(target=watch)
    watching.start()
    piped = child.stdout.read() if child.stdout else b""
    code = child.wait()
    watching.join()
    answer = {"code": code, "screen": screen.decode(), "piped": piped.decode()}
    print(json.dumps(answer))


main()
