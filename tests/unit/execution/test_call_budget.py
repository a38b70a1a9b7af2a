"""Limits on model calls, and the account of what they came to."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.chat import ChatReply
from assay.core.costs import CACHE_HIT_COST, Cost, CostSource, Usage
from assay.execution.call_budget import BudgetSpentError, CallBudget, CallUsage


counts = st.integers(0, 10**6)
usages = st.builds(
    CallUsage,
    calls=counts,
    cached=counts,
    input_tokens=counts,
    output_tokens=counts,
    cost_usd=st.decimals(0, 1000, places=6),
    unknown_costs=counts,
)


def reply(usd: str | None = "0.01") -> ChatReply:
    cost = Cost(None if usd is None else Decimal(usd), CostSource.BILLED)
    return ChatReply("", "m", usage=Usage(10, 2), cost=cost)


def test_calls_tokens_and_costs_add_up() -> None:
    budget = CallBudget(before=CallUsage(calls=1, cost_usd=Decimal("0.5"), input_tokens=1))
    for answer in (reply(), reply(None)):
        budget.take()
        budget.charge(answer)
    budget.charge(ChatReply("", "m", usage=Usage(10, 2), cost=CACHE_HIT_COST, cached=True))
    usage = budget.usage()
    assert CallUsage(3, 1, 21, 4, Decimal("0.51"), 1) == usage
    assert (
        "3 calls, 1 replies from the cache, 21 tokens in, 4 out, 0.51 USD, the cost of 1 is unknown"
        == usage.describe()
    )


def test_a_limit_of_zero_lets_no_call_pass() -> None:
    with pytest.raises(BudgetSpentError, match="all 0 calls are made"):
        CallBudget(max_calls=0).take()
    with pytest.raises(BudgetSpentError, match="budget of 0 USD is spent"):
        CallBudget(limit_usd=Decimal(0)).take()


def test_no_more_calls_than_allowed_are_made_from_many_threads() -> None:
    budget = CallBudget(max_calls=50)

    def ask(_: int) -> bool:
        try:
            budget.take()
        except BudgetSpentError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert 50 == sum(pool.map(ask, range(200)))
    assert 50 == budget.usage().calls


@given(usages)
def test_a_usage_reads_back_from_its_wire_form(usage: CallUsage) -> None:
    assert usage == CallUsage.read(usage.wire())


@pytest.mark.parametrize("stored", [None, 3, {"calls": "many"}, {"cost_usd": "x"}, {"calls": []}])
def test_what_cannot_be_read_is_nothing_spent(stored: object) -> None:
    assert not CallUsage.read(stored).spent
