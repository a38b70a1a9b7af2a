"""Looking for events: the wire's filters as a query, and pages."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.event_queries import (
    MAX_EVENTS,
    EventFilter,
    EventQuery,
    Operator,
    ValueType,
    as_moment,
)
from assay.core.events import Event
from assay.core.ports import Store
from assay.core.wire.events import event_object, projected_object
from assay.kit.clock import Clock


DEFAULT_LIMIT = 1000
_MAX_FILTERS = 100
_MAX_PAGE = 1_000_000
_SPANS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}
_OPERATORS = {
    **{operator.value: operator for operator in Operator},
    **{operator.name.lower(): operator for operator in Operator},
    "not_exists": Operator.NOT_EXISTS,
    "does not contain": Operator.NOT_CONTAINS,
}


def search_events(
    store: Store, body: Mapping[str, Any], *, project: str, clock: Clock
) -> dict[str, Any]:
    """Return the page of events that ``body`` asks for: ``events`` and ``totalEvents``.

    Raises:
        InvalidInputError: If a filter, the date range or the paging cannot be read.
    """
    query = parse_query(body, project=project, now=clock.now())
    page = store.query_events(query)
    fields = body.get("projections")
    shown = [
        projected_object(event, fields) if _is_texts(fields) and fields else event_object(event)
        for event in page.items
    ]
    return {"events": shown, "totalEvents": page.total, "count": page.total}


def find_event(store: Store, event_id: str, *, project: str) -> Event:
    """Return an event of the project, or raise ``NotFoundError``."""
    return find_events(store, [event_id], project=project)[0]


def find_events(store: Store, ids: Iterable[str], *, project: str) -> list[Event]:
    """Return events of the project by id, each once, or raise ``NotFoundError``."""
    wanted = list(dict.fromkeys(ids))
    found = store.get_events(wanted)
    for event_id in wanted:
        if event_id not in found or found[event_id].project != project:
            raise NotFoundError(
                f"There is no event {event_id[:200]!r}; store it with POST /v1/events or send its "
                "span."
            )
    return [found[event_id] for event_id in wanted]


def parse_query(body: Mapping[str, Any], *, project: str, now: datetime) -> EventQuery:
    """Return the query that ``body`` means.

    Raises:
        InvalidInputError: If a part cannot be read; the message names it.
    """
    limit = _whole(body.get("limit"), DEFAULT_LIMIT, name="limit", most=MAX_EVENTS)
    page = _whole(body.get("page"), 1, name="page", most=_MAX_PAGE)
    since, until = parse_date_range(body.get("dateRange"), now)
    filters = parse_filters(body.get("filters"))
    run_id = body.get("evaluation_id")
    if isinstance(run_id, str) and run_id:
        filters.append(EventFilter("run_id", Operator.IS, run_id))
    return EventQuery(
        project=project,
        filters=tuple(filters),
        since=since,
        until=until,
        offset=(page - 1) * limit,
        limit=limit,
    )


def parse_filters(value: Any) -> list[EventFilter]:
    """Return the filters of a list, of one filter, or of the JSON text of either.

    Raises:
        InvalidInputError: If one cannot be read.
    """
    if isinstance(value, str) and value.strip():
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise InvalidInputError(f"filters: not JSON: {error}.") from error
    if not value:
        return []
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list) or len(value) > _MAX_FILTERS:
        raise InvalidInputError(f"filters: a list of at most {_MAX_FILTERS} filters is needed.")
    return [_filter(each, f"filters[{index}]") for index, each in enumerate(value)]


def _filter(value: Any, where: str) -> EventFilter:
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{where}: a filter is an object with field and operator.")
    field, operator = value.get("field"), value.get("operator", Operator.IS.value)
    if not isinstance(field, str) or not field or len(field) > 500:
        raise InvalidInputError(f"{where}.field: the dotted path of a field is needed.")
    if not isinstance(operator, str) or operator.lower() not in _OPERATORS:
        known = ", ".join(each.value for each in Operator)
        raise InvalidInputError(f"{where}.operator: {str(operator)[:60]!r} is none of: {known}.")
    content = value.get("value")
    if not isinstance(content, str | int | float | bool | None):
        raise InvalidInputError(f"{where}.value: a text, a number, a boolean or null is needed.")
    return EventFilter(field, _OPERATORS[operator.lower()], content, _type(value, where))


def _type(value: Mapping[str, Any], where: str) -> ValueType:
    told, content = value.get("type"), value.get("value")
    if told is None:
        if isinstance(content, bool):
            return ValueType.BOOLEAN
        return ValueType.NUMBER if isinstance(content, int | float) else ValueType.STRING
    try:
        return ValueType(told)
    except ValueError as error:
        known = ", ".join(ValueType)
        raise InvalidInputError(f"{where}.type: {str(told)[:60]!r} is none of: {known}.") from error


def _whole(value: Any, default: int, *, name: str, most: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise InvalidInputError(f"{name}: a whole number from 1 to {most} is needed.")
    if not 1 <= value <= most:
        raise InvalidInputError(f"{name}: {value:g} is not from 1 to {most}.")
    return int(value)


def parse_date_range(value: Any, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the bounds of ``{"$gte", "$lte"}``, of their JSON text, or of a word like ``7d``.

    Raises:
        InvalidInputError: If it is none of these.
    """
    if isinstance(value, str):
        text = value.strip()
        if text in _SPANS:
            return now - timedelta(days=_SPANS[text]), None
        if text in {"", "all"}:
            return None, None
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise InvalidInputError(f"dateRange: {text[:60]!r} is no range of time.") from error
    if value is None:
        return None, None
    if not isinstance(value, Mapping):
        raise InvalidInputError("dateRange: an object with $gte and $lte is needed.")
    if isinstance(value.get("relative"), str):
        return parse_date_range(value["relative"], now)
    return _bound(value, "$gte"), _bound(value, "$lte")


def _bound(value: Mapping[str, Any], name: str) -> datetime | None:
    told = value.get(name)
    if told is None:
        return None
    moment = as_moment(told)
    if moment is None:
        raise InvalidInputError(f"dateRange.{name}: {str(told)[:60]!r} is no time.")
    return moment


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
