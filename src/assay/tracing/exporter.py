"""Sending finished spans in batches: bounded, counted, retried, never in anybody's way.

One task in the run's own event loop does the sending, so that no thread outlives the run.
Adding never waits: what finds the buffer full is dropped and counted. Each span ends in
exactly one of ``exported``, ``dropped`` and ``failed``.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from assay.core.errors import AssayError, InvalidInputError
from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep
from assay.kit.redaction import redact
from assay.kit.retry import Retrier, RetryPolicy


T = TypeVar("T")
_LONGEST_REASON = 300


class SpansRefusedError(AssayError):
    """A collector did not take a batch.

    Attributes:
        retryable: Whether the same batch may be taken later.
        retry_after_seconds: What the collector asked to wait, at least 0, or None.
    """

    code = "spans_refused"

    def __init__(
        self, message: str, *, retryable: bool, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class Send(Protocol):
    """Delivers one OTLP request in protobuf."""

    async def __call__(self, body: bytes, /) -> int:
        """Return how many of its spans the collector rejected.

        Raises:
            SpansRefusedError: If it took none.
        """
        ...


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How spans are sent.

    Attributes:
        capacity: Spans that wait at most; further ones are dropped and counted.
        backlog: Spans that wait before new work is asked to wait, while the collector is quick.
        batch: Spans in one request at most.
        linger_seconds: How long the first span of a batch waits for others.
        deadline_seconds: For one batch with all its retries, and for a flush; while a
            quick collector takes batch after batch, a flush goes on.
        quick_seconds: An answer within this time makes a collector worth waiting for.
        retries: Tries of a batch after the first.
    """

    capacity: int = 65_536
    backlog: int = 8_192
    batch: int = 256
    linger_seconds: float = 0.2
    deadline_seconds: float = 10.0
    quick_seconds: float = 1.0
    retries: int = 8

    def __post_init__(self) -> None:
        """Refuse settings under which no span could leave."""
        if not self.deadline_seconds > 0:
            raise InvalidInputError(
                f"The deadline for spans is {self.deadline_seconds} s; it must be above 0."
            )


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """What became of the spans that were handed over; the three add up to all of them.

    Attributes:
        exported: Taken by the collector.
        dropped: Never sent: the buffer was full, the deadline came first, or they had not ended.
        failed: Sent, and refused or unanswered.
        reason: What the collector said last when it did not take spans, else None.
    """

    exported: int = 0
    dropped: int = 0
    failed: int = 0
    reason: str | None = None

    @property
    def lost(self) -> int:
        """Spans that did not arrive, as far as is known."""
        return self.dropped + self.failed


class Exporter(Generic[T]):
    """Takes finished spans from any thread and sends them from the running loop."""

    def __init__(
        self,
        send: Send,
        *,
        encode: Callable[[Sequence[T]], bytes],
        settings: ExportSettings,
        clock: Clock = SYSTEM_CLOCK,
        sleep: AsyncSleep = sleep,
    ) -> None:
        self._send = send
        self._encode = encode
        self._settings = settings
        self._retrier = Retrier(
            RetryPolicy(
                retries=settings.retries,
                deadline_seconds=settings.deadline_seconds,
                first_wait_seconds=0.2,
                longest_wait_seconds=2.0,
            ),
            worth=lambda error: isinstance(error, SpansRefusedError) and error.retryable,
            asked_wait=lambda error: getattr(error, "retry_after_seconds", None),
            clock=clock,
            sleep=sleep,
        )
        self._waiting: deque[T] = deque()
        self._lock = threading.Lock()
        self._exported = self._dropped = self._failed = 0
        self._reason: str | None = None
        self._quick_until: float | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._sent_some = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that sends."""
        return self._loop

    def counts(self) -> SpanCounts:
        """Return what became of the spans so far; those that wait are in none of them."""
        return SpanCounts(self._exported, self._dropped, self._failed, self._reason)

    def add(self, span: T) -> None:
        """Hand over a finished span, from any thread."""
        with self._lock:
            if self._closed or len(self._waiting) >= self._settings.capacity:
                self._dropped += 1
                if self._reason is None:
                    self._reason = "the run had ended" if self._closed else "the buffer was full"
                return
            self._waiting.append(span)
            waiting = len(self._waiting)
        if waiting in {1, self._settings.batch}:
            self._call(self._notice)

    def lose(self, count: int, reason: str) -> None:
        """Count spans that will never be handed over."""
        with self._lock:
            self._dropped += count
            if count and self._reason is None:
                self._reason = reason

    def hurry(self) -> None:
        """Send what waits now, without waiting for it; from any thread."""
        self._call(self._enough.set)

    @property
    def crowded(self) -> bool:
        """Whether new work should wait: much is to be sent, and the collector is quick."""
        return len(self._waiting) > self._settings.backlog and self._quick_until is not None

    async def room(self) -> None:
        """Wait while it is crowded; a collector that is slow or away is not waited for."""
        while self.crowded:
            self._sent_some.clear()
            await self._sent_some.wait()

    async def flush(self, deadline_seconds: float) -> bool:
        """Wait until everything handed over so far is sent; False if the deadline came first."""
        self._notice()
        self._enough.set()
        until = self._loop.time() + deadline_seconds
        while not self._empty.is_set() and self._loop.time() < until:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._empty.wait()
            if self._quick_until is not None:
                until = max(until, self._quick_until)
        return self._empty.is_set()

    async def close(self, deadline_seconds: float) -> None:
        """Flush, then end; what is left over is counted as dropped, and so is what still comes."""
        try:
            await self.flush(deadline_seconds)
        finally:
            self._task.cancel()
            await asyncio.wait({self._task})
            with self._lock:
                self._closed = True
                self._dropped += len(self._waiting)
                if self._waiting and self._reason is None:
                    self._reason = f"not sent within {deadline_seconds:g} s"
                self._waiting.clear()

    def _call(self, function: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: close() has counted
            self._loop.call_soon_threadsafe(function)

    def _notice(self) -> None:
        if self._waiting:
            self._empty.clear()
            self._some.set()
            if len(self._waiting) >= self._settings.batch:
                self._enough.set()

    async def _work(self) -> None:
        while True:
            await self._some.wait()
            await self._gathered()
            while batch := self._taken():
                await self._deliver(batch)
            self._some.clear()
            self._enough.clear()
            self._empty.set()
            self._notice()

    async def _gathered(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.linger_seconds):
                await self._enough.wait()

    def _taken(self) -> list[T]:
        with self._lock:
            count = min(len(self._waiting), self._settings.batch)
            return [self._waiting.popleft() for _ in range(count)]

    async def _deliver(self, batch: Sequence[T]) -> None:
        """Send one batch; however it ends, its spans are counted."""
        rejected = len(batch)
        began = self._loop.time()
        try:
            rejected = min(rejected, await self._sent(batch))
            now = self._loop.time()
            is_quick = now - began <= self._settings.quick_seconds
            self._quick_until = now + self._settings.deadline_seconds if is_quick else None
        except Exception as error:  # noqa: BLE001 - a lost batch is counted, and the run goes on
            self._quick_until = None
            self._reason = redact(str(error) or type(error).__name__)[:_LONGEST_REASON]
        except asyncio.CancelledError:
            self._reason = self._reason or "no answer before the deadline"
            raise
        finally:
            self._failed += rejected
            self._exported += len(batch) - rejected
            self._sent_some.set()

    async def _sent(self, batch: Sequence[T]) -> int:
        body = self._encode(batch)

        async def attempt(_number: int) -> int:
            try:
                async with asyncio.timeout(self._settings.deadline_seconds):
                    return await self._send(body)
            except TimeoutError as error:
                seconds = self._settings.deadline_seconds
                raise SpansRefusedError(
                    f"The collector gave no answer within {seconds:g} s.", retryable=True
                ) from error
            except SpansRefusedError as error:
                self._reason = redact(str(error))[:_LONGEST_REASON]
                raise

        return await self._retrier.call(attempt)
