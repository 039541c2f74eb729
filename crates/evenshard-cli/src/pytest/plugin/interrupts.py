"""SIGTERM. PYTEST_DONT_REWRITE"""

import signal
import threading

from .originals import REAL

# Seconds from the signal until a session that is still there is ended. Buildkite kills a job
# ten seconds after its SIGTERM, and the reports have to be written by then.
WIND_DOWN = 5


class Interrupts:
    """SIGTERM ends the session in order, so that reports are still written.

    What does not end by that is ended after five seconds, or when `evenshard run` asks for
    it: `last_resort` is called, and the process ends. SIGINT is left to Python: tests and
    event loops look for its own handler.
    """

    def __init__(self, talk, last_resort):
        self.talk = talk
        self.last_resort = last_resort
        self.begun = False
        self.timer = None
        self.ending = threading.Lock()
        # A handler of the user's own, or a SIGTERM that is ignored, stays.
        self.installed = signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, None)
        try:
            if self.installed:
                signal.signal(signal.SIGTERM, self._interrupt)
        except ValueError:
            self.installed = False  # not in the main thread: whoever owns it decides

    def _interrupt(self, number, frame):
        __tracebackhide__ = True  # the line that was interrupted is the one to show
        if self.talk.is_in_child():  # forked by a test: it ends as it would without us
            signal.signal(number, signal.SIG_DFL)
            REAL.kill(REAL.getpid(), number)
            return
        if self.talk.is_to_end():
            self._after(0, self._end)
        elif not self.begun:
            self.begun = True
            # A thread, since the main one may be in a test that catches what is raised.
            self._after(WIND_DOWN, self._end)
            if not self.talk.facts.get("ending"):
                raise KeyboardInterrupt
        # Else this is the same signal: CI systems send it to the group, `run` passes it on.

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
        if self.installed and signal.getsignal(signal.SIGTERM) == self._interrupt:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self.timer is not None:
            self.timer.cancel()
