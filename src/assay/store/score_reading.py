"""Reading the scores of a run as columns, past the expression layer.

Most items of a run have the same evaluators in the same order. One statement returns them
side by side, a row per item and a column per evaluator, which a driver hands over many
times sooner than a row per score. Items that do not fit the pattern (an evaluator that
raised, a label, scores that are missing in the middle) are told by that statement and
read again, score by score.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from assay.core.event_scores import METRIC_TYPE
from assay.core.results import ItemStatus
from assay.core.score_columns import RunScores, ScoreColumnsBuilder
from assay.core.scores import Score, ScoreStatus
from assay.store.encoding import escape_text, unescape_text
from assay.store.raw_reading import VERDICTS, mark_of, raw_rows
from assay.store.tables import results, scores


_ODD_CHUNK: Final = 500
_PROBED: Final = 32
"""How many items are looked at to learn the usual evaluators."""
_WIDEST: Final = 40
"""SQLite joins up to 64 tables."""

_STATUSES: Final = {status.value: status for status in ItemStatus}
_ORDER: Final = (results.c.position, results.c.repeat, results.c.id)
_ITEM: Final = [
    "r.id",
    "r.datapoint_id",
    "r.repeat",
    "r.status",
    "r.session_id",
    "r.passed",
    "r.error",
]

Row = Sequence[Any]


def read_score_columns(connection: Connection, run_id: str, *, candidate: str = "") -> RunScores:
    """Return the scores of a run as columns, in dataset order, then repeat."""
    names = _usual_names(connection, run_id)
    columns = ScoreColumnsBuilder(candidate=candidate)
    odd: dict[int, int] = {}
    for rows in _wide_rows(connection, run_id, names=names):
        _take(columns, rows, names=names, odd=odd)
    _take_odd(connection, columns, odd)
    return columns.finish()


def _usual_names(connection: Connection, run_id: str) -> list[str]:
    """Return the evaluator that most often stands at each ordinal."""
    some = select(results.c.id).where(results.c.run_id == run_id).order_by(*_ORDER).limit(_PROBED)
    rows = connection.execute(
        select(scores.c.ordinal, scores.c.name).where(
            scores.c.result_id.in_(some.scalar_subquery())
        )
    )
    counts: dict[int, Counter[str]] = {}
    for ordinal, name in rows:
        counts.setdefault(ordinal, Counter())[name] += 1
    names: list[str] = []
    while len(names) in counts and len(names) < _WIDEST:
        name = counts[len(names)].most_common(1)[0][0]
        if name in names:
            break
        names.append(name)
    return names


def _wide_rows(connection: Connection, run_id: str, *, names: Sequence[str]) -> Iterator[list[Row]]:
    """Return rows in chunks: the item, whether it is odd, then value and verdict per name."""
    query, values = _wide_query(run_id, names, mark=mark_of(connection))
    return raw_rows(connection, query, values)


def _wide_query(run_id: str, names: Sequence[str], *, mark: str) -> tuple[str, list[str]]:
    every = range(len(names))
    odd = " OR ".join(
        [*(_is_odd(f"s{k}", mark) for k in every), f"s{len(names)}.ordinal IS NOT NULL"]
    )
    shown = [*_ITEM, f"({odd})", *(f"s{k}.value, s{k}.passed" for k in every)]
    joins = [
        f"LEFT JOIN scores s{k} ON s{k}.result_id = r.id AND s{k}.ordinal = {k}"
        for k in range(len(names) + 1)
    ]
    query = (
        f"SELECT {', '.join(shown)} FROM results r {' '.join(joins)} "  # noqa: S608 - no value in it
        f"WHERE r.run_id = {mark} ORDER BY r.position, r.repeat, r.id"
    )
    return query, [*map(escape_text, names), escape_text(run_id)]


def _is_odd(score: str, mark: str) -> str:
    """Return the condition that a score is there and is not the plain one expected."""
    return (
        f"({score}.ordinal IS NOT NULL AND ({score}.name <> {mark} OR {score}.status <> 'scored' "
        f"OR {score}.label IS NOT NULL OR ({score}.value IS NULL AND {score}.passed IS NULL) "
        f"OR {_tells_origin(score)}))"
    )


def _tells_origin(score: str) -> str:
    """Return the condition that a score's details say which event carries it, or who gave it."""
    text = f"CAST({score}.details AS TEXT)"
    found = [f"replace({text}, '\"{key}\"', '') <> {text}" for key in ("event_name", METRIC_TYPE)]
    return f"({score}.details IS NOT NULL AND ({' OR '.join(found)}))"


def _take(
    columns: ScoreColumnsBuilder, rows: list[Row], *, names: Sequence[str], odd: dict[int, int]
) -> None:
    """Add the items of ``rows``; the odd ones' plain scores are left out, and they are noted."""
    start = len(columns.datapoint_ids)
    numbers, ids, repeats, statuses, sessions, passed, errors, strange, *pairs = map(
        list, zip(*rows, strict=True)
    )
    columns.datapoint_ids += map(unescape_text, ids)
    columns.repeats += repeats
    columns.statuses += map(_STATUSES.__getitem__, statuses)
    columns.sessions += [None if each is None else unescape_text(each) for each in sessions]
    columns.passed += map(VERDICTS.__getitem__, passed)
    found = [index for index, error in enumerate(errors) if error is not None]
    columns.errors.update((start + index, unescape_text(errors[index])) for index in found)
    left_out = [index for index, yes in enumerate(strange) if yes] if any(strange) else []
    odd.update((numbers[index], start + index) for index in left_out)
    for ordinal, name in enumerate(names):
        values = pairs[2 * ordinal]
        verdicts = [VERDICTS[verdict] for verdict in pairs[2 * ordinal + 1]]
        for index in left_out:
            values[index] = verdicts[index] = None
        columns.extend(name, values, passed=verdicts, ordinal=ordinal)


def _take_odd(connection: Connection, columns: ScoreColumnsBuilder, odd: dict[int, int]) -> None:
    """Add the scores of odd items, given by row number with their place."""
    shown = (
        *("result_id", "ordinal", "name", "status", "value", "label", "passed", "reason"),
        "details",
    )
    query = select(*(scores.c[name] for name in shown))
    numbers = list(odd)
    for start in range(0, len(numbers), _ODD_CHUNK):
        of_them = scores.c.result_id.in_(numbers[start : start + _ODD_CHUNK])
        ordered = query.where(of_them).order_by(scores.c.result_id, scores.c.ordinal)
        for (
            number,
            ordinal,
            name,
            status,
            value,
            label,
            passed,
            reason,
            details,
        ) in connection.execute(ordered):
            score = Score(name, ScoreStatus(status), value, label, passed, reason, details or {})
            columns.put(odd[number], score, ordinal=ordinal)
