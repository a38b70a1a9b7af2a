"""The exporter: nothing waits for it, nothing is lost in silence."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.tracing.exporter import Exporter, ExportSettings, SpanCounts
from tests.unit.tracing.conftest import busy, refused


class FakeTime:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> Any:
        raise AssertionError("no wall time is needed")

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class Sink:
    """Counts what arrives and raises refusals first."""

    def __init__(self, *refusals: Exception, rejects: int = 0) -> None:
        self.refusals = list(refusals)
        self.rejects = rejects
        self.arrived: list[int] = []
        self.sizes: list[int] = []

    async def __call__(self, body: bytes) -> int:
        await asyncio.sleep(0)
        if self.refusals:
            raise self.refusals.pop(0)
        self.arrived.extend(body)
        self.sizes.append(len(body))
        return self.rejects


def exporter(sink: Any, *, time: FakeTime | None = None, **settings: Any) -> Exporter[int]:
    fake = FakeTime() if time is None else time
    return Exporter(
        sink,
        encode=bytes,
        settings=ExportSettings(linger_seconds=0, **settings),
        clock=fake,
        sleep=fake.sleep,
    )


def count_of(counts: SpanCounts) -> tuple[int, int, int]:
    return counts.exported, counts.dropped, counts.failed


async def test_spans_leave_in_batches_and_in_order() -> None:
    sink = Sink()
    subject = exporter(sink, batch=3)
    for number in range(8):
        subject.add(number)
    assert await subject.flush(5)
    await subject.close(5)
    assert list(range(8)) == sink.arrived
    assert max(sink.sizes) <= 3
    assert (8, 0, 0) == count_of(subject.counts())


async def test_a_busy_collector_is_asked_again_after_the_time_it_asked_for() -> None:
    time, sink = FakeTime(), Sink(busy(3.0), busy())
    subject = exporter(sink, time=time)
    subject.add(1)
    await subject.close(5)
    assert (1, 0, 0) == count_of(subject.counts())
    assert time.slept[0] == pytest.approx(3.0)


async def test_a_refusal_is_final_and_counted_with_its_reason() -> None:
    sink = Sink(refused())
    subject = exporter(sink, batch=2)
    for number in range(4):
        subject.add(number)
    await subject.close(5)
    assert (2, 0, 2) == count_of(subject.counts())
    assert "400 not understood" == subject.counts().reason


async def test_retries_end_at_the_deadline() -> None:
    time, sink = FakeTime(), Sink(*[busy(4.0)] * 20)
    subject = exporter(sink, time=time, deadline_seconds=10)
    subject.add(1)
    await subject.close(5)
    assert (0, 0, 1) == count_of(subject.counts())
    assert time.seconds <= 10


async def test_what_the_collector_rejects_is_counted_as_failed() -> None:
    subject = exporter(Sink(rejects=1))
    subject.add(1)
    subject.add(2)
    await subject.close(5)
    assert (1, 0, 1) == count_of(subject.counts())


async def test_a_full_buffer_drops_and_counts() -> None:
    subject = exporter(Sink(), capacity=2)
    for number in range(5):
        subject.add(number)
    await subject.close(5)
    assert (2, 3, 0) == count_of(subject.counts())
    assert "the buffer was full" == subject.counts().reason


async def test_a_collector_that_never_answers_holds_nobody_beyond_the_deadline() -> None:
    async def never(_body: bytes) -> int:
        await asyncio.Event().wait()
        raise AssertionError

    subject: Exporter[int] = Exporter(
        never,
        encode=bytes,
        settings=ExportSettings(batch=2, linger_seconds=0, deadline_seconds=0.05, retries=0),
    )
    for number in range(6):
        subject.add(number)
    assert not await subject.flush(0.01)
    await subject.close(0.01)
    counts = subject.counts()
    assert 6 == counts.lost
    assert counts.reason is not None


async def test_a_span_after_the_end_is_counted_as_dropped() -> None:
    subject = exporter(Sink())
    await subject.close(1)
    subject.add(1)
    assert (0, 1, 0) == count_of(subject.counts())


async def test_what_cannot_be_encoded_is_counted_and_the_rest_goes_on() -> None:
    def encode(batch: Sequence[int]) -> bytes:
        if 1 in batch:
            raise TypeError("no such thing")
        return bytes(batch)

    fake = FakeTime()
    sink = Sink()
    subject: Exporter[int] = Exporter(
        sink,
        encode=encode,
        settings=ExportSettings(batch=1, linger_seconds=0),
        clock=fake,
        sleep=fake.sleep,
    )
    for number in range(3):
        subject.add(number)
    await subject.close(5)
    assert [0, 2] == sink.arrived
    assert (2, 0, 1) == count_of(subject.counts())
    assert "no such thing" == subject.counts().reason


async def test_new_work_waits_for_a_quick_collector_and_nothing_is_dropped() -> None:
    sink = Sink()
    subject = exporter(sink, capacity=40, backlog=20, batch=4)
    subject.add(0)
    assert await subject.flush(5)
    for number in range(400):
        subject.add(number % 256)
        if subject.crowded:
            await subject.room()
            assert not subject.crowded
    await subject.close(5)
    assert (401, 0, 0) == count_of(subject.counts())


async def test_new_work_does_not_wait_for_a_collector_that_is_away_or_slow() -> None:
    for quick_seconds, sink in ((1.0, Sink(*[refused()] * 99)), (-1.0, Sink())):
        subject = exporter(sink, backlog=1, batch=1, quick_seconds=quick_seconds)
        for number in range(5):
            subject.add(number)
        await asyncio.wait_for(subject.room(), 5)
        assert not subject.crowded
        await subject.close(5)


async def test_a_flush_goes_on_while_a_quick_collector_takes_batch_after_batch() -> None:
    answered: list[int] = []

    async def send(body: bytes) -> int:
        await asyncio.sleep(0.01)
        answered.extend(body)
        return 0

    subject: Exporter[int] = Exporter(
        send,
        encode=bytes,
        settings=ExportSettings(batch=1, linger_seconds=0, deadline_seconds=5),
    )
    for number in range(10):
        subject.add(number)
    assert await subject.flush(0.03)
    assert list(range(10)) == answered
    await subject.close(5)


async def test_many_threads_hand_over_and_none_is_lost() -> None:
    sink = Sink()
    subject = exporter(sink, batch=64)

    def add() -> None:
        for number in range(200):
            subject.add(number)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    await subject.close(5)
    assert 1600 == len(sink.arrived)
    assert (1600, 0, 0) == count_of(subject.counts())


async def test_flushing_an_idle_exporter_does_not_wait() -> None:
    subject = exporter(Sink())
    assert await subject.flush(5)
    await subject.close(5)


@given(
    outcomes=st.lists(st.sampled_from(["take", "busy", "refuse", "reject"]), max_size=12),
    spans=st.integers(0, 40),
    capacity=st.integers(1, 30),
    batch=st.integers(1, 10),
)
def test_every_span_ends_in_exactly_one_count(
    outcomes: list[str], spans: int, capacity: int, batch: int
) -> None:
    async def run() -> SpanCounts:
        left = list(outcomes)

        async def send(_body: bytes) -> int:
            await asyncio.sleep(0)
            outcome = left.pop(0) if left else "take"
            if outcome == "busy":
                raise busy()
            if outcome == "refuse":
                raise refused()
            return 1 if outcome == "reject" else 0

        subject = exporter(send, capacity=capacity, batch=batch, retries=1)
        for number in range(spans):
            subject.add(number)
            if number % 3 == 0:
                await asyncio.sleep(0)
        await subject.close(5)
        return subject.counts()

    counts = asyncio.run(run())
    assert spans == counts.exported + counts.dropped + counts.failed
    assert min(count_of(counts)) >= 0
