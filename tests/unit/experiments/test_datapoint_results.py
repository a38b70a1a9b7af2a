"""The datapoints of a result: like a list of models, each made when it is read."""

import json
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from assay import DatapointResult
from assay.experiments.datapoint_results import DatapointResults
from assay.experiments.models import ExperimentResultSummary


def _entries(count: int) -> list[dict[str, Any]]:
    metric = {"name": "exact", "event_name": "", "event_type": "chain", "passed": True}
    return [
        {"datapoint_id": f"EXT-{number}", "metrics": [{**metric, "value": float(number)}]}
        for number in range(count)
    ]


def _summary(datapoints: Any) -> ExperimentResultSummary:
    return ExperimentResultSummary(
        run_id="r", status="completed", success=True, datapoints=datapoints
    )


def test_datapoints_are_read_like_a_list_of_models():
    found = _summary(_entries(3)).datapoints
    expected = [DatapointResult.model_validate(entry) for entry in _entries(3)]

    assert expected == list(found)
    assert (3, expected[-1], True) == (len(found), found[-1], expected[1] in found)
    assert expected[1:] == list(found[1:])
    assert expected[::-1] == list(reversed(found))
    assert found == expected
    assert found != expected[:2]
    assert found != "abc"
    with pytest.raises(IndexError):
        found[3]


def test_keys_a_newer_server_adds_are_kept():
    [point] = _summary([{"datapoint_id": "EXT-0", "weather": "fine"}]).datapoints
    assert {"weather": "fine"} == point.model_extra


def test_a_result_is_written_and_read_back_whole():
    summary = _summary(_entries(2))
    written = json.loads(summary.model_dump_json())

    assert written == json.loads(json.dumps(summary.model_dump(mode="json")))
    assert ["EXT-0", "EXT-1"] == [point["datapoint_id"] for point in written["datapoints"]]
    assert summary == ExperimentResultSummary.model_validate(written)
    assert summary == pickle.loads(pickle.dumps(summary))  # noqa: S301 - written here


def test_models_and_other_results_are_taken_as_datapoints():
    points = [DatapointResult(datapoint_id="EXT-0")]

    assert points == list(_summary(points).datapoints)
    assert points == list(_summary(DatapointResults(points)).datapoints)


@pytest.mark.parametrize("wrong", ["abc", 3, {"a": 1}, [1], ["abc"]])
def test_what_is_no_list_of_datapoints_is_refused(wrong):
    with pytest.raises(ValidationError, match="datapoints"):
        _summary(wrong)


def test_what_failed_is_told_with_its_datapoint():
    entries: list[dict[str, Any] | DatapointResult] = [
        {"datapoint_id": "EXT-0"},
        {"datapoint_id": "EXT-1", "error": "no answer"},
        DatapointResult(datapoint_id="EXT-2", evaluator_errors={"exact": "no ground truth"}),
    ]
    assert ["EXT-1: no answer", "EXT-2: exact: no ground truth"] == list(
        DatapointResults(entries).failures()
    )
