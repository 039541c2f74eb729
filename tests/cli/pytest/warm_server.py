"""Starts Python programs from a process that has imported pytest already: most of the time
that the tests take would else go into importing it, thousands of times.

    warm_server.py FOLDER 0|1      listens on the socket of that name in FOLDER

`scripts/test` starts two of these for each environment, so that processes differ in how they
hash, and ends them. The `python` and `pytest` that come here are in FOLDER/bin, by
warm_client.py. What a fork is given is what a start by itself has: arguments, environment,
folder, umask, streams and search path. It ends when the client does, and the server when the
process that started it does.
"""

import atexit
import gc
import importlib
import marshal
import os
import runpy
import selectors
import shutil
import signal
import socket
import struct
import sys
import threading
import time
import types
from contextlib import suppress

# What comes behind the folders that a start brings along.
OWN_PATH = sys.path[1:]


def preload():
    """Imports what every start of pytest imports, and no more: a plugin that is there before
    pytest looks for it could not be rewritten."""
    from _pytest.config import default_plugins

    for name in default_plugins:
        importlib.import_module("_pytest." + name)
    gc.collect()
    gc.freeze()


class Server:
    """Forks for each client, and tells it how the fork ended."""

    def __init__(self, listener):
        self.listener = listener
        self.parent = os.getppid()
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        self.running = {}

    def serve(self):
        """Returns in each fork, with what it is to run."""
        while os.getppid() == self.parent:
            for key, _ in self.selector.select(timeout=1):
                request = key.data(key.fileobj)
                if request is not None:
                    return request
        raise SystemExit

    def accept(self, listener):
        client, _ = listener.accept()
        try:
            request = receive(client)
        except (OSError, EOFError, ValueError):
            client.close()
            return None
        pid = os.fork()
        if pid == 0:
            return request
        for stream in request["streams"]:
            os.close(stream)
        self.running[pid] = client
        self.selector.register(client, selectors.EVENT_READ, lambda _: self.abandon(pid))
        watched = os.pidfd_open(pid)
        self.selector.register(watched, selectors.EVENT_READ, lambda _: self.end(pid, watched))
        return None

    def abandon(self, pid):
        """The client is gone: so is who wants to know."""
        self.selector.unregister(self.running[pid])
        os.kill(pid, signal.SIGKILL)

    def end(self, pid, watched):
        self.selector.unregister(watched)
        os.close(watched)
        status = os.waitpid(pid, 0)[1]
        client = self.running.pop(pid)
        with suppress(KeyError):
            self.selector.unregister(client)
        with suppress(OSError):
            client.sendall(struct.pack("!i", status))
        client.close()

    def leave(self):
        """In a fork: nothing of the server's stays open."""
        for client in self.running.values():
            client.close()
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
        self.selector.close()
        self.listener.close()

    def stop(self):
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)


def receive(client):
    """Reads a request: a length and three streams, and then so many bytes."""
    client.settimeout(10)
    length, streams, _, _ = socket.recv_fds(client, 8, 3)
    if len(length) != 8 or len(streams) != 3:
        raise EOFError
    rest = struct.unpack("!q", length)[0]
    parts = []
    while rest:
        parts.append(client.recv(min(rest, 1 << 20)))
        if not parts[-1]:
            raise EOFError
        rest -= len(parts[-1])
    client.settimeout(None)
    return {**marshal.loads(b"".join(parts)), "streams": streams}


def become(request):
    """Makes this process what a start by itself would be."""
    # In the client's process group it gets what a terminal or a runner sends to all.
    with suppress(OSError):
        os.setpgid(0, request["group"])
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for number, stream in enumerate(request["streams"]):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.umask(request["umask"])
    os.environb.clear()
    os.environb.update(request["environment"])
    time.tzset()
    arguments = request["arguments"]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.executable, *arguments]
    if arguments[0] == "-m":
        first = os.getcwd()
    elif arguments[0] == "-c":
        first = ""
    else:
        first = os.path.dirname(os.path.realpath(arguments[0]))
    user = os.environ.get("PYTHONPATH", "")
    user = [os.path.abspath(folder) for folder in user.split(os.pathsep)] if user else []
    sys.path[:] = [first, *dict.fromkeys([*user, *OWN_PATH])]


def run(arguments):
    """Runs what the arguments name; its exit status."""
    try:
        if arguments[0] == "-m":
            sys.argv[:] = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        elif arguments[0] == "-c":
            sys.argv[:] = ["-c", *arguments[2:]]
            run_text(arguments[1], "<string>")
        else:
            sys.argv[:] = arguments
            path = os.path.abspath(arguments[0])
            with open(path, "rb") as file:
                run_text(file.read(), path, __file__=path)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def run_text(text, name, **variables):
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__dict__.update(variables)
    exec(compile(text, name, "exec", dont_inherit=True), main.__dict__)


def end(status):
    """What an interpreter does at its end, but for clearing a memory that goes anyway."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError):
            pass  # it was closed, or is none
        except OSError:
            status = 120
    os._exit(status & 0xFF)


def write_programs(folder):
    """Writes the programs that start warm."""
    # A copy in a short place, since the first line of a script has little room.
    link = os.path.join(folder, "interpreter")
    first = "#!%s -ISE\n" % link
    if len(first) > 120:
        raise SystemExit("warm_server.py: %s is too long: every start is real" % folder)
    os.symlink(sys.executable, link)
    os.mkdir(os.path.join(folder, "bin"))
    for name in ("python", "pytest"):
        client = os.path.dirname(os.path.abspath(__file__))
        path = os.path.join(folder, "bin", name)
        with open(path, "w", encoding="utf-8") as file:
            print(first + "import sys", file=file)
            print("sys.path.insert(0, %r)" % client, file=file)
            print("import warm_client", file=file)
            print("warm_client.main(%r, %r, %r)" % (folder, sys.executable, name), file=file)
        os.chmod(path, 0o755)


def main(folder, name):
    if name == "0":
        write_programs(folder)
    preload()
    # The path of a socket may have 108 bytes, and that of a folder more.
    os.chdir(folder)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen(64)
    server = Server(listener)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        request = server.serve()
    except (SystemExit, KeyboardInterrupt):
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        raise SystemExit(0) from None
    server.leave()
    become(request)
    end(run(request["arguments"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
