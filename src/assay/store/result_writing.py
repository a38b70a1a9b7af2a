"""Writing a batch of results: places in dataset order, row numbers, old rows out, new rows in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, text, update
from sqlalchemy import tuple_ as row_of

from assay.core.item_order import places_of, told_order
from assay.core.results import ItemKey, ItemResult
from assay.store.database import Database
from assay.store.dataset_repository import held_by
from assay.store.result_rows import result_row, score_rows
from assay.store.score_page_storage import add_deletion, add_page, forget_pages, lock_run
from assay.store.tables import costs, datapoints, datasets, results, runs, scores


ANSWER_PHASE = "answer"
"""The phase of a cost that a candidate's answer caused."""
_DELETE_CHUNK = 250

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
_TOLD = select(runs.c.metadata).where(runs.c.id == bindparam("run_id"))
_MOVE = (
    update(results)
    .where(results.c.run_id == bindparam("of_run"), results.c.datapoint_id == bindparam("point"))
    .values(position=bindparam("place"))
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
    known = {key.datapoint_id: place for key, (_, place) in old.items()}
    places = places_of(
        batch,
        known,
        stored_dataset=run.dataset_id is not None,
        look_up=lambda ids: _dataset_places(connection, run, ids),
        highest=lambda: _highest(connection, run_id),
    )
    add_page(connection, run_id, batch, places=places)
    numbers = _row_numbers(connection, len(batch))
    new = {result.key for result in batch}
    replaced = [number for key, (number, _) in old.items() if key in new]
    if replaced:
        connection.execute(delete(scores).where(scores.c.result_id.in_(replaced)))
        connection.execute(delete(results).where(results.c.id.in_(replaced)))
    _move(connection, run_id, {each: places[each] for each in known if places[each] != known[each]})
    if any(places[key.datapoint_id] != place for key, (_, place) in old.items() if key not in new):
        forget_pages(connection, run_id)
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


def delete_batch(connection: Connection, run_id: str, keys: Collection[ItemKey]) -> int:
    """Forget items in the open transaction; returns how many there were."""
    lock_run(connection, run_id)
    wanted, removed = list(keys), 0
    add_deletion(connection, run_id, wanted)
    for start in range(0, len(wanted), _DELETE_CHUNK):
        chunk = wanted[start : start + _DELETE_CHUNK]
        here = row_of(results.c.datapoint_id, results.c.repeat).in_(chunk)
        gone = connection.execute(delete(results).where(results.c.run_id == run_id, here))
        removed += gone.rowcount
    return removed


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


def _dataset_places(
    connection: Connection, run: Any, ids: Sequence[str]
) -> tuple[Mapping[str, int], int]:
    """Return the places in the run's dataset, stored or named by the client, and its size."""
    if run.dataset_id is None:
        told = told_order(connection.execute(_TOLD, {"run_id": run.id}).scalar() or {})
        return {each: told[each] for each in ids if each in told}, len(told)
    rows = connection.execute(_IN_DATASET, {"dataset_id": run.dataset_id, "ids": ids}).all()
    size = connection.execute(_SIZE, {"dataset_id": run.dataset_id}).scalar()
    return {row.id: row.position for row in rows}, size or 0


def _highest(connection: Connection, run_id: str) -> int:
    """Return the highest place taken so far, -1 if there is none."""
    highest: int | None = connection.execute(_HIGHEST_PLACE, {"run_id": run_id}).scalar()
    return -1 if highest is None else highest


def _move(connection: Connection, run_id: str, places: Mapping[str, int]) -> None:
    """Let the other repeats of datapoints follow them to their new place."""
    if places:
        moves = [{"of_run": run_id, "point": each, "place": p} for each, p in places.items()]
        connection.execute(_MOVE, moves)


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
