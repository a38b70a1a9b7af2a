"""Datasets of the real Hugging Face library, made in memory."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, IterableDataset, Value

import assay
from assay.core.errors import InvalidDatasetError
from assay.experiments.datasets import external_dataset
from assay.kit.canonical_json import NotJsonError


ROWS: list[dict[str, Any]] = [
    {"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(3)
]


def test_an_experiment_runs_over_one(tmp_path: Path) -> None:
    result = assay.evaluate(
        lambda inputs: {"answer": 2 * inputs["n"]},
        dataset=Dataset.from_list(ROWS),
        evaluators=[assay.evaluators.exact_match()],
        data_dir=tmp_path,
        print_results=False,
    )
    assert 3 == len(result.passed)


def test_it_is_the_dataset_of_its_rows_loaded_or_streamed() -> None:
    loaded = Dataset.from_list(ROWS)
    assert external_dataset(ROWS) == external_dataset(loaded)
    assert external_dataset(ROWS) == external_dataset(loaded.to_iterable_dataset())


@pytest.mark.parametrize("form", [None, "arrow", "numpy", "pandas"])
def test_flat_columns_are_inputs_in_whatever_format_they_are_given(form: str | None) -> None:
    features = {
        "q": Value("string"),
        "at": Value("timestamp[s]"),
        "label": ClassLabel(names=["no", "yes"]),
        "ground_truth.answer": Value("float64"),
    }
    row = {"q": "a", "at": datetime(2026, 1, 2), "label": "yes", "ground_truth.answer": 0.5}  # noqa: DTZ001
    made = Dataset.from_list([row], features=Features(features)).with_format(form)
    [first] = external_dataset(made).datapoints
    assert {"q": "a", "at": "2026-01-02T00:00:00", "label": 1} == first.inputs
    assert {"answer": 0.5} == first.ground_truth


def test_a_dictionary_of_splits_asks_which_one() -> None:
    with pytest.raises(InvalidDatasetError, match=r"splits train; take one.*\['train'\]"):
        external_dataset(DatasetDict(train=Dataset.from_list(ROWS)))


def test_a_cell_that_is_no_json_is_named() -> None:
    rows: IterableDataset = Dataset.from_list([{"picture": b"\x89PNG"}]).to_iterable_dataset()
    with pytest.raises(NotJsonError, match=r"datapoint\[0\]\.picture is of type bytes"):
        external_dataset(rows)
