"""``evaluate(dataset_id=...)`` over datasets that the server keeps, embedded and on a port."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.core.errors import InvalidDatasetError, InvalidInputError, NotFoundError
from tests.integration.experiments.serving import serving


POINTS = [{"id": f"p{n}", "inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(4)]


@pytest.fixture(params=["embedded", "served"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[assay.Client]:
    if request.param == "embedded":
        yield assay.Client(data_dir=tmp_path)
        return
    with serving(tmp_path) as url:
        yield assay.Client(server_url=url)


def double(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": 2 * inputs["n"]}


def sloppy(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": 2 * inputs["n"] if inputs["n"] else 1}


@assay.evaluator
def exact(outputs: Any, ground_truth: Any) -> bool:
    return bool(outputs == ground_truth)


def run(client: assay.Client, function: Any, dataset_id: str, **options: Any) -> Any:
    options = {"evaluators": [exact], "print_results": False, **options}
    return assay.evaluate(function, dataset_id=dataset_id, client=client, **options)


def ids(result: Any) -> set[str]:
    return {point.datapoint_id for point in result.datapoints}


def test_runs_over_a_managed_dataset_are_pinned_to_its_version_and_pair_up(
    client: assay.Client,
) -> None:
    dataset = client.datasets.create("sums", POINTS[:3])
    old = run(client, sloppy, dataset["id"])
    client.datasets.add_datapoints(dataset["id"], POINTS[3:])
    new = run(client, double, dataset["id"])

    first, second = client.runs.get(old.run_id), client.runs.get(new.run_id)
    versions = {each["version"]: each["id"] for each in client.datasets.versions(dataset["id"])}
    assert (dataset["id"], versions[1]) == (first["dataset_id"], first["dataset_version_id"])
    assert (dataset["id"], versions[2]) == (second["dataset_id"], second["dataset_version_id"])
    assert {"p0", "p1", "p2"} == ids(client.runs.result(old.run_id))
    assert {"p0", "p1", "p2", "p3"} == ids(new)
    compared = client.runs.compare(new.run_id, old.run_id)
    assert {"p0", "p1", "p2"} == set(compared.common_datapoints)
    delta = compared.get_metric_delta("exact")
    assert delta is not None
    assert (["p0"], []) == (delta.improved, delta.degraded)


def test_a_change_while_datapoints_are_worked_on_does_not_move_the_run(
    client: assay.Client,
) -> None:
    dataset = client.datasets.create("sums", POINTS[:2])
    once = threading.Lock()

    def meanwhile(inputs: dict[str, int]) -> dict[str, int]:
        if once.acquire(blocking=False):
            client.datasets.add_datapoints(dataset["id"], POINTS[2:])
        return double(inputs)

    result = run(client, meanwhile, dataset["id"])
    assert {"p0", "p1"} == ids(result)
    assert result.success
    assert dataset["version_id"] == client.runs.get(result.run_id)["dataset_version_id"]


def test_a_resumed_run_stays_with_the_version_it_began_with(client: assay.Client) -> None:
    dataset = client.datasets.create("sums", POINTS[:2])

    def broken(inputs: dict[str, int]) -> dict[str, int]:
        if inputs["n"] == 1:
            raise ValueError("one")
        return double(inputs)

    stopped = run(client, broken, dataset["id"])
    client.datasets.update(dataset["id"], datapoints=POINTS[2:])
    again = run(client, double, dataset["id"], resume=stopped.run_id)
    assert {"p0", "p1"} == ids(again)
    assert again.success


def test_an_older_version_is_evaluated_by_its_own_id(client: assay.Client) -> None:
    dataset = client.datasets.create("sums", POINTS[:1])
    client.datasets.add_datapoints(dataset["id"], POINTS[1:])
    result = run(client, double, dataset["version_id"])
    assert {"p0"} == ids(result)
    assert dataset["version_id"] == client.runs.get(result.run_id)["dataset_version_id"]


def test_a_dataset_that_is_not_there_is_named_with_what_to_do(client: assay.Client) -> None:
    with pytest.raises(NotFoundError, match=r"no dataset 'nothing' at .*datasets\.list\(\)"):
        run(client, double, "nothing")
    assert 0 == client.runs.list()["pagination"]["total"]


def test_an_empty_dataset_is_refused(client: assay.Client) -> None:
    with pytest.raises(InvalidDatasetError, match="is empty"):
        run(client, double, client.datasets.create("none")["id"])


@pytest.mark.parametrize("wrong", [7, "", " ", "EXT-0123456789abcdef"])
def test_what_is_no_id_of_a_managed_dataset_is_refused(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="dataset="):
        run(assay.Client(data_dir=tmp_path), double, wrong)


def test_a_run_over_a_version_that_the_dataset_does_not_have_is_refused(tmp_path: Path) -> None:
    client = assay.Client(data_dir=tmp_path)
    dataset = client.datasets.create("sums", POINTS)
    body = {"dataset_id": dataset["id"], "dataset_version_id": "another"}
    from assay.experiments import calls

    with pytest.raises(NotFoundError, match="has no version 'another'"):
        client.call(lambda at: calls.create_run(at, body))
