"""Reading the scores of a run from its rows, as one page, past the expression layer.

Most items of a run have the same evaluators in the same order. One statement returns them
side by side, a row per item and a column per evaluator, which a driver hands over many
times sooner than a row per score. Items that do not fit the pattern (an evaluator that
raised, a label, scores that are missing in the middle) are told by that statement and
read again, score by score.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, select

from assay.core.event_scores import METRIC_TYPE
from assay.core.scores import Score, ScoreStatus
from assay.store.encoding import escape_text, unescape_text
from assay.store.raw_reading import VERDICTS, mark_of, raw_rows
from assay.store.score_pages import OddScore, Page, joined_pages, odd_score
from assay.store.tables import results, scores


_ODD_CHUNK: Final = 500
_PROBED: Final = 32
"""How many items are looked at to learn the usual evaluators."""
_WIDEST: Final = 40
"""SQLite joins up to 64 tables."""

_ORDER: Final = (results.c.position, results.c.repeat, results.c.id)
_ITEM: Final = [
    "r.id",
    "r.position",
    "r.datapoint_id",
    "r.repeat",
    "r.status",
    "r.session_id",
    "r.passed",
    "r.error",
]

Row = Sequence[Any]


def read_rows(connection: Connection, run_id: str) -> Page:
    """Return the scores of a run, in dataset order, then repeat."""
    names = _usual_names(connection, run_id)
    pages: list[Page] = []
    for rows in _wide_rows(connection, run_id, names=names):
        page, odd = _page(rows, names=names)
        pages.append(replace(page, odd=_odd_scores(connection, odd)))
    return joined_pages(pages) if pages else Page.empty()


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


def _page(rows: Sequence[Row], *, names: Sequence[str]) -> tuple[Page, dict[int, int]]:
    """Return what ``rows`` (one at least) tell, odd scores aside, and the odd items by number."""
    columns = list(map(list, zip(*rows, strict=True)))
    numbers, positions, ids, repeats, statuses, sessions, passed, errors, strange, *pairs = columns
    odd = {numbers[index]: index for index, yes in enumerate(strange) if yes}
    for index in odd.values():
        for column in pairs:
            column[index] = None
    page = Page(
        positions=positions,
        repeats=repeats,
        ids=list(map(unescape_text, ids)),
        statuses=statuses,
        sessions=[None if each is None else unescape_text(each) for each in sessions],
        passed=[VERDICTS[verdict] for verdict in passed],
        errors={i: unescape_text(text) for i, text in enumerate(errors) if text is not None},
        names=tuple(names),
        values=pairs[::2],
        verdicts=[[VERDICTS[verdict] for verdict in column] for column in pairs[1::2]],
    )
    return page, odd


def _odd_scores(connection: Connection, odd: Mapping[int, int]) -> dict[int, list[OddScore]]:
    """Return the scores of odd items, given by row number with their place."""
    shown = ("result_id", "name", "status", "value", "label", "passed", "reason", "details")
    query = select(*(scores.c[name] for name in shown))
    numbers = list(odd)
    found: dict[int, list[OddScore]] = {}
    for start in range(0, len(numbers), _ODD_CHUNK):
        of_them = scores.c.result_id.in_(numbers[start : start + _ODD_CHUNK])
        ordered = query.where(of_them).order_by(scores.c.result_id, scores.c.ordinal)
        for row in connection.execute(ordered):
            verdict = (row.value, row.label, row.passed, row.reason)
            score = Score(row.name, ScoreStatus(row.status), *verdict, row.details or {})
            found.setdefault(odd[row.result_id], []).append(odd_score(score))
    return found
