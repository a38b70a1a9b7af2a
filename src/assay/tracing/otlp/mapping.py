"""Spans as events: what each attribute means, where the event belongs, what went wrong."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from assay.core.events import Event, EventType
from assay.tracing.otlp.conventions import (
    DROPPED,
    KINDS,
    LINKS,
    OPERATIONS,
    PREFIXES,
    SESSION_KEYS,
    WHOLE,
)
from assay.tracing.otlp.openinference import (
    MIME_TYPES,
    WRAPPING,
    covers,
    is_json_text,
    scores_of,
    unwrapped,
)
from assay.tracing.otlp.spans import Span, SpanEvent
from assay.tracing.otlp.unflatten import unflatten


MAX_TEXT = 1_000_000
"""Longest text of an attribute that is kept whole, in characters."""

MAX_ID = 200
MAX_NAME = 1_000
_MAX_ATTRIBUTES = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN = "assay."
_DEEPEST = 32
_TYPES = frozenset(kind.value for kind in EventType)
_FIELDS = ("inputs", "outputs", "config", "metadata", "metrics", "feedback", "user_properties")
_HEADS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    head: tuple(rule for rule in PREFIXES if rule[0].partition(".")[0] == head)
    for head in {prefix.partition(".")[0] for prefix, _, _ in PREFIXES}
}


@dataclass(frozen=True, slots=True)
class MappedSpan:
    """A span's event and what its session needs to know.

    Attributes:
        root: Whether the span has no parent.
        session_name: What the session is called, if the span says so.
        own: Whether Assay's own SDK sent it, whose runs are fed by their items.
    """

    event: Event
    root: bool
    session_name: str | None = None
    own: bool = False


def map_spans(spans: Sequence[Span], *, project: str) -> list[MappedSpan]:
    """Return the event of each span, in their order.

    A span without a session of its own belongs to that of its nearest ancestor among
    ``spans``, else to one named after its trace.
    """
    known = {(span.trace_id, span.span_id): span for span in spans}
    sessions = _Sessions(known)
    return [_map(span, known, project, session_id=sessions.of(span)) for span in spans]


def event_id_of(trace_id: str, span_id: str) -> str:
    """Return the event id of a span: the same whenever it is sent."""
    return _uuid_of(bytes.fromhex(trace_id + span_id))


def session_id_of(trace_id: str) -> str:
    """Return the id of the session that a trace without one makes."""
    return str(uuid.UUID(hex=trace_id))


@dataclass(slots=True)
class _Parts:
    """The attributes of one span, sorted into an event's fields; ``flat`` has dotted keys."""

    flat: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _FIELDS})
    laid: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _FIELDS})
    links: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)

    def merged(self, name: str) -> dict[str, Any]:
        """Return one field of the event."""
        laid, flat = self.laid[name], self.flat[name]
        if not flat:
            return laid
        told = unflatten(flat)
        if name == "inputs":
            told = {key: _json_or_text(value) for key, value in told.items()}
        if "messages" in laid and "messages" in told:  # as the model was sent them, and as noted
            noted = told.pop("messages")
            if not covers(laid["messages"], noted):
                told["noted_messages"] = noted
        return {**laid, **told}


def _map(
    span: Span, known: Mapping[tuple[str, str], Span], project: str, *, session_id: str
) -> MappedSpan:
    parts = _sorted_attributes(span)
    links = parts.links
    kind = _event_type(span, links)
    name = (_id_text(links.get("event_name")) or span.name or "span")[:MAX_NAME]
    metadata = _metadata(span, parts, name=name, kind=kind)
    feedback = parts.merged("feedback")
    duration = _number(links.get("duration_ms"))
    if duration is None and 0 < span.start_ns <= span.end_ns:
        duration = (span.end_ns - span.start_ns) / 1e6
    event = Event(
        id=_own_id(span),
        session_id=session_id,
        project=project,
        name=name,
        type=kind,
        parent_id=_parent_id(span, known, session_id),
        run_id=_id_text(metadata.get("run_id")),
        datapoint_id=_id_text(metadata.get("datapoint_id")),
        source=_id_text(links.get("source")),
        error=_error(span, links),
        started_at=_moment(span.start_ns),
        ended_at=_moment(span.end_ns),
        duration_ms=duration,
        inputs=parts.merged("inputs"),
        outputs=parts.merged("outputs"),
        config=parts.merged("config"),
        metadata=metadata,
        metrics={**scores_of(feedback), **parts.laid["metrics"], **parts.flat["metrics"]},
        feedback=feedback,
        user_properties=parts.merged("user_properties"),
    )
    return MappedSpan(
        event,
        root=span.parent_id is None,
        session_name=_id_text(links.get("session_name")),
        own="assay.session_id" in span.attributes,
    )


def _sorted_attributes(span: Span) -> _Parts:
    parts = _Parts()
    for number, (key, value) in enumerate(span.attributes.items()):
        if number >= _MAX_ATTRIBUTES:
            parts.unknown["dropped_attributes"] = len(span.attributes) - _MAX_ATTRIBUTES
            break
        _sort(parts, key, value=_bounded(value), attributes=span.attributes)
    return parts


def _sort(parts: _Parts, key: str, *, value: Any, attributes: Mapping[str, Any]) -> None:
    if key in LINKS:
        parts.links.setdefault(LINKS[key], value)
        return
    if key in DROPPED:
        return
    whole = WHOLE.get(key)
    if whole is not None:
        second = _lay(
            parts.laid[whole[0]], whole[1], _content(value, key=key, attributes=attributes)
        )
        if second is not None:
            parts.unknown[key] = second
        return
    head = key.partition(".")[0]
    for prefix, name, replacement in _HEADS.get(head, ()):
        if key.startswith(prefix):
            if head in WRAPPING:
                value = _json(value) if is_json_text(key) else value
                key = unwrapped(key)
            parts.flat[name][replacement + key[len(prefix) :]] = value
            return
    parts.unknown[key] = value


def _content(value: Any, *, key: str, attributes: Mapping[str, Any]) -> Any:
    """Return what an attribute holds that may be JSON text: it is told, or it looks so."""
    kind = attributes.get(MIME_TYPES[key]) if key in MIME_TYPES else None
    if kind == "text/plain":
        return value
    if kind == "application/json" or key.startswith(_OWN):
        return _json(value)
    return _json_or_text(value)


def _lay(target: dict[str, Any], key: str, content: Any) -> Any:
    """Put a part of an event in its place; returns what found its place taken by another."""
    if content is None:
        return None
    if key or not isinstance(content, dict):
        here = target.setdefault(key or "value", content)
        return None if here == content else content
    taken = {name: each for name, each in content.items() if target.get(name, each) != each}
    target.update({name: each for name, each in content.items() if name not in target})
    return taken or None


def _json_or_text(value: Any) -> Any:
    """Return what a JSON text holds if that is an object or a list, else the value."""
    return _json(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def _json(value: Any) -> Any:
    """Return what a JSON text holds, else the value."""
    if not isinstance(value, str):
        return value
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    return value if _too_deep(content, _DEEPEST) else content


def _too_deep(value: Any, depth: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    below = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_too_deep(each, depth - 1) for each in below)


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) <= MAX_TEXT:
            return value
        return f"{value[:MAX_TEXT]}... [cut here; {len(value)} characters in all]"
    if isinstance(value, list):
        return [_bounded(each) for each in value]
    if isinstance(value, dict):
        return {key: _bounded(each) for key, each in value.items()}
    return value


class _Sessions:
    """The session of each span: its own, else its nearest ancestor's, else its trace's."""

    def __init__(self, known: Mapping[tuple[str, str], Span]) -> None:
        self._known = known
        self._found: dict[tuple[str, str], str] = {}

    def of(self, span: Span) -> str:
        """Return the session id of a span; each ancestor is looked at once for all."""
        passed: list[tuple[str, str]] = []
        here: Span | None = span
        session_id: str | None = None
        while here is not None and session_id is None:
            key = (here.trace_id, here.span_id)
            session_id = _told_session(here) or self._found.get(key)
            self._found.setdefault(key, session_id_of(span.trace_id))  # a ring ends here
            passed.append(key)
            here = self._known.get((here.trace_id, here.parent_id or ""))
        found = session_id or session_id_of(span.trace_id)
        self._found.update(dict.fromkeys(passed, found))
        return found


def _told_session(span: Span) -> str | None:
    for key in SESSION_KEYS:
        found = span.attributes.get(key)
        if isinstance(found, str) and found.strip():
            return found if len(found) <= MAX_ID else _hashed(found)
    return None


def _hashed(text: str) -> str:
    return _uuid_of(text.encode())


def _uuid_of(content: bytes) -> str:
    """Return a UUID of version 5's form for ``content``."""
    text = hashlib.blake2b(content, digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _own_id(span: Span) -> str:
    wished = span.attributes.get("assay.event_id", span.attributes.get("honeyhive_event_id"))
    if isinstance(wished, str) and 0 < len(wished) <= MAX_ID:
        return wished
    return event_id_of(span.trace_id, span.span_id)


def _parent_id(span: Span, known: Mapping[tuple[str, str], Span], session_id: str) -> str | None:
    if span.parent_id is None:
        return None if _own_id(span) == session_id else session_id
    parent = known.get((span.trace_id, span.parent_id))
    return event_id_of(span.trace_id, span.parent_id) if parent is None else _own_id(parent)


def _event_type(span: Span, links: Mapping[str, Any]) -> EventType:
    named = links.get("event_type")
    if isinstance(named, str) and named in _TYPES:
        return EventType(named)
    attributes = span.attributes
    operation = attributes.get("gen_ai.operation.name")
    if isinstance(operation, str) and operation in OPERATIONS:
        return OPERATIONS[operation]
    for key in ("openinference.span.kind", "traceloop.span.kind"):
        kind = attributes.get(key)
        if isinstance(kind, str) and kind in KINDS:
            return KINDS[kind]
    if "gen_ai.request.model" in attributes or "llm.model_name" in attributes:
        return EventType.MODEL
    return EventType.CHAIN if span.parent_id is None else EventType.TOOL


def _metadata(span: Span, parts: _Parts, *, name: str, kind: EventType) -> dict[str, Any]:
    metadata = {**parts.unknown, **parts.merged("metadata")}
    for key, told in (("event_type", kind.value), ("event_name", name)):
        if metadata.get(key) == told:
            del metadata[key]
    for key in ("run_id", "dataset_id", "datapoint_id", "error_type"):
        if key in parts.links:
            metadata[key] = parts.links[key]
    metadata["otel"] = _provenance(span)
    return metadata


def _provenance(span: Span) -> dict[str, Any]:
    """Return what OpenTelemetry knows of the span beside its attributes."""
    found: dict[str, Any] = {"trace_id": span.trace_id, "span_id": span.span_id}
    if span.kind:
        found["kind"] = span.kind
    if span.scope:
        found["scope"] = span.scope
    if span.status_message:
        found["status_message"] = _bounded(span.status_message)
    if span.resource:
        found["resource"] = span.resource
    if span.events:
        found["events"] = [_event_object(event) for event in span.events]
    if span.links:
        found["links"] = [
            {
                "trace_id": link.trace_id,
                "span_id": link.span_id,
                "attributes": _bounded(link.attributes),
            }
            for link in span.links
        ]
    return found


def _event_object(event: SpanEvent) -> dict[str, Any]:
    moment = _moment(event.time_ns)
    return {
        "name": event.name,
        "time": None if moment is None else moment.isoformat(),
        "attributes": _bounded(event.attributes),
    }


def _error(span: Span, links: Mapping[str, Any]) -> str | None:
    told = links.get("error")
    if told is not None:
        kind = links.get("error_type")
        return str(told) if kind is None else f"{kind}: {told}"
    if not span.failed:
        return None
    for event in reversed(span.events):
        if event.name == "exception":
            kind = event.attributes.get("exception.type")
            message = event.attributes.get("exception.message")
            return ": ".join(str(part) for part in (kind, message) if part) or "exception"
    return _bounded(span.status_message) or "error"


def _id_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known else None


def _moment(nanoseconds: int) -> datetime | None:
    if nanoseconds <= 0:
        return None
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
