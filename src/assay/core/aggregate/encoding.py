"""The result of a run as JSON text, without the half million mappings it would be made of.

The text is what ``orjson`` writes for ``run_result``, to the byte. Entries of datapoints
are put together from columns of text; the few that have more to say than numbers (an
error, a label, an evaluator that raised) are written as mappings.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import orjson

from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.functions import AggregateFunction
from assay.core.aggregate.judging import JudgedRun, Verdicts, judge
from assay.core.aggregate.result import EVENT_TYPE, datapoint_entries, result_around
from assay.core.runs import Run
from assay.core.score_columns import MetricColumn, RunScores


_ENDS = {True: b',"passed":true}', False: b',"passed":false}', None: b',"passed":null}'}
_BOOLEANS = {True: b"true", False: b"false"}
_VERDICTS = {0.0: b"false", 1.0: b"true", None: b"null"}


def encode_result(
    run: Run, scores: RunScores, *, function: AggregateFunction = AggregateFunction.AVERAGE
) -> bytes:
    """Return the JSON text of ``run_result``."""
    scores = with_composites(scores, run.configuration)
    judged = judge(run, scores)
    repeated = len(judged.groups) != len(scores)
    datapoints: Any = datapoint_entries(judged) if repeated else _datapoints(judged)
    return orjson.dumps(result_around(datapoints, judged, function=function))


def _datapoints(judged: JudgedRun) -> orjson.Fragment:
    parts = list(_plain_parts(judged))
    entries = list(map(b"".join, zip(*parts, strict=True)))
    for index in sorted(_telling(judged.scores)):
        entries[index] = orjson.dumps(_entry(judged, index))
    return orjson.Fragment(b"[" + b",".join(entries) + b"]")


def _telling(scores: RunScores) -> set[int]:
    """Return the items that have more to say than numbers."""
    found = set(scores.errors)
    for column in scores.metrics:
        found |= column.labels.keys() | column.errors.keys()
    return found


def _entry(judged: JudgedRun, index: int) -> dict[str, Any]:
    """Return the entry of one item as a mapping."""
    alone = judged.only(index)
    return datapoint_entries(alone)[0]


def _plain_parts(judged: JudgedRun) -> Iterator[Iterable[bytes]]:
    """Yield columns of text that, put side by side, are the items' entries."""
    scores = judged.scores
    statuses = {status: f"{status.value}".encode() for status in set(scores.statuses)}
    yield repeat(b'{"datapoint_id":', len(scores))
    yield map(orjson.dumps, scores.datapoint_ids)
    yield repeat(b',"session_id":', len(scores))
    yield map(orjson.dumps, scores.session_ids)
    yield repeat(b',"status":"', len(scores))
    yield map(statuses.__getitem__, scores.statuses)
    yield repeat(b'","passed":', len(scores))
    yield [_BOOLEANS[bool(passed)] for passed in judged.items]
    yield repeat(b',"metrics":[', len(scores))
    yield from _metric_parts(judged)
    yield repeat(b"]}", len(scores))


def _metric_parts(judged: JudgedRun) -> Iterator[Iterable[bytes]]:
    earlier: list[MetricColumn] = []
    for column, verdicts in zip(judged.scores.metrics, judged.verdicts, strict=True):
        start = _start(judged.run, column)
        if None in column.values or (earlier and all(None in each.values for each in earlier)):
            yield _sparse(column, verdicts, start=start, earlier=tuple(earlier))
        else:
            yield repeat(b"," + start if earlier else start, len(column.values))
            yield _numbers(column)
            yield map(_ENDS.__getitem__, verdicts)
        earlier.append(column)


def _start(run: Run, column: MetricColumn) -> bytes:
    event_name, event_type = column.event or (run.candidate, EVENT_TYPE)
    named = {"name": column.name, "event_name": event_name, "event_type": event_type}
    return orjson.dumps(named)[:-1] + b',"value":'


def _sparse(
    column: MetricColumn, verdicts: Verdicts, *, start: bytes, earlier: Sequence[MetricColumn]
) -> Iterator[bytes]:
    """Yield a metric's text per item, empty where it has no number, commas where needed."""
    texts = _numbers(column)
    before = zip(*(each.values for each in earlier), strict=True) if earlier else repeat(())
    for value, text, verdict, others in zip(column.values, texts, verdicts, before, strict=False):
        if value is None:
            yield b""
        else:
            comma = b"," if any(other is not None for other in others) else b""
            yield comma + start + text + _ENDS[verdict]


def _numbers(column: MetricColumn) -> Iterable[bytes]:
    if column.boolean:
        return map(_VERDICTS.__getitem__, column.values)
    return orjson.dumps(column.values)[1:-1].split(b",")
