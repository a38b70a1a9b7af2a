"""``@trace`` over generators: whose span is current, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest

from assay import current_tracer, trace
from assay.tracing.pipeline import pipeline
from assay.tracing.session import current_session
from tests.unit.tracing.conftest import INFO, QUICK, MemoryCollector, inputs_of, outputs_of, record


async def test_a_generator_keeps_its_span_to_itself_while_it_is_suspended(
    collector: MemoryCollector,
) -> None:
    @trace
    def step(number: int) -> int:
        return number

    @trace
    def numbers() -> Iterator[int]:
        yield step(1)
        yield step(2)

    @trace
    def consume() -> list[int]:
        found = []
        for number in numbers():
            step(10 * number)
            found.append(number)
        return found

    assert [1, 2] == await record(collector, consume)
    generator, consumer = collector.one("numbers"), collector.one("consume")
    parents = {inputs_of(span)["number"]: span.parent_id for span in collector.named("step")}
    assert {1: generator.span_id, 2: generator.span_id} == {k: parents[k] for k in (1, 2)}
    assert {10: consumer.span_id, 20: consumer.span_id} == {k: parents[k] for k in (10, 20)}
    assert [1, 2] == outputs_of(generator)
    assert generator.parent_id == consumer.span_id


async def test_an_async_generator_keeps_its_span_to_itself_while_it_is_suspended(
    collector: MemoryCollector,
) -> None:
    @trace
    async def step(number: int) -> int:
        await asyncio.sleep(0)
        return number

    @trace
    async def numbers() -> AsyncIterator[int]:
        yield await step(1)
        await asyncio.sleep(0)
        yield await step(2)

    @trace
    async def consume() -> list[int]:
        found = []
        async for number in numbers():
            await step(10 * number)
            found.append(number)
        return found

    assert [1, 2] == await record(collector, consume)
    parents = {inputs_of(span)["number"]: span.parent_id for span in collector.named("step")}
    assert parents[1] == parents[2] == collector.one("numbers").span_id
    assert parents[10] == parents[20] == collector.one("consume").span_id


async def test_generators_pass_on_what_is_sent_thrown_and_returned(
    collector: MemoryCollector,
) -> None:
    @trace
    def echo() -> Generator[Any, Any, str]:
        got = yield "ready"
        try:
            yield f"got {got}"
        except KeyError as error:
            yield f"caught {error.args[0]}"
        return "end"

    @trace
    def drive() -> list[Any]:
        generator: Any = echo()
        said = [next(generator), generator.send(1), generator.throw(KeyError("k"))]
        with pytest.raises(StopIteration) as end:
            next(generator)
        return [*said, end.value.value]

    assert ["ready", "got 1", "caught k", "end"] == await record(collector, drive)
    assert not collector.one("echo").failed


async def test_async_generators_pass_on_what_is_sent_and_thrown(
    collector: MemoryCollector,
) -> None:
    @trace
    async def echo() -> AsyncIterator[Any]:
        got = yield "ready"
        await asyncio.sleep(0)
        try:
            yield f"got {got}"
        except KeyError as error:
            yield f"caught {error.args[0]}"

    async def drive() -> list[Any]:
        generator: Any = echo()
        said = [await anext(generator), await generator.asend(1)]
        said.append(await generator.athrow(KeyError("k")))
        with pytest.raises(StopAsyncIteration):
            await anext(generator)
        return said

    assert ["ready", "got 1", "caught k"] == await record(collector, drive)
    assert ["ready", "got 1", "caught k"] == await drive()


async def test_outside_a_session_a_generator_that_is_left_early_is_closed_at_once() -> None:
    closed = []

    @trace
    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    generator: Any = endless()
    await anext(generator)
    await generator.aclose()
    assert [True] == closed


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_generator_that_is_left_early_ends_its_span_without_failing(
    collector: MemoryCollector, asynchronous: bool
) -> None:
    closed = []

    @trace
    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(current_session() is not None)

    @trace
    async def aendless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0)
            closed.append(current_session() is not None)

    async def leave() -> None:
        if asynchronous:
            generator: Any = aendless()
            await anext(generator)
            await generator.aclose()
        else:
            plain: Any = endless()
            next(plain)
            plain.close()

    await record(collector, leave)
    [span] = collector.spans
    assert [True] == closed
    assert not span.failed
    assert [1] == outputs_of(span)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("ending", [False, True])
async def test_an_async_generator_that_is_left_when_its_loop_ends_has_not_failed(
    collector: MemoryCollector, *, held: bool, ending: bool
) -> None:
    kept: list[Any] = []
    complaints: list[Any] = []

    @trace
    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            if ending:
                await asyncio.sleep(0)

    async def leave() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        generator = numbers()
        if held:
            kept.append(generator)
        async for _ in generator:
            break

    await record(collector, lambda: asyncio.to_thread(asyncio.run, leave()))
    [span] = collector.spans
    assert not span.failed
    assert [1] == outputs_of(span)
    assert [] == complaints


async def test_a_span_that_has_not_ended_when_the_run_does_is_counted_as_lost(
    collector: MemoryCollector,
) -> None:
    @trace
    def numbers() -> Iterator[int]:
        yield 1

    async with pipeline({"server": collector}, QUICK) as opened:
        with opened.tracer(INFO).activated():
            left: Any = numbers()
            next(left)
    counts = opened.counts()["server"]
    left.close()
    assert (0, 1, "they had not ended when the run did") == (
        counts.exported,
        counts.dropped,
        counts.reason,
    )


async def test_an_async_generator_that_hears_a_cancellation_and_fails_later_has_failed(
    collector: MemoryCollector,
) -> None:
    @trace
    async def stubborn() -> AsyncIterator[int]:
        try:
            yield 1
        except asyncio.CancelledError:
            yield 2
        await asyncio.sleep(0)
        raise asyncio.CancelledError("of its own")

    async def consume() -> None:
        generator: Any = stubborn()
        await anext(generator)
        assert 2 == await generator.athrow(asyncio.CancelledError())
        with pytest.raises(asyncio.CancelledError):
            await anext(generator)

    await record(collector, consume)
    assert collector.one("stubborn").failed


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_generator_that_raises_is_recorded_as_failed(
    collector: MemoryCollector, asynchronous: bool
) -> None:
    @trace
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    @trace
    async def abroken() -> AsyncIterator[int]:
        yield 1
        raise ValueError("broken")

    async def drain() -> None:
        if asynchronous:
            async for _ in abroken():
                pass
        else:
            list(broken())

    with pytest.raises(ValueError, match="broken"):
        await record(collector, drain)
    [span] = collector.spans
    assert "ValueError: broken" == span.attributes["assay.error"]


async def test_a_cancellation_reaches_the_body_of_an_async_generator(
    collector: MemoryCollector,
) -> None:
    heard = []

    @trace
    async def waiting() -> AsyncIterator[int]:
        yield 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append(current_tracer() is not None)
            raise

    async def drain() -> None:
        async for _ in waiting():
            pass

    async def later() -> None:
        task = asyncio.create_task(drain())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    await record(collector, later)
    assert [True] == heard
    assert "CancelledError" == collector.one("waiting").attributes["assay.error"]
