"""The items of a run by their verdict and by what a metric gave them.

An item has a verdict when its candidate answered and something judged it: the item's own
verdict, one of an evaluator, a passing range, or an evaluator that raised. A bare number
or a label judges nothing, so an item with nothing else has no verdict: it neither passed
nor failed. (A metric's own list of passed datapoints is the wire protocol's: there, having
a score passes where there is no range.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.judging import JudgedRun, judge
from assay.core.results import ItemStatus
from assay.core.runs import Run
from assay.core.score_columns import RunScores


class ItemVerdict(StrEnum):
    """What became of an item; each item is exactly one of these."""

    PASSED = "passed"
    NOT_PASSED = "not_passed"
    NO_VERDICT = "no_verdict"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class ItemsWanted:
    """Which items are wanted, and in which order; None means any.

    Attributes:
        verdict: What became of them.
        status: How the candidate ended.
        metric: Only items with a number of this metric; with its event as ``name|event``.
        low: The least number, inclusive.
        high: The greatest number, inclusive.
        sort: A metric to sort by, with a leading ``-`` for the greatest first; items
            without a number come last. None keeps the order of the dataset.
    """

    verdict: ItemVerdict | None = None
    status: ItemStatus | None = None
    metric: str | None = None
    low: float | None = None
    high: float | None = None
    sort: str | None = None


def item_verdicts(run: Run, scores: RunScores) -> list[ItemVerdict]:
    """Return what became of each item."""
    judged = judge(run, with_composites(scores, run.configuration))
    return verdicts_of(judged)


def verdicts_of(judged: JudgedRun) -> list[ItemVerdict]:
    """Return what became of each item of a judged run."""
    answered = {status: status.answered for status in set(judged.scores.statuses)}
    return [
        ItemVerdict.ERRORED
        if not answered[status]
        else ItemVerdict.NOT_PASSED
        if not passed
        else ItemVerdict.PASSED
        if known
        else ItemVerdict.NO_VERDICT
        for status, passed, known in zip(
            judged.scores.statuses, judged.items, _decided(judged), strict=True
        )
    ]


def find_items(run: Run, scores: RunScores, wanted: ItemsWanted) -> list[int]:
    """Return the indices of the items that are wanted, in the order asked for."""
    scores = with_composites(scores, run.configuration)
    found: list[int] = list(range(len(scores)))
    if wanted.status is not None:
        found = [index for index in found if scores.statuses[index] is wanted.status]
    if wanted.verdict is not None:
        verdicts = verdicts_of(judge(run, scores))
        found = [index for index in found if verdicts[index] is wanted.verdict]
    if wanted.metric is not None:
        values = _values(scores, wanted.metric)
        found = [index for index in found if _within(values[index], wanted)]
    if wanted.sort is None:
        return found
    return _sorted(found, _values(scores, wanted.sort.removeprefix("-")), wanted.sort)


def _decided(judged: JudgedRun) -> list[bool]:
    """Return for each item whether anything judged it."""
    scores = judged.scores
    decided = [
        passed is not None or status is not ItemStatus.SCORED
        for passed, status in zip(scores.passed, scores.statuses, strict=True)
    ]
    for column in scores.metrics:
        rule = judged.rule(column.name)
        if all(decided):
            break
        if rule.asserts:
            evidence: Sequence[object] = column.values if rule.bounded else column.passed
            decided = [
                known or each is not None for known, each in zip(decided, evidence, strict=True)
            ]
        for index in column.errors:
            decided[index] = True
    return decided


def _values(scores: RunScores, metric: str) -> Sequence[float | None]:
    for column in scores.metrics:
        if column.key == metric:
            return column.values
    return [None] * len(scores)


def _within(value: float | None, wanted: ItemsWanted) -> bool:
    if value is None:
        return False
    return (wanted.low is None or value >= wanted.low) and (
        wanted.high is None or value <= wanted.high
    )


def _sorted(found: list[int], values: Sequence[float | None], sort: str) -> list[int]:
    sign = -1 if sort.startswith("-") else 1

    def place(index: int) -> tuple[bool, float]:
        value = values[index]
        return value is None, 0.0 if value is None else sign * value

    return sorted(found, key=place)
