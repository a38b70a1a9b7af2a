"""Which runs and results a filter selects, and in which order, for the store in memory."""

import json
from collections.abc import Iterable, Mapping, Sequence

from assay.core.external_ids import OFFLINE_DATASET_KEY
from assay.core.item_order import own_places, start_place, told_order
from assay.core.ports import RunFilter
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.testing.memory_rules import holds


def in_order(
    stored: Sequence[ItemResult],
    run: Run | None,
    *,
    points: Iterable[str],
    arrived: Mapping[str, int],
) -> list[ItemResult]:
    """Return a run's results as they stand, given its dataset and the order of arrival."""
    unstored = run is None or run.dataset_id is None
    told = told_order(run.metadata) if run is not None and unstored else {}
    own = own_places(stored) if unstored else {}
    order = {each: place for place, each in enumerate(points)} or told | own
    starts = _starts(stored)

    def place(result: ItemResult) -> tuple[int, int, int]:
        datapoint = result.key.datapoint_id
        start = 0 if datapoint in order else starts.get(datapoint, 0)
        last = len(order) + arrived[datapoint]
        return start, order.get(datapoint, last), result.key.repeat

    return sorted(stored, key=place)


def _starts(stored: Sequence[ItemResult]) -> dict[str, int]:
    """Return when each datapoint began of those that are placed by it."""
    starts: dict[str, int] = {}
    for result in stored:
        start = start_place(result)
        if start is not None:
            starts[result.key.datapoint_id] = min(start, starts.get(result.key.datapoint_id, start))
    return starts


def is_wanted(run: Run, where: RunFilter) -> bool:
    """Return whether a filter selects a run."""
    return (
        where.kind in {None, run.kind}
        and where.status in {None, run.status}
        and _over(run, where.dataset_id)
        and (where.since is None or run.created_at >= where.since)
        and (where.until is None or run.created_at <= where.until)
        and (where.dataset_ids is None or run.dataset_id in where.dataset_ids)
        and where.evaluation_id in {None, run.evaluation_id}
        and (where.ids is None or run.id in where.ids)
    )


def _over(run: Run, dataset_id: str | None) -> bool:
    offline = run.metadata.get(OFFLINE_DATASET_KEY) if run.dataset_id is None else None
    return dataset_id in {None, run.dataset_id, offline if isinstance(offline, str) else None}


def result_holds(result: ItemResult, search: str | None) -> bool:
    """Return whether a result's id, output or error contains a text."""
    text = json.dumps(result.output, ensure_ascii=False, separators=(",", ":"))
    inside = json.dumps(search, ensure_ascii=False)[1:-1]
    return holds(search, result.key.datapoint_id, text, result.error or "") or (
        result.output is not None and holds(inside, text)
    )


def latency_order(result: ItemResult, *, descending: bool) -> tuple[bool, float]:
    """Return what sorts by latency; a result without one comes last, whichever way."""
    latency = result.latency_seconds
    if latency is None:
        return True, 0.0
    return False, -latency if descending else latency
