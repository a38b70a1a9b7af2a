"""OTLP in protobuf."""

import base64
from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from assay.tracing.otlp.spans import Export, Span, SpanEvent, SpanLink
from assay.tracing.otlp.values import (
    KINDS,
    MAX_NS,
    STATUS_ERROR,
    MalformedTracesError,
    RejectedSpanError,
    deeper,
    finite,
    whole_id,
)


def decode_protobuf(body: bytes) -> Export:
    """Return the spans of an ``ExportTraceServiceRequest``.

    Raises:
        MalformedTracesError: If the bytes are not one.
    """
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise MalformedTracesError("The body is not an OTLP trace export in protobuf.") from error
    spans: list[Span] = []
    rejections: list[str] = []
    for group in request.resource_spans:
        resource = _lenient(group.resource.attributes)
        for scoped in group.scope_spans:
            for message in scoped.spans:
                try:
                    spans.append(_span(message, scope=scoped.scope.name, resource=resource))
                except RejectedSpanError as error:
                    rejections.append(f"span {message.name[:200]!r}: {error}")
    return Export(spans, rejections)


def encode_protobuf_answer(rejected: int, message: str) -> bytes:
    """Return the bytes of an ``ExportTraceServiceResponse``."""
    answer = ExportTraceServiceResponse()
    if rejected or message:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = message
    encoded: bytes = answer.SerializeToString()
    return encoded


def _span(message: Any, *, scope: str, resource: dict[str, Any]) -> Span:
    parent = message.parent_span_id.hex()
    start, end = message.start_time_unix_nano, message.end_time_unix_nano
    return Span(
        trace_id=whole_id(message.trace_id.hex(), digits=32, what="the trace id"),
        span_id=whole_id(message.span_id.hex(), digits=16, what="the span id"),
        parent_id=whole_id(parent, digits=16, what="the parent id") if parent.strip("0") else None,
        name=message.name,
        kind=KINDS[message.kind] if 0 <= message.kind < len(KINDS) else "",
        start_ns=start if start <= MAX_NS else 0,
        end_ns=end if end <= MAX_NS else 0,
        attributes=_attributes(message.attributes),
        events=[
            SpanEvent(each.name, min(each.time_unix_nano, MAX_NS), _attributes(each.attributes))
            for each in message.events
        ],
        links=[
            SpanLink(each.trace_id.hex(), each.span_id.hex(), _attributes(each.attributes))
            for each in message.links
        ],
        failed=message.status.code == STATUS_ERROR,
        status_message=message.status.message,
        scope=scope,
        resource=resource,
    )


def _lenient(pairs: Iterable[Any]) -> dict[str, Any]:
    try:
        return _attributes(pairs)
    except RejectedSpanError:
        return {}


def _attributes(pairs: Iterable[Any], depth: int = 0) -> dict[str, Any]:
    return {pair.key: _value(pair.value, depth) for pair in pairs if pair.key}


def _value(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "double_value":
        return finite(value.double_value)
    if kind == "array_value":
        level = deeper(depth)
        return [_value(each, level) for each in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values, deeper(depth))
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return getattr(value, kind)
