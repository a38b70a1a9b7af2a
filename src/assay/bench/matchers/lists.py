"""Comparing lists item by item: values, intervals and records, matched one to one."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.bench.dotted_paths import PathNotFoundError, parse_path
from assay.bench.matchers.assignment import Edge, best_pairs
from assay.bench.matchers.intervals import Interval, iou, read_interval
from assay.bench.matchers.outcome import (
    Counts,
    MatchOutcome,
    UnusableAnswerError,
    UnusableGoldError,
)
from assay.bench.matchers.specs import IntervalMatcher, NormalizedMatcher, SetMatcher
from assay.bench.matchers.values import compare, normalized


MOST_ITEMS = 1000
"""Items of one answer that are matched; a longer answer is unusable."""


def match_set(spec: SetMatcher, answer: Any, gold: Any) -> MatchOutcome:
    """Match two lists of values; see ``SetMatcher``.

    Raises:
        UnusableGoldError: If gold is no list of such values.
        UnusableAnswerError: If the answer is no list of such values.
    """
    found = _picked(items_of(answer, UnusableAnswerError), spec.path, UnusableAnswerError)
    wanted = _picked(items_of(gold, UnusableGoldError), spec.path, UnusableGoldError)

    if isinstance(spec.item, NormalizedMatcher):
        common = Counter(map(normalized, found)) & Counter(map(normalized, wanted))
        return list_outcome(common.total(), len(found), len(wanted), spec.pass_threshold)

    def similarity(left: Any, right: Any) -> float:
        agreement = compare(spec.item, left, right)
        return agreement.similarity if agreement.agrees else 0.0

    pairs = hits(found, wanted, similarity)
    return list_outcome(len(pairs), len(found), len(wanted), spec.pass_threshold)


def match_intervals(spec: IntervalMatcher, answer: Any, gold: Any) -> MatchOutcome:
    """Match two lists of intervals; see ``IntervalMatcher``.

    Raises:
        UnusableGoldError: If gold is no list of intervals.
        UnusableAnswerError: If the answer is no list of intervals.
    """

    def read(value: Any, error: type[ValueError]) -> list[Interval]:
        return [
            read_interval(item, start=spec.start, end=spec.end, error=error)
            for item in items_of(value, error)
        ]

    found, wanted = read(answer, UnusableAnswerError), read(gold, UnusableGoldError)

    def overlap(left: Interval, right: Interval) -> float:
        share = iou(left, right)
        return share if share >= spec.threshold else 0.0

    pairs = hits(found, wanted, overlap)
    shares = [iou(found[left], wanted[right]) for left, right in pairs]
    mean = math.fsum(shares) / len(shares) if shares else None
    return list_outcome(
        len(pairs), len(found), len(wanted), spec.pass_threshold, extra={"mean_iou": mean}
    )


def items_of(value: Any, error: type[ValueError]) -> list[Any]:
    """Return the items of a list; raise ``error`` for anything else or far too many."""
    if not isinstance(value, list):
        raise error(f"expected a list, found {type(value).__name__}")
    if len(value) > MOST_ITEMS:
        raise error(f"{len(value)} items are more than the {MOST_ITEMS} that are matched")
    return value


def _picked(items: list[Any], path: str | None, error: type[ValueError]) -> list[Any]:
    if path is None:
        return items
    where = parse_path(path)
    try:
        return [where.find(item) for item in items]
    except PathNotFoundError as failure:
        raise error(f"an item has nothing at {path!r}: {failure}") from failure


def hits(
    found: Sequence[Any], wanted: Sequence[Any], similarity: Callable[[Any, Any], float]
) -> list[Edge]:
    """Return as many one-to-one pairs as there can be, the most similar among those.

    ``similarity`` is 0 for a pair that does not match, else at most 1.
    """
    bonus = min(len(found), len(wanted)) + 1.0
    weights = {
        (left, right): bonus + share
        for left, item in enumerate(found)
        for right, other in enumerate(wanted)
        if (share := similarity(item, other)) > 0
    }
    return best_pairs(weights)


def list_outcome(
    hit: int,
    found: int,
    wanted: int,
    pass_threshold: float | None,
    *,
    extra: Mapping[str, Any] | None = None,
) -> MatchOutcome:
    """Return the outcome of ``hit`` matches among ``found`` and ``wanted`` items; F1 scores."""
    counts = Counts(tp=hit, fp=found - hit, fn=wanted - hit)
    return MatchOutcome(
        value=counts.f1,
        passed=passes(counts, counts.f1, pass_threshold),
        reason=None if counts.perfect else describe(counts),
        details={"tp": counts.tp, "fp": counts.fp, "fn": counts.fn, **(extra or {})},
    )


def passes(counts: Counts, value: float | None, threshold: float | None) -> bool:
    """Whether everything matched, or the value reaches the threshold where one is set."""
    if threshold is None or value is None:
        return counts.perfect
    return value >= threshold


def describe(counts: Counts) -> str:
    """Return the counts in words."""
    return f"{counts.tp} matched, {counts.fp} extra, {counts.fn} missing"
