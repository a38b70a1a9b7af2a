"""Two tellings of one event become one, whichever came first.

Spans are sent again, sessions are enriched after they began, and a span may arrive before
the session it belongs to is started.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from assay.core.errors import ConflictError
from assay.core.events import Event, EventType


AUTO_KEY = "auto_created"
"""In the metadata of a session that nobody started: its spans made it."""

_OBJECTS = ("inputs", "outputs", "config", "metadata", "metrics", "feedback", "user_properties")


def merged_event(old: Event, new: Event) -> Event:
    """Return ``old`` after ``new``: objects merge key by key, what ``new`` lacks stays."""
    objects: dict[str, Any] = {
        name: {**getattr(old, name), **getattr(new, name)} for name in _OBJECTS
    }
    return replace(
        new,
        session_id=old.session_id,
        project=old.project,
        parent_id=old.parent_id if new.parent_id is None else new.parent_id,
        run_id=new.run_id or old.run_id,
        datapoint_id=new.datapoint_id or old.datapoint_id,
        source=new.source or old.source,
        error=old.error if new.error is None else new.error,
        started_at=old.started_at if new.started_at is None else new.started_at,
        ended_at=old.ended_at if new.ended_at is None else new.ended_at,
        duration_ms=old.duration_ms if new.duration_ms is None else new.duration_ms,
        **objects,
    )


def started_session(found: Event | None, session: Event) -> Event:
    """Return the session that a client starts, over the one its spans may have made before.

    Raises:
        ConflictError: If the id belongs to another project.
    """
    if found is None:
        return session
    if found.project != session.project:
        raise ConflictError(taken_id(session.id))
    known = {key: value for key, value in found.metadata.items() if key != AUTO_KEY}
    merged = merged_event(replace(found, metadata=known), session)
    return replace(
        merged,
        started_at=_earliest(found.started_at, session.started_at),
        ended_at=_latest(found.ended_at, session.ended_at),
    )


def taken_id(identifier: str) -> str:
    """Return what is said of an id that belongs to another project."""
    return f"The id {identifier[:200]!r} is taken already."


def session_of_events(
    found: Event | None, events: Iterable[Event], *, name: str | None
) -> Event | None:
    """Return the session after ``events`` of it arrived, in any order.

    Args:
        found: The session as it is stored, or None.
        events: Its events, without the session itself.
        name: What the events say it is called, or None.
    """
    members = list(events)
    if not members:
        return found
    first = members[0]
    session = found or Event(
        id=first.session_id,
        session_id=first.session_id,
        project=first.project,
        name=name or first.name,
        type=EventType.SESSION,
        metadata={AUTO_KEY: True},
    )
    linked = _linked(session, members)
    renamed = name is not None and session.metadata.get(AUTO_KEY) is True
    started, ended = linked.started_at, linked.ended_at
    for event in members:
        started, ended = _earliest(started, event.started_at), _latest(ended, event.ended_at)
    return replace(
        linked,
        name=name if renamed and name is not None else linked.name,
        started_at=started,
        ended_at=ended,
        duration_ms=_duration(started, ended),
    )


def _linked(session: Event, members: Iterable[Event]) -> Event:
    """Return the session with the run, dataset and datapoint that its events name."""
    missing: dict[str, Any] = {}
    source = session.source
    for event in members:
        source = source or event.source
        for key in ("run_id", "dataset_id", "datapoint_id"):
            told = event.metadata.get(key)
            if isinstance(told, str) and told and not session.metadata.get(key):
                missing.setdefault(key, told)
    metadata: Mapping[str, Any] = {**session.metadata, **missing} if missing else session.metadata
    return replace(
        session,
        source=source,
        run_id=session.run_id or missing.get("run_id"),
        datapoint_id=session.datapoint_id or missing.get("datapoint_id"),
        metadata=metadata,
    )


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one is not None and other is not None else one or other


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other


def _duration(started: datetime | None, ended: datetime | None) -> float | None:
    if started is None or ended is None or ended < started:
        return None
    return (ended - started).total_seconds() * 1000
