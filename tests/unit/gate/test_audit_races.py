"""Two promoters at once: one wins, the other is told, and no order of their calls leaves a gap."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from greenlet import greenlet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.core.errors import ConflictError
from assay.gate.promotion import Promotion
from assay.kit.processes import ProcessMark
from tests.unit.gate.audits import assert_no_gap, chain_of, promote, watched
from tests.unit.gate.builders import Machine


WITHDREW_AND_ENDED = [1 if turn in {4, 10, 14, 15, 17, 20, 21, 25, 32} else 0 for turn in range(40)]
"""One sees the other's intent, and asks for its process after that withdrew and ended."""


class Race:
    """Two promoters whose every call waits for its turn; a schedule says who is next.

    Each is a process that ends with its promotion, and to ask for a process is a call too.

    A schedule is tried, the choices it leaves open are taken as "the first", and from what was
    chosen the next schedule is derived, until all were tried.
    """

    def __init__(self, versions: tuple[int, int], *, ids: tuple[str, str]) -> None:
        self.machine = Machine()
        self.ledger, self.watcher = watched(self.machine)
        self.results: list[object] = [None, None]
        self.asleep = [False, False]
        self.ledger.on_call = lambda _method: self._pause()
        self.ledger.on_return = lambda _method: self.watcher.look()
        self.main = greenlet.getcurrent()
        self.promoters = [
            greenlet(lambda: self._run(0, versions[0], ids[0])),
            greenlet(lambda: self._run(1, versions[1], ids[1])),
        ]

    def _pause(self) -> None:
        if greenlet.getcurrent() is not self.main:
            self.main.switch()

    def _sleep(self, who: int) -> None:
        self.machine.clock.advance(0.05)
        self.asleep[who] = True
        self.main.switch()

    def _run(self, who: int, version: int, identity: str) -> None:
        process = self.machine.process(
            sleep=lambda _seconds: self._sleep(who), make_id=lambda: identity
        )
        around = replace(process, is_running=self._is_running)
        try:
            self.results[who] = promote(self.ledger, version, around)
        except ConflictError as refusal:
            self.results[who] = refusal
        self.machine.dead.add(around.process.pid)

    def _is_running(self, mark: ProcessMark) -> bool:
        self._pause()
        return mark.pid not in self.machine.dead

    def play(self, schedule: list[int], *, switches: int) -> list[tuple[int, int]]:
        """Follow a schedule and return every choice made, with how many there were."""
        choices: list[tuple[int, int]] = []
        last, left = None, switches
        while True:
            ready = [who for who in (0, 1) if not self.promoters[who].dead]
            if not ready:
                return choices
            awake = [who for who in ready if not self.asleep[who]] or ready
            if last in awake and left == 0:
                awake = [last]
            elif last in awake:
                awake.sort(key=lambda who: who != last)
            wished = schedule[len(choices)] if len(choices) < len(schedule) else 0
            place = min(wished, len(awake) - 1)
            choices.append((place, len(awake)))
            chosen = awake[place]
            left -= last in awake and chosen != last
            self.asleep = [False, False]
            last = chosen
            self.promoters[chosen].switch()


def _all_races(versions: tuple[int, int], *, ids: tuple[str, str], switches: int) -> Iterator[Race]:
    schedule: list[int] | None = []
    while schedule is not None:
        race = Race(versions, ids=ids)
        choices = race.play(schedule, switches=switches)
        race.ledger.on_call = lambda _method: None
        yield race
        while choices and choices[-1][0] + 1 >= choices[-1][1]:
            choices.pop()
        schedule = [place for place, _ in choices]
        if choices:
            schedule[-1] += 1
        else:
            schedule = None


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")], ids=["first-lower", "second-lower"])
@pytest.mark.parametrize("versions", [(2, 3), (2, 2)], ids=["other", "same"])
def test_two_promoters_never_both_win_unnoticed_in_any_order_of_their_calls(versions, ids):
    """Every order of the calls with up to two switches away from one that could go on."""
    tried = 0
    for race in _all_races(versions, ids=ids, switches=2):
        tried += 1
        assert_no_gap(race.ledger, race.watcher.moves)
        won = [result for result in race.results if isinstance(result, Promotion)]
        assert won, "somebody always wins"
        assert len(chain_of(race.ledger).done) == sum(result.executed for result in won)
        for result in race.results:
            assert isinstance(result, Promotion | ConflictError)
    assert tried > 100


@settings(max_examples=40, deadline=None)
@given(schedule=st.lists(st.integers(0, 1), max_size=40), same=st.booleans(), lower=st.booleans())
@example(schedule=WITHDREW_AND_ENDED, same=False, lower=True)
def test_two_promoters_leave_no_gap_in_any_order_however_often_they_alternate(
    schedule, same, lower
):
    ids = ("a", "b") if lower else ("b", "a")
    race = Race((2, 2) if same else (2, 3), ids=ids)
    race.play(schedule, switches=1000)
    race.ledger.on_call = lambda _method: None

    assert_no_gap(race.ledger, race.watcher.moves)
    assert any(isinstance(result, Promotion) for result in race.results)
