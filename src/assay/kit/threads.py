"""Threads for blocking functions that may never return."""

import contextvars
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar


T = TypeVar("T")

_Job = tuple[Future[Any], Callable[[], Any]]

IDLE_SECONDS = 5.0


class DaemonThreads:
    """Runs blocking calls; hung ones hold neither the next call nor the end of the process.

    A call takes an idle thread, or a new one if none is idle, so that calls which never
    return cost their threads and nothing else; the caller bounds how many run at once.
    Threads are daemons and end after ``idle_seconds`` without work.
    """

    def __init__(self, name: str, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._name = name
        self._idle_seconds = idle_seconds
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._closed = threading.Event()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Start ``call`` at once in a thread, in a copy of the caller's context."""
        future: Future[T] = Future()
        context = contextvars.copy_context()
        job: _Job = (future, lambda: context.run(call))
        if self._idle.acquire(blocking=False):
            self._jobs.put(job)
        else:
            threading.Thread(target=self._serve, args=(job,), name=self._name, daemon=True).start()
        return future

    def close(self) -> None:
        """End idle threads now and busy ones after their call; a hung call keeps its own.

        Calls submitted later still run, each in a thread that ends with it.
        """
        self._closed.set()
        while self._idle.acquire(blocking=False):
            self._jobs.put(None)

    def _serve(self, job: _Job | None) -> None:
        while job is not None:
            _carry_out(job)
            job = None  # an idle thread keeps no result alive
            if self._closed.is_set():
                return
            self._idle.release()
            if self._closed.is_set() and self._idle.acquire(blocking=False):
                return
            job = self._next()

    def _next(self) -> _Job | None:
        while True:
            try:
                return self._jobs.get(timeout=self._idle_seconds)
            except queue.Empty:
                if self._idle.acquire(blocking=False):
                    return None


def _carry_out(job: _Job) -> None:
    future, call = job
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except StopIteration as error:  # a future refuses it, and its waiter would wait for ever
        stopped = RuntimeError("the call raised StopIteration")
        stopped.__cause__ = error
        future.set_exception(stopped)
    except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for the future
        future.set_exception(error)
    else:
        future.set_result(result)
