"""External datasets: lists of dicts and files become datapoints with content addresses."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.core.external_ids import CUSTOM_ID_KEYS, prepare_external_dataset
from assay.experiments.tables import table_rows


DatasetLike = Iterable[Mapping[str, Any]] | str | Path | Any
"""Rows, the path of a file of rows, a pandas frame, or a Hugging Face dataset."""

_KNOWN = (*CUSTOM_ID_KEYS, "inputs", "ground_truth", "metadata")


@dataclass(frozen=True, slots=True)
class ExternalDataset:
    """A dataset that the server need not know: its address and its datapoints, in order."""

    id: str
    datapoints: tuple[Datapoint, ...]


def external_dataset(dataset: DatasetLike) -> ExternalDataset:
    """Return the datapoints of ``dataset`` under their external ids.

    Args:
        dataset: Dicts with ``inputs`` and optionally ``ground_truth``, ``metadata`` and
            ``id``; or flat dicts, whose keys but ``id`` and ``ground_truth`` are the
            inputs; or the path of a JSON Lines, JSON or CSV file of such rows; or a pandas
            frame or a Hugging Face dataset with one row per datapoint.

    Raises:
        InvalidDatasetError: Naming the datapoint and the key.
        NotJsonError: If a value is not JSON; the message names its path.
    """
    rows = rows_of(dataset)
    dataset_id, ids = prepare_external_dataset(rows)
    return ExternalDataset(dataset_id, datapoints_of(rows, ids))


def datapoints_of(rows: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> tuple[Datapoint, ...]:
    """Return ``rows`` as datapoints under ``ids``.

    Raises:
        InvalidDatasetError: Naming the datapoint and the key.
    """
    return tuple(
        _datapoint(row, identifier, where=f"datapoint[{position}]")
        for position, (row, identifier) in enumerate(zip(rows, ids, strict=True))
    )


def rows_of(dataset: DatasetLike) -> Sequence[Mapping[str, Any]]:
    """Return the rows of ``dataset``.

    Raises:
        InvalidDatasetError: If there are none, or they are no mappings.
    """
    rows = list(_rows(dataset))
    for position, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InvalidDatasetError(
                f"datapoint[{position}] is of type {type(row).__name__}; each datapoint is a dict."
            )
    if not rows:
        raise InvalidDatasetError("The dataset is empty; give it at least one datapoint.")
    return rows


def _rows(dataset: DatasetLike) -> Iterable[Any]:
    if isinstance(dataset, str | Path):
        from assay.execution.dataset_files import read_rows

        return (row for _, row in read_rows(dataset))
    found = table_rows(dataset)
    if found is not None:
        return found
    if isinstance(dataset, Mapping) or not isinstance(dataset, Iterable):
        raise InvalidDatasetError(
            f"The dataset is of type {type(dataset).__name__}; give a list of dicts, a pandas "
            "frame, a Hugging Face dataset, or the path of a JSON Lines or CSV file."
        )
    return dataset


def _datapoint(row: Mapping[str, Any], identifier: str, *, where: str) -> Datapoint:
    if "inputs" not in row:
        outside = (*CUSTOM_ID_KEYS, "ground_truth")
        inputs = {key: value for key, value in row.items() if key not in outside}
        return Datapoint(identifier, inputs, _mapping(row, "ground_truth", where=where))
    _check_keys(row, where)
    inputs_value = _mapping(row, "inputs", where=where)
    if inputs_value is None:
        raise InvalidDatasetError(f"{where}.inputs is null; give a dict of named inputs.")
    return Datapoint(
        identifier,
        inputs_value,
        _mapping(row, "ground_truth", where=where),
        _mapping(row, "metadata", where=where) or {},
    )


def _check_keys(row: Mapping[str, Any], where: str) -> None:
    for key in row:
        if key not in _KNOWN:
            near = difflib.get_close_matches(str(key), _KNOWN, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "put it under 'metadata'."
            raise InvalidDatasetError(
                f"{where} has the unknown key {key!r}; {hint} Known keys: {', '.join(_KNOWN)}."
            )


def _mapping(row: Mapping[str, Any], key: str, *, where: str) -> dict[str, Any] | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidDatasetError(
            f"{where}.{key} is of type {type(value).__name__}; give a dict such as "
            f'{{"answer": ...}}.'
        )
    return dict(value)
