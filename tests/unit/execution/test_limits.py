"""Budget and cancellation by themselves."""

from decimal import Decimal

from assay.core.costs import NO_COST, Cost, CostSource
from assay.execution import Budget, Cancellation


def test_a_cancellation_tells_whoever_listens_also_late_ones() -> None:
    heard: list[str] = []
    cancellation = Cancellation()
    leave = cancellation.listen(lambda: heard.append("early"))
    left = cancellation.listen(lambda: heard.append("left"))
    left()
    cancellation.cancel("why")
    cancellation.listen(lambda: heard.append("late"))
    leave()
    assert (heard, cancellation.cancelled, cancellation.reason) == (["early", "late"], True, "why")


def test_a_spent_budget_says_what_it_does_not_know() -> None:
    budget = Budget(Decimal("0.2"), spent_usd=Decimal("0.1"))
    before = budget.exhausted
    budget.charge(NO_COST)
    budget.charge(Cost(Decimal("0.1"), CostSource.BILLED))
    assert (before, budget.exhausted) == (False, True)
    assert budget.describe() == (
        "the budget of 0.2 USD is spent (0.2 USD); the cost of 1 items is unknown and not counted"
    )
