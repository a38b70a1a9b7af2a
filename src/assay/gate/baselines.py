"""Which run others are measured by: the newest complete one before, or one that was pinned."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from assay.core.errors import InvalidInputError, LedgerError, NotFoundError
from assay.core.eval_runs import EvalExperiment
from assay.core.ledger import RunLedger
from assay.gate.config import GateConfig
from assay.gate.history import EvalLine, find_line, get_eval_experiments, line_of_run
from assay.gate.points import read_point
from assay.gate.results import TrendPoint
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.ids import new_id


BASELINE_TAG = "assay.baseline"


@dataclass(frozen=True, slots=True)
class PinnedBaseline:
    """A run that was named as the baseline of its eval type, by whom and why.

    Attributes:
        run_id: None where the pin was taken away.
        age_seconds: Since the run; None where it is not asked for, or the run was deleted.
    """

    eval_type: str
    run_id: str | None
    actor: str
    reason: str
    timestamp: datetime
    pass_rate: float | None = None
    run_timestamp: datetime | None = None
    age_seconds: float | None = None


def get_baseline_run(
    points: Sequence[TrendPoint], current: TrendPoint, *, pinned: TrendPoint | None = None
) -> TrendPoint | None:
    """Return the run that ``current`` is measured by, or None.

    Args:
        points: Oldest first; the current run may be among them.
        current: The run to measure.
        pinned: The approved baseline; it is used if it is complete and not the current run.

    Returns:
        The pinned one, else the newest complete run before the current one.
    """
    if pinned is not None and pinned.can_be_baseline and pinned.run_id != current.run_id:
        return pinned
    place = next((i for i, point in enumerate(points) if point.run_id == current.run_id), None)
    before = (
        points[:place]
        if place is not None
        else [point for point in points if point.timestamp < current.timestamp]
    )
    return next((point for point in reversed(before) if point.can_be_baseline), None)


def pinned_run_id(experiment: EvalExperiment) -> str | None:
    """Return the run that is pinned as the baseline of an experiment, or None."""
    text = experiment.tags.get(BASELINE_TAG)
    return _entry(text, experiment.name)["run_id"] if text else None


def pin_baseline(
    ledger: RunLedger,
    config: GateConfig,
    run_id: str,
    *,
    actor: str,
    reason: str,
    clock: Clock = SYSTEM_CLOCK,
) -> PinnedBaseline:
    """Make a complete run the baseline of its eval type until it is unpinned.

    Raises:
        NotFoundError: There is no such run, or it belongs to no eval type.
        InvalidInputError: The run is not complete, or the reason is empty.
        LedgerError: The ledger cannot be read or written.
    """
    run = ledger.get_run(run_id)
    line = line_of_run(get_eval_experiments(ledger, config), run, config=config)
    point = read_point(run, config.eval_type(line.eval_type), confidence=config.confidence)
    if point is None or not point.can_be_baseline:
        raise InvalidInputError(
            f"The run {run_id} of {line.eval_type} is {_state(point)}; only a complete run with a "
            "pass rate can be a baseline."
        )
    return _write(ledger, line, point, actor=actor, reason=reason, clock=clock)


def unpin_baseline(
    ledger: RunLedger,
    config: GateConfig,
    eval_type: str,
    *,
    actor: str,
    reason: str,
    clock: Clock = SYSTEM_CLOCK,
) -> PinnedBaseline:
    """Take the pin away, so that the newest complete run is the baseline again.

    Raises:
        NotFoundError: The eval type has no runs, or no pin.
        InvalidInputError: The reason is empty.
        LedgerError: The ledger cannot be read or written.
    """
    line = find_line(get_eval_experiments(ledger, config), eval_type)
    if pinned_run_id(line.experiment) is None:
        raise NotFoundError(f"No baseline of {eval_type} is pinned; there is nothing to unpin.")
    return _write(ledger, line, None, actor=actor, reason=reason, clock=clock)


def show_baselines(
    ledger: RunLedger,
    config: GateConfig,
    *,
    eval_type: str | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> list[PinnedBaseline]:
    """Return the pinned baselines by eval type, each with the age of its run.

    Raises:
        NotFoundError: ``eval_type`` has no runs.
        LedgerError: The ledger cannot be read.
    """
    lines = get_eval_experiments(ledger, config)
    if eval_type is not None:
        lines = [find_line(lines, eval_type)]
    shown: list[PinnedBaseline] = []
    for line in lines:
        run_id = pinned_run_id(line.experiment)
        if run_id is None:
            continue
        entry = _entry(line.experiment.tags[BASELINE_TAG], line.experiment.name)
        pinned = PinnedBaseline(
            eval_type=line.eval_type,
            run_id=run_id,
            actor=entry["actor"] or "",
            reason=entry["reason"] or "",
            timestamp=datetime.fromisoformat(entry["timestamp"] or ""),
        )
        with suppress(NotFoundError):  # it was deleted; its pin is shown without it
            run = ledger.get_run(run_id)
            point = read_point(run, config.eval_type(line.eval_type), confidence=config.confidence)
            pinned = replace(
                pinned,
                pass_rate=None if point is None else point.pass_rate,
                run_timestamp=run.started_at,
                age_seconds=(clock.now() - run.started_at).total_seconds(),
            )
        shown.append(pinned)
    return shown


def _write(
    ledger: RunLedger,
    line: EvalLine,
    point: TrendPoint | None,
    *,
    actor: str,
    reason: str,
    clock: Clock,
) -> PinnedBaseline:
    """Write the history first and then the pin, so that no pin is without history."""
    if not reason.strip():
        raise InvalidInputError("A baseline is pinned or unpinned for a reason; give one.")
    when = clock.now()
    pinned = PinnedBaseline(
        eval_type=line.eval_type,
        run_id=None if point is None else point.run_id,
        actor=actor,
        reason=reason,
        timestamp=when,
        pass_rate=None if point is None else point.pass_rate,
        run_timestamp=None if point is None else point.timestamp,
    )
    entry = {
        "run_id": pinned.run_id,
        "actor": actor,
        "reason": reason,
        "timestamp": when.isoformat(),
    }
    text = json.dumps(entry, ensure_ascii=False)
    number = 1 + sum(key.startswith(f"{BASELINE_TAG}.") for key in line.experiment.tags)
    ledger.set_experiment_tag(line.experiment.id, f"{BASELINE_TAG}.{number:06d}.{new_id()}", text)
    ledger.set_experiment_tag(line.experiment.id, BASELINE_TAG, text)
    return pinned


def _entry(text: str, experiment: str) -> dict[str, str | None]:
    try:
        entry = json.loads(text)
        return {key: entry[key] for key in ("run_id", "actor", "reason", "timestamp")}
    except (ValueError, TypeError, KeyError) as error:
        raise LedgerError(
            f"The tag {BASELINE_TAG} of the experiment {experiment!r} is not what Assay writes; "
            "pin the baseline again to repair it."
        ) from error


def _state(point: TrendPoint | None) -> str:
    if point is None:
        return "still running"
    return point.eval_status.value if point.pass_rate is not None else "without a pass rate"
