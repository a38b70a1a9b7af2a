"""Threads for calls that may never return."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from assay.kit.threads import DaemonThreads


def test_a_result_and_an_error_reach_the_caller() -> None:
    threads = DaemonThreads("t")
    assert threads.submit(lambda: 4).result() == 4
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 // 0).result()


def test_the_end_of_an_iteration_reaches_the_caller_too() -> None:
    threads = DaemonThreads("test")
    future: Future[int] = threads.submit(lambda: next(iter([])))

    async def waiting() -> None:
        await asyncio.wait_for(asyncio.wrap_future(future), 5)

    with pytest.raises(RuntimeError, match="raised StopIteration"):
        asyncio.run(waiting())


def test_a_hung_call_does_not_hold_the_next_one() -> None:
    threads = DaemonThreads("t")
    release = threading.Event()
    hung = threads.submit(release.wait)
    assert threads.submit(lambda: "next").result() == "next"
    release.set()
    assert hung.result() is True


def test_an_idle_thread_is_used_again() -> None:
    threads = DaemonThreads("t", idle_seconds=60)
    used = set()
    for _ in range(50):
        used.add(threads.submit(threading.get_ident).result())
    assert len(used) < 10


def test_a_thread_without_work_ends() -> None:
    threads = DaemonThreads("t", idle_seconds=0.0)
    thread = threads.submit(threading.current_thread).result()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert threads.submit(lambda: 1).result() == 1
