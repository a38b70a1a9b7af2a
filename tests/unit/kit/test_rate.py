"""Pacing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.rate import Pace
from assay.testing.manual_clock import ManualClock


async def test_without_a_limit_nobody_waits() -> None:
    clock = ManualClock()
    pace = Pace(None, clock=clock, sleep=clock.sleep)
    for _ in range(100):
        await pace.take()
    assert clock.slept == []


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50), st.floats(1, 6000))
def test_never_more_units_pass_than_the_rate_and_the_burst_allow(
    gaps: list[float], per_minute: float
) -> None:
    clock = ManualClock()
    pace = Pace(per_minute, burst_seconds=1.0, clock=clock)
    starts: list[float] = []
    for gap in gaps:
        clock.advance(gap)
        starts.append(clock.monotonic() + pace.charge(1))
    for first in range(len(starts)):
        for last in range(first, len(starts)):
            allowed = (starts[last] - starts[first] + 1.0) * per_minute / 60 + 1
            assert last - first + 1 <= allowed + 1e-6


async def test_nobody_waits_longer_than_the_rate_asks() -> None:
    clock = ManualClock()
    clock.advance(1000.0)
    pace = Pace(60, burst_seconds=2.0, clock=clock, sleep=clock.sleep)
    for _ in range(5):
        await pace.take()
    clock.advance(7.0)
    await pace.take(3)
    await pace.take()
    assert [pytest.approx(1.0)] * 3 == clock.slept


async def test_what_is_charged_afterwards_makes_the_next_one_wait() -> None:
    clock = ManualClock()
    pace = Pace(600, burst_seconds=0.0, clock=clock, sleep=clock.sleep)
    await pace.take(0)
    pace.charge(100)
    await pace.take(0)
    assert [pytest.approx(10.0)] == clock.slept


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_lets_nothing_through_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="lets nothing through"):
        Pace(rate)
