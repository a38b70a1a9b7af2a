"""Conditions on events as SQL, where that means exactly what ``event_queries`` says."""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, false, func, literal, or_, true
from sqlalchemy.engine import Dialect

from assay.core.event_queries import (
    FIELDS,
    OBJECTS,
    EventFilter,
    Operator,
    ValueType,
    as_moment,
    as_number,
)
from assay.store.repository import containing
from assay.store.tables import events


_TIMES = frozenset({"started_at", "ended_at"})
_NUMBERS = frozenset({"duration_ms"})
_ABOVE = frozenset({Operator.GREATER, Operator.AFTER})
_BELOW = frozenset({Operator.LESS, Operator.BEFORE})
_NUL_IN_JSON = r"\u0000"
"""PostgreSQL takes nothing out of a JSON text that has this anywhere; it ends the query."""
_UNQUOTED = frozenset('"\\{},')


def exact_condition(condition: EventFilter) -> ColumnElement[bool] | None:
    """Return the SQL that is true where the condition is met, or None if there is none.

    What it compares stands bare, so that an index can answer it: a NULL is as good as false.
    """
    name = FIELDS.get(condition.field)
    if name is None:
        known = condition.field.partition(".")[0] in OBJECTS
        return None if known else _of_nothing(condition)
    column: ColumnElement[Any] = events.c[name]
    if condition.operator is Operator.EXISTS:
        return column.is_not(None)
    if condition.operator is Operator.NOT_EXISTS:
        return column.is_(None)
    if name in _TIMES:
        return _of_time(column, condition)
    if name in _NUMBERS:
        return _of_number(column, condition)
    return _of_text(column, condition)


def narrowing(condition: EventFilter, dialect: Dialect) -> ColumnElement[bool] | None:
    """Return SQL that is true for all events that meet the condition, or None.

    Only equality of text inside an object is worth it; the rest is decided row by row.
    """
    head, _, path = condition.field.partition(".")
    wanted = condition.value
    if (
        condition.operator is not Operator.IS
        or condition.type is not ValueType.STRING
        or not isinstance(wanted, str)
        or head not in OBJECTS
        or not path
        or _UNQUOTED & set(path)
        or not wanted.isprintable()
    ):
        return None
    parts = path.split(".")
    if len(parts) > 2 or not all(parts) or any(part.isdecimal() for part in parts):
        return None  # keys may themselves hold dots: too many places to look
    spellings = [[path]] if len(parts) == 1 else [parts, [path]]
    column = events.c[head]
    return or_(*(_stands_at(column, spelling, wanted, dialect) for spelling in spellings))


def _stands_at(
    column: ColumnElement[Any], keys: list[str], wanted: str, dialect: Dialect
) -> ColumnElement[bool]:
    if dialect.name == "sqlite":
        place = "$" + "".join(f'."{key}"' for key in keys)
        text = cast(column, Text)
        return or_(
            func.json_extract(text, place) == literal(wanted, Text),
            text.op("->")(literal(place, Text)) == literal(wanted, Text),
        )
    found = func.json_extract_path_text(column, *(literal(key, Text) for key in keys))
    same = func.coalesce(found == literal(wanted, Text), false())
    unreadable = func.strpos(cast(column, Text), _NUL_IN_JSON) > 0
    return case((unreadable, true()), else_=same)


def _of_nothing(condition: EventFilter) -> ColumnElement[bool]:
    """Return what is true of a field that no event has."""
    if condition.operator is Operator.IS:
        return true() if condition.value is None else false()
    if condition.operator is Operator.IS_NOT:
        return false() if condition.value is None else true()
    absent = condition.operator in {Operator.NOT_EXISTS, Operator.NOT_CONTAINS}
    return true() if absent else false()


def _of_text(column: ColumnElement[Any], condition: EventFilter) -> ColumnElement[bool] | None:
    wanted, operator = condition.value, condition.operator
    if operator in _ABOVE | _BELOW or not isinstance(wanted, str):
        return None
    if operator in {Operator.CONTAINS, Operator.NOT_CONTAINS}:
        found = containing(wanted, column)
        return found if operator is Operator.CONTAINS else ~func.coalesce(found, false())
    if condition.type is not ValueType.STRING:
        return None
    same = column == wanted
    return same if operator is Operator.IS else ~func.coalesce(same, false())


def _of_time(column: ColumnElement[Any], condition: EventFilter) -> ColumnElement[bool] | None:
    bound = as_moment(condition.value)
    if condition.operator not in _ABOVE | _BELOW or bound is None:
        return None
    if condition.operator in {Operator.GREATER, Operator.LESS} and (
        condition.type is not ValueType.DATETIME
    ):
        return None
    return column > bound if condition.operator in _ABOVE else column < bound


def _of_number(column: ColumnElement[Any], condition: EventFilter) -> ColumnElement[bool] | None:
    limit = as_number(condition.value)
    ordered = condition.operator in {Operator.GREATER, Operator.LESS}
    if not ordered or limit is None or condition.type is not ValueType.NUMBER:
        return None
    return column > limit if condition.operator is Operator.GREATER else column < limit
