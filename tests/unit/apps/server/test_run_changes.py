"""Runs that are changed, and what is deleted with them or under them."""

from typing import Any

import pytest
from starlette.testclient import TestClient


def _create(client: TestClient, *passed: bool, **body: Any) -> str:
    """Return a completed run with an item for each of ``passed``."""
    created = client.post("/v1/runs", json={"name": "agent", "dataset_id": "EXT-1", **body})
    run_id: str = created.json()["run_id"]
    items = [
        {
            "datapoint_id": f"EXT-{number}",
            "status": "scored",
            "scores": [{"name": "exact", "value": float(ok), "passed": ok}],
        }
        for number, ok in enumerate(passed)
    ]
    client.post(f"/v1/runs/{run_id}/items", json={"items": items})
    client.put(f"/v1/runs/{run_id}", json={"status": "completed"})
    return run_id


def test_mappings_merge_one_level_deep_and_null_is_a_value(client):
    before = {"git": {"branch": "main", "dirty": True}, "kept": 1, "team": "a"}
    run_id = _create(client, metadata=before)
    body = {"metadata": {"git": {"branch": "fix"}, "team": None}, "results": None}
    changed = client.put(f"/v1/runs/{run_id}", json=body).json()["evaluation"]

    expected = {"git": {"branch": "fix"}, "kept": 1, "team": None, "offline_dataset_id": "EXT-1"}
    assert expected == changed["metadata"]


@pytest.mark.parametrize("name", ["", "  "])
def test_a_run_never_loses_its_name(client, name):
    created = client.post("/v1/runs", json={"name": name}).json()
    refused = client.put(f"/v1/runs/{created['run_id']}", json={"name": name})

    assert created["run_id"] == created["evaluation"]["name"]
    assert 422 == refused.status_code
    assert "name" in refused.text


def test_a_headline_is_kept_once_and_goes_with_its_run(client):
    kept, gone = _create(client, True), _create(client, False)
    store = client.app.state.context.store
    for name in ("b", "c"):
        for run_id in (kept, gone):
            client.put(f"/v1/runs/{run_id}", json={"name": name})
        client.get("/v1/runs", params={"sort": "-pass_rate", "aggregate_function": "max"})
        client.get("/v1/runs")
    client.delete(f"/v1/runs/{gone}")

    assert 2 == store.forget_responses("headline:")


def test_a_deleted_session_leaves_the_results_of_its_run(client):
    old, new = _create(client, True, True), _create(client, True, False)
    result = client.get(f"/v1/runs/{new}/result").json()
    client.get(f"/v1/runs/{new}/compare-with/{old}")
    client.get("/v1/runs")
    [gone] = [each for each in result["datapoints"] if each["datapoint_id"] == "EXT-1"]
    assert 200 == client.delete(f"/v1/events/{gone['session_id']}").status_code

    after = client.get(f"/v1/runs/{new}/result").json()
    compared = client.get(f"/v1/runs/{new}/compare-with/{old}").json()
    listed = {run["id"]: run["summary"] for run in client.get("/v1/runs").json()["evaluations"]}
    assert ["EXT-0"] == [each["datapoint_id"] for each in after["datapoints"]]
    assert ["EXT-0"] == compared["commonDatapoints"]
    assert (1, 2) == (listed[new]["ended"], listed[old]["ended"])
    assert 1 == client.get(f"/v1/runs/{new}/metrics").json()["totalEvents"]
    assert 1 == client.get(f"/v1/runs/{new}/items").json()["total"]
