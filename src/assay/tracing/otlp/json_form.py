"""OTLP in JSON: hex ids, 64-bit numbers as text or number, enums by name or number."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from assay.tracing.otlp.spans import Export, Span, SpanEvent, SpanLink
from assay.tracing.otlp.values import (
    KINDS,
    MAX_NS,
    STATUS_ERROR,
    MalformedTracesError,
    RejectedSpanError,
    deeper,
    finite,
    mapping_of,
    whole_id,
)


_KIND_PREFIX = "SPAN_KIND_"
_VALUES = frozenset(
    f"{kind}Value" for kind in ("string", "bytes", "int", "double", "bool", "array", "kvlist")
)
"""Other names are of a newer protocol, and passed over as in protobuf."""


def decode_json(body: bytes) -> Export:
    """Return the spans of an ``ExportTraceServiceRequest`` in OTLP's JSON form.

    Raises:
        MalformedTracesError: If it is not JSON, or not of that shape.
    """
    request = _parse(body)
    if not isinstance(request, dict):
        raise MalformedTracesError("The body is no JSON object with `resourceSpans`.")
    spans: list[Span] = []
    rejections: list[str] = []
    for group in _objects(request, "resourceSpans", "resource_spans"):
        resource = _resource(group)
        for scoped in _objects(group, "scopeSpans", "scope_spans"):
            name = _name_of(scoped.get("scope"))
            for message in _list(scoped, "spans"):
                try:
                    spans.append(_span(message, scope=name, resource=resource))
                except RejectedSpanError as error:
                    rejections.append(f"span {_name_of(message)!r}: {error}")
    return Export(spans, rejections)


def _parse(body: bytes) -> Any:
    """Return the JSON value; half of a surrogate pair, such as a cut-off emoji, becomes U+FFFD.

    One text that was cut in two must not cost the whole batch, which nobody sends again.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in str(error):
            raise MalformedTracesError(f"The body is not JSON: {error}.") from error
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
        return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError) as error:
        raise MalformedTracesError(f"The body is not JSON: {error}.") from error


def encode_json_answer(rejected: int, message: str) -> bytes:
    """Return the JSON of an ``ExportTraceServiceResponse``; ``rejectedSpans`` is text there."""
    if not rejected and not message:
        return b"{}"
    partial = {"rejectedSpans": str(rejected), "errorMessage": message}
    return orjson.dumps({"partialSuccess": partial})


def _name_of(message: Any) -> str:
    name = message.get("name") if isinstance(message, dict) else None
    return name[:200] if isinstance(name, str) else ""


def _list(parent: Mapping[str, Any], *names: str) -> Sequence[Any]:
    for name in names:
        value = parent.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            raise MalformedTracesError(f"`{name}` is not a list.")
        return value
    return ()


def _objects(parent: Mapping[str, Any], *names: str) -> Iterator[dict[str, Any]]:
    for value in _list(parent, *names):
        if not isinstance(value, dict):
            raise MalformedTracesError(f"An entry of `{names[0]}` is not an object.")
        yield value


def _resource(group: Mapping[str, Any]) -> dict[str, Any]:
    resource = group.get("resource")
    try:
        return _attributes(resource.get("attributes")) if isinstance(resource, dict) else {}
    except RejectedSpanError:
        return {}


def _span(message: Any, *, scope: str, resource: dict[str, Any]) -> Span:
    if not isinstance(message, dict):
        raise RejectedSpanError("it is not an object")
    parent = _text(_either(message, "parentSpanId", "parent_span_id"))
    status = message.get("status")
    status = status if isinstance(status, dict) else {}
    return Span(
        trace_id=_id(message, "traceId", "trace_id", digits=32),
        span_id=_id(message, "spanId", "span_id", digits=16),
        parent_id=whole_id(parent, digits=16, what="parentSpanId") if parent.strip("0") else None,
        name=_text(message.get("name")),
        kind=_kind(message.get("kind")),
        start_ns=_nanoseconds(_either(message, "startTimeUnixNano", "start_time_unix_nano")),
        end_ns=_nanoseconds(_either(message, "endTimeUnixNano", "end_time_unix_nano")),
        attributes=_attributes(message.get("attributes")),
        events=[_event(each) for each in _parts(message, "events")],
        links=[_link(each) for each in _parts(message, "links")],
        failed=status.get("code") in {STATUS_ERROR, "STATUS_CODE_ERROR", "ERROR", "2"},
        status_message=_text(status.get("message")),
        scope=scope,
        resource=resource,
    )


def _id(message: Mapping[str, Any], *names: str, digits: int) -> str:
    return whole_id(_text(_either(message, *names)), digits=digits, what=names[0])


def _event(value: Mapping[str, Any]) -> SpanEvent:
    moment = _nanoseconds(_either(value, "timeUnixNano", "time_unix_nano"))
    return SpanEvent(_text(value.get("name")), moment, _attributes(value.get("attributes")))


def _link(value: Mapping[str, Any]) -> SpanLink:
    return SpanLink(
        _text(_either(value, "traceId", "trace_id")),
        _text(_either(value, "spanId", "span_id")),
        _attributes(value.get("attributes")),
    )


def _parts(message: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = message.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise RejectedSpanError(f"`{name}` is not a list of objects")
    return value


def _either(message: Mapping[str, Any], *names: str) -> Any:
    return next((message[name] for name in names if message.get(name) is not None), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RejectedSpanError(f"a text is of type {type(value).__name__}")
    return value


def _kind(value: Any) -> str:
    if isinstance(value, str):
        name = value.removeprefix(_KIND_PREFIX)
        return name if name in KINDS else ""
    known = isinstance(value, int) and 0 <= value < len(KINDS)
    return KINDS[value] if known else ""


def _nanoseconds(value: Any) -> int:
    number = 0 if value is None else _integer(value)
    return number if 0 <= number <= MAX_NS else 0


def _integer(value: Any) -> int:
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            pass
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise RejectedSpanError(f"{str(value)[:40]!r} is not a whole number")


def _attributes(pairs: Any, depth: int = 0) -> dict[str, Any]:
    if pairs is None:
        return {}
    if not isinstance(pairs, list):
        raise RejectedSpanError("`attributes` is not a list")
    return mapping_of([_pair(pair, depth) for pair in pairs])


def _pair(pair: Any, depth: int) -> tuple[str, Any]:
    if not isinstance(pair, dict):
        raise RejectedSpanError("an attribute is not an object")
    return _text(pair.get("key")), _value(pair.get("value"), depth)


def _value(value: Any, depth: int) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise RejectedSpanError("an attribute's value is not an object")
    for kind, content in value.items():
        if content is not None and kind.replace("_v", "V", 1) in _VALUES:
            return _content(kind, content, depth)
    return None


def _content(kind: str, content: Any, depth: int) -> Any:
    if kind in {"stringValue", "string_value", "bytesValue", "bytes_value"}:
        return _text(content)
    if kind in {"intValue", "int_value"}:
        return _integer(content)
    if kind in {"doubleValue", "double_value"}:
        return _double(content)
    if kind in {"boolValue", "bool_value"}:
        if not isinstance(content, bool):
            raise RejectedSpanError("a boolValue is not true or false")
        return content
    if not isinstance(content, dict):
        raise RejectedSpanError(f"the value {kind[:40]!r} is not an object")
    members = content.get("values")
    if kind in {"arrayValue", "array_value"}:
        return _array(members, deeper(depth))
    return _attributes(members, deeper(depth))


def _array(members: Any, depth: int) -> list[Any]:
    if not isinstance(members, list | None):
        raise RejectedSpanError("an arrayValue's `values` is not a list")
    return [_value(each, depth) for each in members or ()]


def _double(content: Any) -> float | str:
    if isinstance(content, str) and len(content) <= 40:
        try:
            return finite(float(content))
        except ValueError:
            pass
    if isinstance(content, int | float) and not isinstance(content, bool):
        try:
            return finite(float(content))
        except OverflowError:
            pass
    raise RejectedSpanError(f"{str(content)[:40]!r} is not a number")
