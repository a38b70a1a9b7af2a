"""Composite metrics: the weighted mean of several metrics, item by item.

A composite is a column like any other, so that it is aggregated, compared and tested for
significance as they are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core.score_columns import MetricColumn, RunScores


def with_composites(scores: RunScores, configuration: Mapping[str, Any]) -> RunScores:
    """Return ``scores`` with a column for each of ``configuration["composites"]``.

    An entry is ``{name: {"weights": {metric: weight}}}`` with weights of at least 0. An
    item's value is the sum of weight times value over the sum of weights: weights 3 and 1
    on the values 1 and 0 give 0.75. An item on which one of the metrics has no value has
    none, for an absent part is no zero, and leaving it out would compare unlike things.
    Unreadable entries are passed over, and a metric that an evaluator gave stands.
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
    usable = {name: float(weight) for name, weight in weights.items() if _usable(weight)}
    if any(name not in columns for name in usable):
        return []
    return [(weight, columns[name]) for name, weight in usable.items()]


def _usable(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return False
    return math.isfinite(weight) and weight > 0


def _column(name: str, parts: Sequence[tuple[float, MetricColumn]], *, length: int) -> MetricColumn:
    values = [_mean(parts, index) for index in range(length)]
    return MetricColumn(name=name, values=values, passed=[None] * length, metric_type="COMPOSITE")


def _mean(parts: Sequence[tuple[float, MetricColumn]], index: int) -> float | None:
    total = math.fsum(weight for weight, _ in parts)
    terms: list[float] = []
    for weight, column in parts:
        value = column.values[index]
        if value is None:
            return None
        terms.append(weight / total * value)
    return math.fsum(terms)
