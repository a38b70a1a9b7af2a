"""Composite metrics: the weighted mean of several metrics, item by item.

A composite is a column like any other, so that it is aggregated, compared and tested for
significance as they are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core.aggregate.columns import MetricColumn, RunScores


def with_composites(scores: RunScores, configuration: Mapping[str, Any]) -> RunScores:
    """Return ``scores`` with a column for each of ``configuration["composites"]``.

    An entry is ``{name: {"weights": {metric: weight}}}`` with weights of at least 0. An
    item's value is the sum of weight times value over the sum of weights, over the
    metrics that apply to it: weights 3 and 1 on the values 1 and 0 give 0.75. An item on
    which one of them ended in an error has none. Unreadable entries are passed over, and
    a metric of that name that an evaluator gave stands.
    """
    composites = configuration.get("composites")
    if not isinstance(composites, Mapping):
        return scores
    columns = {column.name: column for column in scores.metrics}
    added = [
        _column(name, parts, length=len(scores))
        for name, entry in composites.items()
        if name not in columns and (parts := _parts(entry, columns))
    ]
    return replace(scores, metrics=(*scores.metrics, *added)) if added else scores


def _parts(entry: object, columns: Mapping[str, MetricColumn]) -> list[tuple[float, MetricColumn]]:
    weights = entry.get("weights") if isinstance(entry, Mapping) else None
    if not isinstance(weights, Mapping):
        return []
    return [
        (float(weight), columns[name])
        for name, weight in weights.items()
        if name in columns and _usable(weight)
    ]


def _usable(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return False
    return math.isfinite(weight) and weight > 0


def _column(name: str, parts: Sequence[tuple[float, MetricColumn]], *, length: int) -> MetricColumn:
    broken = {index for _, column in parts for index in column.errors}
    values = [None if index in broken else _mean(parts, index) for index in range(length)]
    return MetricColumn(name=name, values=values, passed=[None] * length, metric_type="COMPOSITE")


def _mean(parts: Sequence[tuple[float, MetricColumn]], index: int) -> float | None:
    known = [
        (weight, value) for weight, column in parts if (value := column.values[index]) is not None
    ]
    if not known:
        return None
    total = math.fsum(weight for weight, _ in known)
    return math.fsum(weight / total * value for weight, value in known)
