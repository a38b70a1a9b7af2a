"""A hard limit on model calls and their cost, and the account of what was spent."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from assay.core.chat import ChatReply
from assay.core.errors import AssayError
from assay.execution.budget import Budget


class BudgetSpentError(AssayError):
    """A call was not made, for the limit is reached."""

    code = "budget_spent"


@dataclass(frozen=True, slots=True)
class CallUsage:
    """What calls came to.

    Attributes:
        calls: Made, answered or not; replies from a cache are none.
        cached: Replies that came from a cache, at no cost.
        input_tokens: As far as providers said.
        output_tokens: As far as providers said.
        cost_usd: The sum of all known costs.
        unknown_costs: Replies whose cost nobody knows; they are in no sum.
    """

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    unknown_costs: int = 0

    @classmethod
    def read(cls, stored: object) -> "CallUsage":
        """Return what ``wire`` made, or nothing spent where it cannot be read."""
        if not isinstance(stored, Mapping):
            return cls()
        try:
            counts = {name: int(stored.get(name, 0)) for name in _COUNTS}
            return cls(**counts, cost_usd=Decimal(str(stored.get("cost_usd", 0))))
        except (TypeError, ValueError, InvalidOperation):
            return cls()

    @property
    def spent(self) -> bool:
        """Whether anything was asked at all."""
        return self.calls > 0 or self.cached > 0

    def __add__(self, other: "CallUsage") -> "CallUsage":
        """Return both together."""
        return CallUsage(*(getattr(self, name) + getattr(other, name) for name in _FIELDS))

    def __sub__(self, before: "CallUsage") -> "CallUsage":
        """Return what came to it since ``before``."""
        return CallUsage(*(getattr(self, name) - getattr(before, name) for name in _FIELDS))

    def wire(self) -> dict[str, Any]:
        """Return it as JSON; the cost as text, for it is exact."""
        return {name: getattr(self, name) for name in _COUNTS} | {"cost_usd": str(self.cost_usd)}

    def describe(self) -> str:
        """Say it in one line, for people."""
        parts = [f"{self.calls} calls"]
        if self.cached:
            parts.append(f"{self.cached} replies from the cache")
        if self.input_tokens or self.output_tokens:
            parts.append(f"{self.input_tokens} tokens in, {self.output_tokens} out")
        parts.append(f"{self.cost_usd.normalize():f} USD")
        if self.unknown_costs:
            parts.append(f"the cost of {self.unknown_costs} is unknown")
        return ", ".join(parts)


_FIELDS = tuple(entry.name for entry in fields(CallUsage))
_COUNTS = ("calls", "cached", "input_tokens", "output_tokens", "unknown_costs")


class CallBudget:
    """Counts calls, tokens and cost, and refuses calls beyond a limit; safe across threads.

    Calls in flight finish, so that the cost may pass its limit by what they cost; the
    number of calls never passes its own.
    """

    def __init__(
        self,
        *,
        limit_usd: Decimal | None = None,
        max_calls: int | None = None,
        before: CallUsage | None = None,
    ) -> None:
        """Take the limits (None for none) and what was spent before, as on a resume."""
        self._before = CallUsage() if before is None else before
        self._money = Budget(limit_usd, spent_usd=self._before.cost_usd)
        self._max_calls = max_calls
        self._calls = self._before.calls
        self._cached = 0
        self._tokens = [0, 0]
        self._lock = threading.Lock()

    @property
    def exhausted(self) -> bool:
        """Whether no further call may be made."""
        with self._lock:
            all_made = self._max_calls is not None and self._calls >= self._max_calls
        return all_made or self._money.exhausted

    def take(self) -> None:
        """Count one call that is about to be made.

        Raises:
            BudgetSpentError: If no further call may be made.
        """
        if self._money.exhausted:
            raise BudgetSpentError(f"Not asked: {self._money.describe()}.")
        with self._lock:
            if self._max_calls is not None and self._calls >= self._max_calls:
                raise BudgetSpentError(f"Not asked: all {self._max_calls} calls are made.")
            self._calls += 1

    def charge(self, reply: ChatReply) -> None:
        """Count what a reply cost; one from a cache cost nothing."""
        with self._lock:
            if reply.cached:
                self._cached += 1
                return
            self._tokens[0] += reply.usage.input_tokens or 0
            self._tokens[1] += reply.usage.output_tokens or 0
        self._money.charge(reply.cost)

    def usage(self) -> CallUsage:
        """Return what was spent so far, before included."""
        before = self._before
        with self._lock:
            return CallUsage(
                calls=self._calls,
                cached=before.cached + self._cached,
                input_tokens=before.input_tokens + self._tokens[0],
                output_tokens=before.output_tokens + self._tokens[1],
                cost_usd=self._money.spent_usd,
                unknown_costs=before.unknown_costs + self._money.unknown_costs,
            )
