"""Requests in both encodings mean the same, and bytes that mean nothing are refused."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from assay.tracing.otlp.decoding import (
    TracesTooLargeError,
    UnsupportedTracesError,
    decode_export,
    encode_export_answer,
    is_protobuf,
    unpack,
)
from assay.tracing.otlp.spans import Export, Span
from assay.tracing.otlp.status import encode_status
from assay.tracing.otlp.values import MalformedTracesError


DATA = Path(__file__).with_name("data")
TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"


def attribute(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def in_json(**changes: Any) -> dict[str, Any]:
    span = {
        "traceId": TRACE.upper(),
        "spanId": SPAN,
        "parentSpanId": PARENT,
        "name": "work",
        "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": "1700000000000000001",
        "endTimeUnixNano": 1700000000500000000,
        "attributes": [
            attribute("text", {"stringValue": "é"}),
            attribute("whole", {"intValue": "-9007199254740993"}),
            attribute("real", {"doubleValue": 0.5}),
            attribute("nan", {"doubleValue": "NaN"}),
            attribute("flag", {"boolValue": False}),
            attribute("bytes", {"bytesValue": "AQI="}),
            attribute("list", {"arrayValue": {"values": [{"intValue": 1}, {}]}}),
            attribute("map", {"kvlistValue": {"values": [attribute("k", {"stringValue": "v"})]}}),
        ],
        "events": [
            {
                "name": "exception",
                "timeUnixNano": "1700000000000000002",
                "attributes": [attribute("exception.type", {"stringValue": "ValueError"})],
            }
        ],
        "links": [{"traceId": TRACE, "spanId": PARENT, "attributes": []}],
        "status": {"code": 2, "message": "bad"},
        **changes,
    }
    scoped = {"scope": {"name": "lib"}, "spans": [span]}
    resource = {"attributes": [attribute("service.name", {"stringValue": "shop"})]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scoped]}]}


def in_protobuf() -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.append(
        KeyValue(key="service.name", value=AnyValue(string_value="shop"))
    )
    scoped = group.scope_spans.add()
    scoped.scope.name = "lib"
    span = scoped.spans.add()
    span.trace_id, span.span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
    span.parent_span_id, span.name, span.kind = bytes.fromhex(PARENT), "work", 3
    span.start_time_unix_nano, span.end_time_unix_nano = 1700000000000000001, 1700000000500000000
    values = {
        "text": AnyValue(string_value="é"),
        "whole": AnyValue(int_value=-9007199254740993),
        "real": AnyValue(double_value=0.5),
        "nan": AnyValue(double_value=float("nan")),
        "flag": AnyValue(bool_value=False),
        "bytes": AnyValue(bytes_value=b"\x01\x02"),
    }
    span.attributes.extend(KeyValue(key=key, value=value) for key, value in values.items())
    members = span.attributes.add(key="list").value.array_value.values
    members.extend([AnyValue(int_value=1), AnyValue()])
    inner = span.attributes.add(key="map").value.kvlist_value.values
    inner.append(KeyValue(key="k", value=AnyValue(string_value="v")))
    event = span.events.add(name="exception", time_unix_nano=1700000000000000002)
    event.attributes.append(
        KeyValue(key="exception.type", value=AnyValue(string_value="ValueError"))
    )
    span.links.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(PARENT))
    span.status.code, span.status.message = 2, "bad"
    return bytes(request.SerializeToString())


def decoded(value: Any) -> Export:
    return decode_export(json.dumps(value).encode(), protobuf=False)


def only(export: Export) -> Span:
    [span] = export.spans
    return span


def test_both_encodings_of_a_span_mean_the_same() -> None:
    from_json, from_protobuf = decoded(in_json()), decode_export(in_protobuf(), protobuf=True)
    assert from_json == from_protobuf
    span = only(from_json)
    assert (TRACE, SPAN, PARENT, "CLIENT", True) == (
        span.trace_id,
        span.span_id,
        span.parent_id,
        span.kind,
        span.failed,
    )
    assert {
        "text": "é",
        "whole": -9007199254740993,
        "real": 0.5,
        "nan": "nan",
        "flag": False,
        "bytes": "AQI=",
        "list": [1, None],
        "map": {"k": "v"},
    } == span.attributes


@pytest.mark.parametrize("parent", [None, "", "0" * 16], ids=repr)
def test_a_root_says_so_in_several_ways(parent: str | None) -> None:
    assert only(decoded(in_json(parentSpanId=parent))).parent_id is None


@pytest.mark.parametrize("code", [2, "2", "STATUS_CODE_ERROR"], ids=repr)
def test_a_status_comes_as_name_or_number(code: Any) -> None:
    assert only(decoded(in_json(status={"code": code}))).failed


@pytest.mark.parametrize("kind", [3, "SPAN_KIND_CLIENT"])
def test_a_kind_comes_as_name_or_number(kind: Any) -> None:
    assert "CLIENT" == only(decoded(in_json(kind=kind))).kind


def test_absent_parts_are_no_fault() -> None:
    bare = {"traceId": TRACE, "spanId": SPAN}
    export = decoded({"resourceSpans": [{"scopeSpans": [{"spans": [bare]}]}]})
    assert Span(TRACE, SPAN, None, "", events=[], links=[]) == only(export)
    assert ((), ()) == (tuple(decoded({}).spans), tuple(decoded({}).rejections))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"traceId": "xyz"}, "traceId 'xyz' is not 32 hex digits"),
        ({"spanId": "0" * 16}, "spanId is all zeros"),
        ({"spanId": 7}, "a text is of type int"),
        ({"attributes": {}}, "`attributes` is not a list"),
        ({"attributes": [1]}, "an attribute is not an object"),
        ({"attributes": [attribute("k", 1)]}, "value is not an object"),
        ({"attributes": [attribute("k", {"intValue": "x"})]}, "'x' is not a whole number"),
        ({"attributes": [attribute("k", {"doubleValue": "x"})]}, "'x' is not a number"),
        ({"attributes": [attribute("k", {"boolValue": 1})]}, "not true or false"),
        ({"startTimeUnixNano": []}, "not a whole number"),
        ({"events": {}}, "`events` is not a list of objects"),
    ],
)
def test_a_bad_span_is_rejected_alone(changes: dict[str, Any], fault: str) -> None:
    request = in_json(**changes)
    request["resourceSpans"].extend(in_json()["resourceSpans"])
    export = decoded(request)
    assert 1 == len(export.spans)
    [why] = export.rejections
    assert fault in why


@pytest.mark.parametrize(
    ("value", "read"), [({"newValue": 7}, None), ({"newValue": {}, "string_value": "x"}, "x")]
)
def test_a_value_of_a_newer_protocol_is_passed_over(value: dict[str, Any], read: Any) -> None:
    assert {"k": read} == only(decoded(in_json(attributes=[attribute("k", value)]))).attributes


def test_a_bad_span_in_protobuf_is_rejected_alone() -> None:
    request = ExportTraceServiceRequest.FromString(in_protobuf())
    request.resource_spans[0].scope_spans[0].spans.add(name="short", trace_id=b"1", span_id=b"2")
    export = decode_export(request.SerializeToString(), protobuf=True)
    assert 1 == len(export.spans)
    assert "span 'short': the trace id '31' is not 32 hex digits" in export.rejections[0]


def test_an_attribute_nested_without_end_rejects_its_span() -> None:
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    export = decoded(in_json(attributes=[attribute("k", value)]))
    assert "nested deeper than 32 levels" in export.rejections[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [1]}',
        b'{"a": "\xff"}',
        b"[" * 5000,
        b'["\\ud83d", NaN]',
        b'["\\ud83d"' + b"[" * 5000,
        b'["\\ud83d", "a"',
    ],
)
def test_what_is_no_export_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedTracesError):
        decode_export(body, protobuf=False)


def test_half_of_a_surrogate_pair_costs_one_character_and_no_batch() -> None:
    ids = f'"traceId": "{"5b" * 16}", "spanId": "{"ee" * 8}"'
    body = (
        f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{ids}, "name": "cut \\ud83d"}}]}}]}}]}}'
    )
    export = decode_export(body.encode(), protobuf=False)
    assert ["cut \ufffd"] == [span.name for span in export.spans]


@given(st.binary(max_size=300))
def test_any_bytes_are_an_export_or_malformed(body: bytes) -> None:
    for protobuf in (True, False):
        try:
            export = decode_export(body, protobuf=protobuf)
        except MalformedTracesError:
            continue
        assert isinstance(export, Export)


def flips(body: bytes) -> st.SearchStrategy[bytes]:
    edits = st.lists(st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255)), max_size=8)

    def apply(pairs: list[tuple[int, int]]) -> bytes:
        changed = bytearray(body)
        for place, byte in pairs:
            changed[place] = byte
        return bytes(changed)

    return edits.map(apply)


@given(flips(in_protobuf()), flips(json.dumps(in_json()).encode()))
def test_a_damaged_export_is_read_rejected_or_malformed(one: bytes, other: bytes) -> None:
    for protobuf, body in ((True, one), (False, other)):
        try:
            export = decode_export(body, protobuf=protobuf)
        except MalformedTracesError:
            continue
        for span in export.spans:
            json.dumps(span.attributes, allow_nan=False)


@given(st.binary(max_size=5000))
def test_packed_bodies_come_out_as_they_went_in(body: bytes) -> None:
    assert body == unpack(gzip.compress(body), encoding="gzip", limit=5000)
    assert body == unpack(zlib.compress(body), encoding="deflate", limit=5000)
    assert body == unpack(body, encoding="identity", limit=5000)


def test_several_members_of_a_gzip_stream_are_one_body_but_not_any_number() -> None:
    assert b"ab" == unpack(gzip.compress(b"a") + gzip.compress(b"b"), encoding="gzip", limit=10)
    with pytest.raises(MalformedTracesError, match="more than 64 members"):
        unpack(gzip.compress(b"") * 65, encoding="gzip", limit=10)


def test_a_bomb_is_stopped_at_the_limit() -> None:
    with pytest.raises(TracesTooLargeError, match="larger than the 1000 bytes"):
        unpack(gzip.compress(bytes(50_000_000)), encoding="gzip", limit=1000)
    with pytest.raises(TracesTooLargeError):
        unpack(bytes(1001), encoding="", limit=1000)


@pytest.mark.parametrize(
    "body", [b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9], b"\x1f\x8b"]
)
def test_a_broken_stream_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedTracesError):
        unpack(body, encoding="gzip", limit=10_000)


@given(st.binary(max_size=200))
def test_any_bytes_are_unpacked_or_malformed(body: bytes) -> None:
    try:
        unpack(body, encoding="gzip", limit=1000)
    except (MalformedTracesError, TracesTooLargeError):
        return


def test_other_types_and_packings_are_unsupported() -> None:
    assert is_protobuf("application/x-protobuf")
    assert not is_protobuf("Application/JSON; charset=utf-8")
    with pytest.raises(UnsupportedTracesError, match="text/plain"):
        is_protobuf("text/plain")
    with pytest.raises(UnsupportedTracesError, match="br"):
        unpack(b"", encoding="br", limit=1)


def test_answers_count_what_was_rejected() -> None:
    assert b"{}" == encode_export_answer(protobuf=False, rejections=[])
    assert b"" == encode_export_answer(protobuf=True, rejections=[])
    told = json.loads(encode_export_answer(protobuf=False, rejections=["a"] * 7))
    assert {"rejectedSpans": "7", "errorMessage": "a; a; a; a; a; and 2 more"} == told[
        "partialSuccess"
    ]
    answer = ExportTraceServiceResponse.FromString(
        encode_export_answer(protobuf=True, rejections=["a"])
    )
    assert (1, "a") == (
        answer.partial_success.rejected_spans,
        answer.partial_success.error_message,
    )


@given(st.text(max_size=400))
def test_a_status_is_two_fields_of_protobuf(message: str) -> None:
    encoded = encode_status(3, message)
    text = message.encode("utf-8", "replace")
    assert b"\x08\x03\x12" == encoded[:3]
    assert encoded.endswith(text)
    assert len(encoded) == 3 + (1 if len(text) < 128 else 2) + len(text)


def test_recorded_requests_are_read_whole() -> None:
    for name, spans in (("honeyhive_passing", 2), ("honeyhive_failing", 2)):
        export = decode_export((DATA / f"{name}.json").read_bytes(), protobuf=False)
        assert spans == len(export.spans)
        assert [] == list(export.rejections)


def test_bytes_of_json_and_protobuf_are_the_same_text() -> None:
    assert base64.b64encode(b"\x01\x02").decode() == only(decoded(in_json())).attributes["bytes"]
