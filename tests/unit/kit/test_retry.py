"""Trying again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.retry import Retrier, RetryPolicy
from assay.testing.manual_clock import ManualClock


class Flaky:
    """Fails as often as it is told, taking a second each time."""

    def __init__(self, failures: int, clock: ManualClock) -> None:
        self._failures = failures
        self._clock = clock
        self.tries: list[int] = []

    async def __call__(self, number: int) -> str:
        self.tries.append(number)
        self._clock.advance(1.0)
        if number <= self._failures:
            raise OSError(f"try {number}")
        return "done"


def retrier(
    clock: ManualClock, policy: RetryPolicy, *, asked: float | None = None, chance: float = 1.0
) -> Retrier:
    return Retrier(
        policy,
        worth=lambda error: isinstance(error, OSError),
        asked_wait=lambda _: asked,
        clock=clock,
        sleep=clock.sleep,
        chance=lambda: chance,
    )


async def test_it_tries_again_with_doubling_waits_until_it_works() -> None:
    clock = ManualClock()
    flaky = Flaky(3, clock)
    assert await retrier(clock, RetryPolicy(retries=3)).call(flaky) == "done"
    assert (flaky.tries, clock.slept) == ([1, 2, 3, 4], [0.5, 1.0, 2.0])


async def test_after_the_last_retry_the_last_error_is_raised_unchanged() -> None:
    clock = ManualClock()
    with pytest.raises(OSError, match="try 3"):
        await retrier(clock, RetryPolicy(retries=2)).call(Flaky(9, clock))


async def test_without_retries_one_try_is_all() -> None:
    clock = ManualClock()
    with pytest.raises(OSError, match="try 1"):
        await retrier(clock, RetryPolicy(retries=0)).call(Flaky(9, clock))


async def test_what_is_not_worth_it_is_not_tried_again() -> None:
    clock = ManualClock()
    tries = 0

    async def attempt(number: int) -> None:
        nonlocal tries
        tries = number
        raise ValueError("wrong for good")

    with pytest.raises(ValueError, match="for good"):
        await retrier(clock, RetryPolicy(retries=3)).call(attempt)
    assert tries == 1


async def test_what_the_other_side_asks_is_waited_for() -> None:
    clock = ManualClock()
    await retrier(clock, RetryPolicy(retries=3), asked=7.0).call(Flaky(1, clock))
    assert clock.slept == [7.0]


async def test_no_retry_starts_after_the_deadline() -> None:
    clock = ManualClock()
    flaky = Flaky(9, clock)
    policy = RetryPolicy(retries=9, deadline_seconds=5.0)
    with pytest.raises(OSError, match="try 3"):
        await retrier(clock, policy).call(flaky)
    assert clock.monotonic() <= 5.0


@given(st.integers(1, 60), st.none() | st.floats(0, 100), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_the_cap(
    retry: int, asked: float | None, chance: float
) -> None:
    policy = RetryPolicy()
    wait = policy.wait_seconds(retry=retry, asked=asked, chance=chance)
    least = asked if asked is not None else 0.0
    assert least <= wait <= max(least, policy.longest_wait_seconds)
