"""Lists of runs as files: everything that is asked for, with headlines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assay.apps.server.bulk import json_text
from assay.apps.server.context import AppContext
from assay.apps.server.run_answers import list_entries, metric_names
from assay.apps.server.run_ordering import HeadlineRange, ordered_runs
from assay.core.ports import Listing, RunFilter
from assay.core.wire.runs import RunListEntry
from assay.kit.csv_lines import csv_lines


_FACTS: Final = (
    *("run_id", "name", "kind", "status", "candidate", "dataset_id", "description"),
    *("created_at", "finished_at", "stop_reason", "planned", "repeats"),
)
_COUNTS: Final = ("ended", "passed", "not_passed", "no_verdict", "errored", "pass_rate")
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class RunsAsked:
    """Which runs are asked for, in which order, with metrics aggregated by ``function``."""

    where: RunFilter
    search: str | None
    sort: str
    within: HeadlineRange | None
    function: str


def runs_jsonl(context: AppContext, asked: RunsAsked, *, project: str) -> Iterator[bytes]:
    """Yield one line of JSON per run, as in the list."""
    for entries in _chunks(context, asked, project=project):
        yield b"".join(json_text(entry) + b"\n" for entry in entries)


def runs_csv(context: AppContext, asked: RunsAsked, *, project: str) -> Iterator[bytes]:
    """Yield a header and one line per run, with a column per metric, every cell guarded."""
    rows: list[tuple[list[Any], dict[str, float | None]]] = []
    metrics: set[str] = set()
    for entries in _chunks(context, asked, project=project):
        metrics.update(metric_names(entries))
        rows += [(_facts(entry), _figures(entry)) for entry in entries]
    columns = sorted(metrics)
    yield csv_lines([[*_FACTS, *_COUNTS, *columns]]).encode()
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        lines = ([*facts, *map(figures.get, columns)] for facts, figures in chunk)
        yield csv_lines(lines).encode()


def _chunks(
    context: AppContext, asked: RunsAsked, *, project: str
) -> Iterator[Sequence[RunListEntry]]:
    offset = 0
    while True:
        listing = Listing(project, asked.search, offset=offset, limit=_CHUNK, sort=asked.sort)
        page = ordered_runs(
            context, asked.where, listing, within=asked.within, function=asked.function
        )
        if page.items:
            yield list_entries(context, page.items, function=asked.function)
        offset += _CHUNK
        if offset >= page.total:
            return


def _facts(entry: RunListEntry) -> list[Any]:
    summary, facts = entry.summary, entry.model_dump(mode="json", include=set(_FACTS))
    return [
        *(facts[name] for name in _FACTS),
        *(None if summary is None else getattr(summary, name) for name in _COUNTS),
    ]


def _figures(entry: RunListEntry) -> dict[str, float | None]:
    found = {} if entry.summary is None else entry.summary.metrics
    return {name: metric.aggregate for name, metric in found.items()}
