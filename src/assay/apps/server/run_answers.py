"""What the runs' routes answer: aggregates of the stored results."""

from collections.abc import Sequence
from typing import Any

from assay.apps.server.context import AppContext
from assay.core.aggregate import (
    ScoredRun,
    compare_runs,
    parse_function,
    run_result,
    run_summary,
)
from assay.core.runs import Run
from assay.core.wire.runs import RunListEntry, RunSummary, run_object


def result_of(context: AppContext, run: Run, *, function: str) -> dict[str, Any]:
    """Return the result object of a run."""
    scores = context.scores.scores_of(context.store, run)
    return run_result(run, scores, function=parse_function(function))


def comparison_of(context: AppContext, new: Run, *, old: Run, function: str) -> dict[str, Any]:
    """Return the comparison of two runs."""
    return compare_runs(
        ScoredRun(new, context.scores.scores_of(context.store, new)),
        ScoredRun(old, context.scores.scores_of(context.store, old)),
        function=parse_function(function),
    )


def list_entries(context: AppContext, runs: Sequence[Run], *, function: str) -> list[RunListEntry]:
    """Return the runs with their headlines, in their order."""
    return [_entry(context, run, function) for run in runs]


def metric_names(entries: Sequence[RunListEntry]) -> list[str]:
    """Return the names of all metrics of the entries, sorted."""
    names = {name for entry in entries if entry.summary for name in entry.summary.metrics}
    return sorted(names)


def _entry(context: AppContext, run: Run, function: str) -> RunListEntry:
    return RunListEntry(**run_object(run).model_dump(), summary=_summary(context, run, function))


def _summary(context: AppContext, run: Run, function: str) -> RunSummary:
    """Return a run's headline; that of an ended run is kept, durably, until the run changes."""
    place = f"summary:{run.id}:{run.updated_at.isoformat()}:{function}"
    if run.status.ended:
        kept = context.store.get_response(place)
        if kept is not None:
            return RunSummary.model_validate(kept)
    scores = context.scores.scores_of(context.store, run)
    summary = run_summary(run, scores, function=parse_function(function))
    if run.status.ended:
        context.store.put_response(place, summary)
    return RunSummary.model_validate(summary)
