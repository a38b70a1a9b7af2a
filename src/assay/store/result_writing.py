"""Writing a batch of results: places in dataset order, row numbers, old rows out, new rows in."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text

from assay.core.results import ItemKey, ItemResult
from assay.store.database import Database
from assay.store.dataset_repository import held_by
from assay.store.result_rows import result_row, score_rows
from assay.store.score_page_storage import add_page
from assay.store.tables import costs, datapoints, datasets, results, runs, scores


ANSWER_PHASE = "answer"
"""The phase of a cost that a candidate's answer caused."""

# Built once: building a statement takes longer than SQLite takes to answer it.
_RUN = (
    select(runs.c.id, runs.c.dataset_id, runs.c.project, runs.c.candidate, runs.c.created_at)
    .where(runs.c.id == bindparam("run_id"))
    .with_for_update()
)
_STORED = select(results.c.datapoint_id, results.c.repeat, results.c.id, results.c.position).where(
    results.c.run_id == bindparam("run_id"),
    results.c.datapoint_id.in_(bindparam("ids", expanding=True)),
)
_IN_DATASET = select(datapoints.c.id, datapoints.c.position).where(
    held_by(bindparam("dataset_id")),
    datapoints.c.id.in_(bindparam("ids", expanding=True)),
)
_SIZE = select(datasets.c.size).where(datasets.c.id == bindparam("dataset_id"))
_HIGHEST_PLACE = select(func.max(results.c.position)).where(results.c.run_id == bindparam("run_id"))
_HIGHEST_NUMBER = select(func.max(results.c.id))
_NEXT_NUMBERS = text(
    "SELECT nextval(pg_get_serial_sequence('results', 'id')) FROM generate_series(1, :count)"
)


def write_batch(
    database: Database, connection: Connection, *, run_id: str, batch: Sequence[ItemResult]
) -> bool:
    """Store ``batch`` (distinct keys) in the open transaction; False if there is no such run.

    The run's row is locked, so that two writers of one run agree on its order.
    """
    run = connection.execute(_RUN, {"run_id": run_id}).first()
    if run is None:
        return False
    ids = list(dict.fromkeys(result.key.datapoint_id for result in batch))
    old = _stored(connection, run_id, ids)
    places = _places(connection, run, ids, {key.datapoint_id: p for key, (_, p) in old.items()})
    add_page(connection, run_id, batch, places=places)
    numbers = _row_numbers(connection, len(batch))
    replaced = [old[result.key][0] for result in batch if result.key in old]
    if replaced:
        connection.execute(delete(scores).where(scores.c.result_id.in_(replaced)))
        connection.execute(delete(results).where(results.c.id.in_(replaced)))
    numbered = list(zip(numbers, batch, strict=True))
    database.bulk.insert(
        connection,
        results,
        rows=(
            result_row(item, run_id=run_id, row_id=number, position=places[item.key.datapoint_id])
            for number, item in numbered
        ),
    )
    database.bulk.insert(
        connection,
        scores,
        rows=(row for number, item in numbered for row in score_rows(item, number)),
    )
    database.bulk.upsert(connection, costs, rows=_cost_rows(run, batch))
    return True


def _stored(
    connection: Connection, run_id: str, ids: Sequence[str]
) -> dict[ItemKey, tuple[int, int]]:
    """Return the row number and the place of what is stored for these datapoints."""
    return {
        ItemKey(datapoint_id, repeat): (number, position)
        for datapoint_id, repeat, number, position in connection.execute(
            _STORED, {"run_id": run_id, "ids": ids}
        )
    }


def _places(
    connection: Connection, run: Any, ids: Sequence[str], known: Mapping[str, int]
) -> dict[str, int]:
    """Return the position of each datapoint: that of its dataset, else in order of arrival."""
    places = dict(known)
    unplaced = [datapoint_id for datapoint_id in ids if datapoint_id not in places]
    if unplaced and run.dataset_id is not None:
        rows = connection.execute(_IN_DATASET, {"dataset_id": run.dataset_id, "ids": unplaced})
        places.update((row.id, row.position) for row in rows)
        unplaced = [datapoint_id for datapoint_id in unplaced if datapoint_id not in places]
    if unplaced:
        first_free = _first_free_place(connection, run)
        places.update(zip(unplaced, range(first_free, first_free + len(unplaced)), strict=True))
    return places


def _first_free_place(connection: Connection, run: Any) -> int:
    """Return the place after all of the dataset and all that arrived so far."""
    size = connection.execute(_SIZE, {"dataset_id": run.dataset_id}).scalar()
    highest = connection.execute(_HIGHEST_PLACE, {"run_id": run.id}).scalar()
    return max(0 if size is None else size, 0 if highest is None else highest + 1)


def _row_numbers(connection: Connection, count: int) -> Sequence[int]:
    if connection.dialect.name == "sqlite":
        highest: int = connection.execute(_HIGHEST_NUMBER).scalar() or 0
        return range(highest + 1, highest + 1 + count)
    return list(connection.execute(_NEXT_NUMBERS, {"count": count}).scalars())


def _cost_rows(run: Any, batch: Sequence[ItemResult]) -> list[Sequence[Any]]:
    """Return the ledger's rows: money spent stays in it when an item is run again."""
    return [
        (
            run.id,
            item.key.datapoint_id,
            item.key.repeat,
            ANSWER_PHASE,
            item.started_at or run.created_at,
            run.project,
            run.candidate,
            item.cost.amount_usd,
            item.cost.source.value,
        )
        for item in batch
        if item.cost.amount_usd is not None
    ]
