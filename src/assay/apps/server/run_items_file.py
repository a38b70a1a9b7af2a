"""The items of a run as a file, written while it is read: memory stays flat."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.apps.server.bulk import json_text
from assay.apps.server.context import AppContext
from assay.apps.server.run_items import ItemsAsked, iter_run_items
from assay.core.runs import Run
from assay.core.score_columns import score_key
from assay.core.wire.bench import ScoreView
from assay.core.wire.rest import ItemRow
from assay.kit.csv_lines import csv_lines


_FACTS = ("status", "passed", "error", "latency_seconds", "cost_usd", "session_id")
_TEXTS = ("inputs", "ground_truth", "output")


def items_jsonl(context: AppContext, run: Run, asked: ItemsAsked) -> Iterator[bytes]:
    """Yield one line of JSON per item: the datapoint, the repeat and the answer."""
    for rows in iter_run_items(context, run, asked):
        yield b"".join(json_text(row) + b"\n" for row in rows)


def items_csv(context: AppContext, run: Run, asked: ItemsAsked) -> Iterator[bytes]:
    """Yield a header and one line per item, with a column per metric, every cell guarded."""
    scores = context.scores.scores_of(context.store, run)
    metrics = [column.key for column in scores.metrics]
    yield csv_lines([["datapoint_id", "repeat", *_FACTS, *metrics, *_TEXTS]]).encode()
    for rows in iter_run_items(context, run, asked):
        yield csv_lines(_cells(run, row, metrics) for row in rows).encode()


def _cells(run: Run, row: ItemRow, metrics: Sequence[str]) -> list[Any]:
    [answer] = row.answers
    scored = {
        score_key(score.name, score.details, candidate=run.candidate): score
        for score in answer.scores
    }
    texts = (row.datapoint.inputs, row.datapoint.ground_truth, answer.output)
    return [
        row.datapoint.id,
        row.repeat,
        *(getattr(answer, name) for name in _FACTS),
        *(_score(scored.get(metric)) for metric in metrics),
        *map(_text, texts),
    ]


def _score(score: ScoreView | None) -> str | float | None:
    if score is None:
        return None
    return score.label if score.label is not None else score.value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping) and not value:
        return None
    return json_text(value).decode()
