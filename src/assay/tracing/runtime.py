"""What there is one of in a process: Assay's provider, its processor, the places it hooks into.

OpenTelemetry has one provider for a process and Python one ``threading.Thread``, so this
is the one place with state for the whole process. It is used by every run that is on and
undone when the last one ends; see docs/design/0005-tracing.md.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import get_current_span
from typing_extensions import override

from assay._version import __version__
from assay.tracing.carrying import ThreadCarrier
from assay.tracing.global_provider import GlobalHook
from assay.tracing.session import Collector, Session, current_session


_Key = tuple[int, int]
_MOST_ATTRIBUTES = 1_000
_LOCK = threading.Lock()


class SessionRouter(SpanProcessor):
    """Notes each span that starts inside a session, and hands it over when it ends.

    It changes no span: what a session's spans carry is added when they are encoded. A
    span outside every session is none of its business.
    """

    def __init__(self) -> None:
        self._open: dict[_Key, Session] = {}

    @override
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Note the session of a span: the current one, else its parent's."""
        session = current_session() or self._of_parent(parent_context)
        if session is not None and not session.collector.closed:
            self._open[_key(span)] = session

    @override
    def on_end(self, span: ReadableSpan) -> None:
        """Hand a finished span over to its session's collector."""
        session = self._open.pop(_key(span), None)
        if session is not None:
            session.collector.add(session, span)

    def knows(self, span: ReadableSpan) -> bool:
        """Return whether ``span`` is open and belongs to a session."""
        return _key(span) in self._open

    def forget(self, collector: Collector) -> int:
        """Let go of spans that have not ended, and return how many there are."""
        theirs = [
            key for key, session in list(self._open.items()) if session.collector is collector
        ]
        return sum(self._open.pop(key, None) is not None for key in theirs)

    @override
    def shutdown(self) -> None:
        """Do nothing: other runs may use it."""

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Say that nothing waits here; collectors are flushed by their owners."""
        return timeout_millis >= 0

    def _of_parent(self, parent_context: Context | None) -> Session | None:
        parent = get_current_span(parent_context).get_span_context()
        return self._open.get((parent.trace_id, parent.span_id))


class Runtime:
    """Assay's own provider with the router, hooked into the process while it is used."""

    def __init__(self) -> None:
        self.router = SessionRouter()
        self.provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource({"service.name": "assay", "service.version": __version__}),
            shutdown_on_exit=False,
            span_limits=SpanLimits(  # whatever the environment says: the application's own limits
                max_span_attributes=_MOST_ATTRIBUTES,
                max_attribute_length=SpanLimits.UNSET,
                max_span_attribute_length=SpanLimits.UNSET,
            ),
        )
        self.provider.add_span_processor(self.router)
        self.tracer = self.provider.get_tracer("assay", __version__)
        self._hook = GlobalHook(self.provider, self.router)
        self._carrier = ThreadCarrier()
        self._lock = threading.Lock()
        self._users = 0

    @contextmanager
    def used(self) -> Iterator[None]:
        """Be hooked into the process for a time; nested and concurrent uses share the hooks."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._carrier.install()
            self._hook.install()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._hook.remove()
                    self._carrier.remove()

    def session_begins(self) -> None:
        """Look whether the application has set its own provider since the run began."""
        if self._hook.outdated:
            with self._lock:
                self._hook.install()

    def knows(self, span: ReadableSpan) -> bool:
        """Return whether ``span`` is open and belongs to a session."""
        return self.router.knows(span)


def runtime() -> Runtime:
    """Return the process's one runtime, made when it is first asked for."""
    with _LOCK:
        return _made()


@cache
def _made() -> Runtime:
    return Runtime()


def _key(span: Any) -> _Key:
    context = span.get_span_context()
    return context.trace_id, context.span_id
