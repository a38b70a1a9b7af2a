"""Events as they come in: merged with what is there, projected, found again."""

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, select, update

from assay.core.event_merging import started_session
from assay.core.event_queries import EventKey, EventQuery, matches
from assay.core.events import Event, EventType
from assay.core.ports import Page
from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import RunStatus
from assay.store.event_filters import exact_condition, narrowing
from assay.store.event_repository import event_of_row, event_row
from assay.store.repository import Repository
from assay.store.result_writing import write_batch
from assay.store.run_repository import missing_run
from assay.store.tables import events, results, runs


_CHUNK = 500
_SCAN = 1_000
_STRIPES = 64
_WRITE_CHUNK = 2_000
_KEY_COLUMNS = (
    events.c.id,
    events.c.session_id,
    events.c.datapoint_id,
    events.c.name,
    events.c.type,
)
_OLDEST = (events.c.started_at.asc().nulls_first(), events.c.id)
_NEWEST = (events.c.started_at.desc().nulls_last(), events.c.id)


class IngestionRepository(Repository):
    """Events by id, by filter, and as they come in."""

    def get_event(self, event_id: str) -> Event | None:
        """Return an event, or None."""
        with self._database.read() as connection:
            return _by_id(connection, [event_id]).get(event_id)

    def get_events(self, ids: Sequence[str]) -> dict[str, Event]:
        """Return events by id; unknown ids are left out."""
        with self._database.read() as connection:
            return _by_id(connection, ids)

    def iter_event_keys(
        self,
        run_id: str,
        *,
        project: str,
        name: str | None = None,
        type_: EventType | None = None,
    ) -> Iterator[EventKey]:
        """Stream what names a project's events of a run, without content, by start time, then id."""
        here = (events.c.run_id == run_id) & (events.c.project == project)
        query = select(*_KEY_COLUMNS).where(here).order_by(*_OLDEST)
        if name is not None:
            query = query.where(events.c.name == name)
        if type_ is not None:
            query = query.where(events.c.type == type_.value)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            yield EventKey(row.id, row.session_id, row.datapoint_id, row.name, EventType(row.type))

    def write_items(
        self, run_id: str, results: Sequence[ItemResult], *, sessions: Sequence[Event]
    ) -> None:
        """Store results and their sessions, durably, in one transaction."""
        latest = list({result.key: result for result in results}.values())
        with self._database.write() as connection:
            self._lock_sessions(connection, [session.id for session in sessions])
            stored = _by_id(connection, [session.id for session in sessions])
            merged = [started_session(stored.get(each.id), each) for each in sessions]
            self._write(connection, merged, stored)
            for start in range(0, len(latest), _WRITE_CHUNK):
                batch = latest[start : start + _WRITE_CHUNK]
                if not write_batch(self._database, connection, run_id=run_id, batch=batch):
                    raise missing_run(connection, run_id)

    def ingest_events(
        self,
        sessions: Iterable[str],
        ids: Iterable[str],
        *,
        merge: Callable[[Mapping[str, Event]], Sequence[Event]],
        project: Callable[[Sequence[Event]], ItemResult | None],
        unprojected: Collection[str] = (),
        emptied: Collection[str] = (),
    ) -> Sequence[Event]:
        """Store what ``merge`` makes of the stored events, and the items they tell of."""
        wanted = list(dict.fromkeys(ids))
        with self._database.write() as connection:
            self._lock_sessions(connection, sessions)
            stored = _by_id(connection, wanted)
            written = merge(stored)
            self._write(connection, written, stored)
            told = [event for event in written if event.session_id not in unprojected]
            self._project(connection, told, project)
            if emptied:
                connection.execute(delete(events).where(_alone(emptied)))
        return written

    def _lock_sessions(self, connection: Connection, sessions: Iterable[str]) -> None:
        """Let nobody else write to ``sessions``."""
        stripes = {_stripe(session) for session in sessions}
        self._database.lock_all(connection, [("session", str(stripe)) for stripe in stripes])

    def _write(
        self, connection: Connection, written: Sequence[Event], stored: Mapping[str, Event]
    ) -> None:
        if not written:
            return
        self._ensure_projects(connection, {event.project for event in written})
        latest = {event.id: event for event in written}
        new = [event_row(event) for event in latest.values() if event.id not in stored]
        changed = [event_row(event) for event in latest.values() if event.id in stored]
        self._database.bulk.add(connection, events, rows=new)
        self._database.bulk.upsert(connection, events, rows=changed)

    def _project(
        self,
        connection: Connection,
        written: Sequence[Event],
        project: Callable[[Sequence[Event]], ItemResult | None],
    ) -> None:
        linked = {event.session_id for event in written if event.run_id is not None}
        linked |= _linked_sessions(connection, {each.session_id for each in written} - linked)
        by_run: dict[str, dict[str, ItemResult]] = {}
        owners: dict[str, str | None] = {}
        for members in _whole_sessions(connection, linked):
            run_id = next(event.run_id for event in members if event.run_id is not None)
            item = project(members)
            if run_id not in owners:
                owners[run_id] = _owner(connection, run_id)
            if item is not None and owners[run_id] == members[0].project:
                by_run.setdefault(run_id, {})[members[0].session_id] = item
        for run_id, items in sorted(by_run.items()):
            batch = _placed(connection, run_id, items)
            if batch and write_batch(self._database, connection, run_id=run_id, batch=batch):
                self._touch_ended(connection, run_id)

    def _touch_ended(self, connection: Connection, run_id: str) -> None:
        """Date an ended run anew, for its results are no longer what they were."""
        ended = [status.value for status in RunStatus if status.ended]
        connection.execute(
            update(runs)
            .where(runs.c.id == run_id, runs.c.status.in_(ended))
            .values(updated_at=self._clock.now())
        )

    def query_events(self, query: EventQuery) -> Page[Event]:
        """Return one page of events, the newest first."""
        dialect = self._database.engine.dialect
        conditions: list[ColumnElement[bool]] = [events.c.project == query.project]
        undecided = []
        for condition in query.filters:
            exact = exact_condition(condition)
            if exact is None:
                undecided.append(condition)
                exact = narrowing(condition, dialect)
            if exact is not None:
                conditions.append(exact)
        if query.since is not None:
            conditions.append(events.c.started_at >= query.since)
        if query.until is not None:
            conditions.append(events.c.started_at <= query.until)
        chosen = select(events).where(and_(*conditions))
        if not undecided:
            return self._counted(chosen, query)
        items: list[Event] = []
        total = 0
        for event in self._scan(chosen):
            if all(matches(event, condition) for condition in undecided):
                if query.offset <= total < query.offset + query.limit:
                    items.append(event)
                total += 1
        return Page(tuple(items), total)

    def _counted(self, chosen: Select[Any], query: EventQuery) -> Page[Event]:
        window = chosen.order_by(*_NEWEST).offset(query.offset).limit(query.limit)
        with self._database.read() as connection:
            counted = chosen.with_only_columns(func.count())
            total = connection.execute(counted).scalar_one()
            items = tuple(event_of_row(row) for row in connection.execute(window))
        return Page(items, total)

    def _scan(self, chosen: Select[Any]) -> Iterator[Event]:
        """Yield events, the newest first, a thousand at a time."""
        ids = chosen.with_only_columns(events.c.id).order_by(*_NEWEST)
        with self._database.read() as connection:
            ordered = list(connection.execute(ids).scalars())
        for start in range(0, len(ordered), _SCAN):
            part = ordered[start : start + _SCAN]
            with self._database.read() as connection:
                found = _by_id(connection, part)
            yield from (found[event_id] for event_id in part if event_id in found)

    def delete_events(self, ids: Iterable[str]) -> int:
        """Forget events; a session takes all of its events with it."""
        wanted = list(dict.fromkeys(ids))
        removed = 0
        with self._database.write() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                gone = events.c.id.in_(chunk) | events.c.session_id.in_(chunk)
                removed += connection.execute(delete(events).where(gone)).rowcount
        return removed


def _alone(sessions: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that an event is one of ``sessions``, with no other event in it."""
    members = events.alias()
    others = (members.c.session_id == events.c.id) & (members.c.id != events.c.id)
    return events.c.id.in_(sessions) & ~select(members.c.id).where(others).exists()


def _by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(events).where(events.c.id.in_(ids[start : start + _CHUNK]))
        found.update((row.id, event_of_row(row)) for row in connection.execute(query))
    return found


def _linked_sessions(connection: Connection, sessions: Iterable[str]) -> set[str]:
    """Return those of the sessions that belong to a run."""
    names = sorted(sessions)
    linked: set[str] = set()
    for start in range(0, len(names), _CHUNK):
        query = select(events.c.session_id).where(
            events.c.id.in_(names[start : start + _CHUNK]), events.c.run_id.is_not(None)
        )
        linked.update(connection.execute(query).scalars())
    return linked


def _whole_sessions(connection: Connection, sessions: Iterable[str]) -> Iterator[list[Event]]:
    names = sorted(sessions)
    for start in range(0, len(names), _CHUNK):
        query = select(events).where(events.c.session_id.in_(names[start : start + _CHUNK]))
        by_session: dict[str, list[Event]] = {}
        for row in connection.execute(query):
            by_session.setdefault(row.session_id, []).append(event_of_row(row))
        yield from by_session.values()


def _owner(connection: Connection, run_id: str) -> str | None:
    """Return the project of a run, None if there is no such run."""
    return connection.execute(select(runs.c.project).where(runs.c.id == run_id)).scalar()


def _placed(
    connection: Connection, run_id: str, items: Mapping[str, ItemResult]
) -> list[ItemResult]:
    """Return the items with the repeat each gets: its session's own, else the next free one.

    Where a client stored an item itself, for the same session, that one stays.
    """
    datapoints = sorted({item.key.datapoint_id for item in items.values()})
    taken: dict[str, dict[int, tuple[str | None, bool]]] = {}
    for start in range(0, len(datapoints), _CHUNK):
        query = select(
            results.c.datapoint_id, results.c.repeat, results.c.session_id, results.c.metadata
        ).where(
            results.c.run_id == run_id,
            results.c.datapoint_id.in_(datapoints[start : start + _CHUNK]),
        )
        for row in connection.execute(query):
            projected = (row.metadata or {}).get(PROJECTED_KEY) is True
            taken.setdefault(row.datapoint_id, {})[row.repeat] = (row.session_id, projected)
    placed: list[ItemResult] = []
    for session_id, item in items.items():
        places = taken.setdefault(item.key.datapoint_id, {})
        repeat = _repeat(places, session_id)
        if repeat is not None:
            places[repeat] = (session_id, True)
            placed.append(replace(item, key=ItemKey(item.key.datapoint_id, repeat)))
    return placed


def _repeat(places: Mapping[int, tuple[str | None, bool]], session_id: str) -> int | None:
    for repeat, (owner, projected) in places.items():
        if owner == session_id:
            return repeat if projected else None
    return next(number for number in range(len(places) + 1) if number not in places)


def _stripe(session_id: str) -> int:
    return zlib.crc32(session_id.encode(errors="replace")) % _STRIPES
