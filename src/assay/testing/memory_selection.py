"""Which runs and results a filter selects, for the store in memory."""

import json

from assay.core.external_ids import OFFLINE_DATASET_KEY
from assay.core.ports import LatencySort, ResultFilter, RunFilter
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.testing.memory_rules import holds


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
    if result.output is None:
        return holds(search, result.key.datapoint_id, result.error or "")
    text = json.dumps(result.output, ensure_ascii=False, separators=(",", ":"))
    inside = json.dumps(search, ensure_ascii=False)[1:-1]
    return holds(search, result.key.datapoint_id, text, result.error or "") or holds(inside, text)


def is_selected(result: ItemResult, where: ResultFilter) -> bool:
    """Return whether a result is one that ``where`` selects."""
    return (
        where.status in {None, result.status}
        and (where.passed is None or result.passed is where.passed)
        and (where.datapoint_ids is None or result.key.datapoint_id in where.datapoint_ids)
        and result_holds(result, where.search)
    )


def by_latency(results: list[ItemResult], sort: LatencySort | None) -> list[ItemResult]:
    """Return results in the order asked for; one without a latency is last, whichever way."""
    if sort is None:
        return results
    sign = -1 if sort.startswith("-") else 1

    def place(result: ItemResult) -> tuple[bool, float]:
        latency = result.latency_seconds
        return (True, 0.0) if latency is None else (False, sign * latency)

    return sorted(results, key=place)
