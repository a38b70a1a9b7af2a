"""Managed datasets and datapoints, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

import asyncio
from pathlib import Path
from typing import Any, Final, Literal

from assay.core.errors import InvalidInputError
from assay.experiments.connection import Connection
from assay.experiments.datasets import DatasetLike, rows_to_send
from assay.experiments.groups import (
    Group,
    Json,
    Rows,
    Use,
    nothing,
    part,
    request,
    rows,
    twins,
    whole,
)
from assay.experiments.paths import path_of


_DATASETS: Final = "/v1/datasets"
_POINTS: Final = "/v1/datapoints"

Format = Literal["jsonl", "csv"]


class Datasets(Group):
    """Managed datasets: a lasting id over immutable versions."""

    def _create(self, /, name: str, datapoints: DatasetLike = (), **fields: Any) -> Use[Json]:
        """Store a dataset and return it.

        Args:
            name: Of its own; a taken one is a conflict.
            datapoints: As ``evaluate(dataset=...)`` takes them, or ids of stored ones; at
                most 10,000. Upload a file for more.
            fields: ``description``, ``metadata``.

        Raises:
            InvalidDatasetError: Naming the datapoint and the key.
            NotJsonError: If a value is not JSON; the message names its path.
            ServerError: If the server refuses, as for a name that is taken.
        """
        points = rows_to_send(datapoints)
        body = {"name": name, "exact_name": True, "datapoints": points, **fields}
        return request("POST", _DATASETS, part("dataset"), body=body)

    create, acreate = twins(_create)

    def _list(self, /, **filters: Any) -> Use[Json]:
        """Return one page; ``name``, ``search``, ``page``, ``limit``."""
        return request("GET", _DATASETS, whole, params=filters)

    list, alist = twins(_list)

    def _get(self, dataset_id: str) -> Use[Json]:
        """Return a dataset, or raise ``NotFoundError``."""
        return request("GET", path_of(_DATASETS, dataset_id), whole)

    get, aget = twins(_get)

    def _update(self, /, dataset_id: str, **changes: Any) -> Use[Json]:
        """Change ``name``, ``description``, ``metadata`` or all ``datapoints``."""
        if changes.get("datapoints") is not None:
            changes["datapoints"] = rows_to_send(changes["datapoints"])
        return request("PUT", path_of(_DATASETS, dataset_id), part("dataset"), body=changes)

    update, aupdate = twins(_update)

    def _delete(self, dataset_id: str) -> Use[None]:
        """Forget a dataset; versions that runs are over stay readable for them."""
        return request("DELETE", path_of(_DATASETS, dataset_id), nothing)

    delete, adelete = twins(_delete)

    def _add_datapoints(self, dataset_id: str, datapoints: DatasetLike) -> Use[Json]:
        """Append datapoints, as ``evaluate(dataset=...)`` takes them; one call, one version."""
        body = {"datapoints": rows_to_send(datapoints)}
        return request("POST", _below(dataset_id, "datapoints"), whole, body=body)

    add_datapoints, aadd_datapoints = twins(_add_datapoints)

    def _datapoints(self, /, dataset_id: str, **filters: Any) -> Use[Json]:
        """Return one page of whole datapoints; ``version``, ``page``, ``limit``."""
        return request("GET", _below(dataset_id, "datapoints"), whole, params=filters)

    datapoints, adatapoints = twins(_datapoints)

    def _from_events(self, /, dataset_id: str, **chosen: Any) -> Use[Json]:
        """Append datapoints made of events: ``event_ids`` or ``filters``, and ``mapping``."""
        return request("POST", _below(dataset_id, "from-events"), whole, body=chosen)

    from_events, afrom_events = twins(_from_events)

    def _versions(self, dataset_id: str) -> Use[Rows]:
        """Return every version, newest first."""
        return request("GET", _below(dataset_id, "versions"), rows("versions"))

    versions, aversions = twins(_versions)

    def _diff(self, dataset_id: str, old: str | int, new: str | int | None = None) -> Use[Json]:
        """Return what changed between two versions, by id or number; new is the current one."""
        params = {"from": str(old), "to": None if new is None else str(new)}
        return request("GET", _below(dataset_id, "diff"), whole, params=params)

    diff, adiff = twins(_diff)

    def _export(
        self,
        dataset_id: str,
        path: str | Path,
        *,
        format: Format | None = None,  # noqa: A002 - the word of the address
        version: str | int | None = None,
    ) -> Use[Path]:
        """Write a version to a file, whole or not at all, and return its path.

        JSON Lines read back as the same datapoints. In CSV each field is a column, what is
        neither text nor number stands as JSON, and no cell can be a formula.

        Args:
            dataset_id: The dataset.
            path: The file; one that is there is replaced.
            format: ``jsonl`` or ``csv``; by default what the file's ending says.
            version: A version's id or number; by default the current one.

        Raises:
            InvalidInputError: If neither says the format.
            NotFoundError: If there is no such dataset or version.
        """
        target = Path(path)
        params = {"format": _format(target, format), "version": version}

        async def use(connection: Connection) -> Path:
            from assay.kit.atomic_files import write_atomic

            address = _below(dataset_id, "export")
            write_atomic(target, await connection.download(address, params=params))
            return target

        return use

    export, aexport = twins(_export)

    def _upload(self, path: str | Path, *, name: str | None = None) -> Use[Json]:
        """Store a file's datapoints as the current version of a dataset, and return it.

        Args:
            path: A JSON Lines, JSON or CSV file, UTF-8.
            name: The dataset's, new or not; by default the file's without its ending.

        Raises:
            InvalidInputError: If the file cannot be read.
            ServerError: If the server refuses it, with file, line and key.
        """
        file = Path(path)

        async def use(connection: Connection) -> Json:
            content = await asyncio.to_thread(_content, file)
            fields = {} if name is None else {"name": name}
            address = f"{_DATASETS}/import"
            answer: Json = await connection.upload(address, file.name, content, fields=fields)
            return dict(answer["dataset"])

        return use

    upload, aupload = twins(_upload)


class Datapoints(Group):
    """Datapoints by id, whichever dataset has them."""

    def _get(self, datapoint_id: str) -> Use[Json]:
        """Return a datapoint, or raise ``NotFoundError``."""
        path = path_of(_POINTS, datapoint_id)
        return request("GET", path, lambda answer: dict(answer["datapoint"][0]))

    get, aget = twins(_get)

    def _create(self, /, **fields: Any) -> Use[str]:
        """Store ``inputs``, ``ground_truth`` in each of ``linked_datasets``; returns the id."""
        return request(
            "POST", _POINTS, lambda answer: str(answer["result"]["insertedIds"][0]), body=fields
        )

    create, acreate = twins(_create)

    def _update(self, /, datapoint_id: str, **changes: Any) -> Use[None]:
        """Change a datapoint in every dataset that has it."""
        return request("PUT", path_of(_POINTS, datapoint_id), nothing, body=changes)

    update, aupdate = twins(_update)

    def _delete(self, datapoint_id: str) -> Use[None]:
        """Take a datapoint out of every dataset."""
        return request("DELETE", path_of(_POINTS, datapoint_id), nothing)

    delete, adelete = twins(_delete)


def _below(dataset_id: str, name: str) -> str:
    return f"{path_of(_DATASETS, dataset_id)}/{name}"


def _format(path: Path, named: Format | None) -> str:
    """Return the format that was named, or that the file's ending says."""
    wanted = path.suffix.lower().lstrip(".") if named is None else named
    known = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv"}
    if wanted not in known:
        raise InvalidInputError(
            f"{path} has no ending that says its format; call it .jsonl or .csv, or give "
            'format="jsonl" or format="csv".'
        )
    return known[wanted]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from error
