"""External datasets: lists of dicts and files become datapoints with content addresses."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.core.external_ids import CUSTOM_ID_KEYS, custom_id_of, prepare_external_dataset
from assay.experiments.tables import table_rows
from assay.kit.canonical_json import check_json


DatasetLike = Iterable[Mapping[str, Any]] | str | Path | Any
"""Rows, the path of a file of rows, a pandas frame, or a Hugging Face dataset."""

_KNOWN = (*CUSTOM_ID_KEYS, "inputs", "ground_truth", "metadata")
_KEPT = ("history", "linked_event")
"""What a server keeps of a datapoint besides; an experiment has no use for it."""


@dataclass(frozen=True, slots=True)
class ExternalDataset:
    """A dataset that the server need not know: its address and its datapoints, in order.

    Attributes:
        version_id: For one that the server keeps, which of its versions this is.
    """

    id: str
    datapoints: tuple[Datapoint, ...]
    version_id: str | None = None


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
    placed = _placed_rows(dataset)
    rows = [row for _, row in placed]
    dataset_id, ids = prepare_external_dataset(rows)
    points = (
        _datapoint(row, identifier, where=where)
        for (where, row), identifier in zip(placed, ids, strict=True)
    )
    return ExternalDataset(dataset_id, tuple(points))


def rows_to_send(dataset: DatasetLike) -> list[str | dict[str, Any]]:
    """Return the datapoints of ``dataset`` as a server that is to keep them takes them.

    Ids of stored datapoints stay as they are; without an id of its own a datapoint is given
    one by the server.

    Raises:
        InvalidDatasetError: Naming the datapoint and the key.
        NotJsonError: If a value is not JSON; the message names its path.
    """
    placed = _placed(dataset)
    return [row if isinstance(row, str) else _sent(row, where) for where, row in placed]


def datapoints_of(rows: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> tuple[Datapoint, ...]:
    """Return ``rows`` as datapoints under ``ids``.

    Raises:
        InvalidDatasetError: Naming the datapoint and the key.
    """
    return tuple(
        _datapoint(row, identifier, where=f"datapoint[{position}]")
        for position, (row, identifier) in enumerate(zip(rows, ids, strict=True))
    )


def _sent(row: Any, where: str) -> dict[str, Any]:
    _check_row(row, where)
    check_json(row, path=where)
    beside = {key: row[key] for key in _KEPT if key in row} if "inputs" in row else {}
    point = _datapoint({k: v for k, v in row.items() if k not in beside}, "", where=where)
    custom = custom_id_of(row)
    named = {} if custom is None else {"id": str(custom)}
    return {
        **named,
        "inputs": point.inputs,
        "ground_truth": point.ground_truth,
        "metadata": point.metadata,
        **beside,
    }


def rows_of(dataset: DatasetLike) -> Sequence[Mapping[str, Any]]:
    """Return the rows of ``dataset``.

    Raises:
        InvalidDatasetError: If there are none, or they are no mappings.
    """
    return [row for _, row in _placed_rows(dataset)]


def _placed_rows(dataset: DatasetLike) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the rows with where each is, such as ``datapoint[0]`` or ``rows.jsonl:1``."""
    placed = list(_placed(dataset))
    for where, row in placed:
        _check_row(row, where)
    if not placed:
        named = f" {dataset}" if isinstance(dataset, str | Path) else ""
        raise InvalidDatasetError(f"The dataset{named} is empty; give it at least one datapoint.")
    return placed


def _check_row(row: Any, where: str) -> None:
    if not isinstance(row, Mapping):
        raise InvalidDatasetError(
            f"{where} is of type {type(row).__name__}; each datapoint is a dict."
        )


def _placed(dataset: DatasetLike) -> Iterable[tuple[str, Any]]:
    if isinstance(dataset, str | Path):
        from assay.execution.dataset_files import read_rows

        return read_rows(dataset)
    return ((f"datapoint[{index}]", row) for index, row in enumerate(_rows(dataset)))


def _rows(dataset: DatasetLike) -> Iterable[Any]:
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
