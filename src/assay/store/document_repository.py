"""Documents: revisioned JSON records, changed by compare-and-set."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from assay.core.documents import Document, DocumentFilter
from assay.core.errors import ConflictError, NotFoundError
from assay.core.ports import Listing, Page
from assay.store.repository import Repository, containing, insert_or_ignore, sorting
from assay.store.tables import documents


_SORTABLE = ("created_at", "updated_at", "name", "id")


class DocumentRepository(Repository):
    """Revisioned JSON documents by kind."""

    def add_documents(self, documents: Sequence[Document], *, ignore_taken: bool = False) -> int:
        """Store new documents in one transaction; returns how many were stored.

        Raises:
            ConflictError: If an id or unique key is taken, unless ``ignore_taken``.
        """
        claiming = {document.kind for document in documents if document.unique_key is not None}
        with self._database.write() as connection:
            self._database.lock_all(connection, [("documents", kind) for kind in claiming])
            self._ensure_projects(connection, {document.project for document in documents})
            added = 0
            for document in documents:
                stored = insert_or_ignore(connection, _TABLE, rows=[_columns(document)])
                if not stored and not ignore_taken:
                    raise _taken(document)
                added += stored
        return added

    def get_document(self, kind: str, document_id: str) -> Document:
        """Return a document, or raise ``NotFoundError``."""
        with self._database.read() as connection:
            row = _row(connection, kind, document_id)
            if row is None:
                raise NotFoundError.of_id(_noun(kind), document_id)
        return _document(row)

    def save_document(self, document: Document) -> Document:
        """Replace the stored document of the same revision; returns it with the next one.

        Raises:
            NotFoundError: If there is none.
            ConflictError: If it was changed in between, or its unique key is taken.
        """
        saved = replace(document, revision=document.revision + 1)
        with self._database.write() as connection:
            self._database.lock(connection, "documents", document.kind)
            stored = _row(connection, document.kind, document.id)
            if stored is None:
                raise NotFoundError.of_id(_noun(document.kind), document.id)
            if stored.revision != document.revision:
                raise ConflictError(
                    f"The {_noun(document.kind)} {document.id!r} was changed in between; "
                    "read it again and repeat the change."
                )
            if _holder(connection, document) not in {None, document.id}:
                raise _taken(document)
            here = (_TABLE.c.kind == document.kind) & (_TABLE.c.id == document.id)
            connection.execute(update(_TABLE).where(here).values(**_columns(saved)))
        return saved

    def delete_documents(self, where: DocumentFilter) -> int:
        """Forget documents; returns how many there were."""
        with self._database.write() as connection:
            chosen = _chosen(select(_TABLE.c.id), where).subquery()
            statement = delete(_TABLE).where(
                _TABLE.c.kind == where.kind, _TABLE.c.id.in_(select(chosen.c.id))
            )
            return connection.execute(statement).rowcount

    def list_documents(
        self, where: DocumentFilter, listing: Listing | None = None
    ) -> Page[Document]:
        """Return one page of documents."""
        listing = listing or Listing()
        query = _chosen(select(_TABLE), where)
        if listing.project is not None:
            query = query.where(_TABLE.c.project == listing.project)
        if listing.search:
            query = query.where(containing(listing.search, _TABLE.c.id, _TABLE.c.name))
        order = sorting(_TABLE, listing, fields=_SORTABLE)
        return self._page(query, listing, sorting=order, build=_document)

    def count_documents(self, where: DocumentFilter) -> dict[str, int]:
        """Return how many documents there are per state; absent states are left out."""
        query = _chosen(select(_TABLE.c.state, func.count()), where).group_by(_TABLE.c.state)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {row[0]: row[1] for row in rows}


_TABLE = documents


def _chosen(query: Select[Any], where: DocumentFilter) -> Select[Any]:
    query = query.where(_TABLE.c.kind == where.kind)
    wanted = (
        (_TABLE.c.parent, where.parents),
        (_TABLE.c.id, where.ids),
        (_TABLE.c.name, where.names),
        (_TABLE.c.state, where.states),
    )
    for column, values in wanted:
        if values is not None:
            query = query.where(column.in_(values))
    return query


def _row(connection: Connection, kind: str, document_id: str) -> Row[Any] | None:
    here = (_TABLE.c.kind == kind) & (_TABLE.c.id == document_id)
    return connection.execute(select(_TABLE).where(here)).first()


def _holder(connection: Connection, document: Document) -> str | None:
    """Return the id of the document that has the unique key, or None."""
    if document.unique_key is None:
        return None
    query = select(_TABLE.c.id).where(
        _TABLE.c.kind == document.kind, _TABLE.c.unique_key == document.unique_key
    )
    found: str | None = connection.execute(query).scalar()
    return found


def _taken(document: Document) -> ConflictError:
    return ConflictError(
        f"There is already a {_noun(document.kind)} {(document.name or document.id)!r}; "
        "choose another name, or change that one."
    )


def _noun(kind: str) -> str:
    return kind.replace("_", " ")


def _columns(document: Document) -> dict[str, Any]:
    return {column.name: getattr(document, column.name) for column in _TABLE.columns}


def _document(row: Row[Any]) -> Document:
    return Document(**row._asdict())
