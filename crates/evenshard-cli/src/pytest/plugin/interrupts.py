"""SIGTERM and SIGINT. PYTEST_DONT_REWRITE"""

import signal
import threading

from .originals import REAL

# Seconds from a signal until a session that is still there is ended.
WIND_DOWN = 5


class Interrupts:
    """SIGTERM and SIGINT end the session in order, so that reports are still written.

    CI systems signal the whole group, and `evenshard run` forwards: signals within one
    second count as one. What does not end by that ends by a second signal, or after five
    seconds: `last_resort` is called, and the process ends.
    """

    def __init__(self, last_resort):
        self.last_resort = last_resort
        self.first = None
        self.owner = REAL.getpid()
        self.before = {}
        self.timer = None
        self.ending = threading.Lock()
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                self.before[number] = signal.signal(number, self._interrupt) or signal.SIG_DFL
        except ValueError:
            pass  # not in the main thread: whoever owns it decides

    def _interrupt(self, number, frame):
        if REAL.getpid() != self.owner:  # forked by a test: it ends as it would without us
            signal.signal(number, self.before[number])
            REAL.kill(REAL.getpid(), number)
            return
        now = REAL.monotonic()
        if self.first is None:
            self.first = now
            # A thread, since the main one may be in a test that catches what is raised.
            self._after(WIND_DOWN, self._end)
            raise KeyboardInterrupt
        if now - self.first > 1:
            self._after(0, self._end)

    def _after(self, seconds, what):
        self.timer = threading.Timer(seconds, what)
        self.timer.daemon = True
        self.timer.start()

    def _end(self):
        if not self.ending.acquire(blocking=False):
            return
        threading.Timer(2, REAL.end_process, [2]).start()  # should even that hang
        try:
            self.last_resort()
        finally:
            REAL.end_process(2)

    def restore(self):
        for number, handler in self.before.items():
            signal.signal(number, handler)
        if self.timer is not None:
            self.timer.cancel()
