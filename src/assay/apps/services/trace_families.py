"""One trace in one session, though its spans come one by one and few of them name it.

Exporters send a span when it ends, so children come before their parent, and often only the
outermost span says which session it is. A span that finds neither word nor ancestor waits in
the session of its trace; it follows its parent as soon as that one is known elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core.event_merging import AUTO_KEY
from assay.core.events import Event
from assay.core.ports import Store
from assay.tracing.otlp.mapping import MappedSpan, session_id_of


def with_parents(store: Store, mapped: Sequence[MappedSpan], *, project: str) -> list[MappedSpan]:
    """Return the spans, those that name no session in that of the parent stored before them."""
    events = [span.event for span in mapped]
    homes = _parents_elsewhere(store, events, project=project)
    followed = _followed([event for event in events if _waits(event)], homes) if homes else {}
    return [
        span
        if (home := followed.get(span.event.id)) is None
        else replace(span, event=replace(span.event, session_id=home))
        for span in mapped
    ]


def stragglers(store: Store, events: Sequence[Event], *, project: str) -> list[tuple[Event, str]]:
    """Return the stored events that belong elsewhere than in their trace's session, and where.

    They are below ``events``, or are ``events`` whose parent is elsewhere by now. A session
    that belongs to a run keeps what it has.
    """
    homes = {event.id: event.session_id for event in events if not _waits(event)}
    homes |= _parents_elsewhere(store, events, project=project)
    traces = {trace for event in events if homes and (trace := _trace_session(event)) is not None}
    members = [
        event
        for session in (store.get_events(sorted(traces)) if traces else {}).values()
        if session.project == project
        and session.metadata.get(AUTO_KEY) is True
        and session.run_id is None
        for event in store.session_events(session.id)
        if event.id != session.id
    ]
    followed = _followed(members, homes)
    return [(event, followed[event.id]) for event in members if event.id in followed]


def _parents_elsewhere(store: Store, events: Sequence[Event], *, project: str) -> dict[str, str]:
    """Return the sessions of the stored parents of ``events`` that wait, by the parents' ids."""
    batch = {event.id for event in events}
    outside = {
        event.parent_id
        for event in events
        if _waits(event) and event.parent_id not in {None, event.session_id, *batch}
    }
    parents = store.get_events([parent for parent in outside if parent]) if outside else {}
    return {
        parent.id: parent.session_id
        for parent in parents.values()
        if parent.project == project and not _waits(parent)
    }


def _followed(waiting: Sequence[Event], homes: Mapping[str, str]) -> dict[str, str]:
    """Return the sessions of the events that wait and have an ancestor in ``homes``."""
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


def _waits(event: Event) -> bool:
    """Whether neither the span nor an ancestor among those it came with named a session."""
    return event.session_id == _trace_session(event)


def _trace_session(event: Event) -> str | None:
    provenance: Any = event.metadata.get("otel")
    trace_id = provenance.get("trace_id") if isinstance(provenance, Mapping) else None
    return session_id_of(trace_id) if isinstance(trace_id, str) and len(trace_id) == 32 else None
