"""The rules a database enforces by itself, for the store in memory."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidInputError, NotFoundError, NotJsonError
from assay.core.events import Event
from assay.core.ports import Listing, Page
from assay.core.results import ItemResult
from assay.core.runs import Evaluation, Run
from assay.kit.canonical_json import check_json, digest


if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V")
N = TypeVar("N", bound="DataclassInstance")


def as_stored(value: Any) -> Any:
    """Return the copy of a JSON value that a database would give back.

    Raises:
        NotJsonError: If it is not JSON, or holds a lone surrogate.
    """
    check_json(value)
    text = json.dumps(value, ensure_ascii=False, default=dict)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotJsonError(_surrogate(error)) from error
    return json.loads(text)


def checked_digest(value: Any) -> str:
    """Return the digest of a JSON value that a database could hold."""
    return digest(as_stored(value))


def result_as_stored(result: ItemResult) -> ItemResult:
    """Return the copy of a result that a database would give back."""
    return replace(
        plain_as_stored(result),
        output=as_stored(result.output),
        metadata=as_stored(result.metadata),
        scores=tuple(replace(score, details=as_stored(score.details)) for score in result.scores),
    )


def run_as_stored(run: Run) -> Run:
    """Return the copy of a run that a database would give back."""
    return replace(
        plain_as_stored(run),
        configuration=stored_mapping(run.configuration),
        metadata=stored_mapping(run.metadata),
        results=stored_mapping(run.results),
        event_ids=tuple(run.event_ids),
    )


def evaluation_as_stored(evaluation: Evaluation) -> Evaluation:
    """Return the copy of an evaluation that a database would give back."""
    return replace(plain_as_stored(evaluation), settings=stored_mapping(evaluation.settings))


def datapoint_as_stored(point: Datapoint) -> Datapoint:
    """Return the copy of a datapoint that a database would give back.

    Raises:
        NotJsonError: Naming the datapoint.
    """
    try:
        return replace(
            point,
            inputs=stored_mapping(point.inputs),
            ground_truth=None if point.ground_truth is None else as_stored(point.ground_truth),
            metadata=stored_mapping(point.metadata),
        )
    except NotJsonError as error:
        raise NotJsonError(f"Datapoint {point.id!r}: {error}") from error


def event_as_stored(event: Event) -> Event:
    """Return the copy of an event that a database would give back."""
    return replace(
        plain_as_stored(event),
        inputs=as_stored(event.inputs),
        outputs=as_stored(event.outputs),
        config=as_stored(event.config),
        metadata=as_stored(event.metadata),
        metrics=as_stored(event.metrics),
        feedback=as_stored(event.feedback),
        user_properties=as_stored(event.user_properties),
    )


def plain_as_stored(noun: N) -> N:
    """Return the copy of a dataclass whose texts are storable and whose times are UTC.

    Raises:
        InvalidInputError: Naming a lone surrogate or a time without a zone.
    """
    times: dict[str, datetime] = {}
    for each in fields(noun):
        value = getattr(noun, each.name)
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, datetime):
            times[each.name] = _in_utc(value)
    return replace(noun, **times)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(_surrogate(error)) from error


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InvalidInputError(
            f"The time {moment.isoformat()} has no time zone; stored times are aware UTC."
        )
    return moment.astimezone(UTC)


def _surrogate(error: UnicodeEncodeError) -> str:
    found = ord(error.object[error.start])
    return f"The text holds the lone surrogate U+{found:04X}, which cannot be stored."


def holds(search: str | None, *texts: str) -> bool:
    """Whether one of ``texts`` holds ``search``, ASCII case aside; always without a search."""
    return not search or any(_lower(search) in _lower(text) for text in texts)


def _lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def window(
    items: Iterable[V],
    listing: Listing,
    *,
    fields: Sequence[str] | None,
    identity: Callable[[V], str] = lambda item: getattr(item, "id"),  # noqa: B009 - of any noun
) -> Page[V]:
    """Return the page of ``items`` that ``listing`` asks for.

    Args:
        items: Everything that matches, in its own order.
        listing: The window and, unless ``fields`` is None, the order.
        fields: What may be sorted by; None keeps the order of ``items``.
        identity: Decides between equals.

    Raises:
        InvalidInputError: If the window is empty or the field unknown.
    """
    if listing.limit < 1 or listing.offset < 0:
        raise InvalidInputError(
            "A listing has a limit of at least 1 and an offset of at least 0, "
            f"not limit={listing.limit} and offset={listing.offset}."
        )
    found = list(items)
    if fields is not None:
        name = listing.sort.removeprefix("-")
        if name not in fields:
            raise InvalidInputError(
                f"There is no sorting by {name!r}; these can be sorted by: {', '.join(fields)}."
            )

        def place(item: V) -> tuple[bool, Any, str]:
            value = getattr(item, name)
            return value is not None, "" if value is None else value, identity(item)

        found.sort(key=place, reverse=listing.sort.startswith("-"))
    return Page(tuple(found[listing.offset : listing.offset + listing.limit]), len(found))


def in_session(event: Event) -> tuple[bool, datetime | str, str]:
    """Return the place of an event within its session: unknown start first, then by time."""
    known = event.started_at is not None
    return known, event.started_at or "", event.id


def worded(what: str, wanted: str, existing: Iterable[str]) -> NotFoundError:
    """Return the error for ``wanted``, naming what there is."""
    known = ", ".join(repr(name) for name in existing) or "none yet"
    return NotFoundError(f"There is no {what} {wanted!r}; there is {known}.")


def stored_mapping(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the copy of a mapping that a database would give back."""
    copy: dict[str, Any] = as_stored(dict(value or {}))
    return copy
