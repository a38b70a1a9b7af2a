"""Comparing single values."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.bench.matchers.specs import (
    DateMatcher,
    ExactMatcher,
    FuzzyMatcher,
    NormalizedMatcher,
    NumericMatcher,
    ValueMatcherSpec,
)
from assay.bench.matchers.values import compare, normalized, read_date


SPECS: list[ValueMatcherSpec] = [
    ExactMatcher(kind="exact"),
    NormalizedMatcher(kind="normalized"),
    NumericMatcher(kind="numeric"),
    NumericMatcher(kind="numeric", tolerance=Decimal("0.5"), relative_tolerance=Decimal("0.01")),
    DateMatcher(kind="date", tolerance_days=1),
    FuzzyMatcher(kind="fuzzy", threshold=0.8),
    FuzzyMatcher(kind="fuzzy", threshold=0.8, method="token_sort"),
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.floats(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(SPECS), JSON_VALUES, JSON_VALUES)
def test_every_comparison_is_symmetric(spec: ValueMatcherSpec, left: Any, right: Any) -> None:
    assert compare(spec, left, right) == compare(spec, right, left)


@given(st.sampled_from(SPECS), JSON_VALUES)
def test_everything_agrees_with_itself(spec: ValueMatcherSpec, value: Any) -> None:
    agreement = compare(spec, value, value)

    assert agreement.agrees
    assert agreement.similarity == 1


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalized(text) == normalized(normalized(text))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (" Paris ", "Paris", True), ("paris", "Paris", False), (1, 1.0, True), (1, True, False),
        ([1, "a"], [1.0, "a"], True), ([1], [1, 2], False), ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"b": 1}, False), (None, None, True), (None, "", False), ("1", 1, False),
    ],
)  # fmt: skip
def test_exact_compares_values_not_their_spelling(left: Any, right: Any, equal: bool) -> None:
    assert equal == compare(SPECS[0], left, right).agrees


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("  “Hello,  WORLD!” ", "hello, world", True), ("STRASSE", "straße", True),
        ("ﬁne", "fine", True), ("a b", "ab", False), ("!?", "!?", True), ("!", "?", False),
        ("-5", "5", False), (".5", "5", False), ("-$5", "$5", False), ("- item", "item", True),
    ],
)  # fmt: skip
def test_normalized_looks_through_case_space_and_edges(left: str, right: str, equal: bool) -> None:
    assert equal == compare(SPECS[1], left, right).agrees


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("$1,234.00", "1234", True), ("18", 18, True), ("18.0", "18", True), ("18", "18.01", False),
        ("$5", "€5", False), ("$5", "5 dollars", True), ("5 apples", "5 apple", True), ("5 km", "5 miles", False),
        ("5 km", "5", True), ("abc", "ABC", True), ("abc", "5", False), ("1.8 billion", "1.8", False),
        ("1/2", "1/2", True), ("10²", "102", False),  (True, 1, False), ("0.30", 0.3, True),
    ],
)  # fmt: skip
def test_numeric_compares_numbers_and_else_text(left: Any, right: Any, equal: bool) -> None:
    assert equal == compare(SPECS[2], left, right).agrees


@pytest.mark.parametrize(
    ("tolerance", "relative", "left", "right", "equal"),
    [
        ("0.01", "0", "3.14", "3.15", True), ("0.01", "0", "3.14", "3.1500001", False),
        ("0", "0.1", "100", "110", True), ("0", "0.1", "110", "100", True),
        ("0", "0.1", "100", "112", False), ("0", "0", "0.1", "0.10000000000000001", False),
    ],
)  # fmt: skip
def test_tolerances_are_exact_decimals(
    tolerance: str, relative: str, left: str, right: str, equal: bool
) -> None:
    spec = NumericMatcher(
        kind="numeric", tolerance=Decimal(tolerance), relative_tolerance=Decimal(relative)
    )

    assert equal == compare(spec, left, right).agrees


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(0, 50), st.integers(0, 50))
def test_a_wider_tolerance_never_takes_agreement_away(a: int, b: int, one: int, more: int) -> None:
    narrow = NumericMatcher(kind="numeric", tolerance=Decimal(one))
    wide = NumericMatcher(kind="numeric", tolerance=Decimal(one + more))

    assert compare(wide, a, b).agrees or not compare(narrow, a, b).agrees


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-06", "2025-01-06"), ("2025-01-06T09:30:00Z", "2025-01-06"),
        ("January 6, 2025", "2025-01-06"), ("6 Jan 2025", "2025-01-06"), ("06.01.2025", "None"),
        ("03/04/2025", "None"), ("tomorrow", "None"),
    ],
)  # fmt: skip
def test_dates_are_read_where_everybody_reads_them_alike(text: str, expected: str) -> None:
    assert expected == str(read_date(text))


def test_a_given_format_and_tolerance_decide_dates() -> None:
    spec = DateMatcher(kind="date", tolerance_days=1, formats=("%d.%m.%Y",))

    assert compare(spec, "06.01.2025", "2025-01-07").agrees
    assert not compare(spec, "06.01.2025", "2025-01-08").agrees
    assert compare(spec, "Next week", "next week").agrees
    assert not compare(spec, 5, "2025-01-07").agrees


def test_fuzzy_keeps_the_similarity_below_its_threshold() -> None:
    agreement = compare(SPECS[5], "kitten", "sitting")

    assert not agreement.agrees
    assert 0.5 < agreement.similarity < 0.8
    assert compare(
        FuzzyMatcher(kind="fuzzy", method="token_set"), "fix the login", "the login fix"
    ).agrees
