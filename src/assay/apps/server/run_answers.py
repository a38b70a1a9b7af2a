"""What the runs' routes answer: aggregates of the stored results."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from assay.apps.server.answer_cache import Answer
from assay.apps.server.bulk import json_text
from assay.apps.server.context import AppContext
from assay.apps.services.housekeeping import headline_place
from assay.apps.services.run_events import raw_metrics
from assay.core.aggregate import (
    AggregateFunction,
    ScoredRun,
    compare_groups,
    compare_runs,
    encode_result,
    group_fields,
    parse_function,
    run_overview,
    run_summary,
)
from assay.core.errors import AssayError
from assay.core.ports import RunStamp
from assay.core.projection import DATAPOINT_KEY, PROJECTED_KEY
from assay.core.runs import Run
from assay.core.wire.runs import RunListEntry, RunSummary, run_object


_CHUNK: Final = 500
"""Entries written at once: half a million mappings at a time would be looked through for garbage."""
_OURS: Final = frozenset({PROJECTED_KEY, DATAPOINT_KEY})
_NOTHING: Final[Mapping[str, Any]] = {"pass_rate": None, "metrics": {}}


def result_of(context: AppContext, run: Run, *, function: str) -> Answer:
    """Return the result object of a run as JSON text; that of an ended run is kept."""
    wanted = parse_function(function)
    return context.answers.answer(
        _key("result", run, function=function),
        lambda: encode_result(run, context.scores.scores_of(context.store, run), function=wanted),
    )


def summary_of(context: AppContext, run: Run, *, function: str) -> Answer:
    """Return the result without the single values of each metric; that of an ended run is kept."""
    wanted = parse_function(function)

    def make() -> Iterator[bytes]:
        scores = context.scores.scores_of(context.store, run)
        return encode_result(run, scores, function=wanted, values=False)

    return context.answers.answer(_key("summary", run, function=function), make)


def raw_metrics_of(context: AppContext, run: Run) -> Answer:
    """Return the metrics of every item as they are, as JSON text; those of an ended run are kept."""

    def make() -> list[bytes]:
        entries, texts, total = raw_metrics(context.store, run), [b'{"events":['], 0
        while chunk := list(islice(entries, _CHUNK)):
            texts.append(b"," * (total > 0) + json_text(chunk)[1:-1])
            total += len(chunk)
        return [*texts, b'],"totalEvents":%d}' % total]

    return context.answers.answer(_key("raw metrics", run, function=""), make)


def overview_of(context: AppContext, run: Run, *, function: str) -> Answer:
    """Return a run at a glance as JSON text; that of an ended run is kept."""
    wanted = parse_function(function)

    def make() -> list[bytes]:
        scores = context.scores.scores_of(context.store, run)
        return [json_text(run_overview(run, scores, function=wanted))]

    return context.answers.answer(_key("overview", run, function=function), make)


def prepare(context: AppContext, run: Run) -> None:
    """Make the answer that is asked for first when a run has ended, before anybody asks."""
    with suppress(AssayError):  # whoever asks is told
        deque(result_of(context, run, function=AggregateFunction.AVERAGE), maxlen=0)


def comparison_of(context: AppContext, new: Run, *, old: Run, function: str) -> Answer:
    """Return the comparison of two runs as JSON text; that of ended runs is kept."""
    wanted = parse_function(function)

    def make() -> list[bytes]:
        scored = [
            ScoredRun(run, context.scores.scores_of(context.store, run)) for run in (new, old)
        ]
        return [json_text(compare_runs(*scored, function=wanted))]

    return context.answers.answer(_key("comparison", new, old, function=function), make)


def groups_of(context: AppContext, new: Run, *, old: Run, field: str | None) -> Answer:
    """Return a comparison split by a field of the datapoints' metadata, as JSON text."""

    def make() -> list[bytes]:
        metadata = _datapoint_metadata(context, new)
        sides = [ScoredRun(run, context.scores.scores_of(context.store, run)) for run in (new, old)]
        groups = [] if field is None else compare_groups(*sides, metadata=metadata, field=field)
        return [json_text({"fields": group_fields(metadata.values()), "groups": groups})]

    return context.answers.answer(_key("groups", new, old, function=field or ""), make)


def _datapoint_metadata(context: AppContext, run: Run) -> dict[str, Mapping[str, Any]]:
    """Return what is known of each datapoint: by its dataset, else by the item it came with."""
    if run.dataset_id is not None:
        return {point.id: point.metadata for point in context.store.iter_datapoints(run.dataset_id)}
    return {
        name: {key: value for key, value in metadata.items() if key not in _OURS}
        for name, metadata in context.store.item_metadata(run.id).items()
    }


def _key(what: str, *runs: Run, function: str) -> tuple[object, ...] | None:
    """Return what names an answer about runs as they are now, None while one is going on."""
    if not all(run.status.ended for run in runs):
        return None
    return (what, function, *((run.id, run.updated_at) for run in runs))


def list_entries(context: AppContext, runs: Sequence[Run], *, function: str) -> list[RunListEntry]:
    """Return the runs with their headlines, in their order; those of ended runs are kept."""
    kept = _kept(context, runs, function)
    entries: list[RunListEntry] = []
    for run in runs:
        summary = kept.get(run.id)
        if summary is None:
            summary = _summary(context, run, function)
        shown = RunSummary.model_validate(summary)
        entries.append(RunListEntry(**run_object(run).model_dump(), summary=shown))
    return entries


def headlines(
    context: AppContext,
    stamps: Sequence[RunStamp],
    *,
    load: Callable[[Sequence[str]], Sequence[Run]],
    function: str,
) -> dict[str, Mapping[str, Any]]:
    """Return the headline of each run, computing those that are not kept; ``load`` gets runs."""
    known = _kept(context, stamps, function)
    for run in load([stamp.id for stamp in stamps if stamp.id not in known]):
        known[run.id] = _summary(context, run, function)
    return {stamp.id: known.get(stamp.id, _NOTHING) for stamp in stamps}


def metric_names(entries: Sequence[RunListEntry]) -> list[str]:
    """Return the names of all metrics of the entries, sorted."""
    names = {name for entry in entries if entry.summary for name in entry.summary.metrics}
    return sorted(names)


def _kept(
    context: AppContext, runs: Sequence[Run | RunStamp], function: str
) -> dict[str, Mapping[str, Any]]:
    """Return the kept headlines of those runs that have not changed since, by run."""
    places = {headline_place(run.id, function): run for run in runs if run.status.ended}
    found = context.store.get_responses(list(places))
    return {
        places[place].id: headline["summary"]
        for place, headline in found.items()
        if headline["updated_at"] == places[place].updated_at.isoformat()
    }


def _summary(context: AppContext, run: Run, function: str) -> dict[str, Any]:
    """Return a run's headline; that of an ended run is kept, durably, until the run changes."""
    scores = context.scores.scores_of(context.store, run)
    summary = run_summary(run, scores, function=parse_function(function))
    if run.status.ended:
        headline = {"updated_at": run.updated_at.isoformat(), "summary": summary}
        context.store.put_response(headline_place(run.id, function), headline)
    return summary
