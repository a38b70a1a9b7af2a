"""What comes in, in any order and any number of times: spans, sessions, events, updates.

All of it is stored before the caller is answered, and the items that the events tell of
are in their run by then.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from assay.apps.services.arrival import arrival_of
from assay.apps.services.event_search import find_event
from assay.apps.services.trace_families import stragglers, with_parents
from assay.core.errors import ConflictError, InvalidInputError, NotFoundError
from assay.core.event_merging import (
    merged_event,
    session_of_events,
    started_session,
    taken_id,
)
from assay.core.events import Event, EventType
from assay.core.ports import Store
from assay.core.projection import project as item_of
from assay.core.wire.events import checked_id, new_event, new_session, updated_event
from assay.kit.clock import Clock
from assay.kit.ids import new_id
from assay.tracing.otlp.mapping import MappedSpan, map_spans
from assay.tracing.otlp.spans import Span


Body = Mapping[str, Any]
_ADOPTED_AT_ONCE: Final = 500
"""Sessions in one transaction."""
_LONGEST_MS: Final = 366 * 86_400_000.0
"""Longer durations are no hint of when an event began."""


def ingest_spans(store: Store, spans: Sequence[Span], *, project: str) -> list[str]:
    """Store spans as events with their sessions; returns why some were rejected."""
    mapped = with_parents(store, map_spans(spans, project=project), project=project)
    names = _session_names(mapped)
    own = frozenset(span.event.session_id for span in mapped if span.own)
    rejections: list[str] = []

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        kept, refused = _allowed([span.event for span in mapped], stored, project)
        rejections.extend(refused)
        return _with_sessions(kept, stored, names)

    written = _ingest(store, [span.event for span in mapped], merge=merge, unprojected=own)
    others = {span.event.id for span in mapped if not span.own}
    _gather(store, [event for event in written if event.id in others], project=project)
    return rejections


def _gather(store: Store, events: Sequence[Event], *, project: str) -> None:
    """Let stored spans follow ``events`` into their session, and these what others stored.

    It comes after they are stored, and again after each move: of two requests at once the
    later one sees the other.
    """
    while following := stragglers(store, events, project=project):
        events = _move(store, following)


def _move(store: Store, following: Sequence[tuple[Event, str]]) -> Sequence[Event]:
    """Store events in other sessions; returns those that were still there."""
    homes = {event.id: home for event, home in following}

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        moved = {
            key: replace(event, session_id=homes[key]) if key in homes else event
            for key, event in stored.items()
        }
        return _with_sessions([moved[key] for key in homes if key in moved], moved, {})

    arriving = [replace(event, session_id=home) for event, home in following]
    left = {event.session_id for event, _ in following}
    written = _ingest(store, arriving, merge=merge, left=left)
    return [event for event in written if event.id in homes]


def start_session(store: Store, body: Body, *, project: str, clock: Clock) -> Event:
    """Store the session that ``body`` asks for, over what its spans said of it before.

    Raises:
        ConflictError: If the id belongs to another project.
        InvalidInputError: If a part cannot be read.
    """
    wished = checked_id(body.get("session_id") or body.get("event_id"), what="session_id")
    session_id = wished or new_id(clock=clock)
    session = new_session(body, project=project, session_id=session_id, now=clock.now())

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        return [started_session(stored.get(session_id), session)]

    return _ingest(store, [session], merge=merge)[0]


def store_events(
    store: Store, bodies: Sequence[Body], *, project: str, clock: Clock, session: Body | None = None
) -> list[Event]:
    """Store the events that ``bodies`` tell of, each with its session.

    Args:
        store: Where they go.
        bodies: Events as on the wire.
        project: Whose they are.
        clock: For ids, and for when an event began that does not say so.
        session: Properties of the one session that takes all events without one; None
            gives each of these a session of its own.

    Raises:
        ConflictError: If an id belongs to another project.
        InvalidInputError: If a part cannot be read; the message names the event.
    """
    shared, arrived = None if session is None else new_id(clock=clock), clock.now()
    events = [
        _event(body, project=project, shared=shared, where=f"events[{index}]", clock=clock)
        for index, body in enumerate(bodies)
    ]
    if shared is not None and session:
        started = new_session(session, project=project, session_id=shared, now=clock.now())
        events.insert(0, started)

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        kept, refused = _allowed(events, stored, project)
        if refused:
            raise ConflictError(refused[0])
        dated = [event if event.id in stored else _dated(event, arrived) for event in kept]
        return _with_sessions(dated, stored, {})

    _ingest(store, events, merge=merge)
    return events[1:] if shared is not None and session else events


def sessions_of_run(store: Store, run_id: str, *, project: str) -> list[str]:
    """Return the sessions whose events name a run, whether it is there or not."""
    keys = store.iter_event_keys(run_id, project=project)
    return list(dict.fromkeys(key.session_id for key in keys))


def project_sessions(store: Store, sessions: Sequence[str]) -> None:
    """Store the items that sessions tell of, for runs that were made after them."""
    for start in range(0, len(sessions), _ADOPTED_AT_ONCE):
        some = sessions[start : start + _ADOPTED_AT_ONCE]
        store.ingest_events(some, some, merge=lambda stored: list(stored.values()), project=item_of)


def update_event(store: Store, event_id: str, body: Body, *, project: str) -> Event:
    """Store an event after an update: objects merge, what is absent stays.

    Raises:
        NotFoundError: If there is no such event.
    """
    found = find_event(store, event_id, project=project)

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        if event_id not in stored:
            raise NotFoundError(f"The event {event_id[:200]!r} was deleted meanwhile.")
        return [updated_event(stored[event_id], body)]

    return _ingest(store, [found], merge=merge)[0]


def _event(body: Body, *, project: str, shared: str | None, where: str, clock: Clock) -> Event:
    try:
        session_id = checked_id(body.get("session_id"), what="session_id")
        wished = checked_id(body.get("event_id"), what="event_id")
        event_id = wished or new_id(clock=clock)
        if body.get("event_type") == EventType.SESSION.value:
            event_id = session_id = session_id or event_id
        return new_event(
            body,
            project=project,
            event_id=event_id,
            session_id=session_id or shared or _own_session(wished, clock),
        )
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from error


def _own_session(wished: str | None, clock: Clock) -> str:
    """Return the session of an event that names none: of one sent again, the same."""
    return new_id(clock=clock) if wished is None else str(uuid5(NAMESPACE_OID, wished))


def _dated(event: Event, arrived: datetime) -> Event:
    """Return a new event with a time, without which no range of dates would ever find it."""
    if event.started_at is not None:
        return event
    ended, taken = event.ended_at or arrived, event.duration_ms or 0.0
    known = 0 < taken < _LONGEST_MS and ended.year > 2
    return replace(event, started_at=ended - timedelta(milliseconds=taken) if known else ended)


def _ingest(
    store: Store,
    events: Sequence[Event],
    *,
    merge: Callable[[Mapping[str, Event]], Sequence[Event]],
    unprojected: Collection[str] = (),
    left: Collection[str] = (),
) -> Sequence[Event]:
    if not events:
        return []
    sessions = list(dict.fromkeys(event.session_id for event in events))
    ids = [*sessions, *(event.id for event in events)]
    arrival = arrival_of(store, events[0].project)
    written = store.ingest_events(
        [*sessions, *left],
        ids,
        merge=arrival.scored(merge),
        project=item_of,
        unprojected=unprojected,
        emptied=left,
    )
    arrival.note(store, written)
    return written


def _session_names(mapped: Sequence[MappedSpan]) -> dict[str, str]:
    """Return what sessions are called: as a span says, else as their root span."""
    names = {span.event.session_id: span.event.name for span in reversed(mapped) if span.root}
    told = {span.event.session_id: span.session_name for span in mapped if span.session_name}
    return {**names, **{key: name for key, name in told.items() if name is not None}}


def _allowed(
    events: Sequence[Event], stored: Mapping[str, Event], project: str
) -> tuple[list[Event], list[str]]:
    """Return the events whose ids and sessions are free or the project's, and what is not."""
    foreign = {event_id for event_id, event in stored.items() if event.project != project}
    kept = [
        event for event in events if event.id not in foreign and event.session_id not in foreign
    ]
    refused = [
        taken_id(event.id if event.id in foreign else event.session_id)
        for event in events
        if event.id in foreign or event.session_id in foreign
    ]
    return kept, refused


def _with_sessions(
    events: Sequence[Event], stored: Mapping[str, Event], names: Mapping[str, str]
) -> list[Event]:
    """Return the events merged with the stored ones, and their sessions after them."""
    merged: dict[str, Event] = {}
    for event in events:
        old = merged.get(event.id) or stored.get(event.id)
        if event.type is EventType.SESSION and event.id == event.session_id:
            merged[event.id] = started_session(old, event)
        else:
            merged[event.id] = event if old is None else merged_event(old, event)
    members: dict[str, list[Event]] = {}
    for event in merged.values():
        if event.id != event.session_id:
            members.setdefault(event.session_id, []).append(event)
    for session_id, of_session in members.items():
        found = merged.get(session_id) or stored.get(session_id)
        session = session_of_events(found, of_session, name=names.get(session_id))
        if session is not None:
            merged[session_id] = session
    return [_linked(event, merged.get(event.session_id)) for event in merged.values()]


def _linked(event: Event, session: Event | None) -> Event:
    """Return the event with the run and datapoint of its session where it names none."""
    if session is None or event is session:
        return event
    if (event.run_id or session.run_id, event.datapoint_id or session.datapoint_id) == (
        event.run_id,
        event.datapoint_id,
    ):
        return event
    return replace(
        event,
        run_id=event.run_id or session.run_id,
        datapoint_id=event.datapoint_id or session.datapoint_id,
    )
