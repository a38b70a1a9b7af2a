"""Datasets that the server keeps, as the experiment works on them."""

from typing import Any

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError, InvalidInputError
from assay.core.external_ids import is_external
from assay.experiments import calls
from assay.experiments.client import Client
from assay.experiments.connection import Connection
from assay.experiments.datasets import DatasetLike, ExternalDataset, external_dataset


async def find_dataset(
    client: Client, *, dataset: DatasetLike | None, dataset_id: str | None
) -> ExternalDataset:
    """Return the dataset that was given, or fetch the one that the server keeps.

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
    if is_external(dataset_id):
        raise InvalidInputError(
            f"{dataset_id} addresses a dataset that no server keeps; give its rows as dataset=."
        )
    return await client.acall(lambda at: _fetch(at, dataset_id))


async def _fetch(connection: Connection, dataset_id: str) -> ExternalDataset:
    rows = [row async for row in calls.iter_datapoints(connection, dataset_id)]
    if not rows:
        raise InvalidDatasetError(
            f"The dataset {dataset_id} is empty; add datapoints to it before an experiment."
        )
    return ExternalDataset(dataset_id, tuple(map(_datapoint, rows)))


def _datapoint(row: dict[str, Any]) -> Datapoint:
    return Datapoint(
        row["id"], row.get("inputs") or {}, row.get("ground_truth"), row.get("metadata") or {}
    )
