"""Sessions side by side: each keeps its own spans, in tasks, threads and pools alike."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from opentelemetry import trace as otel
from typing_extensions import override

from assay import force_flush, submit_with_context, trace
from assay.tracing.pipeline import Pipeline, pipeline
from assay.tracing.session import SessionInfo
from tests.unit.tracing.conftest import QUICK, MemoryCollector


SESSIONS = 100
SPANS = 50


@trace
def leaf(number: int) -> int:
    return number


@trace
async def aleaf(number: int) -> int:
    await asyncio.sleep(0)
    return number


def work(number: int) -> None:
    """Make 40 spans: 10 here, 10 in plain threads, 10 in a pool, 10 in a shared library."""
    for index in range(10):
        leaf(index)
    threads = [threading.Thread(target=leaf, args=(index,)) for index in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(leaf, range(10)))
    library = otel.get_tracer("library")
    for _ in range(10):
        with library.start_as_current_span("library", attributes={"number": number}):
            pass


async def awork(number: int) -> None:
    """Make the last 10 in child tasks."""
    await asyncio.to_thread(work, number)
    await asyncio.gather(*(aleaf(index) for index in range(10)))


def info(number: int, run: str = "run") -> SessionInfo:
    return SessionInfo(f"{run}-{number}", run_id=run, datapoint_id=f"d{number}", source="test")


async def one(opened: Pipeline, number: int, run: str = "run") -> None:
    with opened.tracer(info(number, run)).activated():
        await awork(number)


async def test_a_hundred_sessions_with_threads_inside_lose_and_mix_nothing(
    collector: MemoryCollector,
) -> None:
    before = threading.active_count()
    async with pipeline({"server": collector}, QUICK) as opened:
        gate = asyncio.Semaphore(20)

        async def limited(number: int) -> None:
            async with gate:
                await one(opened, number)

        await asyncio.gather(*(limited(number) for number in range(SESSIONS)))
    assert SESSIONS * SPANS == len(collector.spans)
    assert {SPANS} == set(Counter(span.session_id for span in collector.spans).values())
    for span in collector.spans:
        number = span.session_id.removeprefix("run-")
        assert f"d{number}" == span.attributes["assay.datapoint_id"]
        assert "run" == span.attributes["assay.run_id"]
        if span.name == "library":
            assert int(number) == span.attributes["number"]
    assert SESSIONS * SPANS == opened.counts()["server"].exported
    assert 0 == opened.counts()["server"].lost
    executor = asyncio.get_running_loop()._default_executor  # type: ignore[attr-defined]
    executor.shutdown()
    assert before == threading.active_count()


async def test_two_runs_at_once_share_the_process_and_nothing_else() -> None:
    first, second = MemoryCollector(), MemoryCollector()
    async with AsyncExitStack() as stack:
        left = await stack.enter_async_context(pipeline({"server": first}, QUICK))
        async with pipeline({"server": second}, QUICK) as right:
            await asyncio.gather(
                *(one(left, number, "left") for number in range(5)),
                *(one(right, number, "right") for number in range(5)),
            )
        await one(left, 5, "left")  # the first goes on after the second has ended
    assert ({"left"}, 6 * SPANS) == (runs_of(first), len(first.spans))
    assert ({"right"}, 5 * SPANS) == (runs_of(second), len(second.spans))


def runs_of(collector: MemoryCollector) -> set[str]:
    return {str(span.attributes["assay.run_id"]) for span in collector.spans}


async def test_a_pool_that_outlives_a_session_belongs_to_none(collector: MemoryCollector) -> None:
    with ThreadPoolExecutor(1) as pool:
        async with pipeline({"server": collector}, QUICK) as opened:
            with opened.tracer(info(1)).activated():
                pool.submit(leaf, 1).result()
            pool.submit(leaf, 2).result()
            with opened.tracer(info(2)).activated():
                pool.submit(leaf, 3).result()
    assert ["run-1", "run-2"] == sorted(span.session_id for span in collector.spans)


CALLS: list[Callable[[ThreadPool], Any]] = [
    lambda pool: pool.apply(leaf, (1,)),
    lambda pool: pool.apply_async(func=leaf, args=(1,)).get(),
    lambda pool: pool.map(leaf, [1]),
    lambda pool: pool.map_async(leaf, [1]).get(),
    lambda pool: pool.starmap(leaf, [(1,)]),
    lambda pool: pool.starmap_async(leaf, [(1,)]).get(),
    lambda pool: list(pool.imap(leaf, [1])),
    lambda pool: list(pool.imap_unordered(leaf, [1])),
]


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
async def test_a_thread_pool_that_sessions_share_belongs_to_whoever_calls_it(
    collector: MemoryCollector, call: Callable[[ThreadPool], Any]
) -> None:
    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(info(1)).activated():
            pool = ThreadPool(1)
            call(pool)
        call(pool)
        with opened.tracer(info(2)).activated():
            call(pool)
    call(pool)
    pool.terminate()
    assert ["run-1", "run-2"] == sorted(span.session_id for span in collector.spans)


async def test_other_executors_carry_the_session_on_demand(collector: MemoryCollector) -> None:
    class Direct(ThreadPoolExecutor):
        pass

    with Direct(1) as pool:
        async with pipeline({"server": collector}, QUICK) as opened:
            with opened.tracer(info(1)).activated():
                assert 1 == submit_with_context(pool, leaf, 1).result()
    assert 1 == len(collector.spans)
    with ThreadPoolExecutor(1) as plain:
        assert 1 == submit_with_context(plain, leaf, 1).result()


async def test_a_thread_that_overrides_run_belongs_to_the_session(
    collector: MemoryCollector,
) -> None:
    class Worker(threading.Thread):
        @override
        def run(self) -> None:
            leaf(1)

    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(info(1)).activated():
            worker = Worker()
            worker.start()
            worker.join()
            with pytest.raises(RuntimeError, match="once"):
                worker.start()
    assert ["run-1"] == [span.session_id for span in collector.spans]
    assert "run" not in worker.__dict__


async def test_the_standard_library_is_its_own_again_after_the_last_run(
    collector: MemoryCollector,
) -> None:
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit
    own = dict(vars(ThreadPool))
    async with pipeline({"server": collector}, QUICK):
        async with pipeline({"server": collector}, QUICK):
            assert threading.Thread.start is not start
        assert threading.Thread.start is not start
    assert threading.Thread.start is start
    assert ThreadPoolExecutor.submit is submit
    assert own == dict(vars(ThreadPool))


async def test_what_another_library_put_in_place_meanwhile_stays(
    collector: MemoryCollector,
) -> None:
    original = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread.name)
        beneath(thread)

    started: list[str] = []
    async with pipeline({"server": collector}, QUICK):
        beneath = threading.Thread.start
        threading.Thread.start = counted  # type: ignore[method-assign,assignment]
    try:
        assert threading.Thread.start is counted
        async with pipeline({"server": collector}, QUICK) as opened:
            with opened.tracer(info(1)).activated():
                thread = threading.Thread(target=leaf, args=(1,), name="theirs")
                thread.start()
                thread.join()
        assert threading.Thread.start is counted
    finally:
        threading.Thread.start = original  # type: ignore[method-assign]
    assert ["theirs"] == started
    assert 1 == len(collector.spans)


async def test_a_span_whose_parent_is_the_callers_own_becomes_a_root(
    collector: MemoryCollector,
) -> None:
    from opentelemetry.sdk.trace import TracerProvider

    application = TracerProvider(shutdown_on_exit=False).get_tracer("application")
    with application.start_as_current_span("job"):
        async with pipeline({"server": collector}, QUICK) as opened:
            with opened.tracer(info(1)).activated():
                leaf(1)
    assert b"" == collector.one("leaf").parent_id


async def test_a_flush_from_a_thread_waits_until_spans_arrived(collector: MemoryCollector) -> None:
    def flushed() -> int:
        leaf(1)
        assert force_flush(5)
        return len(collector.spans)

    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(info(1)).activated():
            assert 1 == await asyncio.to_thread(flushed)
            leaf(2)
            assert not force_flush(5)  # the loop cannot wait for itself
            assert await opened.flush(5)
            assert 2 == len(collector.spans)
    assert 0 == opened.counts()["server"].lost


async def test_a_second_collector_gets_the_same_and_holds_up_nobody(
    collector: MemoryCollector,
) -> None:
    class Away(MemoryCollector):
        @override
        async def __call__(self, body: bytes, /) -> int:
            raise ConnectionError("away")

    away: Any = Away()
    async with pipeline({"server": collector, "forward": away}, QUICK) as opened:
        with opened.tracer(info(1)).activated():
            leaf(1)
    assert 1 == len(collector.spans)
    counts = opened.counts()
    assert (1, 0) == (counts["server"].exported, counts["server"].lost)
    assert (0, 1, "away") == (
        counts["forward"].exported,
        counts["forward"].failed,
        counts["forward"].reason,
    )


async def test_a_span_that_never_ends_is_let_go_of(collector: MemoryCollector) -> None:
    from assay.tracing.runtime import runtime

    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(info(1)).activated():
            span: Any = otel.get_tracer("library").start_span("endless")
            assert runtime().knows(span)
    assert not runtime().knows(span)
    span.end()
    assert [] == collector.spans
