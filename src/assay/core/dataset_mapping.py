"""Datapoints out of other things: of rows with a mapping, of events with paths.

A datapoint's history and the event it came from have no place of their own in the noun;
they travel in its metadata under one reserved key, so that they are part of its content.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError
from assay.core.event_queries import OBJECTS, field_value
from assay.core.events import Event


ORIGIN_KEY: Final = "assay_origin"
"""In a datapoint's metadata: its ``history`` and ``linked_event``, where it has them."""

Places = Mapping[str, str] | Sequence[str]


def of_row(
    row: Mapping[str, Any],
    *,
    datapoint_id: str,
    inputs: Sequence[str] | None,
    ground_truth: Sequence[str] | None,
    history: Sequence[str] | None = None,
) -> Datapoint:
    """Return the datapoint of a row: the named keys, and without any names all as inputs.

    Raises:
        InvalidDatasetError: If the row lacks a named input.
    """
    named = [*(ground_truth or ()), *(history or ())]
    wanted = [key for key in row if key not in named] if inputs is None else inputs
    lacking = [key for key in wanted if key not in row]
    if lacking:
        raise InvalidDatasetError(
            f"The row has no {lacking[0]!r}, which the mapping names as an input; "
            f"it has: {', '.join(map(repr, list(row)[:10])) or 'nothing'}."
        )
    truth = {key: row[key] for key in ground_truth or () if key in row}
    past = [row[key] for key in history or () if key in row]
    flat = past[0] if len(past) == 1 and isinstance(past[0], list) else past
    return Datapoint(
        id=datapoint_id,
        inputs={key: row[key] for key in wanted},
        ground_truth=truth or None,
        metadata=with_origin({}, history=flat or None, linked_event=None),
    )


def of_event(
    event: Event,
    *,
    datapoint_id: str,
    inputs: Places | None,
    ground_truth: Places | None,
    metadata: Places | None,
) -> Datapoint:
    """Return the datapoint of an event.

    Without a mapping the inputs are the event's inputs, and the ground truth is the
    feedback's ``ground_truth``, if there is one.
    """
    truth = event.feedback.get("ground_truth")
    default_truth = _as_mapping(truth, "value") if truth is not None else None
    chosen = default_truth if ground_truth is None else _chosen(event, ground_truth) or None
    kept = {} if metadata is None else _chosen(event, metadata)
    return Datapoint(
        id=datapoint_id,
        inputs=dict(event.inputs) if inputs is None else _chosen(event, inputs),
        ground_truth=chosen,
        metadata=with_origin(kept, history=None, linked_event=event.id),
    )


def with_origin(
    metadata: Mapping[str, Any], *, history: Sequence[Any] | None, linked_event: str | None
) -> dict[str, Any]:
    """Return the metadata with history and origin put away, where there are any."""
    given = {"history": list(history) if history else None, "linked_event": linked_event}
    origin = {key: value for key, value in given.items() if value is not None}
    plain = {key: value for key, value in metadata.items() if key != ORIGIN_KEY}
    return {**plain, ORIGIN_KEY: origin} if origin else plain


def without_origin(
    metadata: Mapping[str, Any],
) -> tuple[dict[str, Any], list[Any], str | None]:
    """Return the caller's own metadata, the history and the linked event."""
    origin = metadata.get(ORIGIN_KEY)
    origin = origin if isinstance(origin, Mapping) else {}
    plain = {key: value for key, value in metadata.items() if key != ORIGIN_KEY}
    history, linked = origin.get("history"), origin.get("linked_event")
    return (
        plain,
        list(history) if isinstance(history, list) else [],
        linked if isinstance(linked, str) else None,
    )


def _chosen(event: Event, places: Places) -> dict[str, Any]:
    pairs = places.items() if isinstance(places, Mapping) else _named_after(places)
    found = {key: _value(event, path) for key, path in pairs}
    return {key: value for key, value in found.items() if value is not None}


def _named_after(paths: Sequence[str]) -> list[tuple[str, str]]:
    return [(path.rpartition(".")[2] or path, path) for path in paths]


def _value(event: Event, path: str) -> Any:
    head = path.partition(".")[0]
    if head in OBJECTS:
        return field_value(event, path)
    looks: list[Callable[[], Any]] = [
        lambda: field_value(event, f"inputs.{path}"),
        lambda: field_value(event, f"outputs.{path}"),
        lambda: field_value(event, path),
    ]
    return next((value for look in looks if (value := look()) is not None), None)


def _as_mapping(value: Any, key: str) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {key: value}
