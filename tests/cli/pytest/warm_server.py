"""Starts Python programs from a process that has imported pytest already: most of the time
that the tests take would else go into importing it, thousands of times.

    warm_server.py FOLDER pytest|plugins 0|1      listens on the socket pytest-0, ... in FOLDER

`scripts/test` starts two of each for each environment, so that processes differ in how they
hash, and ends them. The `python` and `pytest` that come here are in FOLDER/bin, by
warm_client.py; where every installed plugin of pytest is loaded, another server has them. What
a fork is given is what a start by itself has: arguments, environment, folder, umask, streams
and search path. It ends when the client does, and the server when the process that started it
does.
"""

import __future__

import atexit
import builtins
import gc
import importlib
import marshal
import os
import pathlib
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

ROOT = os.path.abspath(__file__ + "/../../../..")
HYPOTHESIS_HOME = "__hypothesis_home_directory_default"
# What comes behind the folders that a start brings along.
OWN_PATH = sys.path[1:]


def preload(folder, plugins):
    """Imports what every start of pytest imports, and no more: a plugin that is there before
    pytest looks for it could not be rewritten. Here pytest has looked for the installed ones."""
    import _pytest.config
    import _pytest.junitxml

    for name in _pytest.config.default_plugins:
        importlib.import_module("_pytest." + name)
    # What each start imports and compiles later.
    importlib.import_module("pdb")
    _pytest.junitxml.bin_xml_escape("")
    os.environ["PYTEST_ADDOPTS"] = "-p no:randomly"
    if not plugins:
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    config = _pytest.config._prepareconfig(["--rootdir", folder, folder])
    if plugins:
        with suppress(ImportError):
            # Its plugin imports it at the end of each session.
            importlib.import_module("hypothesis.internal.observability")
        with suppress(ImportError):
            execnet = importlib.import_module("execnet.gateway_io")
            execnet.popen_args = worker_of(folder, execnet.popen_args)
    config._ensure_unconfigure()
    del config
    builtins.compile = Compile(builtins.compile)
    gc.collect()
    gc.freeze()


def worker_of(folder, popen_args):
    """Has the workers of xdist start warm, too."""

    def warm_popen_args(spec):
        arguments = popen_args(spec)
        if arguments[0] == sys.executable:
            arguments[0] = os.path.join(folder, "bin", "python")
        return arguments

    return warm_popen_args


class Compile:
    """compile(), which has compiled evenshard's plugin already."""

    flags = sum(getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)

    def __init__(self, compile):
        self.compile = compile
        self.known = {}
        sources = os.path.join(ROOT, "crates/evenshard-cli/src/pytest/plugin")
        for name in sorted(os.listdir(sources)):
            if name.endswith(".py"):
                with open(os.path.join(sources, name), encoding="utf-8") as file:
                    text = file.read()
                name = "<evenshard %s>" % name
                self.known[name] = text, compile(text, name, "exec", dont_inherit=True)

    def __call__(self, source, filename, mode, flags=0, dont_inherit=False, *more, **named):
        if isinstance(filename, str) and source == self.known.get(filename, (None,))[0]:
            return self.known[filename][1]
        if not dont_inherit:
            flags |= sys._getframe(1).f_code.co_flags & self.flags
        return self.compile(source, filename, mode, flags, True, *more, **named)


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
    elif arguments[0] in ("-c", "-u"):
        first = ""
    else:
        first = os.path.dirname(os.path.realpath(arguments[0]))
    user = os.environ.get("PYTHONPATH", "")
    user = [os.path.abspath(folder) for folder in user.split(os.pathsep)] if user else []
    sys.path[:] = [first, *dict.fromkeys([*user, *OWN_PATH])]
    # What plugins noted when they were imported.
    if "xdist.plugin" in sys.modules:
        sys.modules["xdist.plugin"]._sys_path[:] = sys.path
    if "hypothesis.configuration" in sys.modules:
        home = pathlib.Path.cwd() / ".hypothesis"
        vars(sys.modules["hypothesis.configuration"])[HYPOTHESIS_HOME] = home
        settings = sys.modules["hypothesis._settings"]
        if settings.is_in_ci():
            settings.settings.load_profile("ci")


def run(arguments):
    """Runs what the arguments name; its exit status."""
    if arguments[0] == "-u":
        arguments = arguments[1:]
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


def main(folder, what, number):
    name = what + "-" + number
    if name == "pytest-0":
        write_programs(folder)
    preload(folder, what == "plugins")
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
