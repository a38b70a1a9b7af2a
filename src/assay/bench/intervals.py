"""Intervals of a run's metrics, where the items of one datapoint belong together."""

import math
from collections.abc import Iterable, Sequence

from assay.core.statistics import Interval, cluster_bootstrap_interval, wilson_interval


Span = tuple[float, float]

SEED = 20_250_101
"""Of every resampling in a report: the same results give the same report."""

_Z_95 = 1.959963984540054


def span(interval: Interval | None) -> Span | None:
    """Return the two ends of an interval."""
    return None if interval is None else (interval.low, interval.high)


def clustered_wilson(cells: Sequence[tuple[int, int]]) -> Span | None:
    """Return the 95 % interval of a pass rate over datapoints with repeats.

    With one answer per datapoint it is Wilson's interval. With repeats it is Wilson's
    formula at the effective number of items ``n = p(1-p) / v``, where ``v`` is the variance
    of the rate between datapoints; never above the number of items, and the number of
    datapoints where ``v`` is 0. Source: Franco, Little, Louis, Slud (2019), J. Survey
    Stat. Methodol. 7:334-364.

    Args:
        cells: Per datapoint (passed, answered), answered at least 1.

    Returns:
        The interval, or None without cells.
    """
    passed, answered = sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)
    if all(cell[1] == 1 for cell in cells):
        return span(wilson_interval(passed, answered))
    return _wilson(passed / answered, _effective_items(cells, passed / answered, answered))


def _effective_items(cells: Sequence[tuple[int, int]], rate: float, answered: int) -> float:
    count = len(cells)
    spread = math.fsum((passed - rate * size) ** 2 for passed, size in cells)
    if count < 2 or spread == 0:
        return float(count)
    variance = spread / answered**2 * count / (count - 1)
    return min(float(answered), rate * (1 - rate) / variance)


def _wilson(rate: float, items: float) -> Span:
    z2 = _Z_95**2
    centre = (rate * items + z2 / 2) / (items + z2)
    half = _Z_95 * math.sqrt(items * rate * (1 - rate) + z2 / 4) / (items + z2)
    return (
        0.0 if rate == 0 else max(0.0, centre - half),
        1.0 if rate == 1 else min(1.0, centre + half),
    )


def share_interval(clusters: Iterable[tuple[int, int]]) -> Span | None:
    """Return the cluster bootstrap interval of Σ part / Σ whole over datapoints.

    Args:
        clusters: Per datapoint (part, whole), whole numbers with 0 <= part <= whole.
    """
    values: list[float] = []
    labels: list[int] = []
    for label, (part, whole) in enumerate(clusters):
        values += [1.0] * part + [0.0] * (whole - part)
        labels += [label] * whole
    return mean_interval(values, labels)


def mean_interval(values: Sequence[float], labels: Sequence[int]) -> Span | None:
    """Return the cluster bootstrap interval of a mean; None with fewer than two clusters."""
    return span(cluster_bootstrap_interval(values, labels, seed=SEED))
