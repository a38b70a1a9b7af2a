"""Managed datasets as third-party clients know them: one id, and datapoints that are added.

Stored datasets are immutable versions; here the id of any version means the newest version
of its name, so that adding datapoints makes a new version under the id the client holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.ports import Listing, Store
from assay.core.wire.events import as_object
from assay.kit.clock import Clock
from assay.kit.ids import new_id


LOOSE = "loose datapoints"
"""The dataset of datapoints that were stored without one."""

_PAGE = 200


def newest_version(store: Store, dataset_id: str, *, project: str) -> DatasetVersion:
    """Return the newest version of the dataset that has a version with this id.

    Raises:
        NotFoundError: If the project has none.
    """
    found = store.get_dataset(dataset_id)
    if found.project != project:
        raise NotFoundError(f"There is no dataset {dataset_id[:200]!r}.")
    return store.find_dataset(found.name, project=project)


def list_managed(
    store: Store, *, project: str, dataset_id: str | None, name: str | None
) -> list[dict[str, Any]]:
    """Return the datasets that are wanted, each with the ids of its datapoints."""
    if dataset_id is not None:
        try:
            newest = newest_version(store, dataset_id, project=project)
        except NotFoundError:
            return []
        return [_dataset_object(store, newest, dataset_id)]
    page = store.list_datasets(Listing(project=project, limit=_PAGE))
    wanted = [each for each in page.items if name in {None, each.name} and each.name != LOOSE]
    return [_dataset_object(store, each, each.id) for each in wanted]


def create_dataset(store: Store, body: Mapping[str, Any], *, project: str) -> DatasetVersion:
    """Store a dataset of the datapoints that ``body`` names by their ids, if any.

    Where the name is taken, the new dataset gets a number behind it, so that what is created
    is always new.
    """
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise InvalidInputError("name: a text is needed.")
    ids = [each for each in body.get("datapoints") or () if isinstance(each, str)]
    found = [find_datapoint(store, each, project=project)[0] for each in ids]
    description = body.get("description")
    metadata = {"description": description} if isinstance(description, str) else {}
    title = _free_name(store, name or "dataset", project=project)
    return store.add_dataset(title, found, project=project, metadata=metadata)


def _free_name(store: Store, name: str, *, project: str) -> str:
    candidate, number = name, 1
    while _is_taken(store, candidate, project):
        number += 1
        candidate = f"{name} ({number})"
    return candidate


def _is_taken(store: Store, name: str, project: str) -> bool:
    try:
        store.find_dataset(name, project=project)
    except NotFoundError:
        return False
    return True


def add_datapoints(
    store: Store, dataset_id: str, points: Sequence[Datapoint], *, project: str
) -> DatasetVersion:
    """Store a new version of a dataset with ``points`` at its end."""
    newest = newest_version(store, dataset_id, project=project)
    whole = [*store.iter_datapoints(newest.id), *points]
    return store.add_dataset(newest.name, whole, project=project, metadata=newest.metadata)


def create_datapoints(
    store: Store, bodies: Sequence[Mapping[str, Any]], *, project: str, clock: Clock
) -> list[str]:
    """Store datapoints in the datasets they are linked to; returns their ids."""
    ids: list[str] = []
    by_dataset: dict[str, list[Datapoint]] = {}
    loose: list[Datapoint] = []
    for body in bodies:
        point = new_datapoint(body, clock=clock)
        ids.append(point.id)
        linked = [each for each in body.get("linked_datasets") or () if isinstance(each, str)]
        for dataset_id in linked:
            by_dataset.setdefault(dataset_id, []).append(point)
        if not linked:
            loose.append(point)
    for dataset_id, points in by_dataset.items():
        add_datapoints(store, dataset_id, points, project=project)
    if loose:
        _add_loose(store, loose, project=project)
    return ids


def new_datapoint(body: Mapping[str, Any], *, clock: Clock) -> Datapoint:
    """Return the datapoint that ``body`` tells of, under a new id."""
    truth = body.get("ground_truth")
    metadata = as_object(body.get("metadata"))
    for key in ("history", "linked_event"):
        if body.get(key):
            metadata[key] = body[key]
    return Datapoint(
        id=new_id(clock=clock),
        inputs=as_object(body.get("inputs")),
        ground_truth=None if truth is None else as_object(truth),
        metadata=metadata,
    )


def mapped_rows(
    rows: Iterable[Mapping[str, Any]], mapping: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return datapoint bodies of plain rows: which columns are inputs, history, ground truth.

    A column that the mapping does not name goes to the metadata.
    """
    columns = {part: _names(mapping.get(part)) for part in ("inputs", "history", "ground_truth")}
    named = {name for names in columns.values() for name in names}
    bodies: list[dict[str, Any]] = []
    for row in rows:
        truth = {name: row[name] for name in columns["ground_truth"] if name in row}
        bodies.append(
            {
                "inputs": {name: row[name] for name in columns["inputs"] if name in row},
                "ground_truth": truth or None,
                "history": [each for name in columns["history"] for each in _listed(row.get(name))],
                "metadata": {key: value for key, value in row.items() if key not in named},
            }
        )
    return bodies


def find_datapoint(
    store: Store, datapoint_id: str, *, project: str
) -> tuple[Datapoint, DatasetVersion]:
    """Return a datapoint by its id alone, with the newest dataset that has it.

    Raises:
        NotFoundError: If no dataset of the project has it.
    """
    offset, total = 0, 1
    while offset < total:
        page = store.list_datasets(Listing(project=project, offset=offset, limit=_PAGE))
        total, offset = page.total, offset + _PAGE
        for dataset in page.items:
            found = store.get_datapoints(dataset.id, [datapoint_id])
            if found:
                return found[datapoint_id], dataset
    raise NotFoundError(f"There is no datapoint {datapoint_id[:200]!r} in any dataset.")


def datapoint_object(point: Datapoint, dataset: DatasetVersion) -> dict[str, Any]:
    """Return a datapoint as third-party clients read it."""
    created = dataset.created_at.isoformat()
    history = point.metadata.get("history")
    return {
        "id": point.id,
        "inputs": point.inputs,
        "history": history if isinstance(history, list) else [],
        "ground_truth": point.ground_truth,
        "metadata": point.metadata,
        "linked_event": point.metadata.get("linked_event"),
        "linked_datasets": [dataset.id],
        "created_at": created,
        "updated_at": created,
    }


def _dataset_object(store: Store, dataset: DatasetVersion, asked_id: str) -> dict[str, Any]:
    created = dataset.created_at.isoformat()
    return {
        "id": asked_id,
        "name": dataset.name,
        "description": dataset.metadata.get("description"),
        "version": dataset.version,
        "version_id": dataset.id,
        "datapoints": [point.id for point in store.iter_datapoints(dataset.id)],
        "created_at": created,
        "updated_at": created,
    }


def _add_loose(store: Store, points: Sequence[Datapoint], *, project: str) -> None:
    try:
        before = list(store.iter_datapoints(store.find_dataset(LOOSE, project=project).id))
    except NotFoundError:
        before = []
    store.add_dataset(LOOSE, [*before, *points], project=project)


def _names(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
