"""One trace in one session, though its spans come one by one and few of them name it.

Exporters send a span when it ends, so children come before their parent, and often only the
outermost span says which session it is. A span that finds neither word nor ancestor waits in
the session of its trace; it follows its parent as soon as that one is known elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core.event_merging import AUTO_KEY
from assay.core.events import Event
from assay.core.ports import Store
from assay.tracing.otlp.mapping import MappedSpan, session_id_of


def with_parents(store: Store, mapped: Sequence[MappedSpan], *, project: str) -> list[MappedSpan]:
    """Return the spans, those that name no session in that of the parent stored before them."""
    batch = {span.event.id: span.event for span in mapped}
    waiting = [span.event for span in mapped if not span.root and _waits(span.event)]
    outside = {event.parent_id for event in waiting if event.parent_id not in batch}
    parents = store.get_events([parent for parent in outside if parent]) if outside else {}
    homes = {
        parent.id: parent.session_id for parent in parents.values() if parent.project == project
    }
    if not homes:
        return list(mapped)
    followed = _followed(waiting, homes)
    return [replace(span, event=_moved(span.event, followed.get(span.event.id))) for span in mapped]


def stragglers(store: Store, events: Iterable[Event], *, project: str) -> dict[str, str]:
    """Return which stored events follow ``events`` out of their trace's session, and where to.

    A session that belongs to a run keeps what it has.
    """
    homes = {event.id: event.session_id for event in events if not _waits(event)}
    traces = {
        session for event in events if (session := _trace_session(event)) and event.id in homes
    }
    waiting = [
        session.id
        for session in (store.get_events(sorted(traces)) if traces else {}).values()
        if session.project == project
        and session.metadata.get(AUTO_KEY) is True
        and session.run_id is None
    ]
    members = [event for session in waiting for event in store.session_events(session)]
    return _followed([event for event in members if event.id != event.session_id], homes)


def after_move(stored: Mapping[str, Event], moved: Mapping[str, str]) -> dict[str, Event]:
    """Return the stored events, those that move already in their new session."""
    return {key: _moved(event, moved.get(key)) for key, event in stored.items()}


def _followed(waiting: Sequence[Event], homes: Mapping[str, str]) -> dict[str, str]:
    """Return the sessions of the events of which an ancestor is in ``homes``."""
    above = {event.id: event.parent_id for event in waiting if event.id not in homes}
    found: dict[str, str | None] = {}
    for event_id in above:
        path: dict[str, None] = {}
        here: str | None = event_id
        while here in above and here not in found and here not in path:
            path[here] = None
            here = above[here]
        home = homes.get(here or "") or found.get(here or "")
        found.update(dict.fromkeys(path, home))
    return {event_id: home for event_id, home in found.items() if home is not None}


def _moved(event: Event, session_id: str | None) -> Event:
    return event if session_id is None else replace(event, session_id=session_id)


def _waits(event: Event) -> bool:
    """Whether neither the span nor an ancestor among those it came with named a session."""
    return event.session_id == _trace_session(event)


def _trace_session(event: Event) -> str | None:
    provenance: Any = event.metadata.get("otel")
    trace_id = provenance.get("trace_id") if isinstance(provenance, Mapping) else None
    return session_id_of(trace_id) if isinstance(trace_id, str) and len(trace_id) == 32 else None
