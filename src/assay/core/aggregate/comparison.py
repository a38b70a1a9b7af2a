"""Two runs over their common datapoints: what moved, where, and whether it is more than chance.

A datapoint is common when both runs have results for it; a metric is compared over the
common datapoints on which both have a score. Swapping the runs mirrors every difference
and exchanges improved and degraded.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.functions import AggregateFunction, aggregate
from assay.core.aggregate.pairs import MetricPairs, common_items, pair_metric
from assay.core.aggregate.result import event_details, identity, wire_values
from assay.core.aggregate.rules import DEFAULT_RULE, run_rules
from assay.core.aggregate.significance import weigh
from assay.core.runs import Run
from assay.core.score_columns import MetricColumn, RunScores
from assay.core.wire.runs import run_object


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run with its columns."""

    run: Run
    scores: RunScores


def compare_runs(
    new: ScoredRun, old: ScoredRun, *, function: AggregateFunction = AggregateFunction.AVERAGE
) -> dict[str, Any]:
    """Return the JSON mapping of ``GET /runs/{new}/compare-with/{old}``.

    The shape is ``core.wire.RunComparisonBody``. Only metrics that both runs have are
    compared; ``old_only_metrics`` and ``new_only_metrics`` name the others.
    """
    new, old = _composed(new), _composed(old)
    common = common_items(old.scores, new.scores)
    new_names, old_names = _numeric_columns(new.scores), _numeric_columns(old.scores)
    rules = {**run_rules(old.run), **run_rules(new.run)}
    pairs = [
        pair_metric(old_names[key], column, common=common, rule=rules.get(key[0], DEFAULT_RULE))
        for key, column in new_names.items()
        if key in old_names
    ]
    return {
        "metrics": [
            {
                **identity(new.run, pair.new_column),
                **_compare(pair, function),
                "significance": None if evidence is None else evidence.wire(),
            }
            for pair, evidence in zip(pairs, weigh(pairs), strict=True)
        ],
        "commonDatapoints": common.ids,
        "old_only": _only(old.scores, common.ids),
        "new_only": _only(new.scores, common.ids),
        "old_only_metrics": [key[0] for key in old_names if key not in new_names],
        "new_only_metrics": [key[0] for key in new_names if key not in old_names],
        "event_details": _events(new, old),
        "old_run": run_object(old.run).model_dump(mode="json"),
        "new_run": run_object(new.run).model_dump(mode="json"),
    }


def _composed(side: ScoredRun) -> ScoredRun:
    return ScoredRun(side.run, with_composites(side.scores, side.run.configuration))


def _only(scores: RunScores, common: Sequence[str]) -> list[str]:
    """Return the datapoints outside ``common``, in order of appearance."""
    if len(common) == len(scores):
        return []
    known = frozenset(common)
    return list(dict.fromkeys(name for name in scores.datapoint_ids if name not in known))


def _numeric_columns(scores: RunScores) -> dict[tuple[str, str | None], MetricColumn]:
    return {column.identity: column for column in scores.metrics if column.has_values}


def _compare(pairs: MetricPairs, function: AggregateFunction) -> dict[str, Any]:
    improved, degraded, same = _moves(pairs)
    old_values, new_values = pairs.all_values()
    old, new = aggregate(old_values, function), aggregate(new_values, function)
    difference = _difference(old, new)
    return {
        "old_aggregate": old,
        "new_aggregate": new,
        "found_count": len(pairs.ids),
        "improved_count": len(improved),
        "degraded_count": len(degraded),
        "same_count": len(same),
        "improved": improved,
        "degraded": degraded,
        "same": same,
        "old_values": _values(pairs.old_column, pairs.old, pairs=pairs),
        "new_values": _values(pairs.new_column, pairs.new, pairs=pairs),
        "difference": difference,
        "percentage_change": _percent(old, difference),
        "higher_is_better": pairs.rule.higher_is_better,
    }


def _moves(pairs: MetricPairs) -> tuple[list[str], list[str], list[str]]:
    """Return the datapoints that got better, worse and stayed."""
    up = list(compress(pairs.ids, map(operator.gt, pairs.new, pairs.old)))
    down = list(compress(pairs.ids, map(operator.lt, pairs.new, pairs.old)))
    same = list(compress(pairs.ids, map(operator.eq, pairs.new, pairs.old)))
    return (up, down, same) if pairs.rule.higher_is_better else (down, up, same)


def _values(column: MetricColumn, values: Sequence[float], *, pairs: MetricPairs) -> list[float]:
    return wire_values(column, values) if pairs.repeats is None else list(values)


def _difference(old: float | None, new: float | None) -> float | None:
    """Return new minus old; None where one is missing or no float holds it."""
    if old is None or new is None:
        return None
    difference = new - old
    return difference if math.isfinite(difference) else None


def _percent(old: float | None, difference: float | None) -> float | None:
    """Return the change in percent of the old aggregate; None where that is 0 or as good as 0."""
    if old is None or difference is None or old == 0:
        return None
    percent = 100 * difference / abs(old)
    return percent if math.isfinite(percent) else None


def _events(new: ScoredRun, old: ScoredRun) -> list[dict[str, str]]:
    """Return the events of both runs with where they are present: old, new or both."""
    found: dict[tuple[str, str], str] = {}
    for presence, side in (("old", old), ("new", new)):
        for event in event_details(side.run, side.scores):
            key = (event["event_name"], event["event_type"])
            found[key] = "both" if key in found else presence
    return [
        {"event_name": name, "event_type": kind, "presence": presence}
        for (name, kind), presence in found.items()
    ]
