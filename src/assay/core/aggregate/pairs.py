"""Pairing: one metric of two runs over the datapoints that both scored."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import cast

from assay.core.aggregate.judging import group_items
from assay.core.aggregate.rules import MetricRule
from assay.core.score_columns import MetricColumn, RunScores, gaps


Repeats = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class MetricPairs:
    """One metric of two runs, datapoint by datapoint.

    ``old`` and ``new`` hold one value per datapoint, the mean over its repeats.
    ``repeats`` holds the single values behind them (old, new), or is None where each
    datapoint has one value on either side.
    """

    old_column: MetricColumn
    new_column: MetricColumn
    rule: MetricRule
    ids: Sequence[str]
    old: Sequence[float]
    new: Sequence[float]
    repeats: tuple[Repeats, Repeats] | None = None

    @property
    def boolean(self) -> bool:
        """Whether both sides are verdicts."""
        return self.old_column.boolean and self.new_column.boolean

    def all_values(self) -> tuple[list[float], list[float]]:
        """Return every single value of either side, old first."""
        if self.repeats is None:
            return list(self.old), list(self.new)
        old, new = self.repeats
        return list(chain.from_iterable(old)), list(chain.from_iterable(new))


@dataclass(frozen=True, slots=True)
class CommonItems:
    """The common datapoints of two runs and where their items are on either side.

    ``old`` and ``new`` hold one item index per datapoint; ``repeats`` all of them, or is
    None where no datapoint has more than one.
    """

    ids: Sequence[str]
    old: Sequence[int]
    new: Sequence[int]
    repeats: tuple[Sequence[Sequence[int]], Sequence[Sequence[int]]] | None = None


def common_items(old: RunScores, new: RunScores) -> CommonItems:
    """Match two runs by datapoint, in the order of the new one."""
    if old.datapoint_ids == new.datapoint_ids and len(set(new.datapoint_ids)) == len(new):
        every = range(len(new))
        return CommonItems(list(new.datapoint_ids), every, every)
    old_first, new_first = _first_positions(old), _first_positions(new)
    ids = [datapoint_id for datapoint_id in new_first if datapoint_id in old_first]
    old_indices = [old_first[datapoint_id] for datapoint_id in ids]
    new_indices = [new_first[datapoint_id] for datapoint_id in ids]
    if len(old_first) == len(old) and len(new_first) == len(new):
        return CommonItems(ids, old_indices, new_indices)
    old_groups, new_groups = group_items(old), group_items(new)
    repeats = (
        [old_groups[datapoint_id] for datapoint_id in ids],
        [new_groups[datapoint_id] for datapoint_id in ids],
    )
    return CommonItems(ids, old_indices, new_indices, repeats)


def _first_positions(scores: RunScores) -> dict[str, int]:
    """Return the index of each datapoint's first item, in order of appearance."""
    ids = scores.datapoint_ids
    positions = dict(zip(ids, range(len(ids)), strict=True))
    if len(positions) < len(ids):
        for index in range(len(ids) - 1, -1, -1):
            positions[ids[index]] = index
    return positions


def pair_metric(
    old: MetricColumn, new: MetricColumn, *, common: CommonItems, rule: MetricRule
) -> MetricPairs:
    """Pair two columns of one metric over the common datapoints scored on both sides."""
    if common.repeats is None:
        return _pair_single(old, new, common=common, rule=rule)
    return _pair_repeated(old, new, common=common, rule=rule)


def _pair_single(
    old: MetricColumn, new: MetricColumn, *, common: CommonItems, rule: MetricRule
) -> MetricPairs:
    (before, missing), (after, lacking) = _at(old, common.old), _at(new, common.new)
    if not missing and not lacking:
        numbers = cast("tuple[Sequence[float], Sequence[float]]", (before, after))
        return MetricPairs(old, new, rule, common.ids, *numbers)
    both = bytearray(b"\1") * len(common.ids)
    for index in chain(missing, lacking):
        both[index] = False
    kept = (list(compress(before, both)), list(compress(after, both)))
    ids = list(compress(common.ids, both))
    return MetricPairs(old, new, rule, ids, *cast("tuple[list[float], list[float]]", kept))


def _pair_repeated(
    old: MetricColumn, new: MetricColumn, *, common: CommonItems, rule: MetricRule
) -> MetricPairs:
    ids: list[str] = []
    before: list[list[float]] = []
    after: list[list[float]] = []
    groups = common.repeats or ((), ())
    for datapoint_id, i, j in zip(common.ids, *groups, strict=True):
        a, b = _present(old.values, i), _present(new.values, j)
        if a and b:
            ids.append(datapoint_id)
            before.append(a)
            after.append(b)
    return MetricPairs(
        old,
        new,
        rule,
        ids,
        [_mean(values) for values in before],
        [_mean(values) for values in after],
        (before, after),
    )


def _at(
    column: MetricColumn, indices: Sequence[int]
) -> tuple[Sequence[float | None], Sequence[int]]:
    """Return the values of some items, and where among them there is none."""
    if isinstance(indices, range) and indices == range(len(column.values)):
        return column.values, column.gaps
    values = [column.values[index] for index in indices]
    return values, list(gaps(values))


def _present(values: Sequence[float | None], indices: Sequence[int]) -> list[float]:
    return [value for index in indices if (value := values[index]) is not None]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(value / len(values) for value in values)
