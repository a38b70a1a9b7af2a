"""Reading the answers of a run as columns, some thousand items at a time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection

from assay.core.answer_columns import AnswerColumns
from assay.core.costs import CostSource
from assay.core.results import ItemStatus
from assay.store.encoding import decode_json, escape_text, unescape_text
from assay.store.raw_reading import VERDICTS, Place, mark_of, raw_rows


_CHUNK: Final = 5_000
_STATUSES: Final = {status.value: status for status in ItemStatus}
_SOURCES: Final = {source.value: source for source in CostSource}
_NOTHING: Final[dict[str, Any]] = {}
_COLUMNS: Final = (
    "r.position, r.repeat, r.id, r.datapoint_id, r.status, r.passed, r.input_tokens, "
    "r.output_tokens, r.cost_usd, r.cost_source, r.latency_seconds, r.cached, s.value, s.details"
)


def read_answers(
    connection: Connection, run_id: str, *, after: Place | None
) -> tuple[AnswerColumns, Place | None]:
    """Return the answers after a place in dataset order, and the place of the last, if any."""
    mark = mark_of(connection)
    beyond = f"AND (r.position, r.repeat, r.id) > ({mark}, {mark}, {mark})"
    query = (
        f"SELECT {_COLUMNS} FROM results r LEFT JOIN scores s "  # noqa: S608 - no value in it
        "ON s.result_id = r.id AND s.ordinal = 0 AND s.status = 'scored' "
        f"WHERE r.run_id = {mark} {beyond if after else ''} "
        f"ORDER BY r.position, r.repeat, r.id LIMIT {_CHUNK}"
    )
    values = (escape_text(run_id), *(after or ()))
    rows = [row for chunk in raw_rows(connection, query, values) for row in chunk]
    return _columns(rows), None if not rows else tuple(rows[-1][:3])


def _columns(rows: Sequence[Sequence[Any]]) -> AnswerColumns:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(14)]
    _, repeats, _, ids, statuses, passed, given, taken, amounts, sources, *rest = columns
    latencies, cached, values, details = rest
    return AnswerColumns(
        datapoint_ids=list(map(unescape_text, ids)),
        repeats=repeats,
        statuses=[_STATUSES[status] for status in statuses],
        passed=[VERDICTS[verdict] for verdict in passed],
        input_tokens=given,
        output_tokens=taken,
        amounts_usd=[None if amount is None else Decimal(amount) for amount in amounts],
        sources=[_SOURCES[source] for source in sources],
        latencies=latencies,
        cached=list(map(bool, cached)),
        values=values,
        details=[_NOTHING if each is None else _told(each) for each in details],
    )


def _told(details: str | dict[str, Any]) -> dict[str, Any]:
    """Return a score's details; PostgreSQL's driver has decoded them."""
    found: dict[str, Any] = decode_json(details) if isinstance(details, str) else details
    return found
