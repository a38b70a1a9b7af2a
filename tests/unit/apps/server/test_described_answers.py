"""The served schema says what is really answered."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient


SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "name": "work",
    "startTimeUnixNano": "1700000000000000001",
    "endTimeUnixNano": "1700000000500000000",
}
EVENT = {"event_id": "e1", "session_id": "s1", "event_type": "tool", "outputs": {"x": 1}}


def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_answer_but_an_empty_one_has_a_schema(client: TestClient) -> None:
    bare = [
        name
        for name, operation in operations(described(client))
        for status, answer in operation["responses"].items()
        if status.startswith("2") and status != "204"
        if not all(each.get("schema") for each in answer.get("content", {"": {}}).values())
    ]
    assert [] == bare


def sessions_and_events(client: TestClient) -> Iterator[tuple[str, str, Any]]:
    """Yield requests that follow from one another: method, path with what it stands for, body."""
    yield "post", "/v1/session/start", {"session": {"session_name": "s", "session_id": "s1"}}
    yield "post", "/v1/sessions", {"session_name": "other"}
    yield "post", "/v1/events", {"event": EVENT}
    yield "post", "/v1/events/batch", {"events": [EVENT, {"event_type": "tool"}]}
    yield "post", "/v1/events/model", {"model_event": {"model": "m", "messages": []}}
    yield "post", "/v1/sessions/{session_id=s1}/events/batch", {"events": [{"event_name": "n"}]}
    yield "post", "/v1/session/{session_id=s1}/traces", {"logs": [{"event_name": "n"}]}
    yield "put", "/v1/events", {"event_id": "e1", "metrics": {"good": True}}
    yield "put", "/v1/events/{event_id=e1}", {"feedback": {"rating": 5}}
    yield "post", "/v1/traces", {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}
    yield "post", "/v1/traces", {"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}
    yield "post", "/v1/events/export", {"filters": []}
    yield "post", "/v1/events/search", {"filters": [], "projections": ["metrics"]}
    yield "get", "/v1/events/schema", None
    yield "get", "/v1/events/{event_id=e1}", None
    yield "get", "/v1/session/{session_id=s1}/traces", None
    yield "delete", "/v1/events/{event_id=e1}", None


def runs(client: TestClient) -> Iterator[tuple[str, str, Any]]:
    made = [str(client.post("/v1/runs", json={"name": name}).json()["run_id"]) for name in "ab"]
    for run_id in made:
        session = {"session_name": "s", "metadata": {"run_id": run_id, "datapoint_id": "d"}}
        started = client.post("/v1/sessions", json=session).json()["session_id"]
        event = {"session_id": started, "event_type": "chain", "metrics": {"good": 0.5}}
        client.post("/v1/events", json={"event": event})
        yield "get", f"/v1/runs/{{run_id={run_id}}}", None
        yield "get", f"/v1/runs/{{run_id={run_id}}}/metrics", None
        yield "get", f"/v1/runs/{{run_id={run_id}}}/schema", None
        yield "get", f"/v1/runs/{{run_id={run_id}}}/summary", None
        yield "get", f"/v1/runs/{{run_id={run_id}}}/result", None
        yield "get", f"/v1/runs/{{run_id={run_id}}}/overview", None
        yield "get", f"/v1/runs/{{run_id={run_id}}}/items", None
    pair = f"/v1/runs/{{new_run_id={made[1]}}}/compare/{{old_run_id={made[0]}}}"
    yield "get", pair, None
    yield "get", f"{pair}/events", None
    yield "get", "/v1/runs", None


@pytest.mark.parametrize("requests", [sessions_and_events, runs])
def test_answers_are_as_their_schema_says(client: TestClient, requests: Any) -> None:
    document = described(client)
    for method, path, body in requests(client):
        route, address = _addressed(path)
        answer = client.request(method, address, json=body)
        assert 200 == answer.status_code, answer.text
        content = document["paths"][route][method]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        faults = [
            error.message for error in Draft202012Validator(schema).iter_errors(answer.json())
        ]
        assert [] == faults, f"{method} {address}: {json.dumps(answer.json())[:500]}"


def _addressed(path: str) -> tuple[str, str]:
    """Return a path as the schema has it and as it is asked for."""
    route = address = ""
    for place, part in enumerate(path.replace("}", "{").split("{")):
        name, _, value = part.partition("=")
        route += f"{{{name}}}" if place % 2 else part
        address += value if place % 2 else part
    return route, address
