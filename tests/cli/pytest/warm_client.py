"""The `python` and `pytest` of scenarios: asks a warm_server.py to run what they name.

What a server cannot run as a start by itself would, or where none answers, the Python itself
runs. Few imports: this starts thousands of times.
"""

import _signal
import _socket
import marshal
import os
import sys


def is_plain(arguments):
    """True where nothing is asked of the interpreter that the server's does not have."""
    if arguments[:1] == ["-c"]:
        if len(arguments) == 1:
            return False
    elif arguments[:2] == ["-u", "-c"]:
        # A worker of xdist: it writes to its descriptors itself.
        return is_plain(arguments[1:])
    elif arguments[:2] != ["-m", "pytest"] and (not arguments or arguments[0].startswith("-")):
        return False
    settings = [n for n in os.environ if n.startswith(("PYTHON", "COV")) and n != "PYTHONPATH"]
    if settings or os.environ.get("LC_ALL") != "C.UTF-8":
        return False
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if any(os.path.exists(os.path.join(f, "sitecustomize.py")) for f in folders):
        return False
    return not any(os.isatty(number) for number in (0, 1, 2))


def server_for(arguments):
    """The name of the server that has what this start loads."""
    plain = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    # Coverage has to begin before what it measures, and hypothesis reads these when imported.
    plain = plain or any(a.startswith("--cov") for a in arguments)
    plain = plain or any(n.startswith("HYPOTHESIS") for n in os.environ)
    return "%s-%d" % ("pytest" if plain else "plugins", os.getpid() % 2)


def ask(folder, arguments):
    """Sends the request; the connection, by which the answer comes."""
    umask = os.umask(0)
    os.umask(umask)
    content = marshal.dumps(
        {
            "arguments": arguments,
            "environment": dict(os.environb),
            "folder": os.getcwdb(),
            "umask": umask,
            "group": os.getpgrp(),
        }
    )
    server = _socket.socket(_socket.AF_UNIX)
    folder = os.open(folder, os.O_RDONLY)
    # The path of a socket may have 108 bytes, and that of a folder more.
    server.connect("/proc/self/fd/%d/%s" % (folder, server_for(arguments)))
    os.close(folder)
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)]
    server.sendmsg([len(content).to_bytes(8, "big")], rights)
    server.sendall(content)
    return server


def answer(server):
    """Waits for the end, and ends the same way."""
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    said = server.recv(4)
    if len(said) != 4:
        sys.exit("warm_client.py: the server is gone")
    status = int.from_bytes(said, "big", signed=True)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (_signal.SIGKILL, _signal.SIGSTOP):
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def main(folder, python, name):
    arguments = sys.argv[1:]
    if name != "python":
        arguments.insert(0, os.path.join(os.path.dirname(python), name))
    if is_plain(arguments):
        try:
            server = ask(folder, arguments)
        except OSError:
            pass
        else:
            answer(server)
    os.execv(python, [python, *arguments])
