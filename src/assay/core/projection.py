"""A session's events as one finished item of a run.

Third-party clients send spans, not items: the server reads the item out of them. Whatever
order the events arrive in, and however often, the same events give the same item.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from assay.core.event_scores import stored_scores
from assay.core.events import Event, EventType
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus


PROJECTED_KEY: Final = "projected"
"""In an item's metadata: the item was read out of events, and may be again."""

DATAPOINT_KEY: Final = "datapoint"
_EXPLANATION = "_explanation"


def project(events: Iterable[Event]) -> ItemResult | None:
    """Return the item that the events of one session tell of, or None while there is none.

    A session that has only been started is no item yet. The item failed if the session or
    one of its outermost events did; an inner error that was caught is the candidate's own
    business. Scores come from the metrics of every event.
    """
    ordered = sorted({event.id: event for event in events}.values(), key=_order)
    session = next((event for event in ordered if event.type is EventType.SESSION), None)
    members = [event for event in ordered if event is not session]
    if not members and (session is None or not _told(session)):
        return None
    outermost = _outermost(members)
    whole = ordered if session is None else [session, *members]
    error = _error(session, outermost)
    scores = _scores(session, members)
    main = _main(outermost)
    return ItemResult(
        key=ItemKey(_first(event.datapoint_id for event in whole) or whole[0].session_id, 0),
        status=ItemStatus.SCORED if error is None else ItemStatus.FAILED,
        output=_output(session, main),
        error=error,
        scores=scores,
        session_id=whole[0].session_id,
        started_at=_first(event.started_at for event in (main or session, *whole) if event),
        duration_seconds=_seconds(main or session),
        latency_seconds=_seconds(main),
        metadata={
            PROJECTED_KEY: True,
            DATAPOINT_KEY: {
                "inputs": dict(_inputs(session, main)),
                "ground_truth": _ground_truth(whole),
            },
        },
    )


def _order(event: Event) -> tuple[bool, float, str]:
    started = event.started_at
    return started is not None, 0.0 if started is None else started.timestamp(), event.id


def _told(session: Event) -> bool:
    """Return whether a session says more than that it began."""
    return bool(session.outputs or session.metrics or session.error)


def _outermost(members: Sequence[Event]) -> list[Event]:
    ids = {event.id for event in members}
    return [event for event in members if event.parent_id not in ids]


def _main(outermost: Sequence[Event]) -> Event | None:
    """Return the candidate's own event: the first outermost chain, else the first of all."""
    chains = [event for event in outermost if event.type is EventType.CHAIN]
    return next(iter([*chains, *outermost]), None)


def _error(session: Event | None, outermost: Sequence[Event]) -> str | None:
    if session is not None and session.error is not None:
        return session.error
    return next((event.error for event in outermost if event.error is not None), None)


def _output(session: Event | None, main: Event | None) -> Any:
    if session is not None and session.outputs:
        return dict(session.outputs)
    if main is None or not main.outputs:
        return None
    result = main.outputs.get("result")
    return result if result is not None and len(main.outputs) == 1 else dict(main.outputs)


def _inputs(session: Event | None, main: Event | None) -> Mapping[str, Any]:
    if session is not None and session.inputs:
        return session.inputs
    return {} if main is None else main.inputs


def _ground_truth(events: Sequence[Event]) -> Any:
    return _first(event.feedback.get("ground_truth") for event in events)


def _seconds(event: Event | None) -> float | None:
    return None if event is None or event.duration_ms is None else event.duration_ms / 1000


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _scores(session: Event | None, members: Sequence[Event]) -> tuple[Score, ...]:
    """Return the scores of all events.

    A score names the event that carries it. One of the session belongs to the candidate,
    unless another event has that metric too: then it names the session.
    """
    scores: dict[tuple[str, str], Score] = {}
    for event in members:
        for score in _event_scores(event):
            scores.setdefault((score.name, event.name), score)
    carried = {name for name, _ in scores}
    if session is not None:
        for score in _event_scores(session):
            own = _of_session(score, session) if score.name in carried else score
            scores[score.name, ""] = own
    ordered = sorted(scores, key=lambda key: (key[0], not key[1], key[1]))
    return tuple(scores[key] for key in ordered)


def _of_session(score: Score, session: Event) -> Score:
    """Return the score with the session named as the event that carries it."""
    named = {"event_name": session.name, "event_type": EventType.SESSION.value}
    return replace(score, details={**named, **score.details})


def _event_scores(event: Event) -> list[Score]:
    metrics = event.metrics
    details: dict[str, Any] = {"event_name": event.name, "event_type": event.type.value}
    if event.type is EventType.SESSION:
        details = {}
    given = stored_scores(event)
    found = [
        given.get(name)
        or _score(name, value, reason=metrics.get(name + _EXPLANATION), details=details)
        for name, value in metrics.items()
        if not _explains(name, metrics)
    ]
    found += [score for name, score in given.items() if name not in metrics]
    return [score for score in found if score is not None]


def _explains(name: str, metrics: Mapping[str, Any]) -> bool:
    base = name.removesuffix(_EXPLANATION)
    return base != name and base in metrics


def _score(name: str, value: Any, *, reason: Any, details: Mapping[str, Any]) -> Score | None:
    why = None if reason is None else str(reason)
    if isinstance(value, bool):
        return Score(name, value=float(value), passed=value, reason=why, details=dict(details))
    if isinstance(value, int | float):
        return _number(name, value, why=why, details=details)
    if isinstance(value, str):
        return Score(name, label=value, reason=why, details=dict(details))
    if isinstance(value, Mapping) and not isinstance(value.get("score"), Mapping | None):
        return _score(name, value["score"], reason=value.get("explanation"), details=details)
    return None


def _number(name: str, value: float, *, why: str | None, details: Mapping[str, Any]) -> Score:
    try:
        return Score(name, value=float(value), reason=why, details=dict(details))
    except (OverflowError, ValueError):
        return Score(
            name, ScoreStatus.ERROR, reason=f"{value} is not finite", details=dict(details)
        )
