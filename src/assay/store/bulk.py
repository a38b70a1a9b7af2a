"""Many rows at once, past the expression layer: the path that ingestion lives on.

The columns' own types encode the values, so that a row written here reads like
any other.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from assay.store.columns import Json, Words
from assay.store.encoding import encode_json, escape_text


if TYPE_CHECKING:
    import psycopg


Row = Sequence[Any]
"""One value per column of the table, in the table's order."""


_FEW = 50
"""Up to so many rows, statements of their own are quicker than a copy and a merge."""


class BulkWriter:
    """Writes rows to the tables of one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._is_sqlite = dialect.name == "sqlite"
        self._processors: dict[str, list[tuple[int, Callable[[Any], Any]]]] = {}

    def insert(self, connection: Connection, table: Table, *, rows: Iterable[Row]) -> None:
        """Add ``rows`` to ``table``; an equal key raises the driver's integrity error."""
        encoded = self._encode(table, rows)
        if not encoded:
            return
        if self._is_sqlite:
            _execute_many(connection, f"INSERT INTO {_into(table)}", encoded)
        else:
            _copy(connection, _into(table), encoded)

    def upsert(self, connection: Connection, table: Table, *, rows: Iterable[Row]) -> None:
        """Add ``rows`` or replace those of equal primary key; of equal ones the last stays."""
        encoded = list(_last_of_each(table, self._encode(table, rows)))
        if not encoded:
            return
        if self._is_sqlite:
            _execute_many(connection, f"INSERT OR REPLACE INTO {_into(table)}", encoded)
            return
        if len(encoded) <= _FEW:
            _merge_few(connection, table, rows=encoded)
            return
        staging = f"staging_{table.name}"
        connection.exec_driver_sql(
            f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS"
        )
        _copy(connection, _into(table, name=staging), encoded)
        connection.exec_driver_sql(_merge(table, staging))

    def add(self, connection: Connection, table: Table, *, rows: Iterable[Row]) -> None:
        """Add ``rows`` of keys that were free a moment ago, each once; do as ``upsert`` if not.

        Sparing the merge, PostgreSQL takes half the time.
        """
        chosen = list(rows)
        if self._is_sqlite or len(chosen) <= _FEW:
            self.upsert(connection, table, rows=chosen)
            return
        driver = cast("psycopg.Connection", connection.connection.driver_connection)
        integrity_error = self._dialect.loaded_dbapi.IntegrityError
        try:
            with driver.transaction():
                _copy(connection, _into(table), self._encode(table, chosen))
        except integrity_error:  # somebody took one in between
            self.upsert(connection, table, rows=chosen)

    def _encode(self, table: Table, rows: Iterable[Row]) -> list[Row]:
        processors = self._processors.get(table.name)
        if processors is None:
            processors = self._processors[table.name] = _processors(table, self._dialect)
        encoded: list[Row] = []
        for row in rows:
            values = list(row)
            for index, process in processors:
                if values[index] is not None:
                    values[index] = process(values[index])
            encoded.append(values)
        return encoded


def _merge_few(connection: Connection, table: Table, *, rows: Sequence[Row]) -> None:
    key = [column.name for column in table.primary_key]
    places = [i for i, column in enumerate(table.columns) if column.primary_key]
    ordered = sorted(rows, key=lambda row: [row[place] for place in places])
    marks = ", ".join(["%s"] * len(table.columns))
    statement = f"INSERT INTO {_into(table)} VALUES ({marks}) {_on_conflict(table, key)}"  # noqa: S608 - names from our own tables
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor:
        cursor.executemany(statement, ordered)


def _merge(table: Table, staging: str) -> str:
    key = [column.name for column in table.primary_key]
    columns = _names(table)
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {staging} "  # noqa: S608 - names from our own tables
        f"ORDER BY {', '.join(key)} {_on_conflict(table, key)}"
    )


def _on_conflict(table: Table, key: Sequence[str]) -> str:
    values = ", ".join(
        f'"{column.name}" = excluded."{column.name}"'
        for column in table.columns
        if not column.primary_key
    )
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {values}"


def _last_of_each(table: Table, rows: Sequence[Row]) -> Iterable[Row]:
    places = [i for i, column in enumerate(table.columns) if column.primary_key]
    return {tuple(row[place] for place in places): row for row in rows}.values()


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _into(table: Table, *, name: str | None = None) -> str:
    return f"{name or table.name} ({_names(table)})"


def _execute_many(connection: Connection, insert: str, rows: Sequence[Row]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(f"{insert} VALUES ({marks})", rows)
    finally:
        cursor.close()


def _copy(connection: Connection, into: str, rows: Sequence[Row]) -> None:
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _processors(table: Table, dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for index, column in enumerate(table.columns):
        process = _quick_processor(column.type, dialect)
        if process is None:
            process = column.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            found.append((index, process))
    return found


def _quick_processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what a text column's type does to a value, past the layers that call it."""
    if isinstance(kind, Words):
        return escape_text
    return encode_json if isinstance(kind, Json) and dialect.name == "sqlite" else None
