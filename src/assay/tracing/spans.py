"""Spans of Assay's own: opened under a session, described, ended.

They are made by Assay's provider and never by the application's, so that an application
exports exactly the spans that it made itself. OpenTelemetry is loaded with this module.
"""

import json
from collections.abc import Mapping
from contextvars import Token
from types import TracebackType
from typing import Any, Self

from opentelemetry import context as otel_context
from opentelemetry.sdk.trace import Span
from opentelemetry.trace import (
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)

from assay.tracing import attributes as names
from assay.tracing.capture import captured, plain, scalar, shown_error, whole
from assay.tracing.gen_ai import request_attributes, response_attributes
from assay.tracing.runtime import runtime
from assay.tracing.session import Session, inside


_KEYED = {"metadata": names.METADATA, "metrics": names.METRICS}


class OpenSpan:
    """A span that is being recorded; a context manager that makes it the current one."""

    __slots__ = ("_span", "_token", "_type")

    def __init__(self, name: str, *, event_type: str) -> None:
        kind = SpanKind.CLIENT if event_type == "model" else SpanKind.INTERNAL
        self._type = event_type
        known = {names.EVENT_TYPE: event_type, names.EVENT_NAME: name}
        self._span = runtime().tracer.start_span(name, kind=kind, attributes=known)
        self._token: Token[otel_context.Context] | None = None

    def attach(self) -> None:
        """Make it the parent of what is opened in this context from now on."""
        self._token = otel_context.attach(set_span_in_context(self._span))

    def detach(self) -> None:
        """Undo ``attach``, in the context where it was done."""
        if self._token is not None:
            otel_context.detach(self._token)
            self._token = None

    def called_with(self, name: str, arguments: Mapping[str, Any] | None) -> None:
        """Record the arguments of the call called ``name``; None if they are not to be kept."""
        if arguments:
            self._span.set_attribute(names.INPUTS, captured(arguments))
        if told := request_attributes(self._type, name, arguments or {}):
            self._span.set_attributes(told)

    def returned(self, value: Any, *, keep: bool) -> None:
        """Record what the call gave back; ``keep`` says whether the value itself is kept."""
        if keep and value is not None:
            self._span.set_attribute(names.OUTPUTS, whole(value))
        if told := response_attributes(self._type, value):
            self._span.set_attributes(told)

    def enrich(self, changes: Mapping[str, Any], *, error: str | None = None) -> None:
        """Merge ``changes``, by part such as ``metadata``, into what the span carries."""
        enrich(self._span, changes, error=error)

    def fail(self, error: BaseException) -> None:
        """Record that the call raised."""
        text = shown_error(error)
        self._span.set_attribute(names.ERROR, text)
        self._span.set_status(Status(StatusCode.ERROR, text))
        event = {"exception.type": type(error).__name__, "exception.message": text}
        self._span.add_event("exception", event)

    def end(self) -> None:
        """End it; further changes have no effect."""
        self._span.end()

    def __enter__(self) -> Self:
        self.attach()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and not isinstance(error, GeneratorExit):
            self.fail(error)
        self.detach()
        self.end()


def record_session(session: Session) -> None:
    """Record the session itself, with what was added to it, as the event with its id."""
    with inside(session):
        span = runtime().tracer.start_span(
            session.info.name or "session",
            context=otel_context.Context(),
            start_time=session.began_ns,
        )
        span.set_attribute(names.EVENT_ID, session.session_id)
        span.set_attribute(names.EVENT_TYPE, "session")
        enrich(span, session.changes, error=None)
        span.end(session.ended_ns)


def enrich_current(changes: Mapping[str, Any], *, error: str | None) -> bool:
    """Enrich the span that is current here; False if there is none that is being recorded."""
    span = get_current_span()
    if not isinstance(span, Span) or not span.is_recording() or not runtime().knows(span):
        return False
    enrich(span, changes, error=error)
    return True


def enrich(span: Any, changes: Mapping[str, Any], *, error: str | None) -> None:
    """Merge ``changes`` into what ``span`` carries; an ``error`` marks it as failed."""
    for part, values in changes.items():
        if part in _KEYED:
            prefix = _KEYED[part]
            for key, value in values.items():
                span.set_attribute(f"{prefix}{key}", scalar(value))
        else:
            name = f"assay.{part}"
            span.set_attribute(name, whole(_merged(span, name, values)))
    if error is not None:
        span.set_attribute(names.ERROR, plain(error))
        span.set_status(Status(StatusCode.ERROR, plain(error)))


def _merged(span: Any, name: str, values: Any) -> Any:
    before = (span.attributes or {}).get(name)
    if not isinstance(before, str) or not isinstance(values, Mapping):
        return values
    try:
        old = json.loads(before)
    except ValueError:
        return values
    return {**old, **values} if isinstance(old, dict) else values
