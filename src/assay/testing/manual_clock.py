"""A clock that moves only when told, and a sleep that moves it."""

import asyncio
from datetime import UTC, datetime, timedelta


class ManualClock:
    """A ``Clock`` for tests; ``sleep`` returns at once, moves the time and is remembered."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the aware UTC wall time."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Pass ``seconds`` in no time, giving way to other tasks once."""
        self.slept.append(seconds)
        self._elapsed += seconds
        await asyncio.sleep(0)
