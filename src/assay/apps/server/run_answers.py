"""What the runs' routes answer: aggregates of the stored results."""

from collections.abc import Sequence
from typing import Any

from assay.core.aggregate import (
    ScoredRun,
    collect_scores,
    compare_runs,
    parse_function,
    run_result,
    run_summary,
)
from assay.core.ports import Store
from assay.core.runs import Run
from assay.core.wire.runs import RunListEntry, RunSummary, run_object


def result_of(store: Store, run: Run, *, function: str) -> dict[str, Any]:
    """Return the result object of a run."""
    scores = collect_scores(store.iter_results(run.id, outputs=False))
    return run_result(run, scores, function=parse_function(function))


def comparison_of(store: Store, new: Run, *, old: Run, function: str) -> dict[str, Any]:
    """Return the comparison of two runs."""
    return compare_runs(
        ScoredRun(new, collect_scores(store.iter_results(new.id, outputs=False))),
        ScoredRun(old, collect_scores(store.iter_results(old.id, outputs=False))),
        function=parse_function(function),
    )


def list_entries(store: Store, runs: Sequence[Run], *, function: str) -> list[RunListEntry]:
    """Return the runs with their headlines, in their order."""
    return [_entry(store, run, function) for run in runs]


def metric_names(entries: Sequence[RunListEntry]) -> list[str]:
    """Return the names of all metrics of the entries, sorted."""
    names = {name for entry in entries if entry.summary for name in entry.summary.metrics}
    return sorted(names)


def _entry(store: Store, run: Run, function: str) -> RunListEntry:
    scores = collect_scores(store.iter_results(run.id, outputs=False))
    summary = run_summary(run, scores, function=parse_function(function))
    return RunListEntry(**run_object(run).model_dump(), summary=RunSummary.model_validate(summary))
