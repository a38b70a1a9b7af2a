"""What the repositories share: the database, the clock, listings and careful refusals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Insert, Row, Select, Table, func, or_, select

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.ports import Listing, Page
from assay.kit.clock import Clock
from assay.store.database import Database
from assay.store.encoding import escape_text
from assay.store.tables import projects


T = TypeVar("T")
SHOWN = 5
"""How many existing names an error message lists."""


class Repository:
    """One part of the store over one database."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _ensure_projects(self, connection: Connection, names: Iterable[str]) -> None:
        rows = [{"name": name, "created_at": self._clock.now()} for name in sorted(set(names))]
        insert_or_ignore(connection, projects, rows=rows)

    def _page(
        self,
        query: Select[Any],
        listing: Listing,
        *,
        sorting: Sequence[ColumnElement[Any]],
        build: Callable[[Row[Any]], T],
    ) -> Page[T]:
        check_window(listing)
        counted = query.order_by(None).subquery()
        window = query.order_by(*sorting).offset(listing.offset).limit(listing.limit)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(counted)).scalar_one()
            items = tuple(build(row) for row in connection.execute(window))
        return Page(items, total)


def insert_or_ignore(
    connection: Connection, table: Table, *, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Insert ``rows`` whose keys are free; returns how many were inserted (one row at a time)."""
    if not rows:
        return 0
    statement = _ignoring_insert(table, connection.dialect.name)
    return sum(connection.execute(statement, dict(row)).rowcount for row in rows)


def _ignoring_insert(table: Table, dialect: str) -> Insert:
    """Return the statement; a dialect takes long to load, so only the one in use is."""
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        statement: Insert = sqlite_insert(table).on_conflict_do_nothing()
    else:
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        statement = postgresql_insert(table).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


def check_window(listing: Listing) -> None:
    """Refuse a window that shows nothing.

    Raises:
        InvalidInputError: If ``limit`` is below 1 or ``offset`` below 0.
    """
    if listing.limit < 1 or listing.offset < 0:
        raise InvalidInputError(
            f"A listing has a limit of at least 1 and an offset of at least 0, "
            f"not limit={listing.limit} and offset={listing.offset}."
        )


def sorting(table: Table, listing: Listing, *, fields: Sequence[str]) -> list[ColumnElement[Any]]:
    """Return the ORDER BY of ``listing.sort``, with the id as the last word.

    Raises:
        InvalidInputError: If it sorts by a field that is not one of ``fields``.
    """
    name = listing.sort.removeprefix("-")
    if name not in fields:
        raise InvalidInputError(
            f"There is no sorting by {name!r}; these can be sorted by: {', '.join(fields)} "
            "(with a leading '-' for descending)."
        )
    columns = [table.c[name], table.c.id]
    if listing.sort.startswith("-"):
        return [column.desc().nulls_last() for column in columns]
    return [column.asc().nulls_first() for column in columns]


def containing(search: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that one of ``columns`` holds ``search``, ASCII case aside."""
    needle = escape_text(ascii_lower(search))
    for character in "\\%_":
        needle = needle.replace(character, "\\" + character)
    return or_(*(func.lower(column).like(f"%{needle}%", escape="\\") for column in columns))


def ascii_lower(text: str) -> str:
    """Return ``text`` with A to Z lowered, as both databases do it."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def missing(what: str, wanted: str, *, existing: Iterable[str]) -> NotFoundError:
    """Return the error for ``wanted``, naming some of what there is."""
    names = list(existing)
    known = ", ".join(repr(name) for name in names[:SHOWN])
    more = ", ..." if len(names) > SHOWN else ""
    there = f"there is {known}{more}" if names else "there is none yet"
    return NotFoundError(f"There is no {what} {wanted!r}; {there}.")
