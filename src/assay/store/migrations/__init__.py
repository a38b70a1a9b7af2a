"""Schema migrations, run from inside the package: no configuration file, no paths.

A migration is a file in ``versions``; its revision is also added to ``store.revision``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from assay.store.database import Database
from assay.store.revision import check_known, stored_revision


_HERE = Path(__file__).parent
_ONE_AT_A_TIME = Lock()
"""Alembic keeps the migration it carries out in module variables, for all databases alike."""


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest schema, in one transaction.

    Several threads and processes may do so at once: one migrates, the others wait and find it done.

    Raises:
        InvalidSettingsError: If ``url`` is not a database Assay speaks.
        StorageError: If the database refuses or has a newer schema; then it is unchanged.
    """
    with _ONE_AT_A_TIME, _opened(url) as database:
        if database.is_sqlite:
            database.use_write_ahead_log()
        with database.write() as connection:
            database.lock(connection, "migrations")
            check_known(stored_revision(connection), label=database.label)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def current(url: str) -> str | None:
    """Return the revision of the database at ``url``, or None if it has no schema yet.

    Raises:
        StorageError: If the database refuses.
    """
    with _opened(url) as database, database.read() as connection:
        return stored_revision(connection)


def head() -> str:
    """Return the newest revision there is."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 - the package ships its migrations
    return revision


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
