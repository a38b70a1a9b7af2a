"""Results of runs: the row that is durable the moment an item ends."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Text, cast, func, select
from sqlalchemy import tuple_ as row_of

from assay.core.answer_columns import AnswerColumns
from assay.core.errors import NotFoundError, StorageError
from assay.core.ports import LatencySort, Listing, Page, ResultFilter
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.score_columns import RunScores
from assay.store.answer_reading import read_answers
from assay.store.columns import Words
from assay.store.encoding import encode_json
from assay.store.repository import Repository, check_window, containing
from assay.store.result_rows import LIGHT, WHOLE, item_result, scores_of_results
from assay.store.result_writing import delete_batch, write_batch
from assay.store.score_page_storage import (
    add_first_page,
    lock_run,
    read_pages,
    replace_pages,
)
from assay.store.score_pages import scores_of_page
from assay.store.score_reading import read_rows
from assay.store.tables import results, runs


_CHUNK = 250
_CHUNK_CHARACTERS = 4_000_000
"""Of outputs read at once, the last one aside: memory stays flat whatever their size."""
_WRITE_CHUNK = 2_000
_WORTH_A_PAGE = 1_000
"""From so many items on, reading rows takes longer than anybody should wait twice."""
_ORDER = (results.c.position, results.c.repeat, results.c.id)


class ResultRepository(Repository):
    """Finished items of runs."""

    def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Store ``results`` durably before returning.

        Idempotent: an item stored before is replaced, scores included; of equal keys
        in one call the last stays.

        Raises:
            NotFoundError: If there is no such run.
            NotJsonError: If an output is not JSON.
            StorageError: If the database refuses; then nothing of the call is stored.
        """
        latest = list({result.key: result for result in results}.values())
        with self._database.write() as connection:
            for start in range(0, len(latest), _WRITE_CHUNK):
                batch = latest[start : start + _WRITE_CHUNK]
                if not write_batch(self._database, connection, run_id=run_id, batch=batch):
                    raise NotFoundError.of_id("run", run_id)

    def finished_keys(
        self, run_id: str, *, statuses: Iterable[ItemStatus] | None = None
    ) -> set[ItemKey]:
        """Return the keys stored for a run, of the given statuses or of all."""
        query = select(results.c.datapoint_id, results.c.repeat).where(results.c.run_id == run_id)
        if statuses is not None:
            query = query.where(results.c.status.in_([status.value for status in statuses]))
        with self._database.read() as connection:
            return {ItemKey(*row) for row in connection.execute(query)}

    def iter_results(self, run_id: str, *, outputs: bool = True) -> Iterator[ItemResult]:
        """Stream a run's results in dataset order, then repeat; memory stays flat.

        With ``outputs=False`` the outputs, attempts and metadata are left out.
        """
        select_chunk = _whole_chunk if outputs else _light_chunk
        after = None
        while True:
            here = results.c.run_id == run_id
            chunk = select_chunk(here if after is None else here & (row_of(*_ORDER) > after))
            with self._database.read() as connection:
                rows = connection.execute(chunk).all()
                items = _with_scores(connection, rows)
            if not rows:
                return
            yield from items
            after = row_of(rows[-1].position, rows[-1].repeat, rows[-1].id)

    def read_scores(self, run_id: str, *, candidate: str = "") -> RunScores:
        """Return the scores of all results as columns, in dataset order, then repeat."""
        with self._database.read() as connection:
            stored = read_pages(connection, run_id)
            page = read_rows(connection, run_id) if stored is None else stored.page
        if stored is None and len(page) >= _WORTH_A_PAGE:
            self._first_page(run_id)
        elif stored is not None and stored.wasteful:
            with suppress(StorageError), self._database.write() as connection:
                replace_pages(connection, run_id, stored)
        return scores_of_page(page, candidate=candidate)

    def _first_page(self, run_id: str) -> None:
        """Give a run of a time before there were pages its first one."""
        with suppress(StorageError), self._database.write() as connection:
            lock_run(connection, run_id)
            if read_pages(connection, run_id) is None:
                add_first_page(connection, run_id, read_rows(connection, run_id))

    def iter_answers(self, run_id: str) -> Iterator[AnswerColumns]:
        """Stream what a ranking needs of a run, in dataset order, then repeat; memory stays flat."""
        after = None
        while True:
            with self._database.read() as connection:
                answers, after = read_answers(connection, run_id, after=after)
            if after is None:
                return
            yield answers

    def find_keys(
        self, run_id: str, where: ResultFilter, *, sort: LatencySort | None = None
    ) -> list[ItemKey]:
        """Return the keys of the results that ``where`` selects, in dataset order or by latency."""
        query = select(results.c.datapoint_id, results.c.repeat).where(results.c.run_id == run_id)
        matching = _matching(query, where, Listing()).order_by(*_by_latency(sort), *_ORDER)
        with self._database.read() as connection:
            return [ItemKey(*row) for row in connection.execute(matching)]

    def page_results(
        self,
        run_id: str,
        *,
        where: ResultFilter | None = None,
        listing: Listing | None = None,
        sort: LatencySort | None = None,
    ) -> Page[ItemResult]:
        """Return one page of results in dataset order or by latency.

        Whatever ``listing.sort`` says.
        """
        listing = listing or Listing()
        check_window(listing)
        query = _matching(select(*WHOLE).where(results.c.run_id == run_id), where, listing)
        counted = query.with_only_columns(func.count())
        order = (*_by_latency(sort), *_ORDER)
        # By id first, so that what is sorted does not carry the outputs.
        light = query.with_only_columns(results.c.id).order_by(*order)
        shown = light.offset(listing.offset).limit(listing.limit).subquery()
        window = select(*WHOLE).join(shown, shown.c.id == results.c.id).order_by(*order)
        with self._database.read() as connection:
            total = connection.execute(counted).scalar_one()
            items = _with_scores(connection, connection.execute(window).all())
        return Page(tuple(items), total)

    def get_result(self, run_id: str, key: ItemKey) -> ItemResult:
        """Return one result, or raise ``NotFoundError``."""
        query = select(*WHOLE).where(
            results.c.run_id == run_id,
            results.c.datapoint_id == key.datapoint_id,
            results.c.repeat == key.repeat,
        )
        with self._database.read() as connection:
            found = _with_scores(connection, connection.execute(query).all())
            if not found:
                raise _missing_result(connection, run_id, key)
        return found[0]

    def item_metadata(self, run_id: str) -> dict[str, Mapping[str, Any]]:
        """Return the metadata of each datapoint's first repeat, as its item carries it."""
        query = (
            select(results.c.datapoint_id, results.c.metadata)
            .where(results.c.run_id == run_id)
            .order_by(results.c.repeat.desc())
        )
        with self._database.read() as connection:
            return {name: metadata or {} for name, metadata in connection.execute(query)}

    def get_results(self, run_id: str, keys: Sequence[ItemKey]) -> dict[ItemKey, ItemResult]:
        """Return results by key; unknown keys are left out."""
        wanted = set(keys)
        names = list(dict.fromkeys(key.datapoint_id for key in keys))
        found: dict[ItemKey, ItemResult] = {}
        with self._database.read() as connection:
            for start in range(0, len(names), _CHUNK):
                query = select(*WHOLE).where(
                    results.c.run_id == run_id,
                    results.c.datapoint_id.in_(names[start : start + _CHUNK]),
                )
                items = _with_scores(connection, connection.execute(query).all())
                found.update((item.key, item) for item in items if item.key in wanted)
        return found

    def count_results(self, run_id: str) -> dict[ItemStatus, int]:
        """Return how many results there are per status; absent statuses are left out."""
        query = (
            select(results.c.status, func.count())
            .where(results.c.run_id == run_id)
            .group_by(results.c.status)
        )
        with self._database.read() as connection:
            return {ItemStatus(status): count for status, count in connection.execute(query)}

    def delete_results(self, run_id: str, keys: Iterable[ItemKey]) -> int:
        """Forget items so that they run again; returns how many there were."""
        with self._database.write() as connection:
            return delete_batch(connection, run_id, set(keys))


def _light_chunk(where: ColumnElement[bool]) -> Select[Any]:
    return select(*LIGHT).where(where).order_by(*_ORDER).limit(_CHUNK)


def _whole_chunk(where: ColumnElement[bool]) -> Select[Any]:
    """Return the next rows, fewer where outputs are large, but at least one."""
    size = func.coalesce(func.length(cast(results.c.output, Text)), 0).label("size")
    sized = select(*_ORDER, size).where(where).order_by(*_ORDER).limit(_CHUNK).subquery()
    order = (sized.c.position, sized.c.repeat, sized.c.id)
    before = func.sum(sized.c.size).over(order_by=order, rows=(None, -1)).label("before")
    summed = select(sized.c.id, before).subquery()
    fitting = select(summed.c.id).where(func.coalesce(summed.c.before, 0) < _CHUNK_CHARACTERS)
    return select(*WHOLE).where(results.c.id.in_(fitting)).order_by(*_ORDER)


def _with_scores(connection: Connection, rows: Sequence[Row[Any]]) -> list[ItemResult]:
    found = scores_of_results(connection, [row.id for row in rows])
    return [item_result(row, found.get(row.id, ())) for row in rows]


def _matching(query: Select[Any], where: ResultFilter | None, listing: Listing) -> Select[Any]:
    where = where or ResultFilter()
    if where.status is not None:
        query = query.where(results.c.status == where.status.value)
    if where.passed is not None:
        query = query.where(results.c.passed == where.passed)
    if where.datapoint_ids is not None:
        query = query.where(results.c.datapoint_id.in_(where.datapoint_ids))
    for search in filter(None, (where.search, listing.search)):
        query = query.where(_found(search))
    return query


def _by_latency(sort: LatencySort | None) -> list[ColumnElement[Any]]:
    if sort is None:
        return []
    latency = results.c.latency_seconds
    return [(latency.desc() if sort.startswith("-") else latency.asc()).nulls_last()]


def _found(search: str) -> ColumnElement[bool]:
    """Return the condition that an id, an output or an error holds ``search``.

    In outputs plain or as in JSON.
    """
    output = cast(results.c.output, Words)
    inside_json = encode_json(search).strip()[1:-1]
    plain = containing(search, results.c.datapoint_id, output, results.c.error)
    return plain | containing(inside_json, output)


def _missing_result(connection: Connection, run_id: str, key: ItemKey) -> NotFoundError:
    if connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
        return NotFoundError.of_id("run", run_id)
    return NotFoundError(
        f"Run {run_id!r} has no result for datapoint {key.datapoint_id!r}, repeat {key.repeat}; "
        "it has not ended, or is not part of the run."
    )
