"""Pacing: at most so many units per minute, spread evenly; time and sleep are parameters."""

from dataclasses import dataclass, field

from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep


@dataclass(slots=True)
class Pace:
    """Spreads units (requests, tokens) evenly over time, for tasks of one event loop.

    After a quiet time up to ``burst_seconds`` worth of units pass at once. Places are
    given in the order of asking; nobody overtakes.

    Attributes:
        per_minute: Units per minute, above 0, or None for no limit.
        burst_seconds: How much unused time is kept for later, at least 0.
    """

    per_minute: float | None
    burst_seconds: float = 1.0
    clock: Clock = SYSTEM_CLOCK
    sleep: AsyncSleep = sleep
    _free_at: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Refuse a rate that lets nothing through."""
        if self.per_minute is not None and not self.per_minute > 0:
            raise ValueError(f"A rate of {self.per_minute} per minute lets nothing through.")

    async def take(self, units: float = 1.0) -> None:
        """Wait until ``units`` (at least 0) may pass and count them."""
        wait = self.charge(units)
        if wait > 0:
            await self.sleep(wait)

    def charge(self, units: float) -> float:
        """Count ``units`` now and return how many seconds their sender has to wait.

        What became known only afterwards (tokens of a reply) is charged without
        waiting: it makes the next ones wait.
        """
        if self.per_minute is None:
            return 0.0
        now = self.clock.monotonic()
        oldest = now - self.burst_seconds
        start = oldest if self._free_at is None else max(self._free_at, oldest)
        self._free_at = start + units * 60.0 / self.per_minute
        return max(0.0, start - now)
