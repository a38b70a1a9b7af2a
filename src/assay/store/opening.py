"""Opening a store: reachable, of the right schema, and quick when nothing is to be done."""

from collections.abc import Callable

from sqlalchemy import Connection

from assay.core.errors import StorageError
from assay.core.ports import Store
from assay.kit.clock import SYSTEM_CLOCK, Clock, sleep_blocking
from assay.store.database import Database
from assay.store.revision import HEAD, check_known, stored_revision
from assay.store.sql_store import SqlStore


START_SECONDS = 30.0
"""How long a PostgreSQL server may take to come up."""

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


def open_store(
    url: str,
    *,
    clock: Clock = SYSTEM_CLOCK,
    wait_seconds: float = START_SECONDS,
    sleep: Callable[[float], None] = sleep_blocking,
) -> Store:
    """Open the store at ``url``.

    A SQLite file is created, and brought to the newest schema, by itself. A PostgreSQL
    database is waited for, and must have been brought to it by ``assay db upgrade``.

    Args:
        url: ``sqlite:///PATH`` (``?synchronous=full`` survives a power cut at the cost of
            speed) or ``postgresql+psycopg://USER@HOST/NAME``.
        clock: Dates what is stored.
        wait_seconds: How long to wait for a PostgreSQL server that does not answer yet.
        sleep: Waits between two attempts; takes seconds.

    Raises:
        InvalidSettingsError: If ``url`` is not a database Assay speaks.
        MissingExtraError: If PostgreSQL's driver is not installed.
        StorageError: If the database cannot be opened, or has the wrong schema.
    """
    database = Database(url)
    try:
        if database.is_sqlite:
            _prepare_sqlite(database, url)
        else:
            _prepare_postgresql(database, wait_seconds, clock=clock, sleep=sleep)
    except BaseException:
        database.close()
        raise
    return SqlStore(database, clock=clock)


def _prepare_sqlite(database: Database, url: str) -> None:
    with database.read() as connection:
        revision = stored_revision(connection)
    check_known(revision, label=database.label)
    if revision != HEAD:
        from assay.store.migrations import upgrade

        upgrade(url)


def _prepare_postgresql(
    database: Database, wait_seconds: float, *, clock: Clock, sleep: Callable[[float], None]
) -> None:
    revision = read_patiently(
        database, stored_revision, wait_seconds=wait_seconds, clock=clock, sleep=sleep
    )
    check_known(revision, label=database.label)
    if revision != HEAD:
        found = "has no tables yet" if revision is None else f"has the older schema {revision!r}"
        raise StorageError(
            f"Database {database.label} {found}; this version of Assay needs {HEAD!r}. "
            "Run: assay db upgrade"
        )


def read_patiently(
    database: Database,
    read: Callable[[Connection], str | None],
    *,
    wait_seconds: float,
    clock: Clock,
    sleep: Callable[[float], None],
) -> str | None:
    """Return what ``read`` returns, waiting while the server does not answer yet.

    Raises:
        StorageError: If the database still refuses after ``wait_seconds``.
    """
    deadline = clock.monotonic() + wait_seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            with database.read() as connection:
                return read(connection)
        except StorageError:
            if clock.monotonic() + pause > deadline:
                raise
        sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
