"""Timelines: where each eval type is heading, and what changed on the way."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assay.core.eval_runs import EvalExperiment
from assay.core.ledger import RunLedger
from assay.gate.config import GateConfig
from assay.gate.history import EvalLine, newest_points
from assay.gate.results import Direction, PromptChange, TrendEvent, TrendPoint, TrendSummary


RUNS_OF_DIRECTION = 3


def get_trend_points(
    ledger: RunLedger, experiment: EvalExperiment, *, config: GateConfig, limit: int
) -> list[TrendPoint]:
    """Return the newest ``limit`` points of one experiment, oldest first.

    Runs that are still going are no points. An experiment that belongs to no eval type has
    none.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    eval_type = config.eval_type_of(experiment.name)
    if eval_type is None:
        return []
    line = EvalLine(eval_type, experiment)
    points = newest_points(
        ledger, [line], config=config, first=limit, enough=lambda found: len(found) >= limit
    )
    return points[eval_type][:limit][::-1]


def build_trend_summary(
    points: Sequence[TrendPoint],
    *,
    config: GateConfig,
    eval_type: str | None = None,
    events: Iterable[TrendEvent] = (),
    earlier: Sequence[TrendPoint] = (),
) -> TrendSummary:
    """Summarise the points of one eval type.

    The direction is the sign of the least-squares slope through the pass rates of the last
    three complete runs (two, where there are only two), per run in percentage points. A slope
    of at most ``config.stable_slope_pp`` (1 pp) either way is stable, and so is a line with
    fewer than two complete runs. For rates a, b, c the slope is (c - a) / 2: 0.80, 0.90, 0.84
    rises by 2 pp per run and is improving. Partial and failed runs are points but never
    count for the direction.

    Args:
        points: Oldest first.
        config: For the slope that counts as stable.
        eval_type: Needed only where there are no points.
        events: Promotions and rollbacks of this type's prompts, in any order; those before
            the first point are left out.
        earlier: Points before the first one shown, oldest first; they count for the direction.
    """
    complete = [
        point.pass_rate
        for point in (*earlier, *points)
        if point.can_be_baseline and point.pass_rate is not None
    ]
    slope = slope_pp(complete[-RUNS_OF_DIRECTION:])
    return TrendSummary(
        eval_type=points[0].eval_type if points else eval_type or "",
        points=tuple(points),
        latest_pass_rate=_latest(points),
        trend_direction=_direction(slope, config.stable_slope_pp),
        prompt_changes=tuple(prompt_changes(points)),
        events=tuple(_placed(events, points)),
        slope_pp=slope,
        sparkline=tuple(point.pass_rate for point in points),
    )


def slope_pp(rates: Sequence[float]) -> float | None:
    """Return the least-squares slope per step in percentage points, to 6 decimals.

    ``Σ (i - ī)(y_i - ȳ) / Σ (i - ī)²``. None with fewer than two rates.

    Example:
        >>> slope_pp([0.80, 0.90, 0.84])
        2.0
    """
    if len(rates) < 2:
        return None
    middle = (len(rates) - 1) / 2
    mean = math.fsum(rates) / len(rates)
    rise = math.fsum((i - middle) * (rate - mean) for i, rate in enumerate(rates))
    return round(100 * rise / math.fsum((i - middle) ** 2 for i in range(len(rates))), 6)


def prompt_changes(points: Sequence[TrendPoint]) -> list[PromptChange]:
    """Return where a prompt's version is another than when it was last seen, oldest first.

    The first point changes nothing: what was before it is not known. A prompt that turns up
    later comes from version None.
    """
    changes: list[PromptChange] = []
    seen: dict[str, int | str] = {}
    for place, point in enumerate(points):
        for name, version in sorted(point.prompt_versions.items()):
            if place and seen.get(name) != version:
                changes.append(
                    PromptChange(point.timestamp, point.run_id, name, seen.get(name), version)
                )
            seen[name] = version
    return changes


def _latest(points: Sequence[TrendPoint]) -> float | None:
    complete = [point for point in points if point.can_be_baseline]
    with_rate = [point for point in points if point.can_be_judged]
    chosen = complete or with_rate
    return chosen[-1].pass_rate if chosen else None


def _direction(slope: float | None, stable: float) -> Direction:
    if slope is None or abs(slope) <= stable:
        return Direction.STABLE
    return Direction.IMPROVING if slope > 0 else Direction.DEGRADING


def _placed(events: Iterable[TrendEvent], points: Sequence[TrendPoint]) -> list[TrendEvent]:
    placed: list[TrendEvent] = []
    for event in sorted(events, key=lambda event: event.timestamp):
        if points and event.timestamp >= points[0].timestamp:
            after = (point.run_id for point in points if point.timestamp >= event.timestamp)
            placed.append(replace(event, run_id=next(after, None)))
    return placed
