"""A run seen through its events: raw metrics, the fields there are, pairs with another run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import Any

from assay.core.event_queries import OBJECTS, EventFilter, EventKey, EventQuery, matches
from assay.core.events import Event, EventType
from assay.core.ports import Store
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.core.score_columns import RunScores
from assay.core.scores import Score, ScoreStatus
from assay.core.wire.events import event_object


MAX_PAIRS = 1000
_CANDIDATE_TYPE = "chain"
_SAMPLE = 2_000
_CHUNK = 500
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class PairQuery:
    """Which pairs are wanted: by the event's name and type, and by filters on both sides."""

    name: str | None = None
    type: EventType | None = None
    filters: Sequence[EventFilter] = ()
    offset: int = 0
    limit: int = MAX_PAIRS


def raw_metrics(store: Store, run: Run) -> Iterator[dict[str, Any]]:
    """Yield every item's metrics as they are, one entry for each event that carries some."""
    for item in store.iter_results(run.id, outputs=False):
        yield from _metric_entries(run, item)


def _metric_entries(run: Run, item: ItemResult) -> Iterator[dict[str, Any]]:
    by_event: dict[tuple[str, str], dict[str, Any]] = {}
    for score in item.scores:
        name = score.details.get("event_name") or run.candidate
        kind = score.details.get("event_type") or _CANDIDATE_TYPE
        metrics = by_event.setdefault((str(name), str(kind)), {})
        metrics[score.name] = _raw(score)
        if score.reason is not None and score.status is ScoreStatus.SCORED:
            metrics[f"{score.name}_explanation"] = score.reason
    for (name, kind), metrics in by_event.items():
        yield {
            "event_name": name,
            "event_type": kind,
            "session_id": item.session_id or "",
            "metadata": {"datapoint_id": item.key.datapoint_id, "repeat": item.key.repeat},
            "metrics": metrics,
        }


def _raw(score: Score) -> Any:
    if score.status is not ScoreStatus.SCORED:
        return None
    if score.label is not None:
        return score.label
    if score.passed is not None and score.value in {None, float(score.passed)}:
        return score.passed
    return score.value


def run_schema(store: Store, run: Run) -> dict[str, Any]:
    """Return which fields a run's events have, from the first two thousand of them."""
    return _schema(islice(store.iter_run_events(run.id, project=run.project), _SAMPLE))


def project_schema(store: Store, *, project: str) -> dict[str, Any]:
    """Return which fields a project's events have, from the newest two thousand of them."""
    return _schema(store.query_events(EventQuery(project, limit=_SAMPLE)).items)


def _schema(events: Iterable[Event]) -> dict[str, Any]:
    fields: dict[tuple[str, str], None] = {}
    datasets: dict[str, None] = {}
    for event in events:
        for name in OBJECTS:
            for path in _paths(getattr(event, name), name, _DEEPEST):
                fields.setdefault((path, event.type.value))
        dataset = event.metadata.get("dataset_id")
        if isinstance(dataset, str):
            datasets.setdefault(dataset)
    return {
        "fields": [{"name": name, "event_type": kind} for name, kind in sorted(fields)],
        "datasets": sorted(datasets),
        "mappings": {},
    }


def _paths(value: Any, path: str, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value and depth > 0:
        for key, member in value.items():
            yield from _paths(member, f"{path}.{key}", depth - 1)
    elif not isinstance(value, Mapping):
        yield path


@dataclass(frozen=True, slots=True)
class ScoredSessions:
    """The sessions that a run's items tell of; what a datapoint's earlier tries left is none.

    ``known`` has the sessions of each datapoint whose items name theirs.
    """

    known: Mapping[str, AbstractSet[str]]

    @classmethod
    def of(cls, scores: RunScores) -> "ScoredSessions":
        """Return those of a run."""
        known: defaultdict[str, set[str]] = defaultdict(set)
        for datapoint_id, session_id in zip(scores.datapoint_ids, scores.session_ids, strict=True):
            if session_id is not None:
                known[datapoint_id].add(session_id)
        return cls(known)

    def count(self, key: EventKey | Event) -> bool:
        """Return whether an event of the run belongs to its results, as far as is known."""
        sessions = self.known.get(key.datapoint_id or "")
        return sessions is None or key.session_id in sessions


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs whose events stand side by side."""

    run: Run
    sessions: ScoredSessions


def paired_events(store: Store, new: Side, *, old: Side, query: PairQuery) -> dict[str, Any]:
    """Return events of two runs side by side, by datapoint.

    Sessions pair with sessions, for their names differ from run to run; other events with
    those of their name and type, the first with the first. ``event_1`` is the new run's.
    A datapoint that was worked on again has the events of the try that counts.
    """
    pairs = list(_pairs(store, new, old, query))
    if query.filters:
        pairs = list(_filtered(store, pairs, query.filters))
    shown = pairs[query.offset : query.offset + query.limit]
    found = store.get_events([each.id for pair in shown for each in pair])
    events = [
        {
            "datapoint_id": first.datapoint_id,
            "event_1": event_object(found[first.id]),
            "event_2": event_object(found[second.id]),
        }
        for first, second in shown
        if first.id in found and second.id in found
    ]
    return {"events": events, "totalEvents": len(pairs)}


_Pair = tuple[EventKey, EventKey]


def _keys(store: Store, side: Side, query: PairQuery) -> Iterator[EventKey]:
    keys = store.iter_event_keys(
        side.run.id, project=side.run.project, name=query.name, type_=query.type
    )
    for key in keys:
        if key.datapoint_id is not None and side.sessions.count(key):
            yield key


def _pairs(store: Store, new: Side, old: Side, query: PairQuery) -> Iterator[_Pair]:
    waiting: defaultdict[tuple[str, str, str], list[EventKey]] = defaultdict(list)
    for key in _keys(store, old, query):
        waiting[_place(key)].append(key)
    taken: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for key in _keys(store, new, query):
        place = _place(key)
        others, number = waiting.get(place, ()), taken[place]
        taken[place] += 1
        if number < len(others):
            yield key, others[number]


def _place(key: EventKey) -> tuple[str, str, str]:
    is_session = key.type is EventType.SESSION
    return key.datapoint_id or "", key.type.value, "" if is_session else key.name


def _filtered(
    store: Store, pairs: Sequence[_Pair], filters: Sequence[EventFilter]
) -> Iterator[_Pair]:
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        found = store.get_events([each.id for pair in chunk for each in pair])
        for pair in chunk:
            sides = [found[each.id] for each in pair if each.id in found]
            if len(sides) == 2 and all(
                matches(event, condition) for event in sides for condition in filters
            ):
                yield pair
