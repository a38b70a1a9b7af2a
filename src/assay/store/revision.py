"""Which schema a database has, read by plain SQL: opening a store never loads Alembic."""

from sqlalchemy import Connection, inspect

from assay.core.errors import StorageError


HEAD = "0004_score_pages"
"""The newest schema this version of Assay knows; a test compares it with the migrations."""

KNOWN = ("0001_foundation", "0003_documents", "0004_score_pages")
"""All schemas this version knows, oldest first."""


def stored_revision(connection: Connection) -> str | None:
    """Return the revision of the open database, or None if it has no schema of Assay."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()
    return revision


def check_known(revision: str | None, *, label: str) -> None:
    """Refuse a schema from the future.

    Raises:
        StorageError: If ``revision`` is not one this version knows.
    """
    if revision is not None and revision not in KNOWN:
        raise StorageError(
            f"Database {label} has the schema {revision!r}, which is newer than this version of "
            f"Assay, whose newest is {HEAD!r}; install a newer Assay or use another database."
        )
