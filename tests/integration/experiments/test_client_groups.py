"""The client's groups against the real application, embedded and on a port."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import getmembers, iscoroutinefunction, isfunction
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.core.errors import (
    InvalidDatasetError,
    InvalidInputError,
    NotFoundError,
    ServerError,
)
from assay.kit.canonical_json import NotJsonError
from tests.integration.experiments.serving import serving


POINTS: list[dict[str, Any]] = [
    {"id": "a", "inputs": {"q": "one"}, "ground_truth": {"a": "1"}, "metadata": {"by": "me"}},
    {"id": "b", "inputs": {"q": "=1+1", "tags": ["x"]}, "ground_truth": None, "metadata": {}},
]


@pytest.fixture(params=["embedded", "served"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[assay.Client]:
    if request.param == "embedded":
        yield assay.Client(data_dir=tmp_path)
        return
    with serving(tmp_path) as url:
        yield assay.Client(server_url=url)


@pytest.fixture
def embedded(tmp_path: Path) -> assay.Client:
    return assay.Client(data_dir=tmp_path / "data")


@pytest.mark.parametrize(
    "group",
    ["runs", "datasets", "datapoints", "sessions", "events", "metrics", "annotations", "queues"],
)
def test_every_method_of_every_group_has_an_asynchronous_twin(group: str) -> None:
    kind = type(getattr(assay.Client(), group))
    methods = {name for name, _ in getmembers(kind, isfunction) if not name.startswith("_")}
    twins = {name for name in methods if iscoroutinefunction(getattr(kind, name))}
    assert {f"a{name}" for name in methods - twins} == twins


def test_an_exported_dataset_reads_back_as_it_was(client: assay.Client, tmp_path: Path) -> None:
    dataset = client.datasets.create("numbers", POINTS)
    path = client.datasets.export(dataset["id"], tmp_path / "out.jsonl")
    again = client.datasets.create("again", path)
    kept = client.datasets.datapoints(again["id"])["datapoints"]
    shown = [{key: point[key] for key in POINTS[0]} for point in kept]
    assert POINTS == shown


def test_a_csv_has_a_column_per_field_and_no_formula(client: assay.Client, tmp_path: Path) -> None:
    dataset = client.datasets.create("numbers", POINTS[1:])
    client.datasets.add_datapoints(dataset["id"], POINTS[:1])
    path = client.datasets.export(dataset["id"], tmp_path / "out.txt", format="csv", version=1)
    assert b'id,inputs.q,inputs.tags\r\nb,\'=1+1,"[""x""]"\r\n' == path.read_bytes()


async def test_an_export_works_in_an_event_loop(embedded: assay.Client, tmp_path: Path) -> None:
    dataset = await embedded.datasets.acreate("numbers", POINTS)
    path = await embedded.datasets.aexport(dataset["id"], tmp_path / "out.csv")
    assert path.read_text().startswith("id,inputs.q")


def test_a_refused_export_leaves_no_file(embedded: assay.Client, tmp_path: Path) -> None:
    dataset = embedded.datasets.create("numbers", POINTS)
    with pytest.raises(InvalidInputError, match=r"out\.xlsx has no ending that says its format"):
        embedded.datasets.export(dataset["id"], tmp_path / "out.xlsx")
    with pytest.raises(NotFoundError):
        embedded.datasets.export("nothing", tmp_path / "out.csv")
    with pytest.raises(NotFoundError, match="no version '7'"):
        embedded.datasets.export(dataset["id"], tmp_path / "out.csv", version=7)
    assert [] == list(tmp_path.glob("out*"))


def test_a_file_is_uploaded_as_the_current_version(client: assay.Client, tmp_path: Path) -> None:
    path = tmp_path / "sums.csv"
    path.write_text("id,question,ground_truth.answer\nx,1+1,2\n", encoding="utf-8")
    first = client.datasets.upload(path)
    path.write_text("id,question,ground_truth.answer\nx,1+1,two\n", encoding="utf-8")
    second = client.datasets.upload(path, name="sums")
    assert (first["id"], "sums", 2) == (second["id"], second["name"], second["version"])
    assert {"answer": "two"} == client.datapoints.get("x")["ground_truth"]


async def test_an_upload_that_cannot_be_used_names_file_and_line(
    embedded: assay.Client, tmp_path: Path
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"id": "x", "inputs": {}}\nnothing\n', encoding="utf-8")
    with pytest.raises(ServerError, match=r"broken\.jsonl:2"):
        await embedded.datasets.aupload(path)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        embedded.datasets.upload(tmp_path / "absent.jsonl")


def test_flat_rows_become_inputs_as_in_an_experiment(embedded: assay.Client) -> None:
    dataset = embedded.datasets.create("flat", [{"q": "1+1", "ground_truth": {"a": 2}, "id": 7}])
    [point] = embedded.datasets.datapoints(dataset["id"])["datapoints"]
    assert ("7", {"q": "1+1"}, {"a": 2}) == (point["id"], point["inputs"], point["ground_truth"])


def test_a_dataset_of_stored_datapoints_and_other_parts_is_kept(embedded: assay.Client) -> None:
    stored = embedded.datapoints.create(inputs={"q": 1})
    history = [{"role": "user", "content": "hi"}]
    dataset = embedded.datasets.create("mixed", [stored, {"inputs": {}, "history": history}])
    first, second = embedded.datasets.datapoints(dataset["id"])["datapoints"]
    assert (stored, history) == (first["id"], second["history"])
    emptied = embedded.datasets.update(dataset["id"], datapoints=[])
    assert 0 == emptied["size"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"inputs": {"when": datetime(2026, 1, 1, tzinfo=UTC)}}, r"\[0\]\.inputs\.when"),
        ({"inputs": {"x": [1.0, math.nan]}}, r"\[0\]\.inputs\.x\[1\]"),
        ({"inputs": {}, "groundtruth": {}}, "did you mean 'ground_truth'"),
        (5, "is of type int"),
    ],
)
def test_a_datapoint_that_cannot_be_kept_is_named(
    embedded: assay.Client, row: Any, message: str
) -> None:
    with pytest.raises((InvalidDatasetError, NotJsonError), match=message):
        embedded.datasets.create("bad", [row])


def test_sessions_and_events_are_kept_found_and_changed(client: assay.Client) -> None:
    session = client.sessions.start(session_name="chat", source="test")["session_id"]
    [first] = client.sessions.add_events(session, [{"event_name": "a", "event_type": "tool"}])
    second = client.events.create(event_name="b", event_type="model", session_id=session)
    third, _ = client.events.create_batch(
        [{"event_name": name, "event_type": "chain", "session_id": session} for name in "cd"]
    )
    client.events.update(second, metadata={"seen": True})
    assert True is client.events.get(second)["metadata"]["seen"]
    found = client.events.search([{"field": "event_name", "operator": "is", "value": "a"}])
    assert ([first], 1) == ([each["event_id"] for each in found["events"]], found["totalEvents"])
    client.events.delete(third)
    with pytest.raises(NotFoundError):
        client.events.get(third)
    tree = client.sessions.get(session)
    assert {"a", "b", "d"} == {child["event_name"] for child in tree["children"]}


def test_people_review_events_in_a_queue(client: assay.Client) -> None:
    session = client.sessions.start(session_name="chat")["session_id"]
    events = client.sessions.add_events(
        session, [{"event_name": name, "event_type": "tool"} for name in "abc"]
    )
    queue = client.queues.create("kind", fields=[{"name": "kind"}], fill=False)["id"]
    assert 3 == client.queues.add_events(queue, events)
    claimed = client.queues.claim(queue, author="ann")
    assert claimed is not None
    event_id = claimed["item"]["event_id"]
    assert event_id == claimed["event"]["event_id"]
    assert "claimed" == client.queues.items(queue, state="claimed")["items"][0]["state"]
    assert "pending" == client.queues.release(queue, event_id, author="ann")["state"]
    done = client.queues.complete(queue, event_id, answers={"kind": True}, author="ann")
    assert "completed" == done["state"]
    left = [each for each in events if each != event_id]
    assert ["skipped", "skipped"] == [client.queues.skip(queue, each)["state"] for each in left]
    assert client.queues.claim(queue) is None
    progress = client.queues.get(queue)["progress"]
    assert (1, 2) == (progress["completed"], progress["skipped"])
    assert queue == client.queues.agreement(queue)["queue_id"]
    [said] = client.annotations.list(event_id)
    assert ("kind", True, "ann", queue) == tuple(
        said[key] for key in ("name", "value", "author", "queue_id")
    )
    again = client.annotations.add(event_id, "kind", value=False, comment="rude", author="ann")
    assert [(False, True), (True, False)] == [(each["value"], each["latest"]) for each in again]


async def test_the_asynchronous_twins_do_the_same(embedded: assay.Client) -> None:
    client = embedded
    session = (await client.sessions.astart(session_name="chat"))["session_id"]
    [first] = await client.sessions.aadd_events(session, [{"event_name": "a"}])
    second = await client.events.acreate(event_name="b", session_id=session)
    [third] = await client.events.acreate_batch([{"event_name": "c", "session_id": session}])
    await client.events.aupdate(second, metadata={"seen": True})
    assert True is (await client.events.aget(second))["metadata"]["seen"]
    assert 4 == (await client.events.asearch())["totalEvents"]
    await client.events.adelete(third)
    assert 2 == len((await client.sessions.aget(session))["children"])

    made = await client.queues.acreate("kind", fields=[{"name": "kind"}], fill=False)
    queue = made["id"]
    assert 2 == await client.queues.aadd_events(queue, [first, second])
    assert "other" == (await client.queues.aupdate(queue, name="other"))["name"]
    claimed = await client.queues.aclaim(queue)
    assert claimed is not None
    taken = claimed["item"]["event_id"]
    await client.queues.arelease(queue, taken)
    await client.queues.acomplete(queue, first, answers={"kind": True})
    await client.queues.askip(queue, second)
    assert await client.queues.aclaim(queue) is None
    assert 2 == (await client.queues.aitems(queue))["total"]
    assert [] == (await client.queues.aagreement(queue))["between_people"]
    assert 1 == (await client.queues.alist(search="other"))["total"]
    assert 1 == (await client.queues.aget(queue))["progress"]["completed"]
    await client.annotations.aadd(first, "note", value="fine")
    assert {"note", "kind"} == {each["name"] for each in await client.annotations.alist(first)}
    await client.queues.adelete(queue)
    assert 0 == client.queues.list()["total"]


async def test_a_metric_is_changed_versioned_and_forgotten(embedded: assay.Client) -> None:
    metrics = embedded.metrics
    metric = metrics.create("filled", "check", settings={"check": "not_empty"})["id"]
    assert 2 == metrics.update(metric, description="more")["version"]
    await metrics.aupdate(metric, description="most")
    assert 3 == len(metrics.versions(metric)) == len(await metrics.aversions(metric))
    assert "more" == (await metrics.aget(metric, version=2))["description"]
    assert "most" == metrics.get(metric)["description"]
    for call in (metrics.job, metrics.get):
        with pytest.raises(NotFoundError):
            call("nothing")
    with pytest.raises(NotFoundError):
        await metrics.ajob("nothing")
    metrics.delete(metric)
    with pytest.raises(NotFoundError):
        await metrics.adelete(metric)


@pytest.mark.parametrize("wrong", ["", " ", None, 3])
def test_what_is_no_id_is_refused_before_anything_is_sent(wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="is no id"):
        assay.Client(server_url="http://127.0.0.1:1").datasets.get(wrong)
