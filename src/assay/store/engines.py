"""Engines: how each database is connected to, and nothing of what is stored in it."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from assay.core.errors import InvalidSettingsError, StorageError
from assay.kit.extras import require_extra
from assay.store.encoding import decode_json


BUSY_SECONDS = 30.0
"""How long a SQLite connection waits for another process's write lock."""

POOL_SIZE = 8
WRITING = "assay_writing"
"""Execution option of a connection that is going to write."""


def parse_url(url: str) -> URL:
    """Return ``url`` as SQLAlchemy's, with the driver that Assay uses.

    Raises:
        InvalidSettingsError: If it is no URL, or of a database Assay does not speak.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidSettingsError(_unsupported("That")) from error
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        if parsed.database in {None, "", ":memory:"}:
            raise InvalidSettingsError(
                "The database URL names no file; use sqlite:///PATH "
                "(in tests, assay.testing.memory_store.MemoryStore keeps all in memory)."
            )
        return parsed.set(drivername="sqlite")
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise InvalidSettingsError(_unsupported(parsed.drivername))


def _unsupported(what: str) -> str:
    return (
        f"{what} is not a database URL that Assay can use; "
        "it speaks sqlite:///PATH and postgresql+psycopg://USER@HOST/NAME."
    )


def label_of(url: URL) -> str:
    """Return how ``url`` is named in messages: the path, or the URL without its password."""
    if url.drivername == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def make_engine(url: URL) -> Engine:
    """Return an engine; nothing is connected yet.

    Raises:
        InvalidSettingsError: If a SQLite URL has a parameter other than ``synchronous``.
        MissingExtraError: If PostgreSQL's driver is not installed.
    """
    return _sqlite_engine(url) if url.drivername == "sqlite" else _postgresql_engine(url)


def _sqlite_engine(url: URL) -> Engine:
    path = str(url.database)
    synchronous = _synchronous(url)

    def connect() -> sqlite3.Connection:
        return _connect_sqlite(path, synchronous=synchronous)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        max_overflow=-1,
    )
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _synchronous(url: URL) -> str:
    query = dict(url.query)
    value = str(query.pop("synchronous", "normal")).upper()
    if query or value not in {"NORMAL", "FULL"}:
        raise InvalidSettingsError(
            f"The SQLite URL of {url.database} has parameters that Assay does not know; "
            "it knows synchronous=normal (default) and synchronous=full."
        )
    return value


def _connect_sqlite(path: str, *, synchronous: str) -> sqlite3.Connection:
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise StorageError(
            f"Database {path}: the folder {folder} does not exist; "
            "create it, or choose another data folder."
        )
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-16000")
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _postgresql_engine(url: URL) -> Engine:
    require_extra("server", "psycopg", purpose="PostgreSQL")
    return create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        json_serializer=_as_text,
        json_deserializer=decode_json,
        connect_args={"connect_timeout": 10, "options": "-c timezone=UTC"},
    )


def _as_text(value: Any) -> str:
    """Return the JSON text that the column type has already made."""
    return str(value)
