"""Which events are wanted, and the rule by which one event meets a filter.

``matches`` is the meaning; a store may ask its database instead where that means the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from assay.core.events import Event, EventType


MAX_EVENTS: Final = 7500
"""Most events that one query answers."""

FIELDS: Final[Mapping[str, str]] = {
    "event_id": "id",
    "event_name": "name",
    "event_type": "type",
    "start_time": "started_at",
    "end_time": "ended_at",
    "duration": "duration_ms",
    **{
        name: name
        for name in ("session_id", "parent_id", "project", "run_id", "datapoint_id", "source")
    },
    **{name: name for name in ("error", "started_at", "ended_at", "duration_ms")},
}
"""Names of an event's plain fields on the wire, and what the noun calls them."""

OBJECTS: Final = (
    "inputs",
    "outputs",
    "config",
    "metadata",
    "metrics",
    "feedback",
    "user_properties",
)
"""Fields that hold objects; a dotted path goes on inside them."""


class Operator(StrEnum):
    """How a field and a value are compared."""

    IS = "is"
    IS_NOT = "is not"
    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"
    EXISTS = "exists"
    NOT_EXISTS = "not exists"
    GREATER = "greater than"
    LESS = "less than"
    AFTER = "after"
    BEFORE = "before"


class ValueType(StrEnum):
    """As what a field and a value are compared."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"


_ORDERINGS = {
    Operator.GREATER: True,
    Operator.AFTER: True,
    Operator.LESS: False,
    Operator.BEFORE: False,
}
"""Operators that compare by order, and whether the field has to be above the value."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """One condition: a field by its dotted path, an operator, a value and its type."""

    field: str
    operator: Operator
    value: Any = None
    type: ValueType = ValueType.STRING


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events of a project are wanted: those that meet all filters.

    ``since`` and ``until`` bound the start time, inclusive. The newest come first.
    """

    project: str
    filters: tuple[EventFilter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class EventKey:
    """What names an event of a run, without its content."""

    id: str
    session_id: str
    datapoint_id: str | None
    name: str
    type: EventType


def matches(event: Event, condition: EventFilter) -> bool:
    """Return whether an event meets a condition.

    What is absent or null meets only ``not exists``, ``is not`` and ``not contains``. As
    text, anything but text stands for its JSON. As numbers and times, what is neither that
    nor a text of it is like absent. ``contains`` ignores the case of A to Z, and also means
    membership in a list.
    """
    value = field_value(event, condition.field)
    operator = condition.operator
    if operator in _ORDERINGS:
        return _ordered(value, condition, above=_ORDERINGS[operator])
    if operator in {Operator.IS, Operator.IS_NOT}:
        return _same(value, condition) is (operator is Operator.IS)
    if operator in {Operator.CONTAINS, Operator.NOT_CONTAINS}:
        return _contains(value, condition.value) is (operator is Operator.CONTAINS)
    return (value is not None) is (operator is Operator.EXISTS)


def field_value(event: Event, path: str) -> Any:
    """Return what stands at a dotted path, or None; a key may itself hold dots."""
    plain = FIELDS.get(path)
    if plain is not None:
        value = getattr(event, plain)
        return value.value if isinstance(value, StrEnum) else value
    head, _, rest = path.partition(".")
    if head not in OBJECTS:
        return None
    found: Any = getattr(event, head)
    return found if not rest else _inside(found, rest.split("."))


def _inside(value: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return value
    if isinstance(value, list):
        index = parts[0]
        known = index.isdecimal() and len(index) < 7 and int(index) < len(value)
        return _inside(value[int(index)], parts[1:]) if known else None
    if not isinstance(value, Mapping):
        return None
    for length in range(1, len(parts) + 1):
        key = ".".join(parts[:length])
        found = _inside(value[key], parts[length:]) if key in value else None
        if found is not None:
            return found
    return None


def as_text(value: Any) -> str | None:
    """Return a value as text: text as it is, anything else as its JSON, None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


def as_number(value: Any) -> float | None:
    """Return a number, or what a text of one says; None for anything else."""
    if isinstance(value, datetime):
        return value.timestamp() * 1000
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number == number else None  # noqa: PLR0124 - NaN differs from itself


def as_boolean(value: Any) -> bool | None:
    """Return a truth value, or what a text of one says; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return None


def as_moment(value: Any) -> datetime | None:
    """Return the UTC of ISO 8601 text or Unix milliseconds; None for anything else.

    A time that only another zone's calendar holds, before the year 1 or after 9999, is none.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_milliseconds(value)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        number = as_number(value)
        return None if number is None else _of_milliseconds(number)
    return _utc(moment)


def _utc(moment: datetime) -> datetime | None:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _of_milliseconds(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(number / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


_READERS = {
    ValueType.STRING: as_text,
    ValueType.NUMBER: as_number,
    ValueType.BOOLEAN: as_boolean,
    ValueType.DATETIME: as_moment,
}


def _same(value: Any, condition: EventFilter) -> bool:
    if value is None or condition.value is None:
        return value is None and condition.value is None
    read = _READERS[condition.type]
    found = read(value)
    return found is not None and found == read(condition.value)


def _contains(value: Any, wanted: Any) -> bool:
    if value is None or wanted is None:
        return False
    needle = lowered(as_text(wanted) or "")
    if isinstance(value, list) and any(lowered(as_text(each) or "") == needle for each in value):
        return True
    return needle in lowered(as_text(value) or "")


def _ordered(value: Any, condition: EventFilter, *, above: bool) -> bool:
    times = condition.type is ValueType.DATETIME or condition.operator in {
        Operator.AFTER,
        Operator.BEFORE,
    }
    if times:
        when, bound = as_moment(value), as_moment(condition.value)
        if when is None or bound is None:
            return False
        return when > bound if above else when < bound
    number, limit = as_number(value), as_number(condition.value)
    if number is None or limit is None:
        return False
    return number > limit if above else number < limit


def lowered(text: str) -> str:
    """Return ``text`` with A to Z lowered, as databases do it."""
    return (
        text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)
    )
