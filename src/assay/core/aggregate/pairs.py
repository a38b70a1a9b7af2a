"""Pairing: one metric of two runs over the datapoints that both scored."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.core.aggregate.columns import MetricColumn
from assay.core.aggregate.rules import MetricRule


Groups = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class MetricPairs:
    """One metric of two runs, datapoint by datapoint.

    ``old`` and ``new`` hold one value per datapoint, the mean over its repeats;
    ``old_repeats`` and ``new_repeats`` the single values behind each.
    """

    old_column: MetricColumn
    new_column: MetricColumn
    rule: MetricRule
    ids: Sequence[str]
    old: Sequence[float]
    new: Sequence[float]
    old_repeats: Sequence[Sequence[float]]
    new_repeats: Sequence[Sequence[float]]

    @property
    def boolean(self) -> bool:
        """Whether both sides are verdicts."""
        return self.old_column.boolean and self.new_column.boolean

    @property
    def repeated(self) -> bool:
        """Whether some datapoint has more than one value on a side."""
        return len(self.ids) < max(_total(self.old_repeats), _total(self.new_repeats))


def pair_metric(
    old_column: MetricColumn,
    new_column: MetricColumn,
    *,
    common: Sequence[str],
    old_groups: Groups,
    new_groups: Groups,
    rule: MetricRule,
) -> MetricPairs:
    """Pair two columns of one metric over the ``common`` datapoints scored on both sides."""
    ids: list[str] = []
    old_repeats: list[list[float]] = []
    new_repeats: list[list[float]] = []
    old_values, new_values = old_column.values, new_column.values
    for datapoint_id in common:
        old = [v for i in old_groups[datapoint_id] if (v := old_values[i]) is not None]
        new = [v for i in new_groups[datapoint_id] if (v := new_values[i]) is not None]
        if old and new:
            ids.append(datapoint_id)
            old_repeats.append(old)
            new_repeats.append(new)
    return MetricPairs(
        old_column=old_column,
        new_column=new_column,
        rule=rule,
        ids=ids,
        old=[_mean(values) for values in old_repeats],
        new=[_mean(values) for values in new_repeats],
        old_repeats=old_repeats,
        new_repeats=new_repeats,
    )


def _mean(values: Sequence[float]) -> float:
    if len(values) == 1:
        return values[0]
    return math.fsum(value / len(values) for value in values)


def _total(groups: Sequence[Sequence[float]]) -> int:
    return sum(len(values) for values in groups)
