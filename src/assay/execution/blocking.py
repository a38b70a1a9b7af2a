"""Running a coroutine from synchronous code, also where a loop already runs."""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from assay.kit.clock import SYSTEM_CLOCK


T = TypeVar("T")

WORKERS = "AnyIO worker thread"
"""What the threads are called that an application in this process works with."""
ENDING_SECONDS = 0.2
"""How long the end waits for such threads, which end with the loop."""
START_SECONDS = 5.0
HEARING_SECONDS = 0.1
"""How long an interrupt may go unheard."""


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run ``coroutine`` to its end and return its result.

    Without a running loop it is ``asyncio.run``. Inside one, as in a notebook, it runs in
    the loop of a fresh thread with a copy of the caller's context. An interrupt cancels
    the coroutine, waits until it has stored what it must, and then goes on.
    """
    return (_run_in_thread if _loop_is_running() else _run_here)(coroutine)


def _loop_is_running() -> bool:
    """Return it apart from what is run then, whose errors would tell of this one too."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _run_here(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run in a loop of this thread, the result kept out of the task.

    ``asyncio.run`` asks for the signal handler that it set, and for that Python writes out
    the task with its result, twice: seconds for the result of a large run.
    """
    outcome: list[T] = []
    before = set(threading.enumerate())

    async def keep() -> None:
        outcome.append(await coroutine)

    try:
        asyncio.run(keep())
    finally:
        _see_off(before)
    return outcome[0]


def _see_off(before: set[threading.Thread]) -> None:
    """Wait a moment for the worker threads, which were told to end when the loop closed."""
    until = SYSTEM_CLOCK.monotonic() + ENDING_SECONDS
    for thread in threading.enumerate():
        if thread not in before and thread.name == WORKERS:
            thread.join(max(0.0, until - SYSTEM_CLOCK.monotonic()))


def _run_in_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    outcome: Future[T] = Future()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = Future()

    async def main() -> T:
        task = asyncio.ensure_future(coroutine)
        started.set_result((asyncio.get_running_loop(), task))
        return await task

    def serve() -> None:
        try:
            outcome.set_result(asyncio.run(main()))
        except BaseException as error:  # noqa: BLE001  # it belongs to the caller
            outcome.set_exception(error)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(serve,), name="assay-loop", daemon=True)
    try:
        thread.start()
        while not outcome.done():  # an interrupt heard by another thread wakes nobody here
            wait((outcome,), timeout=HEARING_SECONDS)
        return outcome.result()
    except KeyboardInterrupt:
        _end(started, thread)
        raise


def _end(
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]], thread: threading.Thread
) -> None:
    """Cancel the task, however early the interrupt came, and wait until its thread is done."""
    with contextlib.suppress(TimeoutError, RuntimeError):  # it never began, or is over already
        loop, task = started.result(timeout=START_SECONDS)
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
