"""Prices."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.costs import NO_COST, CostSource, Usage
from assay.llm.pricing import Price, price


def test_a_known_model_is_priced_exactly_with_the_data_named() -> None:
    cost = price("openai/gpt-4o", Usage(4827, 238))
    assert (Decimal("0.0144475"), CostSource.PRICED) == (cost.amount_usd, cost.source)
    assert (cost.price_date or "").startswith("genai-prices ")


def test_cached_input_costs_its_own_price() -> None:
    cost = price("gpt-4o", Usage(1000, 10, cache_read_tokens=100))
    assert Decimal("0.002475") == cost.amount_usd


@pytest.mark.parametrize("usage", [Usage(), Usage(1, None), Usage(None, 1)])
def test_without_tokens_the_cost_is_unknown(usage: Usage) -> None:
    assert price("gpt-4o", usage) == NO_COST


def test_an_unknown_model_or_endpoint_has_an_unknown_cost() -> None:
    assert price("no-such-model", Usage(1, 1)) == NO_COST
    assert price("gpt-4o", Usage(1, 1), endpoint="http://127.0.0.1:9/v1") == NO_COST


def test_a_known_endpoint_says_whose_model_it_is() -> None:
    cost = price("gpt-4o", Usage(1, 1), endpoint="https://api.openai.com/v1")
    assert Decimal("0.0000125") == cost.amount_usd


def test_a_users_price_wins() -> None:
    own = {"gpt-4o": Price(Decimal(1), Decimal(2), Decimal("0.5"))}
    cost = price("gpt-4o", Usage(1_000_000, 1_000_000, cache_read_tokens=400_000), overrides=own)
    assert Decimal("2.8") == cost.amount_usd


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.decimals(0, 100, places=4))
def test_a_users_price_is_linear_in_tokens(tokens: int, more: int, rate: Decimal) -> None:
    own = {"m": Price(rate, rate)}
    parts = [price("m", Usage(n, 0), overrides=own).amount_usd for n in (tokens, more)]
    whole = price("m", Usage(tokens + more, 0), overrides=own).amount_usd
    assert whole == sum(part for part in parts if part is not None)
