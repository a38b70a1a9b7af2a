"""SIGTERM while work goes on: the work ends in good order, then the process ends of it.

Only where nobody has asked for the signal: a handler of the application's own is left in
place, and outside the main thread signals are nobody's to take.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar


T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """Work under way: the task that does it, in the loop that it runs in."""

    loop: asyncio.AbstractEventLoop
    task: asyncio.Task[Any] | None
    ended: asyncio.Event

    def cancel(self) -> None:
        """Cancel the task, from any thread."""
        with suppress(RuntimeError):  # the loop is closed: there is nothing left to cancel
            self.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if (
            self.task is not None and self.task.cancelling() == 0
        ):  # an interrupt may have come first
            self.task.cancel()


class Termination:
    """Cancels all work that is under way when SIGTERM comes, once."""

    def __init__(self) -> None:
        self.told = False
        self.blocks = 0
        self._works: list[_Watched] = []

    async def watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work``, which a signal cancels, and then wait for what it cancelled beside it."""
        mine = _Watched(asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event())
        self._works.append(mine)
        if self.told:
            mine.cancel()
        try:
            return await work
        finally:
            self._works.remove(mine)
            mine.ended.set()
            if self.told:  # whoever awaits both must not go on, and end the loop, before that
                for other in [work for work in self._works if work.loop is mine.loop]:
                    await other.ended.wait()

    def hear(self, _number: int, _frame: object) -> None:
        """Take the signal."""
        first, self.told = not self.told, True
        for work in list(self._works) if first else ():
            work.cancel()


@contextmanager
def cancelled_on_sigterm() -> Iterator[Termination]:
    """Hear SIGTERM for what is ``watched`` in this block, and end of it after the block.

    Blocks that overlap, as those of tasks do, share the signal: the last one ends of it.
    """
    termination = _heard_by() or Termination()
    if not _ours_to_take():
        yield Termination()
        return
    if termination.blocks == 0:
        _let_forks_end()
        signal.signal(signal.SIGTERM, termination.hear)
    termination.blocks += 1
    try:
        yield termination
    finally:
        termination.blocks -= 1
        if termination.blocks == 0:
            if _heard_by() is termination:
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
        forking.mask = None
        if _heard_by() is not None:
            forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def after() -> None:
        if forking.mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, forking.mask)

    def after_in_child() -> None:
        if forking.mask is not None:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        after()

    os.register_at_fork(before=before, after_in_parent=after, after_in_child=after_in_child)


def _heard_by() -> Termination | None:
    """Return what hears the signal for work that is under way, or None."""
    heard = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return heard if isinstance(heard, Termination) else None


def _ours_to_take() -> bool:
    """Return whether this thread may take the signal and nobody else has."""
    if threading.current_thread() is not threading.main_thread():
        return False
    return _heard_by() is not None or signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
