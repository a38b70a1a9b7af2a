"""A run at a glance: its metrics with intervals and its verdicts, whatever its size."""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, Final

from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.functions import AggregateFunction, aggregate
from assay.core.aggregate.items import verdicts_of
from assay.core.aggregate.judging import JudgedRun, Verdicts, judge
from assay.core.aggregate.result import identity
from assay.core.runs import Run
from assay.core.score_columns import MetricColumn, RunScores
from assay.core.statistics import sample_standard_deviation, wilson_interval


_MOST_LABELS: Final = 20
_Z: Final = NormalDist().inv_cdf(0.975)


def run_overview(
    run: Run, scores: RunScores, *, function: AggregateFunction = AggregateFunction.AVERAGE
) -> dict[str, Any]:
    """Return the JSON mapping of ``GET /runs/{id}/overview`` (``core.wire.RunOverview``)."""
    judged = judge(run, with_composites(scores, run.configuration))
    columns = list(zip(judged.scores.metrics, judged.verdicts, strict=True))
    return {
        "items": len(judged.scores),
        "missing": 0 if run.planned is None else max(0, run.planned - len(judged.scores)),
        "verdicts": {name.value: n for name, n in Counter(verdicts_of(judged)).items()},
        "metrics": [
            _metric(judged, column, verdicts=verdicts, function=function)
            for column, verdicts in columns
        ],
    }


def mean_interval(values: Sequence[float], *, boolean: bool) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean: Wilson's of verdicts, the normal one of numbers.

    None below two numbers, where no spread can be seen, and of numbers too great for it. The normal interval is
    ``mean ± z·s/sqrt(n)``; of 1, 2, 3, 4, 5 it is [1.614, 4.386].
    """
    if boolean:
        found = wilson_interval(sum(value != 0 for value in values), len(values))
        return None if found is None else (found.low, found.high)
    try:
        deviation = sample_standard_deviation(values)
        if deviation is None:
            return None
        mean, reach = math.fsum(values) / len(values), _Z * deviation / math.sqrt(len(values))
    except OverflowError:
        return None
    ends = mean - reach, mean + reach
    return ends if all(map(math.isfinite, ends)) else None


def _metric(
    judged: JudgedRun, column: MetricColumn, *, verdicts: Verdicts, function: AggregateFunction
) -> dict[str, Any]:
    values = column.numbers
    average = function is AggregateFunction.AVERAGE
    labels = Counter(column.labels.values())
    return {
        **identity(judged.run, column),
        "key": column.key,
        "aggregate": aggregate(values, function) if values else None,
        "interval": mean_interval(values, boolean=column.boolean) if average and values else None,
        "count": len(values),
        "errors": len(column.errors),
        "passed": sum(verdict is True for verdict in verdicts),
        "failed": sum(verdict is False for verdict in verdicts),
        "lowest": min(values, default=None),
        "highest": max(values, default=None),
        "boolean": column.boolean,
        "labels": dict(labels.most_common(_MOST_LABELS)),
        "higher_is_better": judged.rule(column.name).higher_is_better,
    }
