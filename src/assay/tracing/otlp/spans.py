"""Spans as every encoding of OTLP gives them, with plain Python values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


Attributes = Mapping[str, Any]
"""Attribute values are JSON: bytes are base64 text, NaN and infinities are words."""


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened at one moment of a span, such as an exception."""

    name: str
    time_ns: int
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class SpanLink:
    """A reference to a span of another trace; ids are hex."""

    trace_id: str
    span_id: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Span:
    """One span of a trace.

    Attributes:
        trace_id: 32 hex digits.
        span_id: 16 hex digits.
        parent_id: 16 hex digits, or None at the root.
        kind: ``INTERNAL``, ``SERVER``, ``CLIENT``, ``PRODUCER``, ``CONSUMER`` or empty.
        start_ns: Nanoseconds since 1970; 0 when unknown.
        end_ns: Nanoseconds since 1970; 0 when unknown.
        failed: Whether the status is an error.
        scope: The instrumentation scope's name.
        resource: What sent it.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str = ""
    start_ns: int = 0
    end_ns: int = 0
    attributes: Attributes = field(default_factory=dict)
    events: Sequence[SpanEvent] = ()
    links: Sequence[SpanLink] = ()
    failed: bool = False
    status_message: str = ""
    scope: str = ""
    resource: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Export:
    """What one request carried: the readable spans, and why others were rejected."""

    spans: Sequence[Span]
    rejections: Sequence[str] = ()
