"""Ids, extras and clock."""

import asyncio
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from assay.kit import clock
from assay.kit.errors import MissingExtraError
from assay.kit.extras import require_extra
from assay.kit.ids import IdSeries, _id, new_id


class HeldClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return 0.0


def test_ids_are_version_7_and_sort_by_time():
    held = HeldClock(datetime(2026, 1, 1, tzinfo=UTC))
    first = new_id(clock=held)
    held.time += timedelta(milliseconds=1)
    second = new_id(clock=held)
    assert uuid.UUID(first).version == 7
    assert uuid.UUID(first).variant == uuid.RFC_4122
    assert first < second


def test_ids_of_the_same_moment_differ():
    held = HeldClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert len({new_id(clock=held) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("bit", range(74))
def test_every_random_bit_of_an_id_counts(bit):
    held = HeldClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert _id(held, 0) != _id(held, 1 << bit)
    assert uuid.UUID(_id(held, 1 << bit)).version == 7


def test_a_series_of_ids_holds_each_once_in_the_order_they_were_made():
    held = HeldClock(datetime(2026, 1, 1, tzinfo=UTC))
    series = IdSeries(clock=held)
    made = []
    for _ in range(1000):
        made.append(series.next())
        held.time += timedelta(milliseconds=1)
    assert sorted(made) == made
    assert 1000 == len(set(made))
    assert {7} == {uuid.UUID(one).version for one in made}


def test_a_missing_extra_names_the_command_that_installs_it():
    with pytest.raises(MissingExtraError, match=r"pip install 'assay\[llm\]'"):
        require_extra("llm", "a_module_nobody_has", purpose="Calling hosted models")


def test_an_installed_module_is_returned():
    assert sys.modules["json"] is require_extra("llm", "json", purpose="Nothing")


def test_a_fault_inside_an_extra_is_not_called_missing(tmp_path: object):
    sys.path.insert(0, str(tmp_path))
    try:
        with open(f"{tmp_path}/broken_extra_module.py", "w") as file:  # noqa: PTH123
            file.write("import another_module_nobody_has\n")
        with pytest.raises(ModuleNotFoundError, match="another_module_nobody_has"):
            require_extra("llm", "broken_extra_module", purpose="Nothing")
    finally:
        sys.path.remove(str(tmp_path))


def test_the_system_clock_is_aware_and_monotonic():
    assert clock.SYSTEM_CLOCK.now().tzinfo == UTC
    assert clock.SYSTEM_CLOCK.monotonic() <= clock.SYSTEM_CLOCK.monotonic()


def test_both_sleepers_accept_zero():
    asyncio.run(clock.sleep(0))
    clock.sleep_blocking(0)
