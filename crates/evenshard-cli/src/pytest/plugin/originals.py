"""Keeps what the plugin uses of Python as it was before any test."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

# The hooks of the plugin that wrap others.
Wrapper = Generator[None, Any, None]

# Tests replace clocks, files and processes, some for longer than they run. An object holds the
# originals, since tools such as freezegun and pyfakefs replace what modules hold.
REAL = SimpleNamespace(
    dumps=json.dumps,
    end_process=os._exit,
    getpid=os.getpid,
    join=os.path.join,
    kill=os.kill,
    listdir=os.listdir,
    loads=json.loads,
    monotonic=time.monotonic,
    monotonic_ns=time.monotonic_ns,
    open=open,
    os_close=os.close,
    os_open=os.open,
    perf_counter=time.perf_counter,
    remove=os.remove,
    replace=os.replace,
)


def read_json(path: str) -> Any:
    with REAL.open(path, encoding="utf-8") as file:
        return REAL.loads(file.read())


def write_json(path: str, value: Any) -> None:
    """Replaces a file by a value as JSON, objects by their attributes."""
    # With the process, since several may write one record.
    temporary = "%s.%d.tmp" % (path, REAL.getpid())
    try:
        with REAL.open(temporary, "w", encoding="utf-8") as file:
            file.write(REAL.dumps(value, indent=1, default=vars) + "\n")
        REAL.replace(temporary, path)
    except OSError:  # such as a full disk, where a part of it would stay behind
        with suppress(FileNotFoundError):
            REAL.remove(temporary)
        raise
