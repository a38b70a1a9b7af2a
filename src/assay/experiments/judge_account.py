"""What the judges of a run may spend, and what they spent.

The account belongs to a run and travels in the context, so that judges find that of the
run they judge for, also in threads; one that judges for no run has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from assay.core.errors import InvalidInputError
from assay.execution.call_budget import CallBudget, CallUsage


RESULTS_KEY: Final = "judges"
"""Where a run's results tell what its judges spent."""

_ACCOUNT: ContextVar[CallBudget | None] = ContextVar("assay_judge_account", default=None)


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """What all judges of a run together may spend; None is no limit."""

    usd: Decimal | None = None
    calls: int | None = None

    def account(self, before: CallUsage) -> CallBudget:
        """Return an account with these limits on which ``before`` was spent already."""
        return CallBudget(limit_usd=self.usd, max_calls=self.calls, before=before)


def judge_limits(usd: Decimal | float | str | None, calls: int | None) -> JudgeLimits:
    """Return the limits that a user gives.

    Raises:
        InvalidInputError: If one is no limit.
    """
    if calls is not None and (isinstance(calls, bool) or not isinstance(calls, int) or calls < 0):
        raise InvalidInputError(f"judge_calls is {calls!r}; it is a whole number of at least 0.")
    if usd is None:
        return JudgeLimits(calls=calls)
    try:
        amount = None if isinstance(usd, bool) else Decimal(str(usd))
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount < 0:
        raise InvalidInputError(
            f"judge_budget_usd is {usd!r}; it is a number of US dollars of at least 0."
        )
    return JudgeLimits(amount, calls)


@contextmanager
def charged_to(account: CallBudget) -> Iterator[None]:
    """Let judges that are asked in this block spend from ``account``."""
    token = _ACCOUNT.set(account)
    try:
        yield
    finally:
        _ACCOUNT.reset(token)


def current_account() -> CallBudget | None:
    """Return the account of the run that is judged for, or None outside of one."""
    return _ACCOUNT.get()


def take_call() -> None:
    """Count a call that is about to be made.

    Raises:
        BudgetSpentError: If the run's judges may make no further call.
    """
    account = current_account()
    if account is not None:
        account.take()
