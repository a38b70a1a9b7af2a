"""One datapoint out of one row, whatever file the row came from."""

import difflib
from collections.abc import Mapping
from typing import Any

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.kit.canonical_json import check_json
from assay.kit.errors import AssayError


KEYS = ("id", "inputs", "ground_truth", "metadata")


def parse_datapoint(row: Mapping[str, Any], *, where: str, index: int) -> Datapoint:
    """Read one datapoint.

    Args:
        row: ``{"id", "inputs", "ground_truth", "metadata"}``; only ``inputs`` must be there.
        where: The row's place, such as ``data.jsonl:3``; every message begins with it.
        index: The row's position from 0; a row without an id is named after it.

    Raises:
        InvalidDatasetError: Naming the place, the key and what was expected.
    """
    _check_keys(row, where)
    return Datapoint(
        id=_identifier(row.get("id"), where=where, index=index),
        inputs=_inputs(row, where),
        ground_truth=_optional_mapping(row, "ground_truth", where=where),
        metadata=_optional_mapping(row, "metadata", where=where) or {},
    )


def _check_keys(row: Mapping[str, Any], where: str) -> None:
    for key in row:
        if key in KEYS:
            continue
        near = difflib.get_close_matches(str(key), KEYS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "put further data under 'metadata'."
        raise InvalidDatasetError(
            f"{where}: {key}: unknown key; {hint} Known keys: {', '.join(KEYS)}."
        )


def _identifier(value: Any, *, where: str, index: int) -> str:
    if value is None:
        return f"datapoint-{index + 1}"
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidDatasetError(f"{where}: id: expected text or a whole number, found {value!r}.")
    if not str(value).strip():
        raise InvalidDatasetError(f"{where}: id: is empty; leave the key out or give a name.")
    return str(value)


def _inputs(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    if row.get("inputs") is None:
        raise InvalidDatasetError(f"{where}: inputs: missing; expected an object of named inputs.")
    return _mapping(row["inputs"], "inputs", where=where)


def _optional_mapping(row: Mapping[str, Any], key: str, *, where: str) -> dict[str, Any] | None:
    return None if row.get(key) is None else _mapping(row[key], key, where=where)


def _mapping(value: Any, key: str, *, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidDatasetError(
            f'{where}: {key}: expected an object such as {{"name": ...}}, '
            f"found {type(value).__name__}."
        )
    try:
        check_json(value, path=key)
    except AssayError as failure:
        raise InvalidDatasetError(f"{where}: {failure}") from failure
    return dict(value)
