"""The one entry: an answer, its gold and a matcher in, an outcome out."""

from typing import Any

from assay.bench.matchers.lists import match_intervals, match_set
from assay.bench.matchers.outcome import MatchOutcome
from assay.bench.matchers.records import match_records
from assay.bench.matchers.specs import (
    IntervalMatcher,
    MatcherSpec,
    RecordMatcher,
    SetMatcher,
    ValueMatcherSpec,
)
from assay.bench.matchers.values import as_text, compare


_SHOWN = 200
"""Characters of a value that are kept for people to read."""


def match(spec: MatcherSpec, answer: Any, gold: Any) -> MatchOutcome:
    """Compare one answer with its gold.

    Raises:
        UnusableGoldError: If gold is not of the kind that the matcher compares.
        UnusableAnswerError: If the answer is not.
    """
    if isinstance(spec, SetMatcher):
        return match_set(spec, answer, gold)
    if isinstance(spec, IntervalMatcher):
        return match_intervals(spec, answer, gold)
    if isinstance(spec, RecordMatcher):
        return match_records(spec, answer, gold)
    return _match_value(spec, answer, gold)


def _match_value(spec: ValueMatcherSpec, answer: Any, gold: Any) -> MatchOutcome:
    agreement = compare(spec, answer, gold)
    shown, expected = _shown(answer), _shown(gold)
    return MatchOutcome(
        value=agreement.similarity,
        passed=agreement.agrees,
        reason=None if agreement.agrees else f"expected {expected}, got {shown}",
        details={"answer": shown, "expected": expected},
    )


def _shown(value: Any) -> str:
    text = as_text(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
