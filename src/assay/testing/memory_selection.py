"""Which runs and results a filter selects, for the store in memory."""

import json

from assay.core.external_ids import OFFLINE_DATASET_KEY
from assay.core.ports import RunFilter
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
    """Return whether a result's id or output contains a text."""
    if result.output is None:
        return holds(search, result.key.datapoint_id)
    text = json.dumps(result.output, ensure_ascii=False, separators=(",", ":"))
    inside = json.dumps(search, ensure_ascii=False)[1:-1]
    return holds(search, result.key.datapoint_id, text) or holds(inside, text)
