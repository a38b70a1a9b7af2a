"""Golden datasets in the forms that projects have them in."""

import json
from pathlib import Path
from typing import Any

import pytest

from assay.apps.services.golden_datasets import load_golden
from assay.core.errors import InvalidDatasetError


def write(folder: Path, document: Any, name: str = "golden.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def test_a_flat_case_is_divided_into_inputs_truth_and_metadata(tmp_path: Path):
    case = {
        "id": "greets",
        "user_prompt": "Hello",
        "context": "morning",
        "expected_behavior": "block",
        "rubric": "be kind",
        "tags": ["short"],
    }
    golden = load_golden(write(tmp_path, {"version": "1.2.0", "cases": [case]}))

    assert golden.version == "1.2.0"
    [point] = golden.datapoints
    assert point.id == "greets"
    assert point.inputs == {"user_prompt": "Hello", "context": "morning"}
    assert point.ground_truth == {"expected_behavior": "block", "rubric": "be kind"}
    assert point.metadata == {"tags": ["short"]}


def test_a_case_may_be_a_datapoint(tmp_path: Path):
    case = {"id": "a", "inputs": {"q": 1}, "ground_truth": {"answer": 2}}
    [point] = load_golden(write(tmp_path, {"cases": [case]})).datapoints
    assert (point.inputs, point.ground_truth) == ({"q": 1}, {"answer": 2})


def test_a_flat_case_may_bring_whole_sections(tmp_path: Path):
    case = {"id": "a", "q": 1, "ground_truth": {"answer": 2}, "metadata": {"by": "me"}}
    [point] = load_golden(write(tmp_path, {"cases": [case]})).datapoints
    assert (point.ground_truth, point.metadata) == ({"answer": 2}, {"by": "me"})


def test_the_digest_is_of_the_cases_whatever_file_they_are_in(tmp_path: Path):
    rows = [{"id": "a", "inputs": {"q": "1"}}, {"id": "b", "inputs": {"q": "2"}}]
    whole = load_golden(write(tmp_path, {"version": 3, "cases": rows}))
    plain = load_golden(write(tmp_path, rows, "plain.json"))
    csv = tmp_path / "golden.csv"
    csv.write_text("id,q\na,1\nb,2\n")

    assert whole.digest == plain.digest == load_golden(csv).digest
    assert (whole.version, plain.version) == ("3", plain.digest[:12])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"cases": []}, "expected a list with at least one case"),
        ({"cases": {}}, "expected a list with at least one case"),
        ({"cases": ["x"]}, "case 1: expected an object, found str"),
        ({"cases": [{"id": "a", "expected": 1}]}, "case 1: has no input"),
        ({"cases": [{"id": "a", "q": 1}, {"id": "a", "q": 2}]}, "'a' was used before"),
        ({"rows": []}, "'datapoints'"),
    ],
)
def test_faults_are_named(tmp_path: Path, document: Any, message: str):
    with pytest.raises(InvalidDatasetError) as raised:
        load_golden(write(tmp_path, document))
    assert message in str(raised.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path):
    path = tmp_path / "golden.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidDatasetError, match="cannot be read"):
        load_golden(path)
