"""Datapoints out of stored events."""

from collections.abc import Mapping, Sequence
from typing import Any

from assay.apps.services.event_search import find_events, parse_filters
from assay.core.dataset_mapping import of_event
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidInputError
from assay.core.event_queries import EventQuery
from assay.core.ports import Store
from assay.core.wire.datasets import EventMapping


def datapoints_of_events(
    store: Store,
    *,
    project: str,
    event_ids: Sequence[str] | None,
    filters: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None,
    limit: int,
    mapping: EventMapping,
) -> list[Datapoint]:
    """Return a datapoint for each event of ``event_ids`` or that meets ``filters``.

    A datapoint is named after its event, so that the same event is never added twice.

    Raises:
        InvalidInputError: If neither is given, or a filter cannot be read.
        NotFoundError: If an event is unknown.
    """
    if event_ids is None and filters is None:
        raise InvalidInputError("Give 'event_ids' or 'filters' to say which events are meant.")
    if event_ids is not None:
        events = find_events(store, event_ids, project=project)
    else:
        chosen = tuple(
            parse_filters(filters if isinstance(filters, Mapping) else list(filters or ()))
        )
        events = list(store.query_events(EventQuery(project, chosen, limit=limit)).items)
    return [
        of_event(
            event,
            datapoint_id=event.id,
            inputs=mapping.inputs,
            ground_truth=mapping.ground_truth,
            metadata=mapping.metadata,
        )
        for event in events
    ]
