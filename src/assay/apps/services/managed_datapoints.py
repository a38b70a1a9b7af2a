"""Datapoints of managed datasets: found by id wherever they are, added, changed, removed.

A datapoint may be stored before any dataset has it; it waits as a document of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from assay.apps.services.managed_datasets import ManagedDatasetService
from assay.core.dataset_mapping import of_row, with_origin, without_origin
from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.documents import Document, DocumentFilter
from assay.core.errors import InvalidDatasetError, NotFoundError
from assay.core.managed_datasets import ManagedDataset
from assay.core.ports import AuditEntry, Listing, Store
from assay.core.wire.datasets import DatapointBody, DatapointUpdate, RowsBody
from assay.kit.clock import Clock
from assay.kit.ids import new_id


LOOSE_KIND = "datapoint"


@dataclass(frozen=True, slots=True)
class FoundDatapoint:
    """A datapoint, the datasets whose current version has it, and since when."""

    datapoint: Datapoint
    datasets: tuple[ManagedDataset, ...]
    created_at: datetime


class ManagedDatapointService:
    """Finds and changes datapoints."""

    def __init__(self, store: Store, datasets: ManagedDatasetService, *, clock: Clock) -> None:
        self._store = store
        self._datasets = datasets
        self._clock = clock

    def make(self, bodies: Iterable[DatapointBody]) -> list[Datapoint]:
        """Return datapoints as clients describe them, with new ids where they give none."""
        return [datapoint_of(body, or_id=new_id(clock=self._clock)) for body in bodies]

    def of_rows(self, body: RowsBody) -> list[Datapoint]:
        """Return the datapoints of rows with a mapping, then those given whole.

        Raises:
            InvalidDatasetError: If a row lacks a named input, naming the row.
        """
        found: list[Datapoint] = []
        mapping = body.mapping
        for number, row in enumerate(body.data or (), start=1):
            try:
                found.append(
                    of_row(
                        row,
                        datapoint_id=new_id(clock=self._clock),
                        inputs=None if mapping is None else mapping.inputs,
                        ground_truth=None if mapping is None else mapping.ground_truth,
                        history=None if mapping is None else mapping.history,
                    )
                )
            except InvalidDatasetError as error:
                raise InvalidDatasetError(f"data[{number - 1}]: {error}") from error
        return [*found, *self.make(body.datapoints or ())]

    def add(
        self, dataset: ManagedDataset, points: Sequence[Datapoint], *, actor: str
    ) -> DatasetVersion:
        """Append datapoints to a dataset; returns the version that has them."""
        return self._datasets.append(dataset, points, actor=actor)

    def store_loose(self, points: Sequence[Datapoint], *, project: str, actor: str) -> None:
        """Store datapoints that are in no dataset yet.

        Raises:
            ConflictError: If an id is taken.
        """
        now = self._clock.now()
        self._store.add_documents([_loose(point, project=project, now=now) for point in points])
        for point in points:
            entry = AuditEntry("datapoint_created", point.id, actor, now, {})
            self._store.append_audit(entry, project=project)

    def find(
        self,
        ids: Sequence[str],
        *,
        project: str,
        within: Sequence[ManagedDataset] | None = None,
    ) -> dict[str, FoundDatapoint]:
        """Return the datapoints with these ids; unknown ids are left out."""
        datasets = self._datasets.all(project=project) if within is None else within
        by_version = {dataset.version_id: dataset for dataset in datasets}
        found: dict[str, FoundDatapoint] = {}
        for version_id, point in self._store.locate_datapoints(ids, list(by_version)):
            dataset = by_version[version_id]
            before = found.get(point.id)
            found[point.id] = FoundDatapoint(
                point if before is None else before.datapoint,
                (dataset,) if before is None else (*before.datasets, dataset),
                dataset.created_at if before is None else before.created_at,
            )
        lacking = tuple(each for each in ids if each not in found)
        if lacking and within is None:
            found.update(self._find_loose(lacking, project))
        return found

    def get(self, datapoint_id: str, *, project: str) -> FoundDatapoint:
        """Return a datapoint, or raise ``NotFoundError``."""
        found = self.find([datapoint_id], project=project).get(datapoint_id)
        if found is None:
            raise NotFoundError(
                f"There is no datapoint {datapoint_id[:200]!r} in any dataset's current version."
            )
        return found

    def chosen(self, wanted: Sequence[str | DatapointBody], *, project: str) -> list[Datapoint]:
        """Return datapoints by id or as described, in order.

        Raises:
            NotFoundError: If an id is unknown.
        """
        ids = [each for each in wanted if isinstance(each, str)]
        known = self.find(ids, project=project) if ids else {}
        unknown = [each for each in ids if each not in known]
        if unknown:
            raise NotFoundError(
                f"There is no datapoint {unknown[0][:200]!r}; store it first, or give it whole."
            )
        return [
            known[each].datapoint if isinstance(each, str) else self.make([each])[0]
            for each in wanted
        ]

    def update(
        self, found: FoundDatapoint, body: DatapointUpdate, *, project: str, actor: str
    ) -> None:
        """Change a datapoint in every dataset that has it, and link it where the body says."""
        changed = updated_datapoint(found.datapoint, body)
        for dataset in found.datasets:
            self._datasets.change(
                dataset, _replacing(changed), actor=actor, action="datapoint_updated"
            )
        linked = {dataset.id for dataset in found.datasets}
        for dataset_id in body.linked_datasets or ():
            if dataset_id not in linked:
                self.add(self._owned(dataset_id, project), [changed], actor=actor)
        if not found.datasets:
            document = self._store.get_document(LOOSE_KIND, _loose_id(project, changed.id))
            self._store.save_document(
                replace(document, body=changed.content(), updated_at=self._clock.now())
            )

    def remove(self, found: FoundDatapoint, *, project: str, actor: str) -> None:
        """Take a datapoint out of every dataset."""
        for dataset in found.datasets:
            self.remove_from(dataset, found.datapoint.id, actor=actor)
        where = DocumentFilter(LOOSE_KIND, ids=(_loose_id(project, found.datapoint.id),))
        self._store.delete_documents(where)

    def remove_from(
        self, dataset: ManagedDataset, datapoint_id: str, *, actor: str
    ) -> DatasetVersion:
        """Take a datapoint out of one dataset, or raise ``NotFoundError``."""

        def without(points: list[Datapoint]) -> list[Datapoint]:
            kept = [point for point in points if point.id != datapoint_id]
            if len(kept) == len(points):
                raise NotFoundError(
                    f"The dataset {dataset.name!r} has no datapoint {datapoint_id[:200]!r}."
                )
            return kept

        _, version = self._datasets.change(
            dataset, without, actor=actor, action="datapoint_removed"
        )
        return version

    def _owned(self, dataset_id: str, project: str) -> ManagedDataset:
        dataset = self._datasets.get(dataset_id)
        if dataset.project != project:
            raise NotFoundError.of_id("dataset", dataset_id)
        return dataset

    def _find_loose(self, ids: Sequence[str], project: str) -> Mapping[str, FoundDatapoint]:
        where = DocumentFilter(LOOSE_KIND, ids=tuple(_loose_id(project, each) for each in ids))
        page = self._store.list_documents(where, Listing(project=project, limit=len(ids)))
        return {
            document.name: FoundDatapoint(Datapoint(**document.body), (), document.created_at)
            for document in page.items
        }


def datapoint_of(body: DatapointBody, *, or_id: str) -> Datapoint:
    """Return the datapoint that a client describes."""
    return Datapoint(
        id=body.id or or_id,
        inputs=body.inputs,
        ground_truth=body.ground_truth,
        metadata=with_origin(
            body.metadata or {}, history=body.history, linked_event=body.linked_event
        ),
    )


def updated_datapoint(point: Datapoint, body: DatapointUpdate) -> Datapoint:
    """Return a datapoint after an update: what is absent stays."""
    metadata, history, linked = without_origin(point.metadata)
    given = body.model_fields_set
    return Datapoint(
        id=point.id,
        inputs=point.inputs if body.inputs is None else body.inputs,
        ground_truth=body.ground_truth if "ground_truth" in given else point.ground_truth,
        metadata=with_origin(
            metadata if body.metadata is None else body.metadata,
            history=history if body.history is None else body.history,
            linked_event=linked if body.linked_event is None else body.linked_event,
        ),
    )


def _replacing(changed: Datapoint) -> Callable[[list[Datapoint]], list[Datapoint]]:
    return lambda points: [changed if point.id == changed.id else point for point in points]


def _loose(point: Datapoint, *, project: str, now: datetime) -> Document:
    body: dict[str, Any] = point.content()
    return Document(
        kind=LOOSE_KIND,
        id=_loose_id(project, point.id),
        project=project,
        name=point.id,
        created_at=now,
        updated_at=now,
        body=body,
    )


def _loose_id(project: str, datapoint_id: str) -> str:
    return f"{project}/{datapoint_id}"
