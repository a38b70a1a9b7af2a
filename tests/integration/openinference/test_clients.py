"""Spans of OpenInference's instrumentation arrive whole, sent by Phoenix and by the stock exporter.

What the application kept of every span that it ended is compared with what the server has.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.conftest import run_driver


pytestmark = pytest.mark.timeout(200)
DRIVER = Path(__file__).with_name("application.py")
CHATS = 20
Told = dict[str, Any]
UNDERSTOOD = {"session.id", "input.mime_type", "output.mime_type"}
"""Attributes that are not told again: they say where a span belongs, or what a text is."""


@pytest.fixture(scope="module", params=["phoenix", "otlp"])
def by(request: pytest.FixtureRequest) -> str:
    """Who sends."""
    return str(request.param)


@pytest.fixture(scope="module")
def sent(by: str, served_url: str, model_url: str) -> list[Told]:
    """Every span that the application ended."""
    variables = {"TRACES_URL": f"{served_url}/v1/traces", "MODEL_URL": model_url, "SENT_BY": by}
    printed = run_driver("openinference", DRIVER, **variables)
    spans: list[Told] = json.loads(printed.splitlines()[-1])
    return spans


@pytest.fixture(scope="module")
def stored(served_url: str, sent: list[Told]) -> dict[str, Told]:
    """The events of those spans, by the spans' ids."""
    found: dict[str, Told] = {}
    for trace_id in {each["trace_id"] for each in sent}:
        where = {"field": "metadata.otel.trace_id", "operator": "is", "value": trace_id}
        answer = httpx2.post(f"{served_url}/v1/events/export", json={"filters": [where]})
        for event in answer.raise_for_status().json()["events"]:
            if event["event_type"] != "session":
                assert event["metadata"]["otel"]["span_id"] not in found
                found[event["metadata"]["otel"]["span_id"]] = event
    return found


@pytest.fixture(scope="module")
def events(sent: list[Told], stored: dict[str, Told], by: str) -> dict[str, Told]:
    """The events of the visit by name; of several calls of the model the last one."""
    visit = [each for each in sent if each["attributes"]["session.id"] == f"{by}-visit"]
    return {each["name"]: stored[each["span_id"]] for each in visit}


def test_every_span_is_stored_once_under_its_parent_and_in_its_session(
    sent: list[Told], stored: dict[str, Told]
) -> None:
    assert 10 + 2 * CHATS == len(sent)
    assert {each["span_id"] for each in sent} == set(stored)
    for span in sent:
        event = stored[span["span_id"]]
        session = span["attributes"]["session.id"]
        parent = session if span["parent_id"] is None else stored[span["parent_id"]]["event_id"]
        assert (span["name"], session, parent) == (
            event["event_name"],
            event["session_id"],
            event["parent_id"],
        )


def test_no_attribute_of_any_span_is_lost(sent: list[Told], stored: dict[str, Told]) -> None:
    for span in sent:
        kept = set(leaves(stored[span["span_id"]]))
        for key, value in span["attributes"].items():
            missing = set(leaves(value)) - kept if key not in UNDERSTOOD else set()
            assert set() == missing, (span["name"], key)


def leaves(value: Any) -> Iterator[str]:
    """The scalars inside a value, as JSON; a text that is JSON is looked into."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        value = json.loads(value) if value[-1:] in {"}", "]"} else value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
        return
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    yield json.dumps(value)


def test_what_a_span_is_becomes_the_type_of_its_event(events: dict[str, Told]) -> None:
    assert {
        "concierge": "chain",
        "search": "chain",
        "embed": "model",
        "retrieve": "tool",
        "rerank": "tool",
        "weather": "tool",
        "ChatCompletion": "model",
        "billed": "model",
    } == {name: event["event_type"] for name, event in events.items()}


def test_the_context_reaches_every_event(events: dict[str, Told]) -> None:
    for event in events.values():
        metadata, template = event["metadata"], event["config"]["prompt_template"]
        assert {"id": "u7"} == event["user_properties"]
        assert ("search", 3, ["beta", "north"]) == (
            metadata["team"],
            metadata["tier"],
            metadata["tags"],
        )
        assert {
            "template": "Is it {what} in {where}?",
            "version": "v2",
            "variables": {"what": "wet", "where": "Bergen"},
        } == template


def test_a_call_of_the_real_client_has_its_messages_tools_and_usage(
    sent: list[Told], stored: dict[str, Told]
) -> None:
    asked, answered, _failed = [
        stored[each["span_id"]]
        for each in sent
        if each["name"] == "ChatCompletion" and "user.id" in each["attributes"]
    ]
    call = {
        "id": "call-0",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Bergen"}'},
    }
    assert ["system", "user"] == [each["role"] for each in asked["inputs"]["messages"]]
    assert ["weather"] == [each["function"]["name"] for each in asked["config"]["tools"]]
    assert [call] == asked["outputs"]["choices"][0]["message"]["tool_calls"]
    assert "weather" == asked["outputs"]["messages"][0]["tool_calls"][0]["function"]["name"]
    assert (0.25, "small") == (asked["config"]["temperature"], asked["config"]["model"])
    assert [call] == answered["inputs"]["messages"][2]["tool_calls"]
    assert "tool_calls" == asked["metadata"]["finish_reason"]
    assert "stop" == answered["metadata"]["finish_reason"]
    assert {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15} == (
        answered["metadata"]["usage"]
    )


def test_a_call_that_failed_says_why(events: dict[str, Told]) -> None:
    failed = events["ChatCompletion"]
    assert "openai.InternalServerError: Error code: 500" in failed["error"]
    assert [{"role": "user", "content": "fail"}] == failed["inputs"]["messages"]
    assert ["exception"] == [each["name"] for each in failed["metadata"]["otel"]["events"]]


def test_a_tool_has_its_arguments_apart_from_their_schema(events: dict[str, Told]) -> None:
    tool = events["weather"]
    assert {"city": "Bergen"} == tool["inputs"]
    assert {"city": "Bergen", "rain": True} == tool["outputs"]
    assert ["city"] == tool["config"]["parameters"]["required"]


def test_retrieval_has_its_documents(events: dict[str, Told]) -> None:
    document = {
        "id": "d1",
        "content": "It rains in Bergen.",
        "score": 0.9,
        "metadata": {"page": 3},
    }
    assert document == events["retrieve"]["outputs"]["documents"][0]
    assert [document] == events["rerank"]["outputs"]["documents"]
    assert ("Is it wet in Bergen?", 2) == (
        events["rerank"]["inputs"]["query"],
        len(events["rerank"]["inputs"]["documents"]),
    )
    assert [{"text": "Is it wet in Bergen?", "vector": [0.5, -1.0]}] == (
        events["embed"]["outputs"]["embeddings"]
    )


def test_costs_usage_and_evaluations_are_told(events: dict[str, Told]) -> None:
    billed = events["billed"]
    assert (0.0025, {"prompt": 0.002, "completion": 0.0005}) == (
        billed["metadata"]["cost"],
        billed["metadata"]["cost_details"],
    )
    assert {
        "input_tokens": 120,
        "output_tokens": 4,
        "total_tokens": 124,
        "prompt_details": {"cache_read": 100},
    } == billed["metadata"]["usage"]
    assert (0.75, "yes") == (billed["metrics"]["helpful"], billed["metrics"]["helpful_label"])


def test_twenty_chats_at_once_are_twenty_sessions(
    sent: list[Told], stored: dict[str, Told], by: str
) -> None:
    for number in range(CHATS):
        spans = [each for each in sent if each["attributes"]["session.id"] == f"{by}-chat-{number}"]
        outer = next(stored[each["span_id"]] for each in spans if each["name"] == "say")
        inner = next(stored[each["span_id"]] for each in spans if each["name"] != "say")
        assert {f"{by}-chat-{number}"} == {outer["session_id"], inner["session_id"]}
        assert f"number {number}" == inner["inputs"]["messages"][0]["content"]
        assert {"value": f"The answer to number {number}."} == outer["outputs"]
