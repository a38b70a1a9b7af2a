"""What the runs' routes answer: aggregates of the stored results."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from assay.apps.server.answer_cache import Answer
from assay.apps.server.bulk import json_text
from assay.apps.server.context import AppContext
from assay.core.aggregate import (
    AggregateFunction,
    ScoredRun,
    compare_runs,
    encode_result,
    parse_function,
    run_summary,
)
from assay.core.errors import AssayError
from assay.core.runs import Run
from assay.core.wire.runs import RunListEntry, RunSummary, run_object


def result_of(context: AppContext, run: Run, *, function: str) -> Answer:
    """Return the result object of a run as JSON text; that of an ended run is kept."""
    wanted = parse_function(function)
    return context.answers.answer(
        _key("result", run, function=function),
        lambda: encode_result(run, context.scores.scores_of(context.store, run), function=wanted),
    )


def prepare(context: AppContext, run: Run) -> None:
    """Make the answer that is asked for first when a run has ended, before anybody asks."""
    with suppress(AssayError):  # whoever asks is told
        result_of(context, run, function=AggregateFunction.AVERAGE)


def comparison_of(context: AppContext, new: Run, *, old: Run, function: str) -> Answer:
    """Return the comparison of two runs as JSON text; that of ended runs is kept."""
    wanted = parse_function(function)

    def make() -> bytes:
        scored = [
            ScoredRun(run, context.scores.scores_of(context.store, run)) for run in (new, old)
        ]
        return json_text(compare_runs(*scored, function=wanted))

    return context.answers.answer(_key("comparison", new, old, function=function), make)


def _key(what: str, *runs: Run, function: str) -> tuple[object, ...] | None:
    """Return what names an answer about runs as they are now, None while one is going on."""
    if not all(run.status.ended for run in runs):
        return None
    return (what, function, *((run.id, run.updated_at) for run in runs))


def list_entries(context: AppContext, runs: Sequence[Run], *, function: str) -> list[RunListEntry]:
    """Return the runs with their headlines, in their order; those of ended runs are kept."""
    kept = context.store.get_responses([_place(run, function) for run in runs if run.status.ended])
    entries: list[RunListEntry] = []
    for run in runs:
        summary = kept.get(_place(run, function))
        if summary is None:
            summary = _summary(context, run, function)
        shown = RunSummary.model_validate(summary)
        entries.append(RunListEntry(**run_object(run).model_dump(), summary=shown))
    return entries


def metric_names(entries: Sequence[RunListEntry]) -> list[str]:
    """Return the names of all metrics of the entries, sorted."""
    names = {name for entry in entries if entry.summary for name in entry.summary.metrics}
    return sorted(names)


def _place(run: Run, function: str) -> str:
    return f"summary:{run.id}:{run.updated_at.isoformat()}:{function}"


def _summary(context: AppContext, run: Run, function: str) -> dict[str, Any]:
    """Return a run's headline; that of an ended run is kept, durably, until the run changes."""
    scores = context.scores.scores_of(context.store, run)
    summary = run_summary(run, scores, function=parse_function(function))
    if run.status.ended:
        context.store.put_response(_place(run, function), summary)
    return summary
