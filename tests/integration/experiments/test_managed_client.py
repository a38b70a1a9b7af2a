"""The client's groups for managed datasets, datapoints and server-side evaluators."""

from pathlib import Path

import pytest

from assay.core.errors import NotFoundError
from assay.experiments.client import Client


def test_a_dataset_is_managed_from_code(tmp_path: Path) -> None:
    client = Client(data_dir=tmp_path)
    dataset = client.datasets.create("sums", [{"id": "a", "inputs": {"q": 1}}], description="d")
    added = client.datasets.add_datapoints(dataset["id"], [{"inputs": {"q": 2}}])
    client.datapoints.update("a", ground_truth={"a": 2})

    assert ["a", *added["datapoint_ids"]] == client.datasets.get(dataset["id"])["datapoints"]
    assert [3, 2, 1] == [each["version"] for each in client.datasets.versions(dataset["id"])]
    diff = client.datasets.diff(dataset["id"], 2, 3)
    assert [("a", ["ground_truth"])] == [
        (each["id"], [field["path"] for field in each["fields"]]) for each in diff["changed"]
    ]
    assert {"a": 2} == client.datapoints.get("a")["ground_truth"]
    page = client.datasets.datapoints(dataset["id"], version=2, limit=1)
    assert (2, None) == (page["total"], page["datapoints"][0]["ground_truth"])
    client.datasets.delete(dataset["id"])
    assert 0 == client.datasets.list()["total"]


async def test_every_method_has_an_asynchronous_twin(tmp_path: Path) -> None:
    client = Client(data_dir=tmp_path)
    dataset = await client.datasets.acreate("sums")
    point = await client.datapoints.acreate(inputs={"q": 1}, linked_datasets=[dataset["id"]])
    await client.datapoints.aupdate(point, inputs={"q": 2})
    await client.datasets.aadd_datapoints(dataset["id"], [{"inputs": {}}])
    assert {"q": 2} == (await client.datapoints.aget(point))["inputs"]
    assert 2 == (await client.datasets.adatapoints(dataset["id"]))["total"]
    assert 4 == len(await client.datasets.aversions(dataset["id"]))
    assert 2 == len((await client.datasets.adiff(dataset["id"], 1))["added"])
    await client.datapoints.adelete(point)
    renamed = await client.datasets.aupdate(dataset["id"], name="other")
    assert ("other", 1) == (renamed["name"], renamed["size"])
    await client.datasets.adelete(dataset["id"])
    with pytest.raises(NotFoundError):
        await client.datasets.aget(dataset["id"])


def test_a_metric_scores_a_run_from_code(tmp_path: Path) -> None:
    client = Client(data_dir=tmp_path)
    metric = client.metrics.create("filled", "check", settings={"check": "not_empty"})
    assert ["filled"] == [each["name"] for each in client.metrics.list()["metrics"]]
    with pytest.raises(NotFoundError):
        client.metrics.run(metric["id"], ["11111111-1111-4111-8111-111111111111"])
