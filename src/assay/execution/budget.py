"""A hard limit on money, shared by all executions that spend it."""

import threading
from decimal import Decimal

from assay.core.costs import Cost


class Budget:
    """Counts exact costs and says when the limit is reached; safe across threads and loops.

    It is asked before each start. Items in flight finish, so that what is spent may pass
    the limit by at most what they cost. A cost nobody knows is counted as unknown, never
    guessed.
    """

    def __init__(
        self, limit_usd: Decimal | None = None, *, spent_usd: Decimal = Decimal(0)
    ) -> None:
        """Take the limit (None for none) and what was spent before, as on a resume."""
        self.limit_usd = limit_usd
        self._spent_usd = spent_usd
        self._unknown = 0
        self._lock = threading.Lock()

    @property
    def spent_usd(self) -> Decimal:
        """The sum of all known costs, exactly."""
        with self._lock:
            return self._spent_usd

    @property
    def unknown_costs(self) -> int:
        """How many charged costs were unknown."""
        with self._lock:
            return self._unknown

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be started."""
        return self.limit_usd is not None and self.spent_usd >= self.limit_usd

    def charge(self, cost: Cost) -> None:
        """Count one cost."""
        with self._lock:
            if cost.amount_usd is None:
                self._unknown += 1
            else:
                self._spent_usd += cost.amount_usd

    def describe(self) -> str:
        """Say how much of the limit is spent, for people."""
        text = f"the budget of {self.limit_usd} USD is spent ({self.spent_usd} USD)"
        if self.unknown_costs:
            text += f"; the cost of {self.unknown_costs} items is unknown and not counted"
        return text
