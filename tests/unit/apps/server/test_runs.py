"""Runs over HTTP: what a client of experiments stores and gets back."""

from typing import Any

import pytest
from starlette.testclient import TestClient


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


def test_the_answer_about_a_run_that_ended_is_ready(client):
    run_id = _create(client, True, False)
    made: list[str] = []
    context = client.app.state.context
    run = context.store.get_run(run_id)
    key = ("result", "average", (run.id, run.updated_at))

    kept = context.answers.answer(key, lambda: made.append("anew") or b"").body

    assert [] == made
    assert kept == client.get(f"/v1/runs/{run_id}/result").content


def test_a_replaced_item_shows_in_the_result_of_an_ended_run(client):
    run_id = _create(client, True, True)
    client.post(f"/v1/runs/{run_id}/items", json={"items": _items(False)})
    answer = client.get(f"/v1/runs/{run_id}/result").json()

    assert ["EXT-1"] == answer["passed"]
    assert ["EXT-0"] == answer["failed"]
