"""Managed datasets as the wire shows them, and as files."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from assay.apps.services.managed_datapoints import FoundDatapoint
from assay.core.dataset_diffs import DatasetDiff, FieldChange
from assay.core.dataset_mapping import without_origin
from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.managed_datasets import ManagedDataset
from assay.core.wire.datasets import (
    DatapointChangeObject,
    DatapointObject,
    DatasetObject,
    DiffAnswer,
    FieldChangeObject,
    VersionObject,
)
from assay.kit.csv_lines import csv_lines


_CHUNK: Final = 500
"""Datapoints written at once."""


def dataset_object(
    dataset: ManagedDataset, version: DatasetVersion, *, ids: Sequence[str]
) -> DatasetObject:
    """Return a dataset as the wire shows it."""
    return DatasetObject(
        id=dataset.id,
        name=dataset.name,
        description=dataset.description,
        metadata=dict(dataset.metadata),
        datapoints=list(ids),
        version_id=version.id,
        version=version.version,
        digest=version.digest,
        size=version.size,
        created_at=dataset.created_at,
        updated_at=dataset.updated_at,
    )


def version_object(version: DatasetVersion, *, current: str) -> VersionObject:
    """Return a version as the wire shows it."""
    return VersionObject(
        id=version.id,
        version=version.version,
        digest=version.digest,
        size=version.size,
        created_at=version.created_at,
        current=version.id == current,
    )


def datapoint_object(found: FoundDatapoint) -> DatapointObject:
    """Return a datapoint as the wire shows it."""
    point = found.datapoint
    metadata, history, linked = without_origin(point.metadata)
    return DatapointObject(
        id=point.id,
        inputs=dict(point.inputs),
        history=history,
        ground_truth=None if point.ground_truth is None else dict(point.ground_truth),
        metadata=metadata,
        linked_event=linked,
        linked_datasets=[dataset.id for dataset in found.datasets],
        created_at=found.created_at,
    )


def diff_answer(
    dataset: ManagedDataset, old: DatasetVersion, new: DatasetVersion, *, diff: DatasetDiff
) -> DiffAnswer:
    """Return a comparison as the wire shows it."""
    return DiffAnswer(
        dataset_id=dataset.id,
        from_version=version_object(old, current=dataset.version_id),
        to_version=version_object(new, current=dataset.version_id),
        added=list(diff.added),
        removed=list(diff.removed),
        changed=[
            DatapointChangeObject(id=each.id, fields=[_field(change) for change in each.fields])
            for each in diff.changed
        ],
        unchanged=diff.unchanged,
        reordered=diff.reordered,
    )


def _field(change: FieldChange) -> FieldChangeObject:
    kind = "changed" if change.had and change.has else "removed" if change.had else "added"
    return FieldChangeObject(path=change.path, kind=kind, old=change.old, new=change.new)


def datapoints_jsonl(points: Iterable[Datapoint]) -> Iterator[bytes]:
    """Yield datapoints as JSON Lines, which read back as the same dataset."""
    for chunk in _chunks(points):
        lines = (json.dumps(point.content(), ensure_ascii=False) + "\n" for point in chunk)
        yield "".join(lines).encode()


def datapoints_csv(read: Callable[[], Iterable[Datapoint]]) -> Iterator[bytes]:
    """Yield datapoints as CSV with a column per field, no cell of which can be a formula.

    Columns are named ``inputs.NAME``, ``ground_truth.NAME`` and ``metadata.NAME``; what is
    neither text nor number stands as JSON. ``read`` is called twice: the first time for the
    columns that there are.
    """
    columns = list(dict.fromkeys(["id", *(name for point in read() for name in _flat(point))]))
    yield csv_lines([columns]).encode()
    for chunk in _chunks(read()):
        rows = map(_flat, chunk)
        yield csv_lines([_cell(row.get(name)) for name in columns] for row in rows).encode()


def _chunks(points: Iterable[Datapoint]) -> Iterator[list[Datapoint]]:
    left = iter(points)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _flat(point: Datapoint) -> dict[str, Any]:
    parts: dict[str, Mapping[str, Any]] = {
        "inputs": point.inputs,
        "ground_truth": point.ground_truth or {},
        "metadata": point.metadata,
    }
    flat: dict[str, Any] = {"id": point.id}
    for section, values in parts.items():
        flat |= {f"{section}.{name}": value for name, value in values.items()}
    return flat


def _cell(value: Any) -> Any:
    plain = value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))
    return value if plain else json.dumps(value, ensure_ascii=False)
