"""Managed datasets over HTTP: every change is a version, and nothing that was is lost."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.apps.services.dataset_views import datapoints_csv, datapoints_jsonl
from assay.core.datasets import Datapoint
from assay.store import open_store


def create(client: TestClient, name: str = "sums", **body: Any) -> str:
    answer = client.post("/v1/datasets", json={"name": name, **body})
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["result"]["insertedId"])


def add(client: TestClient, dataset_id: str, *rows: dict[str, Any]) -> dict[str, Any]:
    mapping = {"inputs": ["q"], "ground_truth": ["a"]}
    body = {"data": list(rows), "mapping": mapping}
    answer = client.post(f"/v1/datasets/{dataset_id}/datapoints", json=body)
    assert 200 == answer.status_code, answer.text
    added: dict[str, Any] = answer.json()
    return added


def show(client: TestClient, dataset_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/datasets/{dataset_id}").json()
    return found


def test_each_change_is_a_version_and_the_dataset_keeps_its_id(client: TestClient) -> None:
    dataset = create(client)
    [first] = add(client, dataset, {"q": 1, "a": 2})["datapoint_ids"]
    [second] = add(client, dataset, {"q": 2, "a": 4})["datapoint_ids"]
    client.put(f"/v1/datapoints/{first}", json={"ground_truth": {"a": 3}})
    client.delete(f"/datasets/{dataset}/datapoints/{second}")

    versions = client.get(f"/datasets/{dataset}/versions").json()["versions"]
    assert [(5, 1, True), (4, 2, False), (3, 2, False), (2, 1, False), (1, 0, False)] == [
        (each["version"], each["size"], each["current"]) for each in versions
    ]
    assert [first] == show(client, dataset)["datapoints"]
    diff = client.get(f"/v1/datasets/{dataset}/diff", params={"from": "3"}).json()
    assert [second] == diff["removed"]
    assert [{"path": "ground_truth.a", "kind": "changed", "old": 2, "new": 3}] == diff["changed"][
        0
    ]["fields"]
    old = client.get(f"/v1/datasets/{dataset}/datapoints", params={"version": 3}).json()
    assert [first, second] == [point["id"] for point in old["datapoints"]]


def test_undoing_a_change_leads_back_to_the_version_from_before(client: TestClient) -> None:
    dataset = create(client, datapoints=[{"inputs": {"q": 1}}])
    before = show(client, dataset)
    [added] = add(client, dataset, {"q": 2, "a": 4})["datapoint_ids"]
    client.delete(f"/v1/datasets/{dataset}/{added}")

    assert before["version_id"] == show(client, dataset)["version_id"]


def test_a_run_stays_over_the_version_it_was_made_with(client: TestClient) -> None:
    dataset = create(client, datapoints=[{"id": "p", "inputs": {"q": 1}}])
    pinned = show(client, dataset)["version_id"]
    run = client.post("/v1/runs", json={"dataset_id": dataset}).json()["evaluation"]
    client.put("/v1/datapoints/p", json={"inputs": {"q": 9}})
    item = {"datapoint_id": "p", "status": "scored", "outputs": {}}
    client.post(f"/v1/runs/{run['id']}/items", json={"items": [item]})
    client.put(f"/v1/runs/{run['id']}", json={"status": "completed", "dataset_id": dataset})

    kept = client.get(f"/v1/runs/{run['id']}").json()["evaluation"]
    assert (dataset, pinned) == (kept["dataset_id"], kept["dataset_version_id"])
    assert pinned != show(client, dataset)["version_id"]
    [row] = client.get(f"/v1/runs/{run['id']}/items").json()["items"]
    assert {"q": 1} == row["datapoint"]["inputs"]
    listed = client.get("/v1/runs", params={"dataset_id": dataset}).json()["evaluations"]
    assert [run["id"]] == [each["id"] for each in listed]
    assert 200 == client.delete(f"/v1/datasets/{dataset}").status_code
    [row] = client.get(f"/v1/runs/{run['id']}/items").json()["items"]
    assert {"q": 1} == row["datapoint"]["inputs"]


def test_a_datapoint_may_wait_for_its_dataset(client: TestClient) -> None:
    body = {"inputs": {"q": 1}, "history": [{"role": "user"}], "linked_event": "e1"}
    [loose] = client.post("/v1/datapoints", json=body).json()["result"]["insertedIds"]
    client.put(f"/v1/datapoints/{loose}", json={"metadata": {"level": 2}})
    dataset = create(client, datapoints=[loose])

    [point] = client.get(f"/v1/datapoints/{loose}").json()["datapoint"]
    assert ({"q": 1}, [{"role": "user"}], "e1", {"level": 2}, [dataset]) == (
        *(point["inputs"], point["history"], point["linked_event"]),
        *(point["metadata"], point["linked_datasets"]),
    )
    assert client.delete(f"/v1/datapoints/{loose}").json()["deleted"]
    assert 404 == client.get(f"/v1/datapoints/{loose}").status_code
    assert [] == show(client, dataset)["datapoints"]


def test_a_datapoint_of_two_datasets_changes_in_both(client: TestClient) -> None:
    first, second = create(client, "first"), create(client, "second")
    body = {"inputs": {"q": 1}, "linked_datasets": [first, second]}
    [point] = client.post("/v1/datapoints", json=body).json()["result"]["insertedIds"]
    client.put(f"/v1/datapoints/{point}", json={"inputs": {"q": 2}})

    for dataset in (first, second):
        [found] = client.get(f"/v1/datasets/{dataset}/datapoints").json()["datapoints"]
        assert {"q": 2} == found["inputs"]


def test_datapoints_are_made_of_events(client: TestClient) -> None:
    event = {
        "event_id": "e1",
        "event_name": "chat",
        "event_type": "chain",
        "inputs": {"question": "1 + 1"},
        "outputs": {"answer": {"text": "3"}},
        "feedback": {"ground_truth": {"text": "2"}},
        "metadata": {"user": "u"},
    }
    client.post("/v1/events", json={"event": event})
    dataset = create(client)
    mapping = {
        "inputs": {"q": "inputs.question"},
        "ground_truth": ["answer.text"],
        "metadata": ["metadata.user"],
    }
    filters = [{"field": "event_type", "operator": "is", "value": "chain"}]
    address = f"/v1/datasets/{dataset}/from-events"
    added = client.post(address, json={"filters": filters, "mapping": mapping}).json()
    again = client.post(address, json={"event_ids": ["e1"]}).json()

    [point] = client.get(f"/v1/datasets/{dataset}/datapoints").json()["datapoints"]
    assert (["e1"], False, 2) == (added["datapoint_ids"], again["inserted"], again["version"])
    assert ({"q": "1 + 1"}, {"text": "3"}, {"user": "u"}, "e1") == (
        *(point["inputs"], point["ground_truth"], point["metadata"], point["linked_event"]),
    )
    other = create(client, "other")
    body = {"events": ["e1"], "dataset_id": other}
    client.post("/v1/datapoints/batch", json=body)
    [point] = client.get(f"/v1/datasets/{other}/datapoints").json()["datapoints"]
    assert {"text": "2"} == point["ground_truth"]


def test_files_go_in_and_out_and_no_cell_becomes_a_formula(client: TestClient) -> None:
    rows = [
        {"id": "a", "inputs": {"q": "=1+1", "n": [1]}, "ground_truth": {"t": True}},
        {"id": "b", "inputs": {"q": "plain"}, "metadata": {"level": 2}},
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    files = {"file": ("school sums.jsonl", text)}
    made = client.post("/v1/datasets/import", files=files).json()["dataset"]
    assert ("school sums", 2) == (made["name"], made["size"])

    exported = client.get(f"/v1/datasets/{made['id']}/export").text
    again = client.post("/v1/datasets/import", files={"file": ("school sums.jsonl", exported)})
    assert made["version_id"] == again.json()["dataset"]["version_id"]
    answer = client.get(f"/v1/datasets/{made['id']}/export", params={"format": "csv"})
    [first, second] = csv.DictReader(io.StringIO(answer.text))
    assert ("'=1+1", "[1]", "true") == (
        first["inputs.q"],
        first["inputs.n"],
        first["ground_truth.t"],
    )
    assert ("plain", "2") == (second["inputs.q"], second["metadata.level"])
    assert "school_sums" in answer.headers["content-disposition"].replace(" ", "_")


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_dataset_is_written_while_it_is_read(kind: str) -> None:
    """Of a dataset of any size only some hundred datapoints are in memory at once."""
    taken = 0

    def read() -> Iterator[Datapoint]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield Datapoint(f"d{number}", {"q": number, "late" if number > 9000 else "q": 1})

    lines = datapoints_csv(read) if kind == "csv" else datapoints_jsonl(read())
    first = next(lines)
    if kind == "csv":
        assert b"id,inputs.q,inputs.late\r\n" == first
        taken = 0
        first = next(lines)
    assert 500 == taken == first.count(b"\n")
    assert 10_000 == 500 + b"".join(lines).count(b"\n")


def test_what_the_bench_uploads_is_a_managed_dataset_too(client: TestClient) -> None:
    for inputs in ({"q": 1}, {"q": 2}):
        text = json.dumps({"id": "a", "inputs": inputs})
        client.post("/api/v1/datasets", files={"file": ("sums.jsonl", text)})

    [dataset] = client.get("/v1/datasets", params={"name": "sums"}).json()["datasets"]
    assert (2, ["a"]) == (dataset["version"], dataset["datapoints"])


def test_stored_datasets_are_told_apart_by_whether_they_are_managed(
    client: TestClient, tmp_path: Path
) -> None:
    """Whichever page of the managed ones is looked at."""
    for number in range(3):
        create(client, f"kept {number}", datapoints=[{"inputs": {"q": number}}])
    with closing(open_store(f"sqlite:///{tmp_path}/data/assay.sqlite")) as store:
        store.add_dataset("brought along", [Datapoint("a", inputs={"q": 3})])

    def names(**query: Any) -> list[str]:
        page = client.get("/api/v1/datasets", params={"limit": 2, **query}).json()
        assert page["total"] == total
        return [each["name"] for each in page["items"]]

    total = 3
    assert ["kept 2", "kept 1"] == names(managed=True)
    assert ["kept 0"] == names(managed=True, page=2)
    total = 1
    assert ["brought along"] == names(managed=False)
    assert ["kept 1"] == names(managed=True, search="1")


def test_a_dataset_is_described_renamed_and_listed(client: TestClient) -> None:
    dataset = create(client, description="d", metadata={"a": 1})
    create(client, "taken")
    body = {"dataset_id": dataset, "name": "additions", "metadata": {"b": 2}}
    changed = client.put("/v1/datasets", json=body).json()["dataset"]

    assert ("additions", "d", {"a": 1, "b": 2}) == (
        *(changed["name"], changed["description"], changed["metadata"]),
    )
    assert [1] == [
        each["version"] for each in client.get(f"/datasets/{dataset}/versions").json()["versions"]
    ]
    assert 409 == client.put(f"/v1/datasets/{dataset}", json={"name": "taken"}).status_code
    exact = {"name": "taken", "exact_name": True}
    assert 409 == client.post("/v1/datasets", json=exact).status_code
    names = [show(client, create(client, "taken"))["name"] for _ in range(2)]
    assert ["taken (2)", "taken (3)"] == names
    listed = client.get("/v1/datasets", params={"search": "addi"}).json()
    assert (1, "additions") == (listed["total"], listed["datasets"][0]["name"])
    client.delete("/v1/datasets", params={"dataset_id": dataset})
    assert 404 == client.get(f"/v1/datasets/{dataset}").status_code
    create(client, "additions")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "rows under 'data'"),
        ({"data": [{"a": 1}], "mapping": {"inputs": ["q"]}}, r"data[0]: The row has no 'q'"),
        ({"datapoints": [{"id": "p"}]}, "'p' is in the dataset already"),
    ],
)
def test_what_cannot_be_added_is_said_and_changes_nothing(
    client: TestClient, body: dict[str, Any], said: str
) -> None:
    dataset = create(client, datapoints=[{"id": "p", "inputs": {}}])
    answer = client.post(f"/v1/datasets/{dataset}/datapoints", json=body)

    assert 422 == answer.status_code
    assert said in answer.json()["detail"]
    assert 1 == show(client, dataset)["version"]


def test_what_is_unknown_is_said_to_be_unknown(client: TestClient) -> None:
    dataset = create(client)
    for method, address in (
        ("GET", "/v1/datasets/none"),
        ("GET", f"/v1/datasets/{dataset}/diff?from=7"),
        ("GET", "/v1/datapoints/none"),
        ("DELETE", f"/v1/datasets/{dataset}/datapoints/none"),
    ):
        assert 404 == client.request(method, address).status_code, address
    body = {"name": "other", "datapoints": ["none"]}
    assert 404 == client.post("/v1/datasets", json=body).status_code
    body = {"event_ids": ["none"]}
    assert 404 == client.post(f"/v1/datasets/{dataset}/from-events", json=body).status_code
    assert 422 == client.post(f"/v1/datasets/{dataset}/from-events", json={}).status_code
