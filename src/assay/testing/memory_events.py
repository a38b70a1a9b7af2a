"""The part of the store in memory that takes events in and finds them again."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from assay.core.event_merging import started_session
from assay.core.event_queries import EventKey, EventQuery, matches
from assay.core.events import Event, EventType
from assay.core.ports import Page
from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import Run
from assay.kit.clock import Clock
from assay.testing.memory_rules import event_as_stored, in_session


_NEVER = datetime.min.replace(tzinfo=UTC)


class EventRows(Protocol):
    """What of the store's content the events touch."""

    events: dict[str, Event]
    runs: dict[str, Run]
    results: dict[str, dict[ItemKey, ItemResult]]


class MemoryEvents(ABC):
    """Implements ``core.ports.EventQueries`` in memory."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    @abstractmethod
    def _open(self) -> AbstractContextManager[EventRows]:
        """Lend all rows, alone."""

    @abstractmethod
    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Store results, or raise ``NotFoundError``."""

    def get_event(self, event_id: str) -> Event | None:
        """Return an event, or None."""
        return self.get_events([event_id]).get(event_id)

    def get_events(self, ids: Sequence[str]) -> dict[str, Event]:
        """Return events by id; unknown ids are left out."""
        with self._open() as rows:
            return {each: rows.events[each] for each in ids if each in rows.events}

    def ingest_events(
        self,
        sessions: Iterable[str],  # noqa: ARG002 - everybody waits for everybody here
        ids: Iterable[str],
        *,
        merge: Callable[[Mapping[str, Event]], Sequence[Event]],
        project: Callable[[Sequence[Event]], ItemResult | None],
        unprojected: Collection[str] = (),
        emptied: Collection[str] = (),
    ) -> Sequence[Event]:
        """Store what ``merge`` makes of the stored events, and the items they tell of."""
        with self._open() as rows:
            written = merge(self.get_events(list(ids)))
            rows.events.update({event.id: event_as_stored(event) for event in written})
            for session_id in sorted({event.session_id for event in written} - {*unprojected}):
                members = [each for each in rows.events.values() if each.session_id == session_id]
                run = _run_of(rows, members)
                if run is not None:
                    self._store_item(rows, run, session_id, project(members))
            filled = {event.session_id for event in rows.events.values() if not _is_session(event)}
            for session_id in {*emptied} - filled:
                rows.events.pop(session_id, None)
        return written

    def _store_item(
        self, rows: EventRows, run: Run, session_id: str, item: ItemResult | None
    ) -> None:
        if item is None:
            return
        places = {
            key.repeat: stored
            for key, stored in rows.results.get(run.id, {}).items()
            if key.datapoint_id == item.key.datapoint_id
        }
        mine = [repeat for repeat, each in places.items() if each.session_id == session_id]
        if mine and not _projected(places[mine[0]]):
            return
        free = next(number for number in range(len(places) + 1) if number not in places)
        key = ItemKey(item.key.datapoint_id, mine[0] if mine else free)
        self.write_results(run.id, [replace(item, key=key)])
        self._touch(rows, run)

    def write_items(
        self, run_id: str, results: Sequence[ItemResult], *, sessions: Sequence[Event]
    ) -> None:
        """Store results and their sessions."""
        with self._open() as rows:
            merged = [
                event_as_stored(started_session(rows.events.get(each.id), each))
                for each in sessions
            ]
            self.write_results(run_id, results)
            rows.events.update({event.id: event for event in merged})

    def iter_event_keys(
        self,
        run_id: str,
        *,
        project: str,
        name: str | None = None,
        type_: EventType | None = None,
    ) -> Iterator[EventKey]:
        """Stream what names a project's events of a run, by start time, then id."""
        with self._open() as rows:
            found = [
                event
                for event in rows.events.values()
                if (event.run_id, event.project) == (run_id, project) and name in {None, event.name}
            ]
        for event in sorted(found, key=in_session):
            if type_ in {None, event.type}:
                yield EventKey(
                    event.id, event.session_id, event.datapoint_id, event.name, event.type
                )

    def query_events(self, query: EventQuery) -> Page[Event]:
        """Return one page of events, the newest first, then by id."""
        with self._open() as rows:
            found = [event for event in rows.events.values() if _wanted(event, query)]
        found.sort(key=lambda event: event.id)
        found.sort(key=lambda event: event.started_at or _NEVER, reverse=True)
        items = found[query.offset : query.offset + query.limit]
        return Page(tuple(items), len(found))

    def delete_events(
        self, ids: Iterable[str], *, project: Callable[[Sequence[Event]], ItemResult | None]
    ) -> int:
        """Forget events; a session takes all of its events and items with it."""
        wanted = set(ids)
        with self._open() as rows:
            gone = [each for each in rows.events.values() if {each.id, each.session_id} & wanted]
            for event in gone:
                del rows.events[event.id]
            for session_id in sorted({event.session_id for event in gone}):
                left = [each for each in rows.events.values() if each.session_id == session_id]
                members = [*(each for each in gone if each.session_id == session_id), *left]
                item = project(left) if left else None
                for run in {
                    each.run_id: rows.runs.get(each.run_id or "") for each in members
                }.values():
                    if run is not None and run.project == members[0].project:
                        self._forget_items(rows, run, session_id, left=left, item=item)
                run = _run_of(rows, left)
                if run is not None:
                    self._store_item(rows, run, session_id, item)
        return len(gone)

    def _forget_items(
        self,
        rows: EventRows,
        run: Run,
        session_id: str,
        *,
        left: Sequence[Event],
        item: ItemResult | None,
    ) -> None:
        told = None if item is None else item.key.datapoint_id
        stored = rows.results.get(run.id, {})
        forgotten = [
            key
            for key, each in stored.items()
            if each.session_id == session_id
            and (not left or (_projected(each) and key.datapoint_id != told))
        ]
        for key in forgotten:
            del stored[key]
        if forgotten:
            self._touch(rows, run)

    def _touch(self, rows: EventRows, run: Run) -> None:
        if run.status.ended:
            rows.runs[run.id] = replace(run, updated_at=self._clock.now())


def _run_of(rows: EventRows, members: Sequence[Event]) -> Run | None:
    """Return the run that a session belongs to, if it is there and of the session's project."""
    run_id = next((each.run_id for each in members if each.run_id is not None), None)
    run = rows.runs.get(run_id or "")
    return run if run is not None and run.project == members[0].project else None


def _projected(item: ItemResult) -> bool:
    return item.metadata.get(PROJECTED_KEY) is True


def _wanted(event: Event, query: EventQuery) -> bool:
    started = event.started_at
    return (
        event.project == query.project
        and (query.since is None or (started is not None and started >= query.since))
        and (query.until is None or (started is not None and started <= query.until))
        and all(matches(event, condition) for condition in query.filters)
    )


def _is_session(event: Event) -> bool:
    return event.id == event.session_id
