"""Where an item stands in its run when no stored dataset says so.

Our own SDK tells each item's place in the dataset that it has before it.
A client that names its datapoints when it creates the run has said their order. Without
that, items that were read out of events stand by the time they began, whatever order the
events came in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from assay.core.projection import PROJECTED_KEY
from assay.core.results import ItemResult


DATAPOINTS_KEY: Final = "datapoint_ids"
"""In a run's metadata: the ids of its datapoints, in the order of the client's dataset."""

FIRST_START: Final = 2**40
"""The least place by start: greater than any place in a dataset."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def told_order(metadata: Mapping[str, Any]) -> dict[str, int]:
    """Return the place of each datapoint that a run's metadata names; the first naming counts."""
    told = metadata.get(DATAPOINTS_KEY)
    if not isinstance(told, list):
        return {}
    return {name: place for place, name in reversed(list(enumerate(told))) if isinstance(name, str)}


def places_of(
    batch: Sequence[ItemResult],
    known: Mapping[str, int],
    *,
    stored_dataset: bool,
    look_up: Callable[[Sequence[str]], tuple[Mapping[str, int], int]],
    highest: Callable[[], int],
) -> dict[str, int]:
    """Return the position in a run of each datapoint of a batch, and of those known.

    That is its place in the run's dataset, else the one that came with the item, else in the
    datapoints that the client named, else, after those, the time it began, else in order of
    arrival.

    Args:
        batch: The items that arrive.
        known: The places of those datapoints of the batch that have an item already.
        stored_dataset: Whether the run is over a dataset that is stored.
        look_up: Finds places by id in that dataset, or in the datapoints that the client
            named; returns them with the size of either.
        highest: Returns the highest place taken so far, -1 if there is none.
    """
    starts = _starts(batch)
    places = {each: _earlier(place, starts.get(each)) for each, place in known.items()}
    if not stored_dataset:
        places = _own_places(batch) | places
    unplaced = _unplaced(batch, places)
    if not unplaced:
        return places
    found, size = look_up(unplaced)
    places.update(found)
    unplaced = _unplaced(batch, places)
    if unplaced:
        first_free = max(size, highest() + 1)
        for place, each in enumerate(unplaced, start=first_free):
            places[each] = starts.get(each, place)
    return places


def _unplaced(batch: Iterable[ItemResult], places: Mapping[str, int]) -> list[str]:
    ids = dict.fromkeys(item.key.datapoint_id for item in batch)
    return [each for each in ids if each not in places]


def _own_places(items: Iterable[ItemResult]) -> dict[str, int]:
    """Return the place of each datapoint whose items tell it."""
    return {item.key.datapoint_id: item.position for item in items if item.position is not None}


def _start_place(item: ItemResult) -> int | None:
    """Return the microsecond since 1970 at which an item that was read out of events began.

    None for an item that a client stored itself, and for one that tells no start.
    """
    if item.metadata.get(PROJECTED_KEY) is not True or item.started_at is None:
        return None
    return max(FIRST_START, (item.started_at - _EPOCH) // _MICROSECOND)


def _starts(batch: Iterable[ItemResult]) -> dict[str, int]:
    """Return the earliest start of each datapoint that is placed by the time it began."""
    starts: dict[str, int] = {}
    for item in batch:
        place = _start_place(item)
        if place is not None:
            starts[item.key.datapoint_id] = min(place, starts.get(item.key.datapoint_id, place))
    return starts


def _earlier(place: int, start: int | None) -> int:
    """Return where a known item stands now that it is known to have begun at ``start``."""
    return place if start is None or place < FIRST_START else min(place, start)
