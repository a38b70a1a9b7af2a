"""Scores that the server or a person gave an event, beside the metrics the event came with.

The value stands in the event's metrics like any other; what a bare value cannot say (who
gave it, whether it passed, why) stands in the metadata under one reserved key.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from assay.core.events import Event
from assay.core.scores import Score, ScoreStatus


SCORES_KEY: Final = "assay_scores"
CLIENT_SIDE: Final = "CLIENT_SIDE"
HUMAN: Final = "HUMAN"
METRIC_TYPE: Final = "metric_type"
"""In a score's details: CLIENT_SIDE (the default), SERVER_SIDE, LLM, HUMAN or COMPOSITE."""
_SAID: Final = "evaluator_said"
"""In the details of a person's score: what it stands in place of."""


def with_scores(event: Event, scores: Mapping[str, Score]) -> Event:
    """Return the event with ``scores``, each in place of one of the same name."""
    if not scores:
        return event
    metrics = {name: value for name, value in event.metrics.items() if name not in scores}
    metrics |= {
        name: value for name, score in scores.items() if (value := metric_value(score)) is not None
    }
    kept = event.metadata.get(SCORES_KEY)
    noted = dict(kept) if isinstance(kept, Mapping) else {}
    noted |= {name: _noted(_beside(event, score)) for name, score in scores.items()}
    return replace(event, metrics=metrics, metadata={**event.metadata, SCORES_KEY: noted})


def said_by_evaluator(event: Event, name: str) -> Any:
    """Return what an evaluator said of an event under a name, also where a person has since."""
    score = stored_scores(event).get(name)
    if score is None:
        return event.metrics.get(name)
    if score.details.get(METRIC_TYPE) == HUMAN:
        return score.details.get(_SAID)
    return metric_value(score) if score.passed is None else score.passed


def _beside(event: Event, score: Score) -> Score:
    """Return the score; a person's with what an evaluator said before under its name."""
    said = said_by_evaluator(event, score.name)
    if score.details.get(METRIC_TYPE) != HUMAN or said is None:
        return score
    return replace(score, details={**score.details, _SAID: said})


def stored_scores(event: Event) -> dict[str, Score]:
    """Return the scores that ``with_scores`` put there; what cannot be read is left out."""
    noted = event.metadata.get(SCORES_KEY)
    if not isinstance(noted, Mapping):
        return {}
    found = {name: _score(name, entry) for name, entry in noted.items()}
    return {name: score for name, score in found.items() if score is not None}


def metric_value(score: Score) -> bool | float | str | None:
    """Return what an event's metrics show of a score: verdict, number or label."""
    if score.status is not ScoreStatus.SCORED:
        return None
    if score.label is not None:
        return score.label
    if score.passed is not None and score.value in {None, 0.0, 1.0} and _is_verdict(score):
        return score.passed
    return score.value


def _is_verdict(score: Score) -> bool:
    return score.value is None or score.value == float(score.passed is True)


def _noted(score: Score) -> dict[str, Any]:
    return {
        "status": score.status.value,
        "value": score.value,
        "label": score.label,
        "passed": score.passed,
        "reason": score.reason,
        "details": dict(score.details),
    }


def _score(name: str, entry: Any) -> Score | None:
    if not isinstance(entry, Mapping):
        return None
    try:
        return Score(
            name,
            status=ScoreStatus(entry.get("status", ScoreStatus.SCORED.value)),
            value=_number(entry.get("value")),
            label=_text(entry.get("label")),
            passed=entry["passed"] if isinstance(entry.get("passed"), bool) else None,
            reason=_text(entry.get("reason")),
            details=dict(entry["details"]) if isinstance(entry.get("details"), Mapping) else {},
        )
    except (ValueError, OverflowError):
        return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
