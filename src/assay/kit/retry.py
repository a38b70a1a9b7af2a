"""Trying again: one helper, capped and jittered, with time, sleep and chance as parameters."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep


if TYPE_CHECKING:
    import tenacity


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again and how long to wait before.

    The wait before retry ``n`` (from 1) is uniform in [0, min(``longest_wait_seconds``,
    ``first_wait_seconds`` × 2^(n-1))], so-called full jitter (Brooker, "Exponential
    backoff and jitter", AWS Architecture Blog, 2015), or what the other side asked for
    if that is more. No retry starts after ``deadline_seconds`` from the first try.

    Attributes:
        retries: Tries after the first, at least 0.
        deadline_seconds: For all tries and waits together, or None.
    """

    retries: int = 3
    deadline_seconds: float | None = None
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0

    def wait_seconds(self, *, retry: int, asked: float | None, chance: float) -> float:
        """Return the wait before retry ``retry`` (from 1); ``chance`` is in [0, 1)."""
        cap = min(self.longest_wait_seconds, self.first_wait_seconds * 2.0 ** (retry - 1))
        return max(asked if asked is not None else 0.0, cap * chance)


@dataclass(frozen=True, slots=True)
class Retrier:
    """Carries out a policy.

    Attributes:
        worth: Whether an error is worth another try.
        asked_wait: How many seconds the other side asked to wait, or None.
    """

    policy: RetryPolicy
    worth: Callable[[BaseException], bool]
    asked_wait: Callable[[BaseException], float | None] = lambda _error: None
    clock: Clock = SYSTEM_CLOCK
    sleep: AsyncSleep = sleep
    chance: Callable[[], float] = random.random

    async def call(self, attempt: Callable[[int], Awaitable[T]]) -> T:
        """Call ``attempt`` with its number (from 1) until it returns or no retry is due.

        Raises:
            Exception: The error of the last try, unchanged.
        """
        started = self.clock.monotonic()
        try:
            return await attempt(1)
        except Exception as error:
            if self.policy.retries == 0 or not self.worth(error):
                raise
            return await self._again(attempt, first=error, started=started)

    async def _again(
        self, attempt: Callable[[int], Awaitable[T]], *, first: Exception, started: float
    ) -> T:
        import tenacity  # only who has to try again pays for it

        number = 0

        async def step() -> T:
            nonlocal number
            number += 1
            if number == 1:
                raise first
            return await attempt(number)

        return await tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self.worth),
            wait=self._wait_seconds,
            stop=partial(self._is_over, started=started),
            sleep=self.sleep,
            reraise=True,
        )(step)

    def _wait_seconds(self, state: "tenacity.RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = self.asked_wait(error) if error is not None else None
        return self.policy.wait_seconds(
            retry=state.attempt_number, asked=asked, chance=self.chance()
        )

    def _is_over(self, state: "tenacity.RetryCallState", *, started: float) -> bool:
        if state.attempt_number > self.policy.retries:
            return True
        if self.policy.deadline_seconds is None:
            return False
        elapsed = self.clock.monotonic() - started
        return elapsed + state.upcoming_sleep > self.policy.deadline_seconds
