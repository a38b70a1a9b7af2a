import inspect
from importlib.util import find_spec
from typing import Any

import pytest

import assay
from assay.core.errors import InvalidDatasetError, MissingExtraError, NotFoundError
from assay.experiments.datasets import external_dataset
from assay.experiments.managed import Datasets


def a_run(client: assay.Client, **options: Any) -> assay.ExperimentResultSummary:
    rows = [{"inputs": {"n": n}} for n in range(3)]
    return assay.evaluate(
        lambda inputs: inputs["n"],
        dataset=rows,
        evaluators=[assay.evaluator(name="size")(lambda outputs: outputs)],
        client=client,
        print_results=False,
        **options,
    )


async def test_runs_are_listed_changed_and_deleted(client: assay.Client, server: Any) -> None:
    run_id = a_run(client).run_id
    assert run_id == client.runs.get(run_id)["run_id"]
    assert run_id == (await client.runs.aget(run_id))["run_id"]
    assert 1 == client.runs.list()["pagination"]["total"]
    assert 1 == (await client.runs.alist(limit=5))["pagination"]["total"]
    assert "new" == client.runs.update(run_id, name="new")["name"]
    assert {"a": 1} == (await client.runs.aupdate(run_id, results={"a": 1}))["results"]
    client.runs.delete(run_id)
    with pytest.raises(NotFoundError, match=f"There is no run {run_id}"):
        client.runs.get(run_id)


async def test_a_run_is_deleted_asynchronously(client: assay.Client, server: Any) -> None:
    run_id = a_run(client).run_id
    await client.runs.adelete(run_id)
    assert {} == server.runs


async def test_results_are_read_by_function_and_twin(client: assay.Client, server: Any) -> None:
    run_id = a_run(client).run_id
    by_sum = assay.get_run_result(client, run_id, "sum")
    assert by_sum == await assay.aget_run_result(client, run_id, "sum")
    assert 3.0 == by_sum.metrics.get_all_metrics()["size"].aggregate
    assert 1.0 == assay.get_run_metrics(client, run_id).details[0].aggregate
    assert ["size"] == (await assay.aget_run_metrics(client, run_id)).list_metrics()
    assert by_sum.metrics.get_metric("other") is None


async def test_runs_are_compared_by_function_and_twin(client: assay.Client, server: Any) -> None:
    old, new = a_run(client), a_run(client)
    comparison = assay.compare_runs(client, new.run_id, old.run_id)
    assert comparison == await assay.acompare_runs(client, new.run_id, old.run_id)
    assert 3 == comparison.metrics[0].same_count
    significance = comparison.metrics[0].significance
    assert significance is not None
    assert 3 == significance.n


def test_a_result_is_printed_unless_told_otherwise(
    client: assay.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assay.evaluate(lambda n: n, dataset=[{"n": 1}], client=client)
    assert "1 of 1 datapoints passed" in capsys.readouterr().out


def test_without_pandas_the_remedy_is_named(client: assay.Client) -> None:
    result = a_run(client)
    if find_spec("pandas") is None:
        with pytest.raises(MissingExtraError, match="pip install pandas"):
            result.to_pandas()
    else:
        assert [0, 1, 2] == list(result.to_pandas()["size"])


def test_flat_rows_are_inputs_but_for_id_and_ground_truth() -> None:
    rows: list[dict[str, Any]] = [{"question": "q", "id": 7, "ground_truth": {"answer": "a"}}]
    [point] = external_dataset(rows).datapoints
    assert ("EXT-7", {"question": "q"}, {"answer": "a"}) == (
        point.id,
        point.inputs,
        point.ground_truth,
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"inputs": {}, "ground_trut": {}}, r"datapoint\[0\].*did you mean 'ground_truth'"),
        ({"inputs": {}, "zebra": 1}, "put it under 'metadata'"),
        ({"inputs": None}, r"datapoint\[0\]\.inputs is null"),
        ({"inputs": "text"}, "inputs is of type str; give a dict"),
        ({"inputs": {}, "ground_truth": "a"}, "ground_truth is of type str"),
        ("text", "each datapoint is a dict"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(row: Any, message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        external_dataset([row])


def test_a_file_gives_the_ids_that_its_rows_give(tmp_path: Any) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"inputs": {"n": 1}}\n{"id": "b", "inputs": {"n": 2}}\n', encoding="utf-8")
    rows: list[dict[str, Any]] = [{"inputs": {"n": 1}}, {"id": "b", "inputs": {"n": 2}}]
    assert external_dataset(rows) == external_dataset(path) == external_dataset(str(path))


def test_methods_are_shown_as_they_are_called() -> None:
    for name in ("create", "acreate"):
        method = getattr(Datasets, name)
        shown = inspect.signature(method)
        assert (name, dict[str, Any]) == (method.__name__, shown.return_annotation)
        assert ["self", "name", "datapoints", "fields"] == list(shown.parameters)
        assert "Store a dataset" in (method.__doc__ or "")
    assert not inspect.iscoroutinefunction(Datasets.create)
    assert inspect.iscoroutinefunction(Datasets.acreate)
