"""Comparing two single values. Every comparison is symmetric."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_never

from assay.bench.matchers.outcome import Agreement
from assay.bench.matchers.specs import (
    DateMatcher,
    ExactMatcher,
    FuzzyMatcher,
    NormalizedMatcher,
    NumericMatcher,
    ValueMatcherSpec,
)
from assay.bench.numbers import Quantity, read_quantity
from assay.kit.canonical_json import canonical_json


_LEADS_NUMBER = re.compile(r"-?[.]?\d|-\s?\W?\d")
"""A sign or a point that belongs to the number after it: -5 is not 5."""

_WRITTEN_DATES = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%Y/%m/%d")


def compare(spec: ValueMatcherSpec, left: Any, right: Any) -> Agreement:
    """Compare two JSON values under ``spec``."""
    match spec:
        case ExactMatcher():
            return Agreement.of(equal_values(left, right))
        case NormalizedMatcher():
            return Agreement.of(normalized(left) == normalized(right))
        case NumericMatcher():
            return Agreement.of(_equal_numbers(spec, left, right))
        case DateMatcher():
            return Agreement.of(_equal_dates(spec, left, right))
        case FuzzyMatcher():
            return _similar(spec, left, right)
        case _:
            assert_never(spec)


def equal_values(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same; 1 is 1.0, True is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left.strip() == right.strip()
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal_values, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal_values(left[k], right[k]) for k in left)
    return bool(left == right)


def as_text(value: Any) -> str:
    """Return text as it is and any other JSON value in its canonical form."""
    return value if isinstance(value, str) else canonical_json(value)


def normalized(value: Any) -> str:
    """Return the text that the normalised comparison sees.

    Worked value: ``"  “Hello,  WORLD!” "`` becomes ``"hello, world"``.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", as_text(value)).casefold())
    spaced = " ".join(folded.split())
    bare = _strip_punctuation(spaced)
    return bare or spaced


def _strip_punctuation(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]) and not _LEADS_NUMBER.match(text, start):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_edge(character: str) -> bool:
    return character.isspace() or unicodedata.category(character).startswith("P")


def _equal_numbers(spec: NumericMatcher, left: Any, right: Any) -> bool:
    first, second = read_quantity(left), read_quantity(right)
    if first is None and second is None:
        return normalized(left) == normalized(right)
    if first is None or second is None:
        return False
    if first.unit is not None and second.unit is not None and first.unit != second.unit:
        return False
    return first.value == second.value or _within_tolerance(spec, first, second)


def _within_tolerance(spec: NumericMatcher, first: Quantity, second: Quantity) -> bool:
    """|a - b| <= max(tolerance, relative_tolerance · max(|a|, |b|))."""
    allowed = max(
        spec.tolerance, spec.relative_tolerance * max(abs(first.value), abs(second.value))
    )
    return allowed > 0 and abs(first.value - second.value) <= allowed


def _equal_dates(spec: DateMatcher, left: Any, right: Any) -> bool:
    first, second = read_date(left, formats=spec.formats), read_date(right, formats=spec.formats)
    if first is None or second is None:
        return normalized(left) == normalized(right)
    return abs((first - second).days) <= spec.tolerance_days


def read_date(value: Any, *, formats: tuple[str, ...] = ()) -> date | None:
    """Read ISO 8601, a written-out month or one of ``formats``; None for anything else.

    ``03/04/2025`` is read only under a given format: it is two dates to two readers.
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for pattern in (*formats, *_WRITTEN_DATES):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  # a calendar date has no zone
        except ValueError:
            continue
    return None


def _similar(spec: FuzzyMatcher, left: Any, right: Any) -> Agreement:
    from rapidfuzz import fuzz

    methods = {
        "ratio": fuzz.ratio,
        "token_sort": fuzz.token_sort_ratio,
        "token_set": fuzz.token_set_ratio,
    }
    percent = methods[spec.method](normalized(left), normalized(right))
    similarity = float(Decimal(str(percent)) / 100)
    return Agreement(similarity, similarity >= spec.threshold)
