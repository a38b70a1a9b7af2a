"""One database: reading, writing in one transaction, and errors that say what to do."""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError, StatementError

from assay.core.errors import AssayError
from assay.kit.clock import sleep_blocking
from assay.store.bulk import BulkWriter
from assay.store.engines import WRITING, label_of, make_engine, parse_url
from assay.store.faults import storage_error


_LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key"
_WAL_PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)


class Database:
    """Connections to one database; safe to use from many threads.

    SQLite lets one connection write at a time: writers of this process queue up at a
    lock, those of other processes at the database's own, so that nobody is told that
    it is locked. Readers see the last committed state and wait for nobody.
    """

    def __init__(self, url: str) -> None:
        parsed = parse_url(url)
        self.label = label_of(parsed)
        self.engine = make_engine(parsed)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.bulk = BulkWriter(self.engine.dialect)
        self._writers = self.engine.execution_options(**{WRITING: True})
        self._readers = self.engine
        if not self.is_sqlite:
            self._readers = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._gate = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection for reading.

        Raises:
            StorageError: If the database refuses.
        """
        with self._explained(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that ends with the block: all of it or nothing.

        Raises:
            StorageError: If the database refuses; then nothing of the block is stored.
        """
        with self._gate, self._explained(), self._writers.begin() as connection:
            yield connection

    def lock(self, connection: Connection, *key: str) -> None:
        """Let no other transaction past the same key until this one ends.

        On SQLite a writer is alone anyway.
        """
        self.lock_all(connection, [key])

    def lock_all(self, connection: Connection, keys: Iterable[Sequence[str]]) -> None:
        """Do as ``lock`` for each key, in one statement; in one order, so that no two deadlock."""
        numbers = [] if self.is_sqlite else sorted({_number_of(key) for key in keys})
        if numbers:
            connection.exec_driver_sql(_LOCK, (numbers,))

    def use_write_ahead_log(self) -> None:
        """Switch a SQLite file to its write-ahead log, for good: readers never wait.

        Raises:
            StorageError: If the file cannot be written.
        """
        with self._explained(), self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            for pause in _WAL_PAUSES_SECONDS:
                with suppress(self._driver_error()):  # another process may be switching it now
                    cursor.execute("PRAGMA journal_mode=WAL")
                    return
                sleep_blocking(pause)
            cursor.execute("PRAGMA journal_mode=WAL")

    def close(self) -> None:
        """Release all connections."""
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except StatementError as error:
            if isinstance(error.orig, AssayError):
                raise error.orig from error
            raise storage_error(error, label=self.label) from error
        except (SQLAlchemyError, OverflowError, self._driver_error()) as error:
            raise storage_error(error, label=self.label) from error

    def _driver_error(self) -> type[Exception]:
        error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        return error


def _number_of(key: Sequence[str]) -> int:
    """Return a 64-bit number for ``key``: equal keys have equal ones, others hardly ever."""
    text = "\x1f".join(key).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8], signed=True)
