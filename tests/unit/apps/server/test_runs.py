"""Runs over HTTP: what a client of experiments stores and gets back."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.apps.services.runs import store_items
from assay.core.wire.runs import ItemBody
from assay.kit.clock import SYSTEM_CLOCK


def _items(*passed: bool, repeat: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "datapoint_id": f"EXT-{number}",
            "repeat": repeat,
            "status": "scored",
            "outputs": {"answer": number},
            "inputs": {"question": number},
            "ground_truth": {"answer": number},
            "metadata": {"source": "test"},
            "scores": [{"name": "exact", "value": float(ok), "passed": ok}],
        }
        for number, ok in enumerate(passed)
    ]


def _create(client: TestClient, *passed: bool, status: str = "completed", **body: Any) -> str:
    created = client.post("/v1/runs", json={"name": "agent", "dataset_id": "EXT-1", **body})
    assert created.status_code == 200, created.text
    run_id: str = created.json()["run_id"]
    stored = client.post(f"/v1/runs/{run_id}/items", json={"items": _items(*passed)})
    assert {"stored": len(passed)} == stored.json()
    client.put(f"/v1/runs/{run_id}", json={"status": status})
    return run_id


def test_a_run_is_given_back_as_it_was_made(client):
    created = client.post("/v1/runs", json={"name": "agent v7", "dataset_id": "EXT-1"}).json()
    shown = client.get(f"/v1/runs/{created['run_id']}").json()

    assert created["evaluation"] == shown["evaluation"]
    assert ("agent v7", "EXT-1", True) == tuple(
        shown["evaluation"][key] for key in ("name", "dataset_id", "is_active")
    )


def test_a_wished_id_is_kept_once_and_must_be_a_uuid(client):
    wished = "01890a5d-ac96-774b-bcce-b302099a8057"
    first = client.post("/v1/runs", json={"run_id": wished})
    again = client.post("/v1/runs", json={"run_id": wished})
    odd = client.post("/v1/runs", json={"run_id": "../x"})

    assert wished == first.json()["run_id"]
    assert 409 == again.status_code
    assert 422 == odd.status_code


def test_an_update_merges_and_ends_the_run(client):
    run_id = _create(client, True, metadata={"a": 1})
    changed = client.put(f"/v1/runs/{run_id}", json={"metadata": {"b": 2}}).json()["evaluation"]

    assert {"a": 1, "b": 2}.items() <= changed["metadata"].items()
    assert ("completed", False) == (changed["status"], changed["is_active"])
    assert changed["finished_at"] is not None


def test_items_come_back_with_their_datapoint(client):
    run_id = _create(client, True, False)
    page = client.get(f"/v1/runs/{run_id}/items").json()

    assert 2 == page["total"]
    (first, _) = page["items"]
    assert {
        "id": "EXT-0",
        "inputs": {"question": 0},
        "ground_truth": {"answer": 0},
        "metadata": {"source": "test"},
    } == first["datapoint"]
    assert {"answer": 0} == first["answers"][0]["output"]


def test_sending_items_again_replaces_them(client):
    run_id = _create(client, True, True)
    client.post(f"/v1/runs/{run_id}/items", json={"items": _items(False, True)})

    result = client.get(f"/v1/runs/{run_id}/result").json()
    assert (["EXT-1"], ["EXT-0"]) == (result["passed"], result["failed"])


def test_a_result_follows_what_is_stored_after_the_end(client):
    run_id = _create(client, True)
    before = client.get(f"/v1/runs/{run_id}/result").json()
    listed_before = client.get("/v1/runs").json()["evaluations"][0]["summary"]
    client.post(f"/v1/runs/{run_id}/items", json={"items": _items(True, False)})
    after = client.get(f"/v1/runs/{run_id}/result").json()
    listed_after = client.get("/v1/runs").json()["evaluations"][0]["summary"]

    assert (True, False) == (before["success"], after["success"])
    assert (1, 2) == (listed_before["ended"], listed_after["ended"])


@pytest.mark.parametrize(
    ("function", "aggregate"),
    [("average", 0.75), ("sum", 3.0), ("min", 0.0), ("max", 1.0), ("count", 4.0), ("median", 1.0)],
)
def test_metrics_are_aggregated_by_the_named_function(client, function, aggregate):
    run_id = _create(client, True, True, False, True)
    answer = client.get(f"/v1/runs/{run_id}/result", params={"aggregate_function": function})

    (detail,) = answer.json()["metrics"]["details"]
    assert aggregate == detail["aggregate"]


def test_an_unknown_function_is_refused(client):
    run_id = _create(client, True)
    answer = client.get(f"/v1/runs/{run_id}/result", params={"aggregate_function": "mode"})

    assert 422 == answer.status_code


@pytest.mark.parametrize("word", ["compare-with", "compare"])
@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_two_runs_are_compared_over_their_common_datapoints(client, prefix, word):
    old, new = _create(client, True, False, False), _create(client, True, True)
    answer = client.get(f"{prefix}/runs/{new}/{word}/{old}").json()

    assert ["EXT-0", "EXT-1"] == answer["commonDatapoints"]
    (metric,) = answer["metrics"]
    assert (0.5, 1.0) == (metric["old_aggregate"], metric["new_aggregate"])
    assert (["EXT-1"], []) == (metric["improved"], metric["degraded"])
    assert (old, new) == (answer["old_run"]["id"], answer["new_run"]["id"])


def test_runs_are_listed_with_their_headlines_filtered_and_paged(client):
    ids = [_create(client, True, False, name=f"agent {number}") for number in range(3)]
    running = _create(client, True, status="running", name="other")

    page = client.get("/v1/runs", params={"status": "completed", "limit": 2, "sort": "name"}).json()
    assert ids[:2] == [run["id"] for run in page["evaluations"]]
    assert {"passed": 1, "ended": 2, "pass_rate": 0.5} == {
        key: page["evaluations"][0]["summary"][key] for key in ("passed", "ended", "pass_rate")
    }
    assert (3, 2, True, False) == tuple(
        page["pagination"][key] for key in ("total", "total_pages", "has_next", "has_prev")
    )
    assert ["exact"] == page["metrics"]
    by_name = client.get("/runs", params={"name": "other"}).json()["evaluations"]
    assert [running] == [run["id"] for run in by_name]


def test_a_deleted_run_is_gone(client):
    run_id = _create(client, True)

    assert {"id": run_id, "deleted": True} == client.delete(f"/v1/runs/{run_id}").json()
    assert 404 == client.get(f"/v1/runs/{run_id}").status_code
    assert 404 == client.delete(f"/v1/runs/{run_id}").status_code


def test_an_evaluations_runs_are_the_evaluations_own(client, finished):
    run_id = client.get(f"/api/v1/evaluations/{finished}").json()["run_ids"][0]
    stored = client.post(f"/v1/runs/{run_id}/items", json={"items": _items(True)})

    assert 409 == stored.status_code
    assert 409 == client.delete(f"/v1/runs/{run_id}").status_code
    items = client.get(f"/v1/runs/{run_id}/items", params={"limit": 2}).json()["items"]
    assert ["0 + 1", "1 + 1"] == [row["datapoint"]["inputs"]["question"] for row in items]


@pytest.mark.parametrize(
    "item",
    [
        {"status": "scored"},
        {"datapoint_id": "", "status": "scored"},
        {"datapoint_id": " ", "status": "scored"},
        {"datapoint_id": "d", "status": "scored", "scores": [{"name": "", "value": 1}]},
        {"datapoint_id": "d", "status": "odd"},
        {"datapoint_id": "d", "status": "scored", "repeat": -1},
        {"datapoint_id": "d", "status": "scored", "input_tokens": 2**63},
        {"datapoint_id": "d", "status": "scored", "scores": [{"name": "x", "value": "NaN"}]},
    ],
)
def test_a_malformed_item_is_named_and_nothing_is_stored(client, item):
    run_id = _create(client)
    answer = client.post(f"/v1/runs/{run_id}/items", json={"items": [*_items(True), item]})

    assert 422 == answer.status_code
    assert ["body", "items", "1"] == answer.json()["errors"][0]["location"][:3]
    assert 0 == client.get(f"/v1/runs/{run_id}/items").json()["total"]


def test_datasets_are_listed_shown_and_paged_through(client, uploaded):
    (listed,) = client.get("/api/v1/datasets", params={"search": "SUM"}).json()["items"]
    shown = client.get(f"/api/v1/datasets/{uploaded.dataset_id}").json()
    page = client.get(
        f"/api/v1/datasets/{uploaded.dataset_id}/datapoints", params={"page": 3, "limit": 6}
    ).json()

    assert listed == shown
    assert (20, "sums") == (shown["size"], shown["name"])
    assert [f"d{number}" for number in range(12, 18)] == [item["id"] for item in page["items"]]
    assert 20 == page["total"]


def test_models_are_those_of_recordings_and_those_with_prices(client, uploaded):
    recorded = client.get("/api/v1/models", params={"provider": "recorded"}).json()["items"]
    hosted = client.get("/api/v1/models", params={"search": "openai:gpt-4o"}).json()["items"]

    assert uploaded.models == [model["spec"] for model in recorded]
    assert all(model["input_usd_per_million"] is not None for model in hosted)
    assert "openai:gpt-4o" in {model["spec"] for model in hosted}


def _scored(client: TestClient, name: str, **values: float) -> str:
    run_id: str = client.post("/v1/runs", json={"name": name}).json()["run_id"]
    scores = [{"name": metric, "value": value} for metric, value in values.items()]
    item = {"datapoint_id": "d", "status": "scored", "scores": scores}
    client.post(f"/v1/runs/{run_id}/items", json={"items": [item]})
    client.put(f"/v1/runs/{run_id}", json={"status": "completed"})
    return run_id


def _names(client: TestClient, **query: Any) -> list[str]:
    answer = client.get("/v1/runs", params=query)
    assert 200 == answer.status_code, answer.text
    return [run["name"] for run in answer.json()["evaluations"]]


def test_runs_are_sorted_by_a_metric_as_a_number_and_those_without_it_come_last(client):
    for name, value in {"nine": 9.0, "ten": 10.0, "minus": -1.0}.items():
        _scored(client, name, near=value)
    _scored(client, "other", far=99.0)

    assert ["ten", "nine", "minus", "other"] == _names(client, sort="-metrics.near")
    assert ["minus", "nine", "ten", "other"] == _names(client, sort="metrics.near")
    assert ["nine", "minus"] == _names(client, sort="-metrics.near", limit=2, page=1, name="in")
    assert ["other"] == _names(client, sort="-metrics.near", limit=3, page=2)
    assert ["ten", "nine"] == _names(
        client, sort_by="metrics.near", sort_order="desc", limit=2, page=1
    )


def test_a_run_scored_anew_moves_in_the_order(client):
    first, second = (_scored(client, name, near=value) for name, value in (("a", 1), ("b", 2)))
    assert ["b", "a"] == _names(client, sort="-metrics.near")
    item = {"datapoint_id": "d", "status": "scored", "scores": [{"name": "near", "value": 5}]}
    client.post(f"/v1/runs/{first}/items", json={"items": [item]})

    assert ["a", "b"] == _names(client, sort="-metrics.near")
    client.delete(f"/v1/runs/{second}")
    assert ["a"] == _names(client, sort="-metrics.near")


def test_runs_are_narrowed_to_a_range_of_a_metric(client):
    for name, value in {"low": 0.1, "mid": 0.5, "high": 0.9}.items():
        _scored(client, name, near=value)
    _scored(client, "other", far=0.5)

    assert ["high", "mid"] == _names(client, metric="metrics.near", metric_min=0.5)
    assert ["mid"] == _names(client, metric="metrics.near", metric_min=0.5, metric_max=0.6)
    assert ["high", "low", "mid"] == _names(client, metric="metrics.near", sort="name")
    listed = client.get("/v1/runs", params={"metric": "metrics.near", "limit": 1}).json()
    assert 3 == listed["pagination"]["total"]


def test_runs_are_sorted_by_pass_rate(client):
    for name, passed in {"half": (True, False), "all": (True,), "none": (False,)}.items():
        _create(client, *passed, name=name)

    assert ["all", "half", "none"] == _names(client, sort="-pass_rate")
    assert ["all"] == _names(client, metric="pass_rate", metric_min=0.6)


@pytest.mark.parametrize(
    "query", [{"sort": "metrics."}, {"sort": "secret"}, {"metric": "name"}, {"metric_min": "nan"}]
)
def test_a_sort_or_a_range_of_nothing_is_refused(client, query):
    assert 422 == client.get("/v1/runs", params=query).status_code


def _ids(client: TestClient, run_id: str, **query: Any) -> list[str]:
    answer = client.get(f"/v1/runs/{run_id}/items", params=query)
    assert 200 == answer.status_code, answer.text
    return [row["datapoint"]["id"] for row in answer.json()["items"]]


def _mixed(client: TestClient) -> str:
    run_id: str = client.post("/v1/runs", json={"name": "mixed"}).json()["run_id"]
    items: list[dict[str, Any]] = [
        {"datapoint_id": "right", "scores": [{"name": "exact", "value": 1, "passed": True}]},
        {"datapoint_id": "wrong", "scores": [{"name": "exact", "value": 0, "passed": False}]},
        {"datapoint_id": "number", "scores": [{"name": "near", "value": 0.4}], "outputs": "seven"},
        {"datapoint_id": "bigger", "scores": [{"name": "near", "value": 0.6}], "outputs": "seven"},
        {"datapoint_id": "broken", "status": "failed", "error": "ValueError: no"},
    ]
    body = {"items": [{"status": "scored"} | item for item in items]}
    client.post(f"/v1/runs/{run_id}/items", json=body)
    client.put(f"/v1/runs/{run_id}", json={"status": "completed"})
    return run_id


def test_items_are_narrowed_by_their_verdict(client):
    run_id = _mixed(client)
    assert ["right"] == _ids(client, run_id, passed=True)
    assert ["wrong"] == _ids(client, run_id, verdict="not_passed")
    assert ["number", "bigger"] == _ids(client, run_id, verdict="no_verdict")
    assert ["broken"] == _ids(client, run_id, verdict="errored")
    rows = client.get(f"/v1/runs/{run_id}/items").json()["items"]
    shown = {row["datapoint"]["id"]: row["answers"][0]["passed"] for row in rows}
    assert {
        "right": True,
        "wrong": False,
        "number": None,
        "bigger": None,
        "broken": None,
    } == shown


def test_items_are_narrowed_and_sorted_by_a_metric(client):
    run_id = _mixed(client)
    assert ["bigger", "number"] == _ids(client, run_id, metric="near", sort="-near")
    assert ["bigger"] == _ids(client, run_id, metric="near", metric_min=0.5)
    assert ["number"] == _ids(client, run_id, metric="near", limit=1, page=2, sort="-near")
    assert ["bigger", "number"] == _ids(client, run_id, search="SEVEN", sort="-near")
    assert "bigger" == _ids(client, run_id, sort="-near")[0]


def test_items_are_sorted_by_latency_and_found_by_their_error(client):
    run_id = client.post("/v1/runs", json={"name": "n", "candidate": "answer"}).json()["run_id"]
    items = [
        {"datapoint_id": "slow", "status": "scored", "passed": True, "latency_seconds": 2.0},
        {"datapoint_id": "none", "status": "failed", "error": "TimeoutError: no answer"},
        {"datapoint_id": "fast", "status": "scored", "passed": True, "latency_seconds": 0.0},
    ]
    client.post(f"/v1/runs/{run_id}/items", json={"items": items})
    assert ["fast", "slow", "none"] == _ids(client, run_id, sort="item.latency_seconds")
    assert ["slow", "fast", "none"] == _ids(client, run_id, sort="-item.latency_seconds")
    assert ["slow"] == _ids(client, run_id, sort="-item.latency_seconds", limit=1, verdict="passed")
    assert ["none"] == _ids(client, run_id, search="timeouterror")
    assert ["none"] == _ids(client, run_id, search="timeout", sort="-item.latency_seconds")


def _session(client: TestClient, run_id: str, datapoint: str, *, right: bool) -> None:
    """Send what a third-party client does: a session, and the candidate's event in it."""
    link = {"run_id": run_id, "datapoint_id": datapoint}
    started = client.post(
        "/v1/session/start",
        json={"session": {"session_name": "run A", "source": "evaluation", "metadata": link}},
    ).json()
    event = {
        "session_id": started["session_id"],
        "event_name": "answer",
        "event_type": "chain",
        "outputs": {"result": datapoint},
        "metrics": {"exact": right},
        "metadata": link,
    }
    assert 200 == client.post("/v1/events", json={"event": event}).status_code
    body = {"event_id": started["session_id"], "metrics": {"exact": not right}}
    assert 200 == client.put("/v1/events", json=body).status_code


def test_a_third_party_run_stands_in_its_datasets_order_with_the_metrics_of_both_events(client):
    ids = ["EXT-c", "EXT-a", "EXT-b"]
    body = {"name": "run A", "datapoint_ids": ids, "configuration": {"function": "answer"}}
    run_id = client.post("/v1/runs", json=body).json()["run_id"]
    for name in reversed(ids):
        _session(client, run_id, name, right=name == "EXT-a")

    assert ids == _ids(client, run_id)
    details = client.get(f"/v1/runs/{run_id}/result").json()["metrics"]["details"]
    assert {
        ("exact", "answer", "chain"): [False, True, False],
        ("exact", "run A", "session"): [True, False, True],
    } == {
        (each["metric_name"], each["event_name"], each["event_type"]): each["values"]
        for each in details
    }


def test_a_difference_that_rounding_left_needs_no_number_of_datapoints(client):
    """The same four scores in another order: summed, they differ by some 10^-17."""
    old, new = _create(client), _create(client)
    for run_id, values in ((old, [0.8, 0.8, 0.5, 0.3]), (new, [0.5, 0.8, 0.3, 0.8])):
        items = [
            {"datapoint_id": f"d{n}", "status": "scored", "scores": [{"name": "s", "value": value}]}
            for n, value in enumerate(values)
        ]
        client.post(f"/v1/runs/{run_id}/items", json={"items": items})
    answer = client.get(f"/v1/runs/{new}/compare/{old}")

    assert 200 == answer.status_code, answer.text
    [metric] = answer.json()["metrics"]
    assert 0 < abs(metric["significance"]["difference"]) < 1e-15
    assert metric["significance"]["needed"] is None


def test_the_session_metrics_of_two_runs_compare_although_their_sessions_are_named_apart(client):
    runs = []
    for name in ("run A", "run B"):
        body = {"name": name, "configuration": {"function": "answer"}}
        run_id = client.post("/v1/runs", json=body).json()["run_id"]
        link = {"run_id": run_id, "datapoint_id": "EXT-a"}
        started = client.post(
            "/v1/session/start", json={"session": {"session_name": name, "metadata": link}}
        ).json()
        event = {"session_id": started["session_id"], "event_name": "answer", "metrics": {"m": 1}}
        client.post("/v1/events", json={"event": {**event, "metadata": link}})
        client.put("/v1/events", json={"event_id": started["session_id"], "metrics": {"m": 2}})
        runs.append(run_id)

    found = client.get(f"/v1/runs/{runs[1]}/compare-with/{runs[0]}").json()
    assert [("answer", 1), ("run B", 2)] == [
        (each["event_name"], each["new_aggregate"]) for each in found["metrics"]
    ]
    assert ([], []) == (found["old_only_metrics"], found["new_only_metrics"])


def test_items_are_downloaded_as_they_are_narrowed(client):
    run_id = _mixed(client)
    address = f"/v1/runs/{run_id}/items/export"
    lines = client.get(address, params={"verdict": "no_verdict", "sort": "-near"}).text.splitlines()
    assert ["bigger", "number"] == [json.loads(line)["datapoint"]["id"] for line in lines]

    answer = client.get(address, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert 'attachment; filename="mixed.csv"' == answer.headers["content-disposition"]
    assert ["right", "wrong", "number", "bigger", "broken"] == [row["datapoint_id"] for row in rows]
    assert [("1.0", ""), ("0.0", ""), ("", "0.4"), ("", "0.6"), ("", "")] == [
        (row["exact"], row["near"]) for row in rows
    ]
    assert ["True", "False", "", "", ""] == [row["passed"] for row in rows]
    assert "ValueError: no" == rows[4]["error"]


def test_the_runs_that_are_listed_are_downloaded(client):
    _create(client, True, False)
    _create(client, True, True, status="cancelled", description="=1+1")
    client.post("/v1/runs", json={"name": "other"})

    answer = client.get("/v1/runs/export", params={"format": "csv", "sort": "pass_rate"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert 'attachment; filename="runs.csv"' == answer.headers["content-disposition"]
    assert [("agent", "0.5", "0.5", "2"), ("agent", "1.0", "1.0", "2"), ("other", "", "", "0")] == [
        (row["name"], row["pass_rate"], row["exact"], row["ended"]) for row in rows
    ]
    assert ["", "'=1+1", ""] == [row["description"] for row in rows]
    listed = client.get("/v1/runs", params={"sort": "pass_rate"}).json()["evaluations"]
    lines = client.get("/runs/export", params={"sort": "pass_rate"}).text.splitlines()
    assert listed == [json.loads(line) for line in lines]
    narrowed = client.get("/v1/runs/export", params={"name": "nothing", "format": "csv"}).text
    assert 1 == len(narrowed.splitlines())


def test_a_downloaded_cell_is_no_formula(client):
    run_id = client.post("/v1/runs", json={"name": "=1+1"}).json()["run_id"]
    item = {"datapoint_id": "=A1", "status": "scored", "outputs": "=cmd()", "inputs": {"q": 1}}
    client.post(f"/v1/runs/{run_id}/items", json={"items": [item]})

    [row] = csv.DictReader(
        io.StringIO(client.get(f"/v1/runs/{run_id}/items/export?format=csv").text)
    )
    assert ("'=A1", "'=cmd()", '{"q":1}') == (row["datapoint_id"], row["output"], row["inputs"])


def test_a_run_is_shown_at_a_glance(client):
    run_id = _mixed(client)
    shown = client.get(f"/v1/runs/{run_id}/overview").json()
    assert {"passed": 1, "not_passed": 1, "no_verdict": 2, "errored": 1} == shown["verdicts"]
    assert {"exact": 0.5, "near": 0.5} == {
        each["key"]: each["aggregate"] for each in shown["metrics"]
    }
    most = client.get(f"/v1/runs/{run_id}/overview", params={"aggregate_function": "max"}).json()
    assert [1.0, 0.6] == [each["aggregate"] for each in most["metrics"]]


def test_items_are_found_by_the_ids_of_their_datapoints(client):
    run_id = _mixed(client)
    assert ["right", "broken"] == _ids(client, run_id, datapoint_id=["broken", "right", "gone"])
    assert ["right"] == _ids(client, run_id, datapoint_id=["broken", "right"], verdict="passed")


def test_a_comparison_is_split_by_the_metadata_of_external_datapoints(client):
    new, old = (_create(client, *passed) for passed in ((True, True), (False, True)))
    address = f"/v1/runs/{new}/compare/{old}/groups"
    assert {"fields": ["source"], "groups": []} == client.get(address).json()
    [group] = client.get(address, params={"field": "source"}).json()["groups"]
    assert ("exact", "test", 2, 0.5, 1.0) == tuple(
        group[key] for key in ("metric", "group", "n", "old_aggregate", "new_aggregate")
    )


def test_the_answer_about_a_run_that_ended_is_ready(client):
    run_id = _create(client, True, False)
    made: list[str] = []
    context = client.app.state.context
    run = context.store.get_run(run_id)
    key = ("result", "average", (run.id, run.updated_at))

    def make() -> list[bytes]:
        made.append("anew")
        return []

    kept = context.answers.answer(key, make).body

    assert [] == made
    assert kept == client.get(f"/v1/runs/{run_id}/result").content


def test_a_replaced_item_shows_in_the_result_of_an_ended_run(client):
    run_id = _create(client, True, True)
    client.post(f"/v1/runs/{run_id}/items", json={"items": _items(False)})
    answer = client.get(f"/v1/runs/{run_id}/result").json()

    assert ["EXT-1"] == answer["passed"]
    assert ["EXT-0"] == answer["failed"]


def test_items_stored_by_a_request_that_began_before_the_end_show_in_the_result(client):
    run_id = _create(client, status="running")
    store = client.app.state.context.store
    before = store.get_run(run_id)
    client.put(f"/v1/runs/{run_id}", json={"status": "completed"})
    assert [] == client.get(f"/v1/runs/{run_id}/result").json()["passed"]

    store_items(store, before, items=[ItemBody(**_items(True)[0])], clock=SYSTEM_CLOCK)

    assert ["EXT-0"] == client.get(f"/v1/runs/{run_id}/result").json()["passed"]


def test_of_changes_at_once_every_one_is_kept(client):
    run_id = _create(client)

    def change(number: int) -> None:
        body = {"metadata": {f"key {number}": number}}
        assert 200 == client.put(f"/v1/runs/{run_id}", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(40)))

    metadata = client.get(f"/v1/runs/{run_id}").json()["evaluation"]["metadata"]
    assert set(range(40)) <= set(metadata.values())


def _tried(client: TestClient, run_id: str, session_id: str, *, error: str | None) -> None:
    """Work on a datapoint: a session with a step, and the item that tells of it."""
    metadata = {"run_id": run_id, "datapoint_id": "d"}
    session = {"session_id": session_id, "session_name": "s", "metadata": metadata, "error": error}
    client.post("/session/start", json={"session": session})
    step = {"event_name": "step", "event_type": "chain", "session_id": session_id, "error": error}
    client.post("/v1/events", json={"event": {**step, "metadata": metadata}})
    item = {"datapoint_id": "d", "status": "failed" if error else "scored", "error": error}
    body = {"items": [{**item, "session_id": session_id}]}
    assert 200 == client.post(f"/v1/runs/{run_id}/items", json=body).status_code


def test_a_datapoint_that_was_worked_on_again_is_paired_by_the_try_that_counts(client):
    old, new = (client.post("/v1/runs", json={"name": n}).json()["run_id"] for n in ("o", "n"))
    _tried(client, old, "first try", error="away")
    _tried(client, old, "second try", error=None)
    _tried(client, new, "new", error=None)

    pairs = client.get(f"/v1/runs/{new}/compare/{old}/events").json()
    assert 2 == pairs["totalEvents"]
    assert {("new", "second try", None)} == {
        (pair["event_1"]["session_id"], pair["event_2"]["session_id"], pair["event_2"]["error"])
        for pair in pairs["events"]
    }


def test_what_earlier_tries_left_is_not_scored_afterwards(client):
    run_id = client.post("/v1/runs", json={"name": "o"}).json()["run_id"]
    _tried(client, run_id, "first try", error="away")
    _tried(client, run_id, "second try", error=None)
    body = {"kind": "check", "settings": {"check": "equals", "value": "s"}, "target": "event_name"}
    metric = client.post("/v1/metrics", json={"name": "named", **body}).json()["metric_id"]
    job = client.post("/v1/metrics/run", json={"metric_id": metric, "run_ids": [run_id]}).json()

    assert 1 == job["job"]["planned"]
    assert {} == client.get("/v1/events/first try").json()["event"]["metrics"]
