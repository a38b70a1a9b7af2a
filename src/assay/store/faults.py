"""What a database's refusal means: where it happened, why, and what to do next."""

from sqlalchemy.exc import DBAPIError

from assay.core.errors import StorageError


_REMEDIES = (
    ("SQLITE_FULL", "the disk is full", "free some space and run it again"),
    (
        "SQLITE_READONLY",
        "it is read-only",
        "make the file and its folder writable, or choose another data folder",
    ),
    (
        "SQLITE_NOTADB",
        "the file is not a SQLite database",
        "choose another path, or move the file away",
    ),
    (
        "SQLITE_CORRUPT",
        "the file is damaged",
        "restore it from a backup; `sqlite3 FILE .recover` may save what is readable",
    ),
    (
        "SQLITE_CANTOPEN",
        "the file cannot be opened",
        "check that its folder exists and may be written",
    ),
    (
        "SQLITE_BUSY",
        "another process held its write lock for too long",
        "end that process, or run it again",
    ),
    (
        "SQLITE_IOERR",
        "the disk refused to read or write",
        "check the free space, the file size limit and the disk",
    ),
    ("53100", "the server's disk is full", "free some space there and run it again"),
    ("53300", "the server has no free connection", "raise max_connections or use fewer workers"),
    ("25006", "the server is read-only", "point Assay at the primary server"),
    ("28", "the server refused the login", "check the user and the password in the URL"),
    ("3D000", "there is no such database on the server", "create it, or correct the URL"),
    ("42P01", "a table is missing", "run `assay db upgrade`"),
    ("57P", "the server ended the connection", "wait for it to return and run it again"),
    ("08", "the connection was lost", "check the server and the network, then run it again"),
)


def storage_error(error: Exception, *, label: str) -> StorageError:
    """Return the error to raise for a driver's ``error`` on the database ``label``."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    reason = " ".join(str(origin).split())
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or ""
    for prefix, meaning, remedy in _REMEDIES:
        if code.startswith(prefix):
            return StorageError(f"Database {label}: {meaning} ({reason}); {remedy}.")
    if getattr(error, "connection_invalidated", False) or _is_connection_loss(origin, code):
        return StorageError(
            f"Database {label}: the connection was lost or refused ({reason}); "
            "check that the server runs and can be reached, then run it again."
        )
    return StorageError(f"Database {label} refused: {reason}.")


def _is_connection_loss(origin: object, code: str) -> bool:
    return not code and type(origin).__name__ in {"OperationalError", "ConnectionTimeout"}
