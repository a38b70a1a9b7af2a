"""Datasets: versions are stored once per content and never changed."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain
from typing import IO, Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy import insert as insert_into

from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.errors import InvalidDatasetError, NotFoundError, NotJsonError
from assay.core.ports import Listing, Page
from assay.core.runs import DEFAULT_PROJECT
from assay.kit.canonical_json import digest
from assay.kit.ids import new_id
from assay.store.encoding import checked_digest, decode_json, encode_json
from assay.store.raw_reading import mark_of, raw_rows
from assay.store.repository import Repository, containing, missing, sorting
from assay.store.tables import datapoints, datasets


_CHUNK = 500
_IN_MEMORY_BYTES = 16_000_000
_VERSION_FIELDS = tuple(field.name for field in fields(DatasetVersion))
_SORTABLE = ("created_at", "name", "version", "size")

DatapointRow = tuple[str, Any, str]
"""A datapoint's id, content and digest."""


class DatasetRepository(Repository):
    """Immutable, versioned datasets."""

    def add_dataset(
        self,
        name: str,
        datapoints: Iterable[Datapoint],
        *,
        project: str = DEFAULT_PROJECT,
        metadata: Mapping[str, Any] | None = None,
    ) -> DatasetVersion:
        """Store a new version, or return the existing version with the same content.

        ``datapoints`` is read to its end before the database is locked, through a
        temporary file when it is large.

        Raises:
            InvalidDatasetError: If two datapoints have the same id.
            NotJsonError: If a datapoint has a part that is not JSON.
            StorageError: If the database refuses.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
            content_digest, size = _spool(datapoints, spool)
            with self._database.write() as connection:
                self._database.lock(connection, "dataset", project, name)
                existing = _same_content(connection, project, name, content_digest)
                if existing is not None:
                    return existing
                version = DatasetVersion(
                    id=new_id(clock=self._clock),
                    project=project,
                    name=name,
                    version=_next_version(connection, project, name),
                    digest=content_digest,
                    size=size,
                    created_at=self._clock.now(),
                    metadata=dict(metadata or {}),
                )
                self._ensure_projects(connection, [project])
                self._insert(connection, version, spool)
        return version

    def _insert(self, connection: Connection, version: DatasetVersion, spool: IO[bytes]) -> None:
        connection.execute(insert_into(datasets), _columns(version))
        spool.seek(0)
        rows = (
            (version.id, position, *decode_json(line.decode()))
            for position, line in enumerate(spool)
        )
        chunk: list[tuple[Any, ...]] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == _CHUNK:
                self._database.bulk.insert(connection, datapoints, rows=chunk)
                chunk = []
        self._database.bulk.insert(connection, datapoints, rows=chunk)

    def extend_dataset(self, dataset_id: str, datapoints: Sequence[Datapoint]) -> DatasetVersion:
        """Store the version with ``datapoints`` after those of a stored version.

        The newest version of a line shares its rows with the one that extends it, so that only
        the new ones are written.

        Raises:
            NotFoundError: If there is no such version.
            InvalidDatasetError: If a datapoint id is in the version already, or twice.
            NotJsonError: If a datapoint has a part that is not JSON.
        """
        current = self.get_dataset(dataset_id)
        rows = [_datapoint_row(point) for point in datapoints]
        with self._database.write() as connection:
            self._database.lock(connection, "dataset", current.project, current.name)
            version = self._extended(connection, current, rows)
        if version is not None:
            return version
        whole = chain(self.iter_datapoints(dataset_id), datapoints)
        return self.add_dataset(current.name, whole, project=current.project)

    def _extended(
        self, connection: Connection, current: DatasetVersion, rows: Sequence[DatapointRow]
    ) -> DatasetVersion | None:
        """Return the version that shares rows with ``current``, or None where it cannot."""
        owner = connection.execute(_OWNER, {"dataset": current.id}).scalar()
        held = [] if owner is None else _held_digests(connection, owner)
        ids = [row[0] for row in rows]
        if len(held) != current.size or None in held or _any_held(connection, owner, ids):
            return None
        content_digest = digest([*held, *(row[2] for row in rows)])
        existing = _same_content(connection, current.project, current.name, content_digest)
        if existing is not None:
            return existing
        version = replace(
            current,
            id=new_id(clock=self._clock),
            version=_next_version(connection, current.project, current.name),
            digest=content_digest,
            size=current.size + len(rows),
            created_at=self._clock.now(),
            metadata={},
        )
        connection.execute(insert_into(datasets), {**_columns(version), "rows_of": owner})
        placed = [(owner, current.size + place, *row) for place, row in enumerate(rows)]
        self._database.bulk.insert(connection, datapoints, rows=placed)
        return version

    def get_dataset(self, dataset_id: str) -> DatasetVersion:
        """Return a version by id, or raise ``NotFoundError``."""
        with self._database.read() as connection:
            row = connection.execute(select(datasets).where(datasets.c.id == dataset_id)).first()
            if row is None:
                raise NotFoundError.of_id("dataset", dataset_id)
        return version_of(row)

    def find_dataset(
        self, name: str, *, version: int | None = None, project: str = DEFAULT_PROJECT
    ) -> DatasetVersion:
        """Return a version by name (the newest by default), or raise ``NotFoundError``."""
        named = select(datasets).where(datasets.c.project == project, datasets.c.name == name)
        with self._database.read() as connection:
            rows = connection.execute(named.order_by(datasets.c.version.desc())).all()
            if not rows:
                raise missing("dataset named", name, existing=_names(connection, project))
        if version is None:
            return version_of(rows[0])
        for row in rows:
            if row.version == version:
                return version_of(row)
        known = [str(row.version) for row in rows]
        raise missing(f"version of dataset {name!r} numbered", str(version), existing=known)

    def list_datasets(self, listing: Listing | None = None) -> Page[DatasetVersion]:
        """Return one page of the newest version of each dataset."""
        listing = listing or Listing()
        newest = select(datasets.c.project, datasets.c.name, func.max(datasets.c.version)).group_by(
            datasets.c.project, datasets.c.name
        )
        query = select(datasets).where(
            tuple_(datasets.c.project, datasets.c.name, datasets.c.version).in_(newest)
        )
        if listing.project is not None:
            query = query.where(datasets.c.project == listing.project)
        if listing.search:
            query = query.where(containing(listing.search, datasets.c.name))
        order = sorting(datasets, listing, fields=_SORTABLE)
        return self._page(query, listing, sorting=order, build=version_of)

    def iter_datapoints(
        self, dataset_id: str, *, offset: int = 0, limit: int | None = None
    ) -> Iterator[Datapoint]:
        """Stream datapoints in order; memory stays flat."""
        size = self.get_dataset(dataset_id).size
        end = size if limit is None else min(size, offset + limit)
        for start in range(offset, end, _CHUNK):
            chunk = select(datapoints.c.id, datapoints.c.content).where(
                held_by(dataset_id),
                datapoints.c.position >= start,
                datapoints.c.position < min(start + _CHUNK, end),
            )
            with self._database.read() as connection:
                rows = connection.execute(chunk.order_by(datapoints.c.position)).all()
            yield from map(datapoint_of, rows)

    def get_datapoints(self, dataset_id: str, ids: Sequence[str]) -> dict[str, Datapoint]:
        """Return the datapoints with these ids; unknown ids are left out."""
        found: dict[str, Datapoint] = {}
        with self._database.read() as connection:
            for start in range(0, len(ids), _CHUNK):
                query = select(datapoints.c.id, datapoints.c.content).where(
                    held_by(dataset_id),
                    datapoints.c.id.in_(ids[start : start + _CHUNK]),
                )
                found.update((row.id, datapoint_of(row)) for row in connection.execute(query))
        return found


def held_by(dataset_id: str | BindParameter[str]) -> ColumnElement[bool]:
    """Return the condition that a row of ``datapoints`` belongs to a version."""
    here = datasets.c.id == dataset_id
    owner = select(func.coalesce(datasets.c.rows_of, datasets.c.id)).where(here)
    size = select(datasets.c.size).where(here)
    return and_(
        datapoints.c.dataset_id == owner.scalar_subquery(),
        datapoints.c.position < size.scalar_subquery(),
    )


_OWNER = select(func.coalesce(datasets.c.rows_of, datasets.c.id)).where(
    datasets.c.id == bindparam("dataset")
)


def _held_digests(connection: Connection, owner: str) -> list[str | None]:
    mark = mark_of(connection)
    query = f"SELECT digest FROM datapoints WHERE dataset_id = {mark} ORDER BY position"  # noqa: S608 - no value in it
    return [row[0] for rows in raw_rows(connection, query, (owner,)) for row in rows]


def _any_held(connection: Connection, owner: str | None, ids: Sequence[str]) -> bool:
    """Return whether an id would be there twice."""
    if len(set(ids)) < len(ids):
        return True
    held = select(datapoints.c.id).where(datapoints.c.dataset_id == owner)
    return any(
        connection.execute(held.where(datapoints.c.id.in_(ids[start : start + _CHUNK]))).first()
        for start in range(0, len(ids), _CHUNK)
    )


def _datapoint_row(point: Datapoint) -> DatapointRow:
    """Return what is stored of a datapoint.

    Raises:
        NotJsonError: If it has a part that is not JSON.
    """
    content = point.content()
    try:
        found = checked_digest(content)
    except NotJsonError as error:
        raise NotJsonError(f"Datapoint {point.id!r}: {error}") from error
    return content.pop("id"), content, found


def _spool(source: Iterable[Datapoint], spool: IO[bytes]) -> tuple[str, int]:
    seen: set[str] = set()
    digests: list[str] = []
    for datapoint in source:
        if datapoint.id in seen:
            raise InvalidDatasetError(
                f"The dataset has the datapoint id {datapoint.id!r} twice "
                f"(again at position {len(seen)}); ids are unique within a dataset."
            )
        seen.add(datapoint.id)
        content = datapoint.content()
        try:
            digests.append(checked_digest(content))
            text = encode_json([content.pop("id"), content, digests[-1]])
        except NotJsonError as error:
            raise NotJsonError(f"Datapoint {datapoint.id!r}: {error}") from error
        spool.write(text.encode() + b"\n")
    return digest(digests), len(digests)


def _same_content(
    connection: Connection, project: str, name: str, content_digest: str
) -> DatasetVersion | None:
    query = select(datasets).where(
        datasets.c.project == project,
        datasets.c.name == name,
        datasets.c.digest == content_digest,
    )
    row = connection.execute(query).first()
    return None if row is None else version_of(row)


def _next_version(connection: Connection, project: str, name: str) -> int:
    query = select(func.max(datasets.c.version)).where(
        datasets.c.project == project, datasets.c.name == name
    )
    newest: int | None = connection.execute(query).scalar()
    return 1 if newest is None else newest + 1


def _names(connection: Connection, project: str) -> list[str]:
    query = select(datasets.c.name).where(datasets.c.project == project).distinct().limit(10)
    return sorted(connection.execute(query).scalars())


def _columns(version: DatasetVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in _VERSION_FIELDS}


def version_of(row: Row[Any]) -> DatasetVersion:
    """Return the version that a row holds."""
    return DatasetVersion(**{name: getattr(row, name) for name in _VERSION_FIELDS})


def datapoint_of(row: Any) -> Datapoint:
    """Return the datapoint that a row holds."""
    content = row.content
    return Datapoint(row.id, content["inputs"], content["ground_truth"], content["metadata"])
