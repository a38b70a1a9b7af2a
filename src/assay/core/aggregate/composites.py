"""Composite metrics: the weighted mean of several metrics, item by item.

A composite is a column like any other, so that it is aggregated, compared and tested for
significance as they are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core.composites import WeightedMean
from assay.core.score_columns import MetricColumn, RunScores


def with_composites(scores: RunScores, configuration: Mapping[str, Any]) -> RunScores:
    """Return ``scores`` with a column for each of ``configuration["composites"]``.

    An entry is ``{name: {"weights": {metric: weight}}}`` with weights of at least 0. An
    item's value is the sum of weight times value over the sum of weights: weights 3 and 1
    on the values 1 and 0 give 0.75. An item on which one of the metrics has no value has
    none, for an absent part is no zero, and leaving it out would compare unlike things.
    A metric is named as everywhere: ``exact`` is the candidate's own, ``exact|judge`` that
    of the event ``judge``. A name alone also means another event's metric if it is the only
    one of that name. Entries that cannot be read, or that name no metric or one of several,
    are passed over, and a metric that an evaluator gave stands.
    """
    composites = configuration.get("composites")
    if not isinstance(composites, Mapping):
        return scores
    columns, given = _named(scores.metrics), {column.name for column in scores.metrics}
    added = [
        _column(name, mean, columns)
        for name, entry in composites.items()
        if name not in given and (mean := _weights(entry, columns)) is not None
    ]
    return replace(scores, metrics=(*scores.metrics, *added)) if added else scores


def _named(metrics: Sequence[MetricColumn]) -> dict[str, MetricColumn]:
    """Return the columns by all that names exactly one of them."""
    by_name: dict[str, list[MetricColumn]] = {}
    for column in metrics:
        by_name.setdefault(column.name, []).append(column)
    alone = {name: found[0] for name, found in by_name.items() if len(found) == 1}
    return alone | {column.key: column for column in metrics}


def _weights(entry: object, columns: Mapping[str, MetricColumn]) -> WeightedMean | None:
    weights = entry.get("weights") if isinstance(entry, Mapping) else None
    if not isinstance(weights, Mapping):
        return None
    mean = WeightedMean({name: weight for name, weight in weights.items() if _usable(weight)})
    return mean if mean.names and all(name in columns for name in mean.names) else None


def _usable(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return False
    return math.isfinite(weight) and weight > 0


def _column(name: str, mean: WeightedMean, columns: Mapping[str, MetricColumn]) -> MetricColumn:
    parts = zip(*(columns[part].values for part in mean.names), strict=True)
    values = [mean.of(row) for row in parts]
    return MetricColumn(
        name=name, values=values, passed=[None] * len(values), metric_type="COMPOSITE"
    )
