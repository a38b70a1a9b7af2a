"""One run's way out for its spans: sessions in, batches out, counts at the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep
from assay.tracing.encoding import FinishedSpan, encode_finished
from assay.tracing.exporter import Exporter, ExportSettings, Send, SpanCounts
from assay.tracing.instrumenting import instrumented
from assay.tracing.runtime import runtime
from assay.tracing.session import Session, SessionInfo
from assay.tracing.tracer import Tracer


class Pipeline:
    """Collects the spans of many sessions and sends them to one or more collectors."""

    def __init__(self, exporters: Mapping[str, Exporter[FinishedSpan]]) -> None:
        self._exporters = dict(exporters)
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it takes nothing any more."""
        return self._closed

    def add(self, session: Session, span: Any) -> None:
        """Take a finished span; never waits."""
        for exporter in self._exporters.values():
            exporter.add((session, span))

    @property
    def crowded(self) -> bool:
        """Whether new work should wait until spans are sent."""
        return any(one.crowded for one in self._exporters.values())

    async def room(self) -> None:
        """Wait while it is crowded."""
        for one in self._exporters.values():
            await one.room()

    def tracer(self, info: SessionInfo) -> Tracer:
        """Return the tracer of a new session."""
        runtime().session_begins()
        return Tracer(info, self)

    def counts(self) -> Mapping[str, SpanCounts]:
        """Return what became of the spans, by collector."""
        return {name: exporter.counts() for name, exporter in self._exporters.items()}

    def force_flush(self, deadline_seconds: float) -> bool:
        """Send what waits and wait for it, from any thread; False if not all arrived in time.

        In the event loop that sends, nothing can be waited for: sending is only hastened.
        """
        flushed = [_flushed(one, deadline_seconds) for one in self._exporters.values()]
        return all(flushed)

    async def flush(self, deadline_seconds: float) -> bool:
        """Send what waits and wait for it, in the loop that sends."""
        flushed = [one.flush(deadline_seconds) for one in self._exporters.values()]
        return all(await asyncio.gather(*flushed))

    async def close(self, deadline_seconds: float) -> None:
        """Send what waits, at most for ``deadline_seconds``, then end."""
        try:
            closing = [one.close(deadline_seconds) for one in self._exporters.values()]
            await asyncio.gather(*closing)
        finally:
            self._closed = True
            open_still = runtime().router.forget(self)
            for one in self._exporters.values():
                one.lose(open_still, "they had not ended when the run did")


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How one run is traced.

    Attributes:
        export: How spans are sent.
        instrumentors: OpenTelemetry or OpenInference instrumentors to switch on for the run.
        also: Attributes that are sent a second time, under the name that the collector knows.
    """

    export: ExportSettings = field(default_factory=ExportSettings)
    instrumentors: Sequence[Any] = ()
    also: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def pipeline(
    senders: Mapping[str, Send],
    settings: PipelineSettings | None = None,
    *,
    clock: Clock = SYSTEM_CLOCK,
    sleep: AsyncSleep = sleep,
) -> AsyncIterator[Pipeline]:
    """Open a pipeline to ``senders``, by name, for the running event loop.

    On leaving, what waits is sent within the deadline, and the process is as it was.
    """
    asked = settings if settings is not None else PipelineSettings()
    used = runtime()
    with used.used(), instrumented(asked.instrumentors, used.provider):
        encode = partial(encode_finished, also=asked.also)
        exporters = {
            name: Exporter(send, encode=encode, settings=asked.export, clock=clock, sleep=sleep)
            for name, send in senders.items()
        }
        opened = Pipeline(exporters)
        try:
            yield opened
        finally:
            await opened.close(asked.export.deadline_seconds)


def _flushed(exporter: Exporter[Any], deadline_seconds: float) -> bool:
    with contextlib.suppress(RuntimeError):
        if asyncio.get_running_loop() is exporter.loop:
            exporter.hurry()
            return False
    flushing = exporter.flush(deadline_seconds)
    try:
        return asyncio.run_coroutine_threadsafe(flushing, exporter.loop).result()
    except RuntimeError:  # the loop is over, and with it the run
        flushing.close()
        return False
