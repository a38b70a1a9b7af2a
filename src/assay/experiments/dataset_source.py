"""Datasets that the server keeps, as the experiment works on them."""

from typing import Any

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError, InvalidInputError, NotFoundError
from assay.core.external_ids import is_external
from assay.experiments import calls
from assay.experiments.client import Client
from assay.experiments.connection import Connection
from assay.experiments.datasets import DatasetLike, ExternalDataset, external_dataset


async def find_dataset(
    client: Client,
    *,
    dataset: DatasetLike | None,
    dataset_id: str | None,
    resume: str | None = None,
) -> ExternalDataset:
    """Return the dataset that was given, or fetch the one that the server keeps.

    A run that is resumed is worked on over the version that it began with.

    Raises:
        InvalidInputError: If not exactly one of the two is given.
        InvalidDatasetError: If it cannot be used.
        NotFoundError: If the server has no such dataset.
    """
    if (dataset is None) == (dataset_id is None):
        raise InvalidInputError(
            "Give exactly one of dataset= (rows, a frame, a file) and dataset_id= (a dataset "
            "that the server keeps)."
        )
    if dataset_id is None:
        return external_dataset(dataset)
    if not isinstance(dataset_id, str) or not dataset_id.strip():
        raise InvalidInputError(
            f"dataset_id is {dataset_id!r}; it is the id of a dataset that the server keeps, a "
            "text. Give rows, a frame or a file as dataset=."
        )
    if is_external(dataset_id):
        raise InvalidInputError(
            f"{dataset_id} addresses a dataset that no server keeps; give its rows as dataset=."
        )
    return await client.acall(lambda at: _fetch(at, dataset_id, resume=resume))


async def _fetch(connection: Connection, dataset_id: str, *, resume: str | None) -> ExternalDataset:
    version_id = await _version(connection, dataset_id, resume=resume)
    pages = calls.iter_datapoints(connection, dataset_id, version_id=version_id)
    try:
        rows = [row async for row in pages]
    except NotFoundError as error:
        raise NotFoundError(
            f"There is no dataset {dataset_id!r} at {connection.shown}. Client().datasets.list() "
            "shows those that there are; give rows, a frame or a file as dataset= instead."
        ) from error
    if not rows:
        raise InvalidDatasetError(
            f"The dataset {dataset_id} is empty; add datapoints to it before an experiment."
        )
    return ExternalDataset(dataset_id, tuple(map(_datapoint, rows)), version_id)


async def _version(connection: Connection, dataset_id: str, *, resume: str | None) -> str | None:
    """Return the version to work on: the resumed run's own, else the dataset's current one."""
    if resume is not None:
        run = await calls.get_run(connection, resume)
        version_id: str | None = run.get("dataset_version_id")
        if run.get("dataset_id") == dataset_id != version_id:
            return version_id
    return await calls.current_version(connection, dataset_id)


def _datapoint(row: dict[str, Any]) -> Datapoint:
    return Datapoint(
        row["id"], row.get("inputs") or {}, row.get("ground_truth"), row.get("metadata") or {}
    )
