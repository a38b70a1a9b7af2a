"""Where an item stands in its run when no stored dataset says so.

Our own SDK tells each item's place in the dataset that it has before it.
A client that names its datapoints when it creates the run has said their order. Without
that, items that were read out of events stand by the time they began, whatever order the
events came in.
"""

from collections.abc import Iterable, Mapping
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


def own_places(items: Iterable[ItemResult]) -> dict[str, int]:
    """Return the place of each datapoint whose items tell it."""
    return {item.key.datapoint_id: item.position for item in items if item.position is not None}


def start_place(item: ItemResult) -> int | None:
    """Return the microsecond since 1970 at which an item that was read out of events began.

    None for an item that a client stored itself, and for one that tells no start.
    """
    if item.metadata.get(PROJECTED_KEY) is not True or item.started_at is None:
        return None
    return max(FIRST_START, (item.started_at - _EPOCH) // _MICROSECOND)
