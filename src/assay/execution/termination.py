"""SIGTERM while work goes on: the work ends in good order, then the process ends of it.

Only where nobody has asked for the signal: a handler of the application's own is left in
place, and outside the main thread signals are nobody's to take.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, TypeVar


T = TypeVar("T")


class Termination:
    """Cancels the work that is under way when SIGTERM comes, once."""

    def __init__(self) -> None:
        self.told = False
        self._cancel: Callable[[], object] | None = None

    async def watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work``, in a task that a signal cancels."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def cancel() -> None:
            if task is not None and task.cancelling() == 0:  # an interrupt may have come first
                task.cancel()

        self._cancel = lambda: loop.call_soon_threadsafe(cancel)
        if self.told:
            self._cancel()
        return await work

    def hear(self, _number: int, _frame: object) -> None:
        """Take the signal."""
        first, self.told = not self.told, True
        if first and self._cancel is not None:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to cancel
                self._cancel()


@contextmanager
def cancelled_on_sigterm() -> Iterator[Termination]:
    """Hear SIGTERM for what is ``watched`` in this block, and end of it after the block."""
    termination = Termination()
    if not _free():
        yield termination
        return
    _let_forks_end()
    signal.signal(signal.SIGTERM, termination.hear)
    try:
        yield termination
    finally:
        if signal.getsignal(signal.SIGTERM) == termination.hear:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if termination.told:
            end_by_signal()


def end_by_signal() -> None:
    """End this process as SIGTERM ends one that does not hear it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)


@cache
def _let_forks_end() -> None:
    """Have processes that are forked meanwhile end of SIGTERM as ever, from their first moment.

    A fork inherits the handler, and Python forgets signals that come while it sets the new
    process up; so none is let through until the handler is gone.
    """
    if not hasattr(os, "register_at_fork"):
        return
    forking = threading.local()

    def before() -> None:
        heard = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        forking.mask = None
        if isinstance(heard, Termination):
            forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def after() -> None:
        if forking.mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, forking.mask)

    def after_in_child() -> None:
        if forking.mask is not None:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        after()

    os.register_at_fork(before=before, after_in_parent=after, after_in_child=after_in_child)


def _free() -> bool:
    """Return whether this thread may take the signal and nobody else has."""
    if threading.current_thread() is not threading.main_thread():
        return False
    return signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
