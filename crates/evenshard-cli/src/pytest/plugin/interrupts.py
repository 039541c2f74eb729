"""Ends a session on SIGTERM so that its reports are still written."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Callable

from .junit import Junit
from .messages import State, Talk
from .originals import REAL

# Seconds from the signal until a session that is still there is ended. Buildkite kills a job
# ten seconds after its SIGTERM, and the reports have to be written by then.
_WIND_DOWN = 5
_INTERRUPTED = 2


class Interrupts:
    """Interrupts the session on SIGTERM, and ends the process where that does not help.

    That is after five seconds, or when `evenshard run` asks for it. SIGINT is left to Python:
    tests and event loops look for its own handler.
    """

    def __init__(self, talk: Talk, junit: Junit, report_end: Callable[[int], None]) -> None:
        self.talk = talk
        self.junit = junit
        self.report_end = report_end
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

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        __tracebackhide__ = True  # the line that was interrupted is the one to show
        if self.talk.is_in_child():  # forked by a test: it ends as it would without us
            signal.signal(number, signal.SIG_DFL)
            REAL.kill(REAL.getpid(), number)
        elif self.talk.is_to_end():
            self._end_after(0)
        elif not self.begun:
            self.begun = True
            # A thread, since the main one may be in a test that catches what is raised.
            self._end_after(_WIND_DOWN)
            if not self.talk.message.ending:
                raise KeyboardInterrupt
        # Else this is the same signal: CI systems send it to the group, `run` passes it on.

    def _end_after(self, seconds: float) -> None:
        self.timer = threading.Timer(seconds, self._end)
        # It must not keep a process alive that ends in order.
        self.timer.daemon = True
        self.timer.start()

    def _end(self) -> None:
        """Ends the process, beside a main thread that does not come back."""
        if not self.ending.acquire(blocking=False):
            return
        # Should writing the reports hang as well.
        threading.Timer(2, REAL.end_process, [_INTERRUPTED]).start()
        try:
            if self.talk.message.state != State.FINISHED:  # else the reports are written
                self._write_reports()
        finally:
            REAL.end_process(_INTERRUPTED)

    def _write_reports(self) -> None:
        try:
            self.junit.write_now()
            self.report_end(_INTERRUPTED)
        finally:
            for worker in self.talk.workers():
                try:
                    REAL.kill(int(worker.key.partition("-")[0]), signal.SIGKILL)
                except OSError:
                    pass  # it has ended

    def restore(self) -> None:
        if self.installed and signal.getsignal(signal.SIGTERM) == self._interrupt:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self.timer is not None:
            self.timer.cancel()
