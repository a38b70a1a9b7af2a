"""Ranks with ties: models that cannot be told apart from a group's leader share its rank."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


SIGNIFICANCE = 0.05
"""Below this adjusted p-value two models are told apart."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A model to be ranked; ``quality`` is None when it answered nothing."""

    name: str
    run_id: str
    quality: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """A model's rank (1 is best), its position in the table, and whether it ties the leader."""

    rank: int
    position: int
    tied_with_leader: bool


TellsApart = Callable[[str, str], bool]
"""Whether the paired test tells two runs apart; symmetric."""


def rank(contestants: Sequence[Contestant], *, tells_apart: TellsApart) -> dict[str, Place]:
    """Return the place of each run id.

    The best model leads; all that the test does not tell apart from it share its rank.
    The best of the rest leads the next group, whose rank is one more than the number of
    models before it, and so on. Models that answered nothing come last and tie with
    nobody. The order in which contestants are given does not matter.
    """
    waiting = sorted((item for item in contestants if item.quality is not None), key=_order)
    places: dict[str, Place] = {}
    while waiting:
        leader = waiting[0]
        group = [
            item
            for item in waiting
            if item is leader or not tells_apart(leader.run_id, item.run_id)
        ]
        first = len(places) + 1
        for item in group:
            places[item.run_id] = Place(first, len(places) + 1, first == 1)
        waiting = [item for item in waiting if item.run_id not in places]
    silent = sorted((item for item in contestants if item.quality is None), key=_order)
    last = len(places) + 1
    for item in silent:
        places[item.run_id] = Place(last, len(places) + 1, False)
    return places


def _order(item: Contestant) -> tuple[float, str, str]:
    return (-item.quality if item.quality is not None else 0.0, item.name, item.run_id)
