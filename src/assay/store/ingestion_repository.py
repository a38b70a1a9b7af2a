"""Events as they come in: merged with what is there, projected, found again."""

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, select, update

from assay.core.errors import NotFoundError
from assay.core.event_merging import started_session
from assay.core.event_queries import EventKey, EventQuery, Operator, matches
from assay.core.events import Event, EventType
from assay.core.ports import Page
from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import RunStatus
from assay.store.event_filters import exact_condition, narrowing
from assay.store.event_repository import event_of_row, event_row
from assay.store.repository import Repository
from assay.store.result_writing import delete_batch, write_batch
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
        here = (events.c.run_id == run_id) & _in_project(project, narrowed=True)
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
                    raise NotFoundError.of_id("run", run_id)

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
        of_run = any(
            condition.field == "run_id" and condition.operator is Operator.IS
            for condition in query.filters
        )
        conditions = [_in_project(query.project, narrowed=of_run)]
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

    def delete_events(
        self, ids: Iterable[str], *, project: Callable[[Sequence[Event]], ItemResult | None]
    ) -> int:
        """Forget events; a session takes all of its events and items with it."""
        chunks = list(_chunks(list(dict.fromkeys(ids))))
        removed = 0
        with self._database.write() as connection:
            sessions = {name for chunk in chunks for name in _sessions_of(connection, chunk)}
            self._lock_sessions(connection, sessions)
            links = list(_links(connection, sorted(sessions)))
            for chunk in chunks:
                removed += connection.execute(delete(events).where(_among(chunk))).rowcount
            left = {each[0].session_id: each for each in _whole_sessions(connection, sessions)}
            for link in links:
                self._forget_items(connection, link, project, left=left.get(link.session_id, []))
            self._project(connection, [event for each in left.values() for event in each], project)
        return removed

    def _forget_items(
        self,
        connection: Connection,
        link: "_Link",
        project: Callable[[Sequence[Event]], ItemResult | None],
        *,
        left: Sequence[Event],
    ) -> None:
        """Forget a session's items, but not those that the events ``left`` still tell of.

        What a client stored itself stays while its session has any event.
        """
        if _owner(connection, link.run_id) != link.project:
            return
        item = project(left) if left else None
        told = None if item is None else item.key.datapoint_id
        query = select(results.c.datapoint_id, results.c.repeat, results.c.metadata).where(
            results.c.run_id == link.run_id,
            results.c.datapoint_id.in_([*link.datapoint_ids, link.session_id]),
            results.c.session_id == link.session_id,
        )
        gone = [
            ItemKey(row.datapoint_id, row.repeat)
            for row in connection.execute(query)
            if not left or (_projected(row.metadata) and row.datapoint_id != told)
        ]
        if gone:
            delete_batch(connection, link.run_id, gone)
            self._touch_ended(connection, link.run_id)


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


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _among(ids: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that an event or its session is one of ``ids``."""
    return events.c.id.in_(ids) | events.c.session_id.in_(ids)


def _sessions_of(connection: Connection, ids: Sequence[str]) -> Iterable[str]:
    """Return the sessions of which ``ids`` name an event, or themselves."""
    return connection.execute(select(events.c.session_id).where(_among(ids)).distinct()).scalars()


@dataclass(frozen=True, slots=True)
class _Link:
    """A session and a run that its events name, with all datapoints they name."""

    session_id: str
    project: str
    run_id: str
    datapoint_ids: frozenset[str]


def _links(connection: Connection, sessions: Sequence[str]) -> Iterator[_Link]:
    columns = (events.c.session_id, events.c.project, events.c.run_id, events.c.datapoint_id)
    for chunk in _chunks(sessions):
        query = select(*columns).where(events.c.session_id.in_(chunk)).distinct()
        rows: dict[tuple[str, str], list[Any]] = {}
        for row in connection.execute(query):
            rows.setdefault((row.session_id, row.project), []).append(row)
        for (session_id, project), members in rows.items():
            points = frozenset(row.datapoint_id for row in members if row.datapoint_id is not None)
            for run_id in sorted({row.run_id for row in members if row.run_id is not None}):
                yield _Link(session_id, project, run_id, points)


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
            place = (row.session_id, _projected(row.metadata))
            taken.setdefault(row.datapoint_id, {})[row.repeat] = place
    placed: list[ItemResult] = []
    for session_id, item in items.items():
        places = taken.setdefault(item.key.datapoint_id, {})
        repeat = _repeat(places, session_id)
        if repeat is not None:
            places[repeat] = (session_id, True)
            placed.append(replace(item, key=ItemKey(item.key.datapoint_id, repeat)))
    return placed


def _projected(metadata: Mapping[str, Any] | None) -> bool:
    """Return whether an item of this metadata was read out of events."""
    return (metadata or {}).get(PROJECTED_KEY) is True


def _repeat(places: Mapping[int, tuple[str | None, bool]], session_id: str) -> int | None:
    for repeat, (owner, projected) in places.items():
        if owner == session_id:
            return repeat if projected else None
    return next(number for number in range(len(places) + 1) if number not in places)


def _stripe(session_id: str) -> int:
    return zlib.crc32(session_id.encode(errors="replace")) % _STRIPES


def _in_project(project: str, *, narrowed: bool) -> ColumnElement[bool]:
    """Return the condition that an event is of a project.

    Where a run narrows the events down, it is written so that no index answers it: SQLite
    would go through the whole project in the order of time to be spared sorting a few.
    """
    column = events.c.project
    return (column.concat("") if narrowed else column) == project
