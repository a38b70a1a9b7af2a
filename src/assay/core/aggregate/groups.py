"""A comparison split by a field of the datapoints' metadata: where it moved, and where not."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assay.core.aggregate.comparison import ScoredRun
from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.overview import mean_interval
from assay.core.aggregate.rules import DEFAULT_RULE, run_rules


MOST_GROUPS: Final = 100
_MOST_FIELDS: Final = 100
_LONGEST: Final = 200
NOT_GIVEN: Final = "(none)"
"""The group of datapoints whose metadata lacks the field."""


def group_fields(metadata: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the fields that datapoints can be grouped by: those with plain values, sorted."""
    fields = {
        name for each in metadata for name, value in each.items() if _group(value) is not None
    }
    return sorted(fields)[:_MOST_FIELDS]


def compare_groups(
    new: ScoredRun, old: ScoredRun, *, metadata: Mapping[str, Mapping[str, Any]], field: str
) -> list[dict[str, Any]]:
    """Return each metric's change in each group, the largest group first.

    Args:
        new: The new run.
        old: The old run.
        metadata: Of each datapoint.
        field: The field whose values make the groups; at most ``MOST_GROUPS`` are shown.

    Returns:
        Mappings of ``core.wire.MetricGroup``. Repeats of a datapoint count as their mean;
        ``interval`` is the 95 % interval of the mean difference of the pairs.
    """
    rules = {**run_rules(old.run), **run_rules(new.run)}
    before = {metric.key: metric for metric in _means(old)}
    found: list[dict[str, Any]] = []
    for metric in _means(new):
        if metric.key not in before:
            continue
        rule, earlier = rules.get(metric.name, DEFAULT_RULE), before[metric.key].means
        groups: dict[str, list[tuple[float, float]]] = {}
        for datapoint, value in metric.means.items():
            if datapoint in earlier:
                group = _group(metadata.get(datapoint, {}).get(field)) or NOT_GIVEN
                groups.setdefault(group, []).append((earlier[datapoint], value))
        ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))
        found += [
            {"metric": metric.key, "group": name, **_change(pairs, higher=rule.higher_is_better)}
            for name, pairs in ordered[:MOST_GROUPS]
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Means:
    """One metric's mean over the repeats of each datapoint that has a number."""

    key: str
    name: str
    means: Mapping[str, float]


def _group(value: object) -> str | None:
    """Return the group that a value makes, None for one that makes none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str) and str(value):
        return str(value)[:_LONGEST]
    return None


def _means(side: ScoredRun) -> list[_Means]:
    """Return the means of each metric that has some."""
    scores = with_composites(side.scores, side.run.configuration)
    found: list[_Means] = []
    for column in scores.metrics:
        values: dict[str, list[float]] = {}
        for datapoint, value in zip(scores.datapoint_ids, column.values, strict=True):
            if value is not None:
                values.setdefault(datapoint, []).append(value)
        if values:
            means = {datapoint: _mean(repeats) for datapoint, repeats in values.items()}
            found.append(_Means(column.key, column.name, means))
    return found


def _mean(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else math.fsum(v / len(values) for v in values)


def _change(pairs: Sequence[tuple[float, float]], *, higher: bool) -> dict[str, Any]:
    differences = [after - before for before, after in pairs]
    up, down = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    old, new = (_mean([pair[side] for pair in pairs]) for side in (0, 1))
    return {
        "n": len(pairs),
        "old_aggregate": old,
        "new_aggregate": new,
        "difference": new - old,
        "interval": mean_interval(differences, boolean=False),
        "improved_count": up if higher else down,
        "degraded_count": down if higher else up,
        "higher_is_better": higher,
    }
