"""Sessions and events, as groups of a client.

Each method has an asynchronous twin called ``a...``. Answers are the server's JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.experiments.groups import Group, Json
from assay.experiments.paths import path_of


_SESSIONS: Final = "/v1/sessions"
_EVENTS: Final = "/v1/events"

Events = Sequence[Mapping[str, Any]]


class Sessions(Group):
    """Sessions: one datapoint's execution, or whatever else was traced in one go."""

    def start(self, **fields: Any) -> Json:
        """Store a session: ``session_name``, ``inputs``, ``metadata``, ... Returns it."""
        answer: Json = self._send("POST", _SESSIONS, body=fields)
        return answer

    async def astart(self, **fields: Any) -> Json:
        """Store a session: ``session_name``, ``inputs``, ``metadata``, ... Returns it."""
        answer: Json = await self._asend("POST", _SESSIONS, body=fields)
        return answer

    def get(self, session_id: str) -> Json:
        """Return a session's event with all below it, each with its ``children``."""
        answer: Json = self._send("GET", path_of(_SESSIONS, session_id))
        return dict(answer["session"])

    async def aget(self, session_id: str) -> Json:
        """Return a session's event with all below it, each with its ``children``."""
        answer: Json = await self._asend("GET", path_of(_SESSIONS, session_id))
        return dict(answer["session"])

    def add_events(self, session_id: str, events: Events) -> list[str]:
        """Store events in a session; returns their ids."""
        path = path_of(_SESSIONS, session_id) + "/events/batch"
        answer: Json = self._send("POST", path, body={"events": [*events]})
        return [*answer["event_ids"]]

    async def aadd_events(self, session_id: str, events: Events) -> list[str]:
        """Store events in a session; returns their ids."""
        path = path_of(_SESSIONS, session_id) + "/events/batch"
        answer: Json = await self._asend("POST", path, body={"events": [*events]})
        return [*answer["event_ids"]]


class EventGroup(Group):
    """Events: stored spans."""

    def create(self, **fields: Any) -> str:
        """Store one: ``event_name``, ``event_type``, ``session_id``, ... Returns its id."""
        answer: Json = self._send("POST", _EVENTS, body={"event": fields})
        return str(answer["event_id"])

    async def acreate(self, **fields: Any) -> str:
        """Store one: ``event_name``, ``event_type``, ``session_id``, ... Returns its id."""
        answer: Json = await self._asend("POST", _EVENTS, body={"event": fields})
        return str(answer["event_id"])

    def create_batch(self, events: Events) -> list[str]:
        """Store many, all or none; returns their ids."""
        answer: Json = self._send("POST", f"{_EVENTS}/batch", body={"events": [*events]})
        return [*answer["event_ids"]]

    async def acreate_batch(self, events: Events) -> list[str]:
        """Store many, all or none; returns their ids."""
        body = {"events": [*events]}
        answer: Json = await self._asend("POST", f"{_EVENTS}/batch", body=body)
        return [*answer["event_ids"]]

    def get(self, event_id: str) -> Json:
        """Return one, or raise ``NotFoundError``."""
        answer: Json = self._send("GET", path_of(_EVENTS, event_id))
        return dict(answer["event"])

    async def aget(self, event_id: str) -> Json:
        """Return one, or raise ``NotFoundError``."""
        answer: Json = await self._asend("GET", path_of(_EVENTS, event_id))
        return dict(answer["event"])

    def update(self, event_id: str, **changes: Any) -> None:
        """Merge ``metadata``, ``feedback``, ``metrics``, ... into one; what is absent stays."""
        self._send("PUT", path_of(_EVENTS, event_id), body=changes)

    async def aupdate(self, event_id: str, **changes: Any) -> None:
        """Merge ``metadata``, ``feedback``, ``metrics``, ... into one; what is absent stays."""
        await self._asend("PUT", path_of(_EVENTS, event_id), body=changes)

    def delete(self, event_id: str) -> None:
        """Delete one; a session goes with all of its events."""
        self._send("DELETE", path_of(_EVENTS, event_id))

    async def adelete(self, event_id: str) -> None:
        """Delete one; a session goes with all of its events."""
        await self._asend("DELETE", path_of(_EVENTS, event_id))

    def search(self, filters: Events = (), **paging: Any) -> Json:
        """Return one page of the events that meet all filters, the newest first.

        Args:
            filters: Each with ``field`` (a dotted path), ``operator``, ``value``, ``type``.
            paging: ``dateRange``, ``page``, ``limit``, ``projections``.

        Returns:
            ``events`` and ``totalEvents``.
        """
        answer: Json = self._send("POST", f"{_EVENTS}/export", body=_query(filters, paging))
        return answer

    async def asearch(self, filters: Events = (), **paging: Any) -> Json:
        """Do what ``search`` does."""
        body = _query(filters, paging)
        answer: Json = await self._asend("POST", f"{_EVENTS}/export", body=body)
        return answer


def _query(filters: Events, paging: Mapping[str, Any]) -> Json:
    return {"filters": [*filters], **paging}
