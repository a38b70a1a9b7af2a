"""The result of a run as JSON text, without the half million mappings it would be made of.

The text is what ``orjson`` writes for ``run_result``, to the byte. An item's entry is a
template of constant text, filled in from columns of text. Most items of a run have the
same metrics and therefore the same template, which is filled in for all of them at once;
the others get the template of the metrics they have. What few items have to say beyond
numbers (an error, labels, evaluators that raised) goes at the end of their entries.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from assay.core.aggregate.composites import with_composites
from assay.core.aggregate.functions import AggregateFunction
from assay.core.aggregate.judging import JudgedRun, Verdicts, judge
from assay.core.aggregate.result import EVENT_TYPE, datapoint_entries, metric_details, result_around
from assay.core.results import ItemStatus
from assay.core.runs import Run
from assay.core.score_columns import MetricColumn, RunScores


_CHUNK: Final = 2_000
_HERE: Final = b"\0"
"""Where the metrics and the datapoints go, within their brackets; no JSON text has this byte."""
_ENDS: Final = {True: b',"passed":true}', False: b',"passed":false}', None: b',"passed":null}'}
_NUMBERS: Final = {0.0: b"false", 1.0: b"true", None: b"null"}

Texts = Sequence[bytes]
Pattern = frozenset[int]
"""Which of the metrics an item has, by number."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One piece of every item's entry: a template with a mark per column of text."""

    template: bytes
    columns: tuple[Texts, ...]


def encode_result(
    run: Run,
    scores: RunScores,
    *,
    function: AggregateFunction = AggregateFunction.AVERAGE,
    values: bool = True,
) -> Iterator[bytes]:
    """Yield the JSON text of ``run_result``, piece by piece; without ``values``, no metric's own.

    A metric's aggregates lie within one piece, and so does a datapoint.
    """
    scores = with_composites(scores, run.configuration)
    judged = judge(run, scores)
    hole = orjson.Fragment(b"[" + _HERE + b"]")
    around = result_around(hole, hole, judged=judged, function=function)
    before, between, after = orjson.dumps(around).split(_HERE)
    yield before
    yield from _details(judged, function, values=values)
    yield between
    if judged.groups is None:
        yield from _datapoints(judged)
    else:
        yield orjson.dumps(datapoint_entries(judged))[1:-1]
    yield after


def _details(judged: JudgedRun, function: AggregateFunction, *, values: bool) -> Iterator[bytes]:
    for number, detail in enumerate(metric_details(judged, function, values=values)):
        if number:
            yield b","
        yield orjson.dumps(detail)


def _datapoints(judged: JudgedRun) -> Iterator[bytes]:
    """Yield the text of the entries, some at a time: memory is used again, and the first travel."""
    numeric = [
        (column, verdicts)
        for column, verdicts in zip(judged.scores.metrics, judged.verdicts, strict=True)
        if column.has_values
    ]
    usual, odd = _patterns([column for column, _ in numeric], len(judged.scores))
    told = _extras(judged.scores)
    special = sorted(odd.keys() | told.keys())
    for start in range(0, len(judged.scores), _CHUNK):
        here = slice(start, start + _CHUNK)
        parts = [
            _metric(judged.run, column, verdicts=found[here], here=here)
            for column, found in numeric
        ]
        entries = _Entries(_head(judged, here), parts)
        texts = entries.every(usual)
        for index in special[bisect_left(special, start) : bisect_left(special, start + _CHUNK)]:
            place = index - start
            text = entries.one(odd[index], place) if index in odd else texts[place]
            texts[place] = _extended(text, told.get(index))
        yield b",".join(texts if start == 0 else [b"", *texts])  # a comma first, without a copy


def _extended(text: bytes, told: Mapping[str, Any] | None) -> bytes:
    return text if told is None else text[:-1] + b"," + orjson.dumps(told)[1:]


@dataclass(frozen=True, slots=True)
class _Entries:
    """Some items' entries: what each begins with, and what it has for each metric."""

    head: _Part
    metrics: Sequence[_Part]

    def every(self, pattern: Pattern) -> list[bytes]:
        """Return the entries as if all items had the metrics of ``pattern``."""
        template, columns = self._whole(pattern)
        return list(map(template.__mod__, zip(*columns, strict=True)))

    def one(self, pattern: Pattern, place: int) -> bytes:
        """Return the entry of the item in one place."""
        template, columns = self._whole(pattern)
        return template % tuple([column[place] for column in columns])

    def _whole(self, pattern: Pattern) -> tuple[bytes, list[Texts]]:
        chosen = [part for number, part in enumerate(self.metrics) if number in pattern]
        metrics = b",".join(part.template for part in chosen)
        columns = [column for part in (self.head, *chosen) for column in part.columns]
        return self.head.template + b',"metrics":[' + metrics + b"]}", columns


def _patterns(columns: Sequence[MetricColumn], length: int) -> tuple[Pattern, dict[int, Pattern]]:
    """Return which metrics most items have, and which the others have, by item."""
    lacking: dict[int, tuple[int, ...]] = {}
    for number, column in enumerate(columns):
        for index in column.gaps:
            lacking[index] = (*lacking.get(index, ()), number)
    counts = Counter(lacking.values())
    counts[()] = length - len(lacking)
    most = counts.most_common(1)[0][0]
    every = frozenset(range(len(columns)))
    patterns = {numbers: every.difference(numbers) for numbers in counts}
    indices = range(length) if most else lacking
    odd = {index: lacking.get(index, ()) for index in indices}
    return patterns[most], {i: patterns[numbers] for i, numbers in odd.items() if numbers != most}


def _head(judged: JudgedRun, here: slice) -> _Part:
    scores = judged.scores
    statuses = scores.statuses[here]
    known: dict[tuple[ItemStatus, bool | None], bytes] = {
        (status, passed): orjson.dumps({"status": status.value, "passed": passed})[1:-1]
        for status in set(statuses)
        for passed in (True, False)
    }
    outcomes = list(map(known.__getitem__, zip(statuses, judged.items[here], strict=True)))
    ids, sessions = _strings(scores.datapoint_ids[here]), _strings(scores.session_ids[here])
    template = b'{"datapoint_id":' + ids.template + b',"session_id":' + sessions.template + b",%b"
    return _Part(template, (*ids.columns, *sessions.columns, outcomes))


def _strings(values: Sequence[str | None]) -> _Part:
    """Return the JSON text of each string."""
    if None not in values:
        text = orjson.dumps(values)
        if values and b"\\" not in text:  # so no quotation mark is inside a string
            return _Part(b'"%b"', (text[2:-2].split(b'","'),))
    return _Part(b"%b", (list(map(orjson.dumps, values)),))


def _metric(run: Run, column: MetricColumn, *, verdicts: Verdicts, here: slice) -> _Part:
    """Return a metric's entry for some items; what it says of those without is never shown."""
    values = column.values[here]
    event_name, event_type = column.event or (run.candidate, EVENT_TYPE)
    named = {"name": column.name, "event_name": event_name, "event_type": event_type}
    start = orjson.dumps(named)[:-1].replace(b"%", b"%%") + b',"value":'
    if column.boolean:
        ends = {
            (value, verdict): text + end
            for value, text in _NUMBERS.items()
            for verdict, end in _ENDS.items()
        }
        pairs = zip(values, verdicts, strict=True)
        return _Part(start + b"%b", (list(map(ends.__getitem__, pairs)),))
    numbers = orjson.dumps(values)[1:-1].split(b",")
    if False not in verdicts and verdicts.count(None) == values.count(None):
        return _Part(start + b"%b" + _ENDS[True], (numbers,))
    return _Part(start + b"%b%b", (numbers, list(map(_ENDS.__getitem__, verdicts))))


def _extras(scores: RunScores) -> Mapping[int, Mapping[str, Any]]:
    """Return what some items have to say beyond numbers."""
    found: dict[int, dict[str, Any]] = {}
    for column in scores.metrics:
        for key, texts in (("labels", column.labels), ("evaluator_errors", column.errors)):
            for index, text in texts.items():
                found.setdefault(index, {}).setdefault(key, {})[column.name] = text
    for index, error in scores.errors.items():
        found.setdefault(index, {})["error"] = error
    return found
