"""Numbers as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.bench.numbers import read_quantity


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("18", "18", None),
        ("18.", "18", None),
        ("  $18.00 ", "18.00", "usd"),
        ("-$1,234.50", "-1234.50", "usd"),
        ("$-3", "-3", "usd"),
        ("−3", "-3", None),
        ("+7", "7", None),
        (".5", "0.5", None),
        ("1,234,567", "1234567", None),
        ("12,34,567", "1234567", None),
        ("1 234 567", "1234567", None),
        ("1\u202f234", "1234", None),
        ("1'234", "1234", None),
        ("1_000", "1000", None),
        ("50%", "50", None),
        ("50 percent", "50", None),
        ("18 dollars.", "18", "usd"),
        ("5 km/h", "5", "km/h"),
        ("20 m²", "20", "m²"),
        ("**42**", "42", None),
        ('"42"', "42", None),
        ("18 EUR", "18", "eur"),
        ("€ 18", "18", "eur"),
        ("1.8 billion", "1800000000", None),
        ("6e3", "6000", None),
        ("１８", "18", None),
        (19, "19", None),
        (0.1, "0.1", None),
    ],
)
def test_a_number_is_read_with_its_unit(text: object, value: str, unit: str | None) -> None:
    found = read_quantity(text)

    assert found is not None
    assert (Decimal(value), unit) == (found.value, found.unit)


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "18 or 20", "3,5", "1,23", "1/5", "7/14", "10+3", "1.2.3", "--3", "5k", "$5 USD",
        "$", "NaN", "inf", "10²", "½", "(5)", "1e99999", "9" * 200, "12 34", "2025-01-06", True, None, [1], {"a": 1},
    ],
)  # fmt: skip
def test_anything_else_is_no_number(text: object) -> None:
    assert read_quantity(text) is None


@given(st.integers(-(10**15), 10**15))
def test_thousands_separators_change_nothing(number: int) -> None:
    plain, separated = read_quantity(str(number)), read_quantity(f"{number:,}")

    assert plain is not None
    assert plain == separated
    assert plain.value == number


@given(
    st.decimals(-1_000_000, 1_000_000, places=3), st.sampled_from(["${}", "{} €", "{}.", "{} %"])
)
def test_dress_does_not_change_the_value(number: Decimal, dress: str) -> None:
    found = read_quantity(dress.format(format(number, "f")))

    assert found is not None
    assert number == found.value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_without_an_error(text: str) -> None:
    found = read_quantity(text)

    assert found is None or found.value.is_finite()
