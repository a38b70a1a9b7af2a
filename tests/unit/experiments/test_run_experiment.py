"""``run_experiment``: the execution alone."""

from typing import Any

import pytest

import assay
from assay import ExperimentContext, evaluators
from assay.core.errors import InvalidInputError


CONTEXT = ExperimentContext("run-1", "EXT-1", run_name="v1", metadata={"by": "me"})
ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(4)]
IDS = ["a", "b", "c", "d"]


def double(inputs: dict[str, int]) -> dict[str, int]:
    if inputs["n"] == 2:
        raise ValueError("two")
    return {"answer": 2 * inputs["n"]}


def test_each_datapoint_gets_its_entry_in_order() -> None:
    entries = assay.run_experiment(
        double, ROWS, IDS, experiment_context=CONTEXT, evaluators=[evaluators.exact_match()]
    )
    assert IDS == [entry["datapoint_id"] for entry in entries]
    assert ["success", "success", "failed", "success"] == [entry["status"] for entry in entries]
    assert "ValueError: two" == entries[2]["error"]
    assert {} == entries[2]["evaluators"]
    first = entries[1]
    assert ({"n": 1}, {"answer": 2}) == (first["inputs"], first["outputs"])
    assert first["evaluators"]["exact_match"]["passed"]
    assert first["duration_seconds"] >= 0
    assert 4 == len({entry["session_id"] for entry in entries})


async def test_it_works_in_a_running_loop_and_stores_where_it_is_asked_to(
    client: assay.Client, server: Any
) -> None:
    async def later(inputs: Any) -> Any:
        return inputs["n"]

    await client.acall(lambda at: at.request("POST", "/v1/runs", body=b'{"run_id": "run-1"}'))
    entries = await assay.arun_experiment(
        later, ROWS, IDS, experiment_context=CONTEXT, max_workers=1, client=client
    )
    assert [0, 1, 2, 3] == [entry["outputs"] for entry in entries]
    assert IDS == [item["datapoint_id"] for item in server.posted_items()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"datapoint_ids": ["a"]}, "4 datapoints and 1 datapoint_ids"),
        ({"datapoint_ids": ["a", "b", "c", "a"]}, "share an id"),
        ({"max_workers": 0}, "max_workers is 0"),
        ({"function": 3}, "must be callable"),
        ({"dataset": []}, "is empty"),
    ],
)
def test_arguments_are_checked_before_anything_runs(options: Any, message: str) -> None:
    given = {"function": double, "dataset": ROWS, "datapoint_ids": IDS, **options}
    with pytest.raises(InvalidInputError, match=message):
        assay.run_experiment(**given, experiment_context=CONTEXT)


def test_the_context_sets_up_each_datapoints_tracer() -> None:
    assert {
        "is_evaluation": True,
        "run_id": "run-1",
        "dataset_id": "EXT-1",
        "datapoint_id": "a",
        "source": "evaluation",
    } == CONTEXT.to_tracer_config("a")
    assert "ci" == ExperimentContext("r", "d", source="ci").to_tracer_config("a")["source"]
