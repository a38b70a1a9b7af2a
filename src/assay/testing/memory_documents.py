"""Documents and lines of datasets, for the store in memory."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Protocol

from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.documents import Document, DocumentFilter
from assay.core.errors import ConflictError, NotFoundError
from assay.core.ports import Listing, Page
from assay.core.runs import DEFAULT_PROJECT, Evaluation, Run
from assay.testing.memory_rules import holds, plain_as_stored, stored_mapping, window


class _Tables(Protocol):
    documents: dict[tuple[str, str], Document]
    datasets: dict[str, DatasetVersion]
    datapoints: dict[str, dict[str, Datapoint]]
    runs: dict[str, Run]
    evaluations: dict[str, Evaluation]


class _Memory(Protocol):
    def _open(self) -> AbstractContextManager[Any]: ...


class MemoryDocuments:
    """Implements ``DocumentStore`` and ``DatasetVersionStore`` over the rows of its store."""

    def add_documents(
        self: _Memory, documents: Sequence[Document], *, ignore_taken: bool = False
    ) -> int:
        """Store new documents; returns how many were stored."""
        with self._open() as rows:
            added: dict[tuple[str, str], Document] = {}
            for document in documents:
                key = (document.kind, document.id)
                known = {**rows.documents, **added}
                if key in known or _claimed(known, document):
                    if not ignore_taken:
                        raise _taken(document)
                    continue
                added[key] = _as_stored(document)
            rows.documents.update(added)
        return len(added)

    def get_document(self: _Memory, kind: str, document_id: str) -> Document:
        """Return a document, or raise ``NotFoundError``."""
        with self._open() as rows:
            return _one(rows, kind, document_id)

    def save_document(self: _Memory, document: Document) -> Document:
        """Replace the stored document of the same revision; returns it with the next one."""
        with self._open() as rows:
            stored = _one(rows, document.kind, document.id)
            if stored.revision != document.revision:
                raise ConflictError(f"The document {document.id!r} was changed in between.")
            if _claimed(rows.documents, document):
                raise _taken(document)
            saved = replace(_as_stored(document), revision=document.revision + 1)
            rows.documents[document.kind, document.id] = saved
        return saved

    def delete_documents(self: _Memory, where: DocumentFilter) -> int:
        """Forget documents; returns how many there were."""
        with self._open() as rows:
            gone = [key for key, document in rows.documents.items() if _wanted(document, where)]
            for key in gone:
                del rows.documents[key]
        return len(gone)

    def list_documents(
        self: _Memory, where: DocumentFilter, listing: Listing | None = None
    ) -> Page[Document]:
        """Return one page of documents."""
        listing = listing or Listing()
        with self._open() as rows:
            found = [
                document
                for document in rows.documents.values()
                if _wanted(document, where)
                and listing.project in {None, document.project}
                and holds(listing.search, document.id, document.name)
            ]
        return window(found, listing, fields=("created_at", "updated_at", "name", "id"))

    def count_documents(self: _Memory, where: DocumentFilter) -> dict[str, int]:
        """Return how many documents there are per state; absent states are left out."""
        counts: dict[str, int] = {}
        with self._open() as rows:
            for document in rows.documents.values():
                if _wanted(document, where):
                    counts[document.state] = counts.get(document.state, 0) + 1
        return counts

    def dataset_versions(
        self: _Memory, name: str, *, project: str = DEFAULT_PROJECT
    ) -> list[DatasetVersion]:
        """Return all versions of a name, oldest first; none if there is no such name."""
        with self._open() as rows:
            found = [
                version
                for version in rows.datasets.values()
                if (version.project, version.name) == (project, name)
            ]
        return sorted(found, key=lambda version: version.version)

    def datapoint_ids(self: _Memory, dataset_id: str) -> list[str]:
        """Return the ids of a version's datapoints in order."""
        with self._open() as rows:
            return list(rows.datapoints.get(dataset_id, {}))

    def locate_datapoints(
        self: _Memory, ids: Sequence[str], dataset_ids: Sequence[str]
    ) -> list[tuple[str, Datapoint]]:
        """Return (version id, datapoint) wherever one of ``ids`` is in one of the versions."""
        with self._open() as rows:
            return [
                (dataset_id, rows.datapoints[dataset_id][each])
                for dataset_id in sorted(set(dataset_ids))
                for each in dict.fromkeys(ids)
                if each in rows.datapoints.get(dataset_id, {})
            ]

    def rename_dataset(
        self: _Memory, name: str, new_name: str, *, project: str = DEFAULT_PROJECT
    ) -> None:
        """Give all versions of a name another, or raise ``ConflictError`` if that is taken."""
        with self._open() as rows:
            names = {each.name for each in rows.datasets.values() if each.project == project}
            if new_name in names and new_name != name:
                raise ConflictError(f"There is already a dataset {new_name!r}.")
            _rename(rows, name, new_name, project=project)

    def drop_dataset(
        self: _Memory, name: str, *, kept_as: str, project: str = DEFAULT_PROJECT
    ) -> int:
        """Forget the versions of a name; returns how many."""
        with self._open() as rows:
            used = {run.dataset_id for run in rows.runs.values()}
            used |= {evaluation.dataset_id for evaluation in rows.evaluations.values()}
            gone = [
                version.id
                for version in rows.datasets.values()
                if (version.project, version.name) == (project, name) and version.id not in used
            ]
            for version_id in gone:
                del rows.datasets[version_id]
                del rows.datapoints[version_id]
            _rename(rows, name, kept_as, project=project)
        return len(gone)


def _rename(rows: _Tables, name: str, new_name: str, *, project: str) -> None:
    for version in list(rows.datasets.values()):
        if (version.project, version.name) == (project, name):
            rows.datasets[version.id] = replace(version, name=new_name)


def _one(rows: _Tables, kind: str, document_id: str) -> Document:
    found = rows.documents.get((kind, document_id))
    if found is None:
        raise NotFoundError.of_id(kind.replace("_", " "), document_id)
    return found


def _claimed(documents: dict[tuple[str, str], Document], wanted: Document) -> bool:
    """Whether another document of the kind has the unique key."""
    return wanted.unique_key is not None and any(
        each.kind == wanted.kind and each.unique_key == wanted.unique_key and each.id != wanted.id
        for each in documents.values()
    )


def _taken(document: Document) -> ConflictError:
    return ConflictError(f"There is already a {document.kind} {document.name or document.id!r}.")


def _wanted(document: Document, where: DocumentFilter) -> bool:
    return (
        document.kind == where.kind
        and (where.parents is None or document.parent in where.parents)
        and (where.ids is None or document.id in where.ids)
        and (where.names is None or document.name in where.names)
        and (where.states is None or document.state in where.states)
    )


def _as_stored(document: Document) -> Document:
    return replace(plain_as_stored(document), body=stored_mapping(document.body))
