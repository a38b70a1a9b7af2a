"""Sessions and events, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.experiments.groups import Group, Json, Use, nothing, part, request, texts, twins, whole
from assay.experiments.paths import path_of


_SESSIONS: Final = "/v1/sessions"
_EVENTS: Final = "/v1/events"

Events = Sequence[Mapping[str, Any]]


class Sessions(Group):
    """Sessions: one datapoint's execution, or whatever else was traced in one go."""

    def _start(self, /, **fields: Any) -> Use[Json]:
        """Store a session: ``session_name``, ``inputs``, ``metadata``, ... Returns it."""
        return request("POST", _SESSIONS, whole, body=fields)

    start, astart = twins(_start)

    def _get(self, session_id: str) -> Use[Json]:
        """Return a session's event with all below it, each with its ``children``."""
        return request("GET", path_of(_SESSIONS, session_id), part("session"))

    get, aget = twins(_get)

    def _add_events(self, session_id: str, events: Events) -> Use[list[str]]:
        """Store events in a session; returns their ids."""
        path = path_of(_SESSIONS, session_id) + "/events/batch"
        return request("POST", path, texts("event_ids"), body={"events": [*events]})

    add_events, aadd_events = twins(_add_events)


class EventGroup(Group):
    """Events: stored spans."""

    def _create(self, /, **fields: Any) -> Use[str]:
        """Store one: ``event_name``, ``event_type``, ``session_id``, ... Returns its id."""
        return request(
            "POST", _EVENTS, lambda answer: str(answer["event_id"]), body={"event": fields}
        )

    create, acreate = twins(_create)

    def _create_batch(self, events: Events) -> Use[list[str]]:
        """Store many, all or none; returns their ids."""
        body = {"events": [*events]}
        return request("POST", f"{_EVENTS}/batch", texts("event_ids"), body=body)

    create_batch, acreate_batch = twins(_create_batch)

    def _get(self, event_id: str) -> Use[Json]:
        """Return one, or raise ``NotFoundError``."""
        return request("GET", path_of(_EVENTS, event_id), part("event"))

    get, aget = twins(_get)

    def _update(self, /, event_id: str, **changes: Any) -> Use[None]:
        """Merge ``metadata``, ``feedback``, ``metrics``, ... into one; what is absent stays."""
        return request("PUT", path_of(_EVENTS, event_id), nothing, body=changes)

    update, aupdate = twins(_update)

    def _delete(self, event_id: str) -> Use[None]:
        """Delete one; a session goes with all of its events."""
        return request("DELETE", path_of(_EVENTS, event_id), nothing)

    delete, adelete = twins(_delete)

    def _search(self, /, filters: Events = (), **paging: Any) -> Use[Json]:
        """Return one page of the events that meet all filters, the newest first.

        Args:
            filters: Each with ``field`` (a dotted path), ``operator``, ``value``, ``type``.
            paging: ``dateRange``, ``page``, ``limit``, ``projections``.

        Returns:
            ``events`` and ``totalEvents``.
        """
        body = {"filters": [*filters], **paging}
        return request("POST", f"{_EVENTS}/export", whole, body=body)

    search, asearch = twins(_search)
