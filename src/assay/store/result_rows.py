"""Between a result and its rows: one in ``results``, one per score in ``scores``."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row

from assay.core.costs import Cost, CostSource, Usage
from assay.core.results import Attempt, ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus
from assay.store.encoding import decode_json, unescape_text
from assay.store.raw_reading import VERDICTS, raw_rows
from assay.store.tables import results


_HEAVY = frozenset({"output", "attempts", "metadata"})
WHOLE = tuple(column for column in results.columns if column.name != "run_id")
LIGHT = tuple(column for column in WHOLE if column.name not in _HEAVY)
_SCORE: Final = "result_id, name, status, value, label, passed, reason, details"
_ITEM_STATUSES: Final = {status.value: status for status in ItemStatus}
_SCORE_STATUSES: Final = {status.value: status for status in ScoreStatus}


def result_row(result: ItemResult, *, run_id: str, row_id: int, position: int) -> Sequence[Any]:
    """Return the values of ``results``'s columns, in their order."""
    usage, cost = result.usage, result.cost
    return (
        row_id,
        run_id,
        result.key.datapoint_id,
        result.key.repeat,
        position,
        result.status.value,
        result.passed,
        result.error,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
        cost.amount_usd,
        cost.source.value,
        cost.price_date,
        result.latency_seconds,
        result.finish_reason,
        result.cached,
        result.session_id,
        result.started_at,
        result.duration_seconds,
        result.output,
        [[a.number, a.seconds, a.error, a.status] for a in result.attempts] or None,
        result.metadata or None,
    )


def score_rows(result: ItemResult, row_id: int) -> Iterator[Sequence[Any]]:
    """Yield the values of ``scores``'s columns for each score, in their order."""
    for ordinal, score in enumerate(result.scores):
        yield (
            row_id,
            ordinal,
            score.name,
            score.status.value,
            None if score.value is None else float(score.value),
            score.label,
            score.passed,
            score.reason,
            score.details or None,
        )


def item_result(row: Row[Any], scores: Sequence[Score]) -> ItemResult:
    """Return the result of a row, whole or light, with its scores."""
    values = row._asdict()
    return ItemResult(
        key=ItemKey(row.datapoint_id, row.repeat),
        status=_ITEM_STATUSES[row.status],
        output=values.get("output"),
        passed=row.passed,
        error=row.error,
        scores=tuple(scores),
        usage=_usage(row),
        cost=Cost(row.cost_usd, CostSource(row.cost_source), row.price_date),
        latency_seconds=row.latency_seconds,
        finish_reason=row.finish_reason,
        attempts=tuple(Attempt(*attempt) for attempt in values.get("attempts") or ()),
        cached=row.cached,
        session_id=row.session_id,
        started_at=row.started_at,
        duration_seconds=row.duration_seconds,
        metadata=values.get("metadata") or {},
    )


def _usage(row: Row[Any]) -> Usage:
    return Usage(
        row.input_tokens,
        row.output_tokens,
        row.cache_read_tokens,
        row.cache_write_tokens,
        row.reasoning_tokens,
    )


def scores_of_results(connection: Connection, row_ids: Sequence[int]) -> dict[int, list[Score]]:
    """Return the scores of results, given by row number, in their order."""
    found: dict[int, list[Score]] = {}
    if row_ids:
        query = (
            f"SELECT {_SCORE} FROM scores "  # noqa: S608 - row numbers are the only values in it
            f"WHERE result_id IN ({','.join(map(str, row_ids))}) ORDER BY result_id, ordinal"
        )
        for rows in raw_rows(connection, query, ()):
            for row_id, *values in rows:
                found.setdefault(row_id, []).append(_score(*values))
    return found


def _score(  # a column each
    name: str,
    status: str,
    value: float | None,
    label: str | None,
    passed: int | None,
    reason: str | None,
    details: str | dict[str, Any] | None,
) -> Score:
    return Score(
        unescape_text(name),
        _SCORE_STATUSES[status],
        value,
        None if label is None else unescape_text(label),
        VERDICTS[passed],
        None if reason is None else unescape_text(reason),
        {} if details is None else decode_json(details) if isinstance(details, str) else details,
    )
