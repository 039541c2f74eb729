"""What the plugin uses of Python, as it was before any test. PYTEST_DONT_REWRITE"""

import json
import os
import time
from types import SimpleNamespace

# Tests replace clocks, files and processes, some for longer than they run. These are kept in
# an object, since tools such as freezegun and pyfakefs replace what modules hold.
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
