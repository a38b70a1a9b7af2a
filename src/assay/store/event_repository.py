"""What happened: sessions and events of traces, and the progress of runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy import insert as insert_into

from assay.core.events import Event, EventType
from assay.core.progress import StoredEvent
from assay.store.repository import Repository
from assay.store.tables import events, progress_events


_SESSIONS_AT_ONCE = 50
_EVENT_FIELDS = tuple(field.name for field in fields(Event))
_IN_SESSION = (events.c.started_at.asc().nulls_first(), events.c.id)


class EventRepository(Repository):
    """Sessions and events of traces; the bulk path of ingestion."""

    def write_events(self, events: Sequence[Event]) -> None:
        """Store or replace events by id, durably, in one transaction."""
        with self._database.write() as connection:
            self._ensure_projects(connection, {event.project for event in events})
            self._database.bulk.upsert(connection, _TABLE, rows=map(event_row, events))

    def iter_run_events(self, run_id: str, *, project: str) -> Iterator[Event]:
        """Stream a project's events of a run by session, then start time, unknown first, then id."""
        here = (events.c.run_id == run_id) & (events.c.project == project)
        sessions = (
            select(events.c.session_id)
            .where(here)
            .distinct()
            .order_by(events.c.session_id)
            .limit(_SESSIONS_AT_ONCE)
        )
        after: str | None = None
        while True:
            page = sessions if after is None else sessions.where(events.c.session_id > after)
            with self._database.read() as connection:
                ids = list(connection.execute(page).scalars())
                query = select(events).where(here, events.c.session_id.in_(ids))
                rows = connection.execute(query.order_by(events.c.session_id, *_IN_SESSION)).all()
            yield from map(event_of_row, rows)
            if len(ids) < _SESSIONS_AT_ONCE:
                return
            after = ids[-1]

    def session_events(self, session_id: str) -> list[Event]:
        """Return the events of a session by start time (unknown first), then id."""
        query = select(events).where(events.c.session_id == session_id).order_by(*_IN_SESSION)
        with self._database.read() as connection:
            return [event_of_row(row) for row in connection.execute(query)]


class ProgressRepository(Repository):
    """Append-only progress events by topic."""

    def append_event(self, topic: str, kind: str, payload: Mapping[str, Any]) -> StoredEvent:
        """Store one event with the topic's next sequence number, from 1."""
        last = select(func.max(progress_events.c.sequence)).where(progress_events.c.topic == topic)
        with self._database.write() as connection:
            self._database.lock(connection, "progress", topic)
            highest: int | None = connection.execute(last).scalar()
            event = StoredEvent(
                topic=topic,
                sequence=1 if highest is None else highest + 1,
                kind=kind,
                payload=dict(payload),
                created_at=self._clock.now(),
            )
            connection.execute(
                insert_into(progress_events),
                {column.name: getattr(event, column.name) for column in progress_events.c},
            )
        return event

    def read_events(self, topic: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        """Return events with a sequence above ``after``, in order."""
        query = (
            select(progress_events)
            .where(progress_events.c.topic == topic, progress_events.c.sequence > after)
            .order_by(progress_events.c.sequence)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [StoredEvent(**row._asdict()) for row in connection.execute(query)]


_TABLE = events


def event_row(event: Event) -> list[Any]:
    """Return the values of the table's columns, in their order."""
    values = [getattr(event, name) for name in _EVENT_FIELDS]
    values[_TYPE_AT] = event.type.value
    return values


def event_of_row(row: Row[Any]) -> Event:
    """Return the event of a row."""
    values = row._asdict()
    values["type"] = EventType(values["type"])
    return Event(**values)


_TYPE_AT = _EVENT_FIELDS.index("type")
