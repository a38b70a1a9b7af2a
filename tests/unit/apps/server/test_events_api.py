"""Sessions, events and traces over the real application: stored before it answers."""

import gzip
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.testclient import TestClient


TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PREFIXES = ["", "/v1"]
TRACES = ["/v1/traces", "/opentelemetry/v1/traces"]


@pytest.fixture
def api(open_client: Any) -> Iterator[TestClient]:
    with open_client() as client:
        yield client


def span(span_id: str = SPAN, **attributes: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": span_id,
        "name": "work",
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()],
    }


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def found(api: TestClient, *filters: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = api.post("/v1/events/export", json={"filters": list(filters), **more})
    assert 200 == answer.status_code, answer.text
    assert answer.json()["totalEvents"] == answer.json()["count"]
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


@pytest.mark.parametrize("path", TRACES)
def test_a_span_is_an_event_by_the_time_it_is_answered(api: TestClient, path: str) -> None:
    body = gzip.compress(json.dumps(export(span(**{"session.id": "s", "x": "y"}))).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = api.post(path, content=body, headers=headers)
    assert (200, {}) == (answer.status_code, answer.json())
    [event] = found(api, {"field": "event_type", "operator": "is", "value": "chain"})
    assert ("s", 1000.0, "y") == (
        event["session_id"],
        event["duration"],
        event["metadata"]["x"],
    )
    [session] = found(api, {"field": "event_id", "operator": "is", "value": "s"})
    assert ("work", "session") == (session["event_name"], session["event_type"])


def test_a_span_sent_twice_is_one_event(api: TestClient) -> None:
    for _ in range(2):
        assert 200 == api.post("/v1/traces", json=export(span())).status_code
    assert 2 == len(found(api))


def test_bad_spans_are_counted_and_good_ones_kept(api: TestClient) -> None:
    answer = api.post("/v1/traces", json=export(span(), {**span(), "spanId": "x"}))
    assert 200 == answer.status_code
    assert "1" == answer.json()["partialSuccess"]["rejectedSpans"]
    assert 2 == len(found(api))


def test_refusals_speak_the_bodys_format(api: TestClient) -> None:
    answer = api.post("/v1/traces", content=b"{", headers={"content-type": "application/json"})
    assert 400 == answer.status_code
    assert ("bad_request", "/v1/traces") == (answer.json()["code"], answer.json()["instance"])
    protobuf = {"content-type": "application/x-protobuf"}
    answer = api.post("/v1/traces", content=b"\xff\xff", headers=protobuf)
    assert (400, "application/x-protobuf") == (answer.status_code, answer.headers["content-type"])
    assert b"not an OTLP trace export" in answer.content
    assert 415 == api.post("/v1/traces", content=b"x").status_code
    packed = {**protobuf, "content-encoding": "br"}
    assert 415 == api.post("/v1/traces", content=b"x", headers=packed).status_code


def test_an_empty_export_is_fine_in_protobuf(api: TestClient) -> None:
    answer = api.post("/v1/traces", headers={"content-type": "application/x-protobuf"})
    assert 200 == answer.status_code
    assert ExportTraceServiceResponse() == ExportTraceServiceResponse.FromString(answer.content)


def test_a_bomb_is_refused(open_client: Any) -> None:
    with open_client(max_body_bytes=4096) as client:
        body = gzip.compress(bytes(1_000_000))
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        assert 413 == client.post("/v1/traces", content=body, headers=headers).status_code


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["application/json", "application/x-protobuf"]))
def test_no_bytes_make_the_server_fail(api: TestClient, body: bytes, kind: str) -> None:
    answer = api.post("/v1/traces", content=body, headers={"content-type": kind})
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_session_is_started_enriched_and_shown_as_a_tree(api: TestClient, prefix: str) -> None:
    wanted = {"session_name": "chat", "session_id": "s1", "inputs": {"q": 1}, "metadata": {"a": 1}}
    started = api.post(f"{prefix}/session/start", json={"session": wanted}).json()
    assert ("s1", "s1") == (started["event_id"], started["session_id"])
    for key in ("org_id", "workspace_id", "project_id"):
        assert isinstance(started[key], str)
    event = {"session_id": "s1", "event_name": "step", "event_type": "tool", "inputs": {}}
    parent = api.post(f"{prefix}/events", json={"event": event}).json()["event_id"]
    api.post(f"{prefix}/events", json={**event, "event_name": "inner", "parent_id": parent})
    update = {"event_id": "s1", "outputs": "plain", "metadata": {"b": 2}, "feedback": None}
    assert 200 == api.put(f"{prefix}/events", json=update).status_code
    tree = api.get(f"{prefix}/session/s1/traces").json()["session"]
    assert ("chat", {"value": "plain"}, {"a": 1, "b": 2}) == (
        tree["event_name"],
        tree["outputs"],
        tree["metadata"],
    )
    [step] = tree["children"]
    assert ["inner"] == [child["event_name"] for child in step["children"]]
    assert [parent] == tree["children_ids"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_the_calendar_is_refused_and_hurts_no_later_search(
    api: TestClient, moment: str
) -> None:
    run = api.post("/v1/runs", json={}).json()["run_id"]
    item = {"datapoint_id": "d", "status": "scored", "started_at": moment}
    bounds = {"dateRange": {"$gte": moment}}
    assert 422 == api.post("/v1/events", json={"start_time": moment}).status_code
    assert 422 == api.post("/v1/events/export", json=bounds).status_code
    assert 422 == api.post(f"/v1/runs/{run}/items", json={"items": [item]}).status_code
    assert [] == found(api)
    assert [] == found(api, {"field": "start_time", "operator": "after", "value": moment})


@pytest.mark.parametrize("seconds", [1e10, 1e300])
def test_an_item_that_took_longer_than_the_calendar_has_no_end(
    api: TestClient, seconds: float
) -> None:
    run = api.post("/v1/runs", json={}).json()["run_id"]
    item = {
        "datapoint_id": "d",
        "status": "scored",
        "session_id": "s",
        "started_at": "9999-12-31T23:00:00Z",
        "duration_seconds": seconds,
    }
    api.post(f"/v1/runs/{run}/items", json={"items": [item]})

    [session] = found(api)
    assert (seconds * 1000, None) == (session["duration"], session["end_time"])


def test_a_duration_that_is_none_changes_nothing(api: TestClient) -> None:
    api.post("/v1/events", json={"event_id": "e", "start_time": 1000, "end_time": 3000})
    for told in ("inf", "nan", "abc", None):
        api.put("/v1/events", json={"event_id": "e", "duration": told})
        api.post("/v1/events", json={"event_id": "e", "duration": told})
    assert 2000 == api.get("/v1/events/e").json()["event"]["duration"]
    api.put("/v1/events", json={"event_id": "e", "duration": 5})
    assert 5 == api.get("/v1/events/e").json()["event"]["duration"]


def test_events_come_in_batches_with_one_session_or_many(api: TestClient) -> None:
    events = [{"event_name": f"e{n}", "event_type": "tool", "inputs": {}} for n in range(3)]
    properties = {"session_name": "together", "metadata": {"k": 1}}
    one = api.post(
        "/v1/events/batch", json={"events": events, "session_properties": properties}
    ).json()
    assert 3 == len(one["event_ids"])
    tree = api.get(f"/session/{one['session_id']}/traces").json()["session"]
    assert ("together", 3) == (tree["event_name"], len(tree["children"]))
    many = api.post("/events/batch", json={"events": events}).json()
    assert "session_id" not in many
    added = api.post("/v1/sessions/mine/events/batch", json={"events": events}).json()
    assert {"mine"} == {
        each["session_id"]
        for each in found(api, {"field": "session_id", "operator": "is", "value": "mine"})
    }
    assert 3 == len(added["event_ids"])


def test_a_model_event_puts_its_parts_in_place(api: TestClient) -> None:
    body = {
        "model": "small",
        "provider": "acme",
        "messages": [{"role": "user"}],
        "response": {"text": "hi"},
        "usage": {"total": 3},
    }
    made = api.post("/v1/events/model", json={"model_event": body}).json()["event_id"]
    event = api.get(f"/v1/events/{made}").json()["event"]
    assert "model" == event["event_type"]
    assert {"model": "small", "provider": "acme"} == event["config"]
    assert ([{"role": "user"}], {"text": "hi"}) == (event["inputs"]["messages"], event["outputs"])
    assert {"total": 3} == event["metadata"]["usage"]
    batch = api.post("/events/model/batch", json={"model_events": [body, body]}).json()
    assert 2 == len(batch["event_ids"])


def test_an_event_is_deleted_and_then_unknown(api: TestClient) -> None:
    made = api.post("/v1/events", json={"event_type": "tool", "inputs": {}}).json()["event_id"]
    assert 1 == api.delete(f"/v1/events/{made}").json()["deleted"]
    for answer in (
        api.get(f"/v1/events/{made}"),
        api.delete(f"/v1/events/{made}"),
        api.put("/events", json={"event_id": made}),
        api.get("/session/unknown/traces"),
    ):
        assert 404 == answer.status_code


def test_only_the_wanted_fields_and_pages_are_answered(api: TestClient) -> None:
    for number in range(3):
        body = {"event_type": "tool", "metadata": {"n": number, "k": 1}, "session_id": "s"}
        api.post("/v1/events", json={**body, "start_time": 1_700_000_000_000 + number})
    tools = {"field": "event_type", "operator": "is", "value": "tool", "type": "string"}
    first, second = (
        found(api, tools, projections=["metadata.n"], limit=2, page=page) for page in (1, 2)
    )
    assert [{"n": 2}, {"n": 1}, {"n": 0}] == [each["metadata"] for each in [*first, *second]]
    assert {"event_id", "metadata"} == set(first[0])
    bounds = {"$gte": "2023-11-14T22:13:20.001Z", "$lte": "2023-11-14T22:13:20.001Z"}
    assert 1 == len(found(api, tools, dateRange=bounds))


@pytest.mark.parametrize(
    "body",
    [
        {"filters": [1]},
        {"filters": [{"field": "x", "operator": "resembles", "value": 1}]},
        {"filters": [{"field": "", "operator": "is", "value": 1}]},
        {"filters": [{"field": "x", "operator": "is", "value": {}}]},
        {"filters": [{"field": "x", "operator": "is", "value": 1, "type": "colour"}]},
        {"filters": "{"},
        {"limit": 7501},
        {"limit": 0},
        {"page": 1.5},
        {"dateRange": 7},
        {"dateRange": {"$gte": "soon"}},
    ],
    ids=str,
)
def test_a_query_that_cannot_be_read_is_refused(api: TestClient, body: dict[str, Any]) -> None:
    answer = api.post("/v1/events/search", json=body)
    assert 422 == answer.status_code
    assert "events" not in answer.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/events/batch", {"events": 1}),
        ("/v1/events/batch", {"events": [1]}),
        ("/v1/events", {"event": 1}),
        ("/v1/events", {"event_id": ""}),
        ("/v1/events", {"start_time": "soon"}),
        ("/session/start", {"session": {"session_id": "x" * 300}}),
    ],
    ids=str,
)
def test_a_body_that_cannot_be_read_is_refused(api: TestClient, path: str, body: Any) -> None:
    assert 422 == api.post(path, json=body).status_code
    assert [] == found(api)


def test_items_bring_their_sessions(api: TestClient) -> None:
    run = api.post("/v1/runs", json={"name": "mine"}).json()["run_id"]
    item = {
        "datapoint_id": "d",
        "status": "scored",
        "outputs": {"answer": 4},
        "inputs": {"n": 2},
        "ground_truth": {"answer": 4},
        "scores": [{"name": "exact", "value": 1, "passed": True}, {"name": "mood", "label": "ok"}],
    }
    for _ in range(2):
        api.post(f"/v1/runs/{run}/items", json={"items": [item]})
    [session] = found(api, {"field": "metadata.run_id", "operator": "is", "value": run})
    assert ({"n": 2}, {"answer": 4}) == (session["inputs"], session["outputs"])
    assert {"exact": True, "mood": "ok"} == session["metrics"]
    assert {"ground_truth": {"answer": 4}} == session["feedback"]
    assert [] != api.get(f"/v1/runs/{run}/schema").json()["fields"]
    assert 1 == api.get(f"/v1/runs/{run}/metrics").json()["totalEvents"]


def test_a_run_that_lost_datapoints_is_no_success(api: TestClient) -> None:
    body = {"name": "r", "datapoint_ids": ["a", "b"], "configuration": {"function": "f"}}
    run = api.post("/v1/runs", json=body).json()["run_id"]
    links = {"run_id": run, "datapoint_id": "a"}
    session = api.post("/session/start", json={"session": {"metadata": links}}).json()
    event = {"session_id": session["session_id"], "event_name": "f", "event_type": "chain"}
    api.post("/events", json={"event": {**event, "metrics": {"exact": True}}})
    api.put(f"/v1/runs/{run}", json={"status": "completed"})
    result = api.get(f"/v1/runs/{run}/result").json()
    assert (["a"], [], 1, False) == (
        result["passed"],
        result["failed"],
        result["missing"],
        result["success"],
    )
    short = api.get(f"/v1/runs/{run}/summary").json()
    assert [] == short["metrics"]["details"][0]["values"]
    assert result == {**short, "metrics": {**result["metrics"]}}
    raw = api.get(f"/v1/runs/{run}/metrics").json()
    assert [{"exact": True}] == [each["metrics"] for each in raw["events"]]
    api.post("/events", json={"event": {**event, "metrics": {"late": 0.5}}})
    for path in ("summary", "metrics"):  # what was kept is made anew when the run changes
        assert "late" in api.get(f"/v1/runs/{run}/{path}").text


def test_runs_are_found_by_external_dataset_and_date(api: TestClient) -> None:
    made = api.post("/v1/runs", json={"name": "x", "dataset_id": "EXT-1"}).json()["run_id"]
    api.post("/v1/runs", json={"name": "y"})
    for query, expected in (
        ({"dataset_id": "EXT-1"}, 1),
        ({"run_ids[]": made}, 1),
        ({"dateRange": "24h"}, 2),
        ({"dateRange": json.dumps({"$lte": "2000-01-01"})}, 0),
        ({"sort_by": "name", "sort_order": "desc"}, 2),
    ):
        answer = api.get("/v1/runs", params=query).json()
        assert expected == len(answer["evaluations"]), query
        assert 2 == answer["pagination"]["total_unfiltered"]


def test_an_event_without_a_time_has_that_of_its_arrival_and_keeps_it(api: TestClient) -> None:
    since = {"dateRange": {"$gte": "2020-01-01T00:00:00Z"}, "filters": []}
    event = {"event_id": str(uuid.uuid4()), "event_name": "e", "duration": 1500}
    found = []
    for _ in range(2):  # the second telling changes nothing
        api.post("/v1/events", json={"event": event})
        found.append(api.post("/v1/events/export", json=since).json()["events"])
    assert found[0] == found[1]
    [stored] = [each for each in found[0] if each["event_type"] != "session"]
    assert 1500 == stored["duration"]
    assert stored["start_time"] is not None


def test_spans_that_come_before_their_run_are_in_it_but_a_deleted_run_stays_empty(
    api: TestClient,
) -> None:
    run = str(uuid.uuid4())
    links = {"honeyhive_metadata.run_id": run, "honeyhive_metadata.datapoint_id": "d1"}
    early = span(**links, honeyhive_event_type="chain")
    early["attributes"].append({"key": "honeyhive_metrics.exact", "value": {"boolValue": True}})
    api.post("/v1/traces", json=export(early))
    for expected in (["d1"], []):
        api.post("/v1/runs", json={"run_id": run, "name": "late"})
        assert expected == api.get(f"/v1/runs/{run}/result").json()["passed"]
        api.delete(f"/v1/runs/{run}")
