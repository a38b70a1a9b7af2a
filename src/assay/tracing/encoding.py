"""Finished spans to one OTLP request in protobuf, each with what its session carries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.sdk.trace import ReadableSpan

from assay.tracing.capture import scalar
from assay.tracing.session import Session


FinishedSpan = tuple[Session, ReadableSpan]


def encode_finished(
    batch: Sequence[FinishedSpan], *, also: Mapping[str, str] | None = None
) -> bytes:
    """Return the body of ``POST /v1/traces`` for ``batch``.

    What the session carries is added here and not to the span itself, which may be the
    application's own. A span whose parent is outside the session becomes a root.

    Args:
        batch: Finished spans, each with its session.
        also: Second names of attributes, for collectors that know them by those.
    """
    sessions: dict[tuple[bytes, bytes], Session] = {}
    for session, span in batch:
        context = span.get_span_context()
        if context is not None:
            key = (context.trace_id.to_bytes(16, "big"), context.span_id.to_bytes(8, "big"))
            sessions[key] = session
    request = encode_spans([span for _, span in batch])
    carried: dict[str, list[KeyValue]] = {}
    known: dict[tuple[str, str], KeyValue] = {}
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for message in scope.spans:
                session = sessions[message.trace_id, message.span_id]
                if session.session_id not in carried:
                    carried[session.session_id] = _pairs(session.info.attributes(), known)
                message.attributes.extend(carried[session.session_id])
                message.attributes.extend(_renamed(message.attributes, also or {}))
                if int.from_bytes(message.parent_span_id, "big") == session.outer_span_id:
                    message.parent_span_id = b""
    body: bytes = request.SerializeToString()
    return body


def _renamed(attributes: Iterable[KeyValue], names: Mapping[str, str]) -> list[KeyValue]:
    return [KeyValue(key=names[a.key], value=a.value) for a in attributes if a.key in names]


def _pairs(attributes: Mapping[str, Any], known: dict[tuple[str, str], KeyValue]) -> list[KeyValue]:
    return [_pair(key, value, known=known) for key, value in attributes.items()]


def _pair(key: str, value: Any, *, known: dict[tuple[str, str], KeyValue]) -> KeyValue:
    """Return an attribute; a text is encoded once, for the sessions of a run share most."""
    if not isinstance(value, str):
        return KeyValue(key=key, value=_value(value))
    found = known.get((key, value))
    if found is None:
        known[key, value] = found = KeyValue(key=key, value=_value(value))
    return found


def _value(value: Any) -> AnyValue:
    found = scalar(value)
    if isinstance(found, bool):
        return AnyValue(bool_value=found)
    if isinstance(found, int):
        return AnyValue(int_value=found)
    if isinstance(found, float):
        return AnyValue(double_value=found)
    return AnyValue(string_value=found)
