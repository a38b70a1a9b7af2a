"""Scores put where they belong: with their event, in the item it tells of, and made visible."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from assay.apps.services.item_scores import with_item_scores
from assay.core.errors import NotFoundError
from assay.core.event_scores import with_scores
from assay.core.events import Event, EventType
from assay.core.ports import Store
from assay.core.projection import PROJECTED_KEY
from assay.core.projection import project as item_of
from assay.core.results import ItemKey, ItemResult
from assay.core.scores import Score
from assay.kit.clock import Clock


EventScores = Mapping[str, Mapping[str, Score]]
"""Scores by event id, then by name."""


def keep_scores(
    store: Store, events: Sequence[Event], scores: EventScores, *, clock: Clock
) -> None:
    """Keep scores with their events and in the items of their runs."""
    write_event_scores(store, events, scores)
    for event in events:
        item = own_item(store, event)
        if item is not None and event.run_id is not None:
            changed = with_item_scores(item, scores[event.id])
            store.write_results(event.run_id, [changed])
    touch_runs(store, {each.run_id for each in events if each.run_id is not None}, clock=clock)


def write_event_scores(store: Store, events: Sequence[Event], scores: EventScores) -> None:
    """Keep scores with their events, and in items that were read out of events."""
    if not events:
        return

    def merge(stored: Mapping[str, Event]) -> list[Event]:
        known = [event.id for event in events if event.id in stored]
        return [with_scores(stored[event_id], scores[event_id]) for event_id in known]

    sessions = list(dict.fromkeys(event.session_id for event in events))
    store.ingest_events(sessions, [event.id for event in events], merge=merge, project=item_of)


def own_item(store: Store, event: Event) -> ItemResult | None:
    """Return the item that a session stands for and that its run brought itself, or None."""
    if event.run_id is None or event.datapoint_id is None or event.type is not EventType.SESSION:
        return None
    repeat = event.metadata.get("repeat", 0)
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 0 <= repeat < 2**31:
        return None
    try:
        item = store.get_result(event.run_id, ItemKey(event.datapoint_id, repeat))
    except NotFoundError:
        return None
    own = PROJECTED_KEY not in item.metadata and item.session_id == event.session_id
    return item if own else None


def touch_runs(store: Store, run_ids: Iterable[str], *, clock: Clock) -> None:
    """Say that the results of ended runs changed, so that nothing old is shown of them."""
    for run_id in sorted(set(run_ids)):
        try:
            run = store.get_run(run_id)
        except NotFoundError:
            continue
        if run.status.ended:
            store.change_run(run_id, partial(replace, updated_at=clock.now()))
