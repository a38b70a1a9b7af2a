"""Rows as the driver has them, for reads of a hundred thousand: no row objects, no types."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection


CHUNK: Final = 5_000
VERDICTS: Final = {None: None, 0: False, 1: True}
"""A SQLite boolean is a number."""

Place = tuple[int, int, int]
"""Where an item stands in its run: position, repeat, row number."""


def mark_of(connection: Connection) -> str:
    """Return what stands for a value in a statement."""
    return "?" if connection.dialect.name == "sqlite" else "%s"


def raw_rows(
    connection: Connection, query: str, values: Sequence[Any], *, chunk: int = CHUNK
) -> Iterator[list[Sequence[Any]]]:
    """Yield the rows of a statement in chunks; PostgreSQL sends them as they are, not as text."""
    how = {} if connection.dialect.name == "sqlite" else {"binary": True}
    cursor = connection.connection.cursor(**how)
    try:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(chunk):
            yield list(rows)
    finally:
        cursor.close()
