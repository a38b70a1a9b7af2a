"""Two models paired item by item: how they differ, and whether chance explains it.

Pairs are the items both models answered; what was answered but not scored did not pass.
With one answer per datapoint pass and fail are compared by McNemar's mid-p test with
Tango's interval, with repeats by the exact test within datapoints and a bootstrap of
whole datapoints. Where answers are graded rather than passed, mean scores are compared.
"""

import math
import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from assay.bench.intervals import SEED, Span, mean_interval, span
from assay.bench.tally import ABSENT, PASSED, RunTally
from assay.core.statistics import (
    cases_needed,
    cases_needed_mean,
    holm,
    mcnemar,
    paired_bootstrap,
    paired_difference_interval,
    sample_standard_deviation,
    within_case_test,
)


@dataclass(frozen=True, slots=True)
class Paired:
    """One comparison of two runs.

    Attributes:
        difference: Of a minus b on the pairs: pass rates, or mean scores if graded.
        unpaired: Items that only one of the two answered.
        needed: Datapoints that would tell them apart at 80 % power, at this difference.
    """

    a: str
    b: str
    a_only: int
    b_only: int
    both: int
    neither: int
    unpaired: int
    difference: float | None
    interval: Span | None
    p_value: float | None
    test: str
    needed: int | None
    p_value_adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class _Finding:
    difference: float
    interval: Span | None
    p_value: float
    test: str
    needed: int | None


def compare_all(runs: Sequence[tuple[str, RunTally]], *, graded: bool) -> list[Paired]:
    """Compare every two runs, in the order given, and adjust all p-values after Holm."""
    found = [compare_runs(first, second, graded=graded) for first, second in combinations(runs, 2)]
    tested = [position for position, pair in enumerate(found) if pair.p_value is not None]
    adjusted = holm([pair.p_value for pair in found if pair.p_value is not None])
    for position, value in zip(tested, adjusted, strict=True):
        found[position] = replace(found[position], p_value_adjusted=value)
    return found


def compare_runs(
    first: tuple[str, RunTally], second: tuple[str, RunTally], *, graded: bool
) -> Paired:
    """Compare two runs on the items both answered."""
    (a_id, a), (b_id, b) = first, second
    cells = Counter((a.verdict(slot), b.verdict(slot)) for slot in range(len(a.index)))
    table = _Table.of(cells)
    finding = _finding(a, b, table, graded=graded) if table.pairs else None
    return Paired(
        a=a_id,
        b=b_id,
        a_only=table.a_only,
        b_only=table.b_only,
        both=table.both,
        neither=table.neither,
        unpaired=sum(
            count for (one, other), count in cells.items() if (one == ABSENT) != (other == ABSENT)
        ),
        difference=None if finding is None else finding.difference,
        interval=None if finding is None else finding.interval,
        p_value=None if finding is None else finding.p_value,
        test="none: no item was answered by both" if finding is None else finding.test,
        needed=None if finding is None else finding.needed,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    a_only: int
    b_only: int
    both: int
    neither: int

    @classmethod
    def of(cls, cells: Counter[tuple[int, int]]) -> "_Table":
        counts: Counter[tuple[bool, bool]] = Counter()
        for (a, b), count in cells.items():
            if ABSENT not in (a, b):
                counts[a == PASSED, b == PASSED] += count
        return cls(
            counts[True, False], counts[False, True], counts[True, True], counts[False, False]
        )

    @property
    def pairs(self) -> int:
        return self.a_only + self.b_only + self.both + self.neither


def _finding(a: RunTally, b: RunTally, table: _Table, *, graded: bool) -> _Finding | None:
    if graded:
        return _scores(a, b)
    if a.index.repeats > 1:
        return _repeats(a, b, table)
    return _verdicts(table)


def _verdicts(table: _Table) -> _Finding:
    """One answer per datapoint: McNemar's test and Tango's interval."""
    result = mcnemar(table.a_only, table.b_only)
    interval = paired_difference_interval(table.a_only, table.b_only, table.both, table.neither)
    return _Finding(
        difference=(table.a_only - table.b_only) / table.pairs,
        interval=span(interval),
        p_value=result.p_value,
        test=result.test,
        needed=cases_needed(table.a_only / table.pairs, table.b_only / table.pairs),
    )


def _repeats(a: RunTally, b: RunTally, table: _Table) -> _Finding:
    """Repeats: the exact test within datapoints, and a bootstrap of whole datapoints."""
    result = within_case_test(_cases(a, b))
    values: list[float] = []
    labels: list[int] = []
    for label, (one, other) in _paired_slots(a, b):
        values.append(float(one == PASSED) - float(other == PASSED))
        labels.append(label)
    return _Finding(
        difference=(table.a_only - table.b_only) / table.pairs,
        interval=mean_interval(values, labels),
        p_value=result.p_value,
        test=result.test,
        needed=_needed_of(values, labels),
    )


def _paired_slots(a: RunTally, b: RunTally) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the datapoint's number and the two verdicts of each pair."""
    for slot in range(len(a.index)):
        verdicts = a.verdict(slot), b.verdict(slot)
        if ABSENT not in verdicts:
            yield slot // a.index.repeats, verdicts


def _cases(a: RunTally, b: RunTally) -> list[tuple[int, int, int, int]]:
    """Return per datapoint (passed by a, trials, passed by b, trials) over its pairs."""
    passed_a: Counter[int] = Counter()
    passed_b: Counter[int] = Counter()
    trials: Counter[int] = Counter()
    for label, (one, other) in _paired_slots(a, b):
        trials[label] += 1
        passed_a[label] += one == PASSED
        passed_b[label] += other == PASSED
    return [(passed_a[label], size, passed_b[label], size) for label, size in trials.items()]


def _scores(a: RunTally, b: RunTally) -> _Finding | None:
    """Graded answers: the sign-flip test of the mean difference, datapoint by datapoint."""
    first, second, labels = _paired_values(a, b)
    clusters = None if a.index.repeats == 1 else labels
    result = paired_bootstrap(first, second, clusters=clusters, seed=SEED)
    if result is None:
        return None
    differences = list(map(operator.sub, first, second))
    return _Finding(
        difference=result.difference,
        interval=span(result.interval),
        p_value=result.p_value,
        test=f"{result.test} of mean scores",
        needed=_needed_of(differences, labels),
    )


def _paired_values(a: RunTally, b: RunTally) -> tuple[list[float], list[float], list[int]]:
    """Return the values of the slots that both have one for, and their datapoints' numbers."""
    import numpy as np  # loaded where two models are compared, not on import

    size = min(len(a.values), len(b.values))
    first, second = np.array(a.values[:size]), np.array(b.values[:size])
    slots = np.flatnonzero(~(np.isnan(first) | np.isnan(second)))
    labels: list[int] = (slots // a.index.repeats).tolist()
    return first[slots].tolist(), second[slots].tolist(), labels


def _needed_of(differences: Sequence[float], labels: Sequence[int]) -> int | None:
    means: Sequence[float] = differences
    if len(set(labels)) < len(labels):
        grouped: dict[int, list[float]] = {}
        for label, value in zip(labels, differences, strict=True):
            grouped.setdefault(label, []).append(value)
        means = [math.fsum(group) / len(group) for group in grouped.values()]
    deviation = sample_standard_deviation(means)
    if deviation is None:
        return None
    return cases_needed_mean(deviation, math.fsum(means) / len(means))
