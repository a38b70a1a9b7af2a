"""The tracing that users meet: ``@trace`` and its kin, and sessions outside of runs."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from assay.experiments.client import Client
from assay.experiments.connection import connect
from assay.experiments.experiment import TracingOptions
from assay.experiments.trace_sending import senders
from assay.kit.ids import new_id
from assay.tracing.carrying import submit_with_context
from assay.tracing.decorator import trace
from assay.tracing.enriching import enrich_session, enrich_span
from assay.tracing.flushing import force_flush
from assay.tracing.session import SessionInfo
from assay.tracing.tracer import Tracer, current_tracer


if TYPE_CHECKING:
    from assay.tracing.pipeline import Pipeline


__all__ = [
    "Tracer",
    "atrace_session",
    "current_tracer",
    "enrich_session",
    "enrich_span",
    "force_flush",
    "submit_with_context",
    "trace",
    "trace_session",
]


@contextmanager
def trace_session(
    name: str,
    *,
    client: Client | None = None,
    session_id: str | None = None,
    source: str = "application",
    metadata: Mapping[str, Any] | None = None,
    instrumentors: Sequence[Any] = (),
    forward_to: str | None = None,
) -> Iterator[Tracer]:
    """Record the code under it as one session, outside of any run.

    Spans are sent by a thread that ends with the session. If the server is away, the code
    runs as ever; at most the export deadline is waited for at the end, and lost spans are
    warned of.

    Args:
        name: What the session is called.
        client: Where spans go; the application in this process by default.
        session_id: Its id; a new one by default.
        source: Where it happens, such as ``production``.
        metadata: Carried by every span of the session.
        instrumentors: Switched on for the time of the session.
        forward_to: The URL of a second collector.

    Raises:
        InvalidInputError: If an argument cannot be used.
        ServerError: If the application in this process cannot start.
    """
    info = _info(name, session_id=session_id, source=source, metadata=metadata)
    options = TracingOptions(tuple(instrumentors), forward_to=forward_to)
    target = client if client is not None else Client()
    with _in_background(lambda: _pipeline(target, options)) as opened:
        tracer = opened.tracer(info)
        with tracer.activated(), _recorded(tracer):
            yield tracer
    _warn(opened)


@asynccontextmanager
async def atrace_session(
    name: str,
    *,
    client: Client | None = None,
    session_id: str | None = None,
    source: str = "application",
    metadata: Mapping[str, Any] | None = None,
    instrumentors: Sequence[Any] = (),
    forward_to: str | None = None,
) -> AsyncIterator[Tracer]:
    """Do what ``trace_session`` does, in the running event loop and without a thread."""
    info = _info(name, session_id=session_id, source=source, metadata=metadata)
    options = TracingOptions(tuple(instrumentors), forward_to=forward_to)
    async with _pipeline(client if client is not None else Client(), options) as opened:
        tracer = opened.tracer(info)
        with tracer.activated(), _recorded(tracer):
            yield tracer
    _warn(opened)


def _info(
    name: str, *, session_id: str | None, source: str, metadata: Mapping[str, Any] | None
) -> SessionInfo:
    return SessionInfo(
        session_id=session_id if session_id is not None else new_id(),
        name=name,
        source=source,
        metadata=dict(metadata or {}),
    )


@contextmanager
def _recorded(tracer: Tracer) -> Iterator[None]:
    from assay.tracing.spans import record_session

    try:
        yield
    finally:
        record_session(tracer)


@asynccontextmanager
async def _pipeline(client: Client, options: TracingOptions) -> AsyncIterator["Pipeline"]:
    from assay.tracing.pipeline import PipelineSettings, pipeline

    settings = PipelineSettings(options.export, instrumentors=options.instrumentors)
    async with (
        connect(client.address) as connection,
        senders(connection, options.forward_to, headers=options.forward_headers) as ways,
        pipeline(ways, settings) as opened,
    ):
        yield opened


@contextmanager
def _in_background(open_pipeline: Callable[[], Any]) -> Iterator["Pipeline"]:
    """Open a pipeline in the loop of a thread, and close both at the end."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, Pipeline]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with open_pipeline() as opened:
            ready.set_result((asyncio.get_running_loop(), stop, opened))
            await stop.wait()

    thread = threading.Thread(target=_run, args=(serve(), ready), name="assay-spans", daemon=True)
    thread.start()
    loop, stop, opened = ready.result()
    try:
        yield opened
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _run(serving: Coroutine[Any, Any, None], ready: "Future[Any]") -> None:
    try:
        asyncio.run(serving)
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)


def _warn(opened: "Pipeline") -> None:
    from assay.experiments.span_report import warn_of_lost

    for name, counts in opened.counts().items():
        warn_of_lost(name, counts)
