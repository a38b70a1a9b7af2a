"""Managed datasets: each change makes a new immutable version and moves the name to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from assay.core.dataset_diffs import DatasetDiff, diff_datapoints
from assay.core.datasets import Datapoint, DatasetVersion, duplicate_ids
from assay.core.documents import DocumentFilter
from assay.core.errors import ConflictError, InvalidDatasetError, NotFoundError
from assay.core.managed_datasets import (
    DATASET_KIND,
    ManagedDataset,
    dataset_document,
    dataset_of,
    with_version,
)
from assay.core.ports import AuditEntry, Listing, Page, Store
from assay.kit.clock import Clock
from assay.kit.ids import new_id


MAX_SIZE = 1_000_000
"""Most datapoints of a dataset that is changed datapoint by datapoint."""

_TRIES = 8
_EVERY = 1000
Change = Callable[[list[Datapoint]], Sequence[Datapoint]]


class ManagedDatasetService:
    """Creates, changes, compares and forgets datasets."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(
        self,
        name: str,
        datapoints: Iterable[Datapoint],
        *,
        project: str,
        actor: str,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ManagedDataset:
        """Store a dataset of a new name.

        Raises:
            ConflictError: If there is a dataset of the name.
            InvalidDatasetError: If two datapoints have the same id.
        """
        taken = self._store.list_documents(
            DocumentFilter(DATASET_KIND, names=(name,)), Listing(project=project, limit=1)
        )
        if taken.total:
            raise ConflictError(
                f"There is already a dataset {name!r} (id {taken.items[0].id}); choose another "
                "name, or change that one."
            )
        version = self._store.add_dataset(name, datapoints, project=project)
        dataset = self._new(version, description=description, metadata=metadata)
        self._store.add_documents([dataset_document(dataset)])
        self._note("dataset_created", dataset, actor, {"version_id": version.id})
        return dataset

    def free_name(self, name: str, *, project: str) -> str:
        """Return ``name``, with the first free number behind it if it is taken."""
        taken = {dataset.name for dataset in self.all(project=project)}
        numbered = (f"{name} ({number})" for number in count(2))
        return name if name not in taken else next(each for each in numbered if each not in taken)

    def adopt(self, version: DatasetVersion, *, actor: str) -> ManagedDataset:
        """Make a stored version the current one of the dataset of its name, new if need be."""
        for _ in range(_TRIES):
            found = self.named(version.name, project=version.project)
            if found is None:
                document = dataset_document(self._new(version))
                if self._store.add_documents([document], ignore_taken=True):
                    dataset = dataset_of(document)
                    self._note("dataset_created", dataset, actor, {"version_id": version.id})
                    return dataset
                continue
            if found.version_id == version.id:
                return found
            try:
                return self._move(found, version, actor=actor, action="dataset_uploaded")
            except ConflictError:
                continue
        raise _contended(version.name)

    def get(self, dataset_id: str) -> ManagedDataset:
        """Return a dataset by its id.

        Raises:
            NotFoundError: If there is none.
        """
        return dataset_of(self._store.get_document(DATASET_KIND, dataset_id))

    def named(self, name: str, *, project: str) -> ManagedDataset | None:
        """Return the dataset of a name, or None."""
        where = DocumentFilter(DATASET_KIND, names=(name,))
        found = self._store.list_documents(where, Listing(project=project, limit=1)).items
        return dataset_of(found[0]) if found else None

    def page(self, listing: Listing) -> Page[ManagedDataset]:
        """Return one page of datasets."""
        page = self._store.list_documents(DocumentFilter(DATASET_KIND), listing)
        return Page(tuple(map(dataset_of, page.items)), page.total)

    def all(self, *, project: str) -> list[ManagedDataset]:
        """Return every dataset of a project."""
        found: list[ManagedDataset] = []
        while True:
            listing = Listing(project=project, offset=len(found), limit=_EVERY, sort="id")
            page = self.page(listing)
            found.extend(page.items)
            if len(found) >= page.total or not page.items:
                return found

    def versions(self, dataset: ManagedDataset) -> list[DatasetVersion]:
        """Return the versions of a dataset, newest first."""
        found = self._store.dataset_versions(dataset.name, project=dataset.project)
        return found[::-1]

    def version(self, dataset: ManagedDataset, wanted: str | None = None) -> DatasetVersion:
        """Return a version by its id or number, the current one by default.

        Raises:
            NotFoundError: If the dataset has no such version.
        """
        if wanted is None:
            return self._store.get_dataset(dataset.version_id)
        known = self.versions(dataset)
        for version in known:
            if wanted in {version.id, str(version.version)}:
                return version
        numbers = ", ".join(str(version.version) for version in known[:10])
        raise NotFoundError(
            f"The dataset {dataset.name!r} has no version {wanted[:100]!r}; it has {numbers}."
        )

    def resolve(self, dataset_id: str) -> DatasetVersion:
        """Return the version an id stands for: a version's own, or a dataset's current one.

        Raises:
            NotFoundError: If there is neither.
        """
        try:
            return self.version(self.get(dataset_id))
        except NotFoundError:
            return self._store.get_dataset(dataset_id)

    def change(
        self, dataset: ManagedDataset, change: Change, *, actor: str, action: str
    ) -> tuple[ManagedDataset, DatasetVersion]:
        """Store what ``change`` makes of the current datapoints as the new current version.

        Somebody else's change in between is kept: the change is made again, on top of it.

        Raises:
            InvalidDatasetError: If two datapoints would have the same id.
            ConflictError: If others keep changing the dataset.
        """
        for _ in range(_TRIES):
            current = self._changeable(dataset)
            points = list(self._store.iter_datapoints(current.id))
            changed = list(change(points))
            _check_unique(duplicate_ids(changed))
            version = self._store.add_dataset(dataset.name, changed, project=dataset.project)
            if version.id == dataset.version_id:
                return dataset, version
            try:
                return self._move(dataset, version, actor=actor, action=action), version
            except ConflictError:
                dataset = self.get(dataset.id)
        raise _contended(dataset.name)

    def append(
        self, dataset: ManagedDataset, points: Sequence[Datapoint], *, actor: str
    ) -> DatasetVersion:
        """Store the current datapoints and ``points`` after them as the new current version.

        Raises:
            InvalidDatasetError: If two datapoints would have the same id.
            ConflictError: If others keep changing the dataset.
        """
        ids = [point.id for point in points]
        _check_unique(duplicate_ids(points))
        for _ in range(_TRIES):
            current = self._changeable(dataset)
            _check_unique(self._store.get_datapoints(current.id, ids))
            version = self._store.extend_dataset(current.id, points)
            if version.id == dataset.version_id:
                return version
            try:
                self._move(dataset, version, actor=actor, action="datapoints_added")
            except ConflictError:
                dataset = self.get(dataset.id)
            else:
                return version
        raise _contended(dataset.name)

    def _changeable(self, dataset: ManagedDataset) -> DatasetVersion:
        current = self._store.get_dataset(dataset.version_id)
        if current.size > MAX_SIZE:
            raise InvalidDatasetError(
                f"The dataset has {current.size} datapoints; above {MAX_SIZE} it is changed "
                "by uploading a new file."
            )
        return current

    def describe(
        self,
        dataset: ManagedDataset,
        *,
        name: str | None,
        description: str | None,
        metadata: Mapping[str, Any] | None,
        actor: str,
    ) -> ManagedDataset:
        """Change what is said about a dataset; None leaves it as it is, metadata merge.

        Raises:
            ConflictError: If the name is taken.
        """
        renamed = name is not None and name != dataset.name
        changed = replace(
            dataset,
            name=dataset.name if name is None else name,
            description=dataset.description if description is None else description,
            metadata={**dataset.metadata, **(metadata or {})},
            updated_at=self._clock.now(),
        )
        saved = dataset_of(self._store.save_document(dataset_document(changed)))
        if renamed:
            self._store.rename_dataset(dataset.name, changed.name, project=dataset.project)
        self._note("dataset_updated", saved, actor, {"before": dataset.name})
        return saved

    def delete(self, dataset: ManagedDataset, *, actor: str) -> None:
        """Forget a dataset; the versions that runs are over stay readable for them."""
        self._store.delete_documents(DocumentFilter(DATASET_KIND, ids=(dataset.id,)))
        kept_as = f"{dataset.name} (deleted {dataset.id})"
        self._store.drop_dataset(dataset.name, kept_as=kept_as, project=dataset.project)
        self._note("dataset_deleted", dataset, actor, {})

    def diff(self, old: DatasetVersion, new: DatasetVersion) -> DatasetDiff:
        """Compare two versions."""
        return diff_datapoints(
            self._store.iter_datapoints(old.id), self._store.iter_datapoints(new.id)
        )

    def _new(
        self,
        version: DatasetVersion,
        *,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ManagedDataset:
        now = self._clock.now()
        return ManagedDataset(
            id=new_id(clock=self._clock),
            project=version.project,
            name=version.name,
            version_id=version.id,
            created_at=now,
            updated_at=now,
            description=description,
            metadata=dict(metadata or {}),
        )

    def _move(
        self, dataset: ManagedDataset, version: DatasetVersion, *, actor: str, action: str
    ) -> ManagedDataset:
        moved = with_version(dataset, version.id, now=self._clock.now())
        saved = dataset_of(self._store.save_document(dataset_document(moved)))
        details = {"from": dataset.version_id, "to": version.id, "size": version.size}
        self._note(action, saved, actor, details)
        return saved

    def _note(
        self, action: str, dataset: ManagedDataset, actor: str, details: Mapping[str, Any]
    ) -> None:
        noted = {"name": dataset.name, **details}
        entry = AuditEntry(action, dataset.id, actor, self._clock.now(), noted)
        self._store.append_audit(entry, project=dataset.project)


def _check_unique(repeated: Iterable[str]) -> None:
    for datapoint_id in repeated:
        raise InvalidDatasetError(
            f"The datapoint id {datapoint_id!r} is in the dataset already; leave ids out "
            "to be given new ones, or update that datapoint."
        )


def _contended(name: str) -> ConflictError:
    return ConflictError(f"Others keep changing the dataset {name!r}; try again in a moment.")
