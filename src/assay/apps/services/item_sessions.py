"""The session that a finished item stands for, so that events tell of every run."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from assay.core.events import Event, EventType
from assay.core.external_ids import visible_dataset_id
from assay.core.projection import DATAPOINT_KEY
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.core.scores import Score, ScoreStatus
from assay.core.wire.events import as_object


def item_session(run: Run, result: ItemResult) -> Event:
    """Return the session event of an item that has a session id."""
    carried = result.metadata.get(DATAPOINT_KEY)
    datapoint: Mapping[str, Any] = carried if isinstance(carried, Mapping) else {}
    session_id = result.session_id or ""
    seconds, started = result.duration_seconds, result.started_at
    truth = datapoint.get("ground_truth")
    return Event(
        id=session_id,
        session_id=session_id,
        project=run.project,
        name=run.name,
        type=EventType.SESSION,
        run_id=run.id,
        datapoint_id=result.key.datapoint_id,
        source="evaluation",
        error=result.error,
        started_at=started,
        ended_at=_after(started, seconds),
        duration_ms=None if seconds is None else seconds * 1000,
        inputs=as_object(datapoint.get("inputs")),
        outputs=as_object(result.output),
        metadata={
            "run_id": run.id,
            "dataset_id": visible_dataset_id(run.dataset_id, run.metadata),
            "datapoint_id": result.key.datapoint_id,
            "repeat": result.key.repeat,
        },
        metrics={score.name: _metric(score) for score in result.scores if _counts(score)},
        feedback={} if truth is None else {"ground_truth": truth},
    )


def _after(started: datetime | None, seconds: float | None) -> datetime | None:
    """Return when an item ended; None where that is unknown or beyond the calendar."""
    if started is None or seconds is None:
        return None
    try:
        return started + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _counts(score: Score) -> bool:
    return score.status is ScoreStatus.SCORED and _metric(score) is not None


def _metric(score: Score) -> bool | float | str | None:
    if score.label is not None:
        return score.label
    if score.passed is not None and score.value in {None, float(score.passed)}:
        return score.passed
    return score.value
