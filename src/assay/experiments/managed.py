"""Managed datasets and datapoints, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from assay.core.errors import InvalidInputError
from assay.experiments.connection import Connection
from assay.experiments.datasets import DatasetLike, rows_to_send
from assay.experiments.groups import Group, Json, Rows
from assay.experiments.paths import path_of


_DATASETS: Final = "/v1/datasets"
_POINTS: Final = "/v1/datapoints"

Format = Literal["jsonl", "csv"]


class Datasets(Group):
    """Managed datasets: a lasting id over immutable versions."""

    def create(self, name: str, datapoints: DatasetLike = (), **fields: Any) -> Json:
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
        answer: Json = self._send("POST", _DATASETS, body=_new(name, datapoints, fields))
        return dict(answer["dataset"])

    async def acreate(self, name: str, datapoints: DatasetLike = (), **fields: Any) -> Json:
        """Do what ``create`` does."""
        answer: Json = await self._asend("POST", _DATASETS, body=_new(name, datapoints, fields))
        return dict(answer["dataset"])

    def list(self, **filters: Any) -> Json:
        """Return one page; ``name``, ``search``, ``page``, ``limit``."""
        answer: Json = self._send("GET", _DATASETS, params=filters)
        return answer

    async def alist(self, **filters: Any) -> Json:
        """Return one page; ``name``, ``search``, ``page``, ``limit``."""
        answer: Json = await self._asend("GET", _DATASETS, params=filters)
        return answer

    def get(self, dataset_id: str) -> Json:
        """Return a dataset, or raise ``NotFoundError``."""
        answer: Json = self._send("GET", path_of(_DATASETS, dataset_id))
        return answer

    async def aget(self, dataset_id: str) -> Json:
        """Return a dataset, or raise ``NotFoundError``."""
        answer: Json = await self._asend("GET", path_of(_DATASETS, dataset_id))
        return answer

    def update(self, dataset_id: str, **changes: Any) -> Json:
        """Change ``name``, ``description``, ``metadata`` or all ``datapoints``."""
        answer: Json = self._send("PUT", path_of(_DATASETS, dataset_id), body=_changes(changes))
        return dict(answer["dataset"])

    async def aupdate(self, dataset_id: str, **changes: Any) -> Json:
        """Change ``name``, ``description``, ``metadata`` or all ``datapoints``."""
        body = _changes(changes)
        answer: Json = await self._asend("PUT", path_of(_DATASETS, dataset_id), body=body)
        return dict(answer["dataset"])

    def delete(self, dataset_id: str) -> None:
        """Forget a dataset; versions that runs are over stay readable for them."""
        self._send("DELETE", path_of(_DATASETS, dataset_id))

    async def adelete(self, dataset_id: str) -> None:
        """Forget a dataset; versions that runs are over stay readable for them."""
        await self._asend("DELETE", path_of(_DATASETS, dataset_id))

    def add_datapoints(self, dataset_id: str, datapoints: DatasetLike) -> Json:
        """Append datapoints, as ``evaluate(dataset=...)`` takes them; one call, one version."""
        body = {"datapoints": rows_to_send(datapoints)}
        answer: Json = self._send("POST", path_of(_DATASETS, dataset_id) + "/datapoints", body=body)
        return answer

    async def aadd_datapoints(self, dataset_id: str, datapoints: DatasetLike) -> Json:
        """Append datapoints, as ``evaluate(dataset=...)`` takes them; one call, one version."""
        body = {"datapoints": rows_to_send(datapoints)}
        answer: Json = await self._asend(
            "POST", path_of(_DATASETS, dataset_id) + "/datapoints", body=body
        )
        return answer

    def datapoints(self, dataset_id: str, **filters: Any) -> Json:
        """Return one page of whole datapoints; ``version``, ``page``, ``limit``."""
        answer: Json = self._send(
            "GET", path_of(_DATASETS, dataset_id) + "/datapoints", params=filters
        )
        return answer

    async def adatapoints(self, dataset_id: str, **filters: Any) -> Json:
        """Return one page of whole datapoints; ``version``, ``page``, ``limit``."""
        answer: Json = await self._asend(
            "GET", path_of(_DATASETS, dataset_id) + "/datapoints", params=filters
        )
        return answer

    def from_events(self, dataset_id: str, **chosen: Any) -> Json:
        """Append datapoints made of events: ``event_ids`` or ``filters``, and ``mapping``."""
        answer: Json = self._send(
            "POST", path_of(_DATASETS, dataset_id) + "/from-events", body=chosen
        )
        return answer

    async def afrom_events(self, dataset_id: str, **chosen: Any) -> Json:
        """Append datapoints made of events: ``event_ids`` or ``filters``, and ``mapping``."""
        answer: Json = await self._asend(
            "POST", path_of(_DATASETS, dataset_id) + "/from-events", body=chosen
        )
        return answer

    def versions(self, dataset_id: str) -> Rows:
        """Return every version, newest first."""
        answer: Json = self._send("GET", path_of(_DATASETS, dataset_id) + "/versions")
        return [*answer["versions"]]

    async def aversions(self, dataset_id: str) -> Rows:
        """Return every version, newest first."""
        answer: Json = await self._asend("GET", path_of(_DATASETS, dataset_id) + "/versions")
        return [*answer["versions"]]

    def diff(self, dataset_id: str, old: str | int, new: str | int | None = None) -> Json:
        """Return what changed between two versions, by id or number; new is the current one."""
        answer: Json = self._send(
            "GET", path_of(_DATASETS, dataset_id) + "/diff", params=_span(old, new)
        )
        return answer

    async def adiff(self, dataset_id: str, old: str | int, new: str | int | None = None) -> Json:
        """Return what changed between two versions, by id or number; new is the current one."""
        answer: Json = await self._asend(
            "GET", path_of(_DATASETS, dataset_id) + "/diff", params=_span(old, new)
        )
        return answer

    def export(
        self,
        dataset_id: str,
        path: str | Path,
        *,
        format: Format | None = None,  # noqa: A002 - the word of the address
        version: str | int | None = None,
    ) -> Path:
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
        return self._client.call(
            lambda at: _export(at, dataset_id, target, named=format, version=version)
        )

    async def aexport(
        self,
        dataset_id: str,
        path: str | Path,
        *,
        format: Format | None = None,  # noqa: A002 - the word of the address
        version: str | int | None = None,
    ) -> Path:
        """Do what ``export`` does."""
        target = Path(path)
        return await self._client.acall(
            lambda at: _export(at, dataset_id, target, named=format, version=version)
        )

    def upload(self, path: str | Path, *, name: str | None = None) -> Json:
        """Store a file's datapoints as the current version of a dataset, and return it.

        Args:
            path: A JSON Lines, JSON or CSV file, UTF-8.
            name: The dataset's, new or not; by default the file's without its ending.

        Raises:
            InvalidInputError: If the file cannot be read.
            ServerError: If the server refuses it, with file, line and key.
        """
        file = Path(path)
        content = _content(file)
        return self._client.call(lambda at: _upload(at, file.name, content, name=name))

    async def aupload(self, path: str | Path, *, name: str | None = None) -> Json:
        """Do what ``upload`` does."""
        file = Path(path)
        content = await asyncio.to_thread(_content, file)
        return await self._client.acall(lambda at: _upload(at, file.name, content, name=name))


class Datapoints(Group):
    """Datapoints by id, whichever dataset has them."""

    def get(self, datapoint_id: str) -> Json:
        """Return a datapoint, or raise ``NotFoundError``."""
        answer: Json = self._send("GET", path_of(_POINTS, datapoint_id))
        return dict(answer["datapoint"][0])

    async def aget(self, datapoint_id: str) -> Json:
        """Return a datapoint, or raise ``NotFoundError``."""
        answer: Json = await self._asend("GET", path_of(_POINTS, datapoint_id))
        return dict(answer["datapoint"][0])

    def create(self, **fields: Any) -> str:
        """Store ``inputs``, ``ground_truth`` in each of ``linked_datasets``; returns the id."""
        answer: Json = self._send("POST", _POINTS, body=fields)
        return str(answer["result"]["insertedIds"][0])

    async def acreate(self, **fields: Any) -> str:
        """Store ``inputs``, ``ground_truth`` in each of ``linked_datasets``; returns the id."""
        answer: Json = await self._asend("POST", _POINTS, body=fields)
        return str(answer["result"]["insertedIds"][0])

    def update(self, datapoint_id: str, **changes: Any) -> None:
        """Change a datapoint in every dataset that has it."""
        self._send("PUT", path_of(_POINTS, datapoint_id), body=changes)

    async def aupdate(self, datapoint_id: str, **changes: Any) -> None:
        """Change a datapoint in every dataset that has it."""
        await self._asend("PUT", path_of(_POINTS, datapoint_id), body=changes)

    def delete(self, datapoint_id: str) -> None:
        """Take a datapoint out of every dataset."""
        self._send("DELETE", path_of(_POINTS, datapoint_id))

    async def adelete(self, datapoint_id: str) -> None:
        """Take a datapoint out of every dataset."""
        await self._asend("DELETE", path_of(_POINTS, datapoint_id))


def _new(name: str, datapoints: DatasetLike, fields: Mapping[str, Any]) -> Json:
    points = rows_to_send(datapoints)
    return {"name": name, "exact_name": True, "datapoints": points, **fields}


def _changes(changes: Json) -> Json:
    if changes.get("datapoints") is None:
        return changes
    return {**changes, "datapoints": rows_to_send(changes["datapoints"])}


def _span(old: str | int, new: str | int | None) -> Json:
    return {"from": str(old)} if new is None else {"from": str(old), "to": str(new)}


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


async def _export(
    connection: Connection,
    dataset_id: str,
    path: Path,
    *,
    named: Format | None,
    version: str | int | None,
) -> Path:
    from assay.kit.atomic_files import write_atomic

    params = {"format": _format(path, named), "version": version}
    address = path_of(_DATASETS, dataset_id) + "/export"
    write_atomic(path, await connection.download(address, params=params))
    return path


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from error


async def _upload(
    connection: Connection, filename: str, content: bytes, *, name: str | None
) -> Json:
    fields = {} if name is None else {"name": name}
    path = f"{_DATASETS}/import"
    answer: Json = await connection.upload(path, filename, content, fields=fields)
    return dict(answer["dataset"])
