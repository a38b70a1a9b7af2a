"""What attributes mean: recorded requests, and the tables of every convention."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.events import Event, EventType
from assay.tracing.otlp.decoding import decode_export
from assay.tracing.otlp.mapping import MAX_TEXT, MappedSpan, event_id_of, map_spans, session_id_of
from assay.tracing.otlp.spans import Span, SpanEvent, SpanLink
from assay.tracing.otlp.unflatten import unflatten


DATA = Path(__file__).with_name("data")
TRACE = "0af7651916cd43dd8448eb211c80319c"
ROOT = Span(TRACE, "b7ad6b7169203331", None, "root")
CHILD = Span(TRACE, "00f067aa0ba902b7", ROOT.span_id, "child")


def mapped(span: Span = ROOT, /, **attributes: Any) -> MappedSpan:
    [found] = map_spans([replace(span, attributes=attributes)], project="p")
    return found


def event(span: Span = ROOT, /, **attributes: Any) -> Event:
    return mapped(span, **attributes).event


def recorded(name: str) -> dict[str, Event]:
    export = decode_export((DATA / f"{name}.json").read_bytes(), protobuf=False)
    return {each.event.name: each.event for each in map_spans(export.spans, project="p")}


def test_a_recorded_passing_datapoint_is_understood() -> None:
    events = recorded("honeyhive_passing")
    chain, tool = events["answer"], events["__main__.inner"]
    assert (EventType.CHAIN, EventType.TOOL) == (chain.type, tool.type)
    assert (chain.session_id, chain.id) == (chain.parent_id, tool.parent_id)
    assert chain.session_id == tool.session_id
    assert tool.run_id == chain.run_id == chain.metadata["run_id"]
    assert chain.datapoint_id is not None
    assert {"dp": {"inputs": {"n": 1}, "ground_truth": {"answer": 2}}} == chain.inputs
    assert {"result": {"answer": 2, "parts": [{"k": 1}, {"k": 2}]}} == chain.outputs
    assert {"x": 1, "opts": {"a": [1, 2]}} == tool.inputs
    assert {"result": {"y": 2, "l": [1]}} == tool.outputs
    assert {
        "label": "good",
        "fancy": 0.5,
        "fancy_explanation": "because",
        "fancy_extra": 3,
        "fancy_tag": "x",
        "exact": True,
    } == chain.metrics
    assert "evaluation" == chain.source
    assert "event_type" not in chain.metadata
    assert "python" == chain.metadata["otel"]["resource"]["telemetry.sdk.language"]


def test_a_recorded_failing_datapoint_says_why() -> None:
    events = recorded("honeyhive_failing")
    assert "ValueError: two is bad" == events["answer"].error == events["answer_error"].error


def test_a_span_keeps_its_id_however_often_it_is_sent() -> None:
    assert event() == event()
    assert event_id_of(TRACE, ROOT.span_id) == event().id
    assert event(CHILD).id != event().id
    assert "mine" == event(honeyhive_event_id="mine").id


def test_a_trace_without_a_session_is_one() -> None:
    both = map_spans([CHILD, ROOT], project="p")
    assert {session_id_of(TRACE)} == {each.event.session_id for each in both}
    assert [False, True] == [each.root for each in both]
    assert session_id_of(TRACE) == both[1].event.parent_id
    assert both[1].event.id == both[0].event.parent_id


def test_a_session_is_inherited_from_the_nearest_ancestor() -> None:
    root = replace(ROOT, attributes={"session.id": "s", "assay.event_id": "top"})
    both = map_spans([CHILD, root], project="p")
    assert ["s", "s"] == [each.event.session_id for each in both]
    assert "top" == both[0].event.parent_id


def test_parents_that_go_in_circles_end() -> None:
    one = replace(ROOT, parent_id=CHILD.span_id)
    assert 2 == len(map_spans([one, CHILD], project="p"))


def test_a_long_session_id_is_shortened_always_alike() -> None:
    long = "s" * 500
    assert event(**{"session.id": long}).session_id == event(**{"session.id": long}).session_id
    assert 36 == len(event(**{"session.id": long}).session_id)


def test_our_own_attributes_are_understood() -> None:
    found = mapped(
        **{
            "assay.session_id": "s",
            "assay.run_id": "r",
            "assay.dataset_id": "EXT-d",
            "assay.datapoint_id": "d",
            "assay.source": "evaluation",
            "assay.event_type": "model",
            "assay.event_name": "ask",
            "assay.inputs": json.dumps({"question": "why"}),
            "assay.outputs": json.dumps("because"),
            "assay.error": "boom",
            "assay.metrics.exact": True,
            "assay.metadata.depth": 3,
            "assay.feedback": json.dumps({"rating": 5}),
            "assay.config": json.dumps({"model": "small"}),
            "assay.user_properties": json.dumps({"id": "u"}),
        }
    )
    told = found.event
    assert found.own
    assert ("s", "r", "d", "evaluation") == (
        told.session_id,
        told.run_id,
        told.datapoint_id,
        told.source,
    )
    assert (EventType.MODEL, "ask", "boom") == (told.type, told.name, told.error)
    assert ({"question": "why"}, {"value": "because"}) == (told.inputs, told.outputs)
    assert {"exact": True} == told.metrics
    assert (3, "EXT-d") == (told.metadata["depth"], told.metadata["dataset_id"])
    assert {"rating": 5} == told.feedback
    assert {"model": "small"} == told.config
    assert {"id": "u"} == told.user_properties


def test_genai_conventions_are_understood() -> None:
    told = event(
        CHILD,
        **{
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "acme",
            "gen_ai.request.model": "small",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.response.model": "small-1",
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": []}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": []}]),
        },
    )
    assert EventType.MODEL == told.type
    assert {"provider": "acme", "model": "small", "temperature": 0.5} == told.config
    assert [{"role": "user", "parts": []}] == told.inputs["messages"]
    assert [{"role": "assistant", "parts": []}] == told.outputs["messages"]
    assert {"input_tokens": 12} == told.metadata["usage"]
    assert {"model": "small-1"} == told.metadata["response"]


def test_older_indexed_messages_are_lists_again() -> None:
    told = event(
        **{
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "hi",
            "gen_ai.completion.0.content": "hello",
        }
    )
    assert {"messages": [{"role": "user", "content": "hi"}]} == told.inputs
    assert {"messages": [{"content": "hello"}]} == told.outputs


def test_openinference_is_understood() -> None:
    told = event(
        **{
            "openinference.span.kind": "LLM",
            "input.value": json.dumps({"question": "why"}),
            "input.mime_type": "application/json",
            "output.value": "because",
            "llm.model_name": "small",
            "llm.invocation_parameters": json.dumps({"temperature": 0}),
            "llm.input_messages.0.message.role": "user",
            "llm.token_count.prompt": 7,
            "metadata": json.dumps({"team": "search"}),
            "session.id": "chat-7",
            "user.id": "u1",
        }
    )
    assert (EventType.MODEL, "chat-7") == (told.type, told.session_id)
    assert {"question": "why", "messages": [{"role": "user"}]} == told.inputs
    assert {"value": "because"} == told.outputs
    assert {"model": "small", "temperature": 0} == told.config
    assert ({"input_tokens": 7}, "search") == (told.metadata["usage"], told.metadata["team"])
    assert {"id": "u1"} == told.user_properties


def test_openinference_lists_lose_their_wrappers() -> None:
    told = event(
        **{
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "look_up",
            "llm.output_messages.1.message.contents.0.message_content.text": "a cat",
            "retrieval.documents.0.document.metadata": json.dumps({"page": 3}),
            "retrieval.documents.0.document.content": "{}",
            "llm.tools.0.tool.json_schema": json.dumps({"type": "function"}),
        }
    )
    assert {
        "messages": [
            {"tool_calls": [{"function": {"name": "look_up"}}]},
            {"content": [{"text": "a cat"}]},
        ],
        "documents": [{"metadata": {"page": 3}, "content": "{}"}],
    } == told.outputs
    assert {"tools": [{"type": "function"}]} == told.config


def test_messages_as_sent_stay_and_what_was_noted_beside_them_only_if_it_differs() -> None:
    sent = [{"role": "user", "content": "why", "name": "ada"}]
    note = {"llm.input_messages.0.message.content": "why"}
    same = event(**{"input.value": json.dumps({"messages": sent}), **note})
    other = event(**{"input.value": json.dumps({"messages": [*sent, *sent]}), **note})
    assert {"messages": sent} == same.inputs
    assert {"messages": [*sent, *sent], "noted_messages": [{"content": "why"}]} == other.inputs


def test_evaluations_on_a_span_are_its_metrics_and_stay_whole_as_feedback() -> None:
    told = event(
        **{
            "evaluations.0.evaluation.name": "helpful",
            "evaluations.0.evaluation.score": 0,
            "evaluations.0.evaluation.label": "no",
            "evaluations.0.evaluation.explanation": "it is rude",
            "annotations.0.annotation.name": "mood",
            "annotations.0.annotation.label": "calm",
            "annotations.1.annotation.label": "no name",
            "annotations.2.annotation.name": "odd",
            "annotations.2.annotation.score": ["not", "one"],
        }
    )
    assert {
        "helpful": 0,
        "helpful_label": "no",
        "helpful_explanation": "it is rude",
        "mood": "calm",
    } == told.metrics
    assert {
        "name": "helpful",
        "score": 0,
        "label": "no",
        "explanation": "it is rude",
    } == told.feedback["evaluations"][0]
    assert 3 == len(told.feedback["annotations"])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text/plain", {"value": '{"a": 1}'}),
        ("application/json", {"a": 1}),
        (None, {"a": 1}),
    ],
)
def test_the_mime_type_says_whether_text_is_json(kind: str | None, expected: Any) -> None:
    said = {} if kind is None else {"input.mime_type": kind, "output.mime_type": kind}
    text = json.dumps({"a": 1})
    told = event(**{"input.value": text, "output.value": text, **said})
    assert (expected, expected) == (told.inputs, told.outputs)


def test_a_json_number_that_is_told_to_be_one_is_a_number() -> None:
    told = event(**{"output.value": "5", "output.mime_type": "application/json"})
    assert {"value": 5} == told.outputs


def test_two_attributes_for_one_place_both_stay() -> None:
    told = event(
        **{
            "llm.invocation_parameters": json.dumps({"model": "small", "seed": 7}),
            "llm.model_name": "small-2026",
        }
    )
    assert {"model": "small", "seed": 7} == told.config
    assert "small-2026" == told.metadata["llm.model_name"]
    turned = event(
        **{
            "llm.model_name": "small-2026",
            "llm.invocation_parameters": json.dumps({"model": "small", "seed": 7}),
        }
    )
    assert {"model": "small-2026", "seed": 7} == turned.config
    assert {"model": "small"} == turned.metadata["llm.invocation_parameters"]


@pytest.mark.parametrize(
    ("span", "attributes", "kind"),
    [
        (ROOT, {}, EventType.CHAIN),
        (CHILD, {}, EventType.TOOL),
        (CHILD, {"openinference.span.kind": "AGENT"}, EventType.CHAIN),
        (CHILD, {"traceloop.span.kind": "workflow"}, EventType.CHAIN),
        (CHILD, {"gen_ai.operation.name": "execute_tool"}, EventType.TOOL),
        (CHILD, {"gen_ai.request.model": "small"}, EventType.MODEL),
        (CHILD, {"honeyhive_event_type": "session"}, EventType.SESSION),
        (CHILD, {"honeyhive_event_type": "unheard of"}, EventType.TOOL),
    ],
)
def test_a_kind_is_told_or_guessed(span: Span, attributes: Any, kind: EventType) -> None:
    assert kind == event(span, **attributes).type


def test_nothing_of_a_span_is_lost() -> None:
    span = replace(
        ROOT,
        kind="SERVER",
        start_ns=1_700_000_000_000_001_999,
        end_ns=1_700_000_000_250_001_999,
        attributes={"http.route": "/x", "weird": [1, {"a": None}]},
        events=[SpanEvent("retry", 1_700_000_000_000_000_000, {"n": 1})],
        links=[SpanLink(TRACE, CHILD.span_id, {"why": "batch"})],
        scope="lib",
        resource={"service.name": "shop"},
    )
    [found] = map_spans([span], project="p")
    told = found.event
    assert 250.0 == told.duration_ms
    assert ("/x", [1, {"a": None}]) == (told.metadata["http.route"], told.metadata["weird"])
    assert {
        "trace_id": TRACE,
        "span_id": ROOT.span_id,
        "kind": "SERVER",
        "scope": "lib",
        "resource": {"service.name": "shop"},
        "events": [{"name": "retry", "time": "2023-11-14T22:13:20+00:00", "attributes": {"n": 1}}],
        "links": [{"trace_id": TRACE, "span_id": CHILD.span_id, "attributes": {"why": "batch"}}],
    } == told.metadata["otel"]


def test_an_error_is_what_was_raised() -> None:
    raised = SpanEvent("exception", 1, {"exception.type": "E", "exception.message": "m"})
    failed = replace(ROOT, failed=True, status_message="bad")
    assert "E: m" == event(replace(failed, events=[raised])).error
    assert "bad" == event(failed).error
    assert "error" == event(replace(failed, status_message="")).error
    assert event(replace(ROOT, events=[raised])).error is None
    assert "E: told" == event(honeyhive_error="told", honeyhive_error_type="E").error


def test_long_text_is_cut_and_says_so() -> None:
    told = event(big="x" * (MAX_TEXT + 5), small="x" * MAX_TEXT)
    assert told.metadata["big"].endswith(f"[cut here; {MAX_TEXT + 5} characters in all]")
    assert MAX_TEXT == len(told.metadata["small"])


def test_text_that_only_looks_like_json_stays_text() -> None:
    deep = "[" * 100 + "]" * 100
    told = event(**{"honeyhive_inputs.a": "{not json}", "honeyhive_inputs.b": deep})
    assert {"a": "{not json}", "b": deep} == told.inputs


json_values = st.recursive(
    st.integers(-5, 5) | st.text(max_size=5) | st.booleans(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, min_size=1, max_size=3)
    ),
    max_leaves=10,
)


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """What exporters do: dotted keys, list indices, empty containers gone."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        found: dict[str, Any] = {}
        for key, member in members:
            found |= flatten(member, f"{prefix}.{key}" if prefix else str(key))
        return found
    return {prefix: value}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), json_values, min_size=1))
def test_unflattening_undoes_flattening(value: dict[str, Any]) -> None:
    assert value == unflatten(flatten(value))


@given(st.dictionaries(st.text("ab.01", max_size=6), st.integers()))
def test_unflattening_loses_no_value_and_ignores_order(flat: dict[str, int]) -> None:
    whole = unflatten(flat)
    assert whole == unflatten(dict(reversed(flat.items())))
    leaves = [leaf for leaf in flatten(whole).values() if leaf is not None]
    assert sorted(flat.values()) == sorted(leaves)


def test_gaps_of_a_list_are_null_but_a_far_index_is_a_key() -> None:
    assert {"l": [1, None, 3]} == unflatten({"l.0": 1, "l.2": 3})
    assert {"l": {"0": 1, "999999999": 3}} == unflatten({"l.0": 1, "l.999999999": 3})
    assert {"m": {"1": 1}} == unflatten({"m.1": 1})


def test_the_spans_of_a_deep_trace_find_their_session_in_one_pass() -> None:
    count = 5_000
    ids = [f"{n + 1:016x}" for n in range(count)]
    spans = [
        replace(CHILD, span_id=ids[n], parent_id=ids[n - 1] if n else None, attributes={})
        for n in range(count)
    ]
    spans[0] = replace(spans[0], attributes={"session.id": "s"})
    found = map_spans(spans[::-1], project="p")
    assert {"s"} == {each.event.session_id for each in found}
