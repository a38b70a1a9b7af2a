"""Where pages of scores stand: added with each batch, put together when they are many.

A run has pages from its first result on, or none: what was stored before there were pages
is read from its rows. A page is written in the transaction that writes its results, so
pages and results never disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, or_, select, update
from sqlalchemy import insert as insert_into

from assay.core.results import ItemKey, ItemResult
from assay.store.encoding import escape_text
from assay.store.raw_reading import mark_of, raw_rows
from assay.store.score_pages import Page, decode_page, encode_page, merged_pages, page_of
from assay.store.tables import results, runs, score_pages


SMALL_ITEMS: Final = 256
"""A page of fewer items is put together with its neighbours at some point."""
MANY_PAGES: Final = 64
"""So many pages are worth putting together when they have been read."""
_PAGES_AT_A_TIME: Final = 8

_OF_RUN = score_pages.c.run_id == bindparam("run")
_HAS_PAGES = select(score_pages.c.id).where(_OF_RUN).exists()
_HAS_RESULTS = select(results.c.id).where(results.c.run_id == bindparam("run")).exists()
_PAGE = (
    bindparam("run", type_=score_pages.c.run_id.type),
    bindparam("size", type_=score_pages.c.size.type),
    bindparam("text", type_=score_pages.c.body.type),
)
_COLUMNS = ["run_id", "size", "body"]
_ADD = insert_into(score_pages).from_select(
    _COLUMNS, select(*_PAGE).where(or_(_HAS_PAGES, ~_HAS_RESULTS)), include_defaults=False
)
_ADD_DELETION = insert_into(score_pages).from_select(
    _COLUMNS, select(*_PAGE).where(_HAS_PAGES), include_defaults=False
)
_ALL = select(score_pages.c.id, score_pages.c.body).where(_OF_RUN).order_by(score_pages.c.id)
_SIZES = (
    select(score_pages.c.id, score_pages.c.size).where(_OF_RUN).order_by(score_pages.c.id.desc())
)
_LOCK = select(runs.c.id).where(runs.c.id == bindparam("run")).with_for_update()


@dataclass(frozen=True, slots=True)
class StoredPages:
    """The pages of a run as they were read, put together.

    Attributes:
        ids: Of the pages, in order.
        items: How many items they have, replaced ones included.
    """

    page: Page
    ids: Sequence[int]
    items: int

    @property
    def wasteful(self) -> bool:
        """Whether they are better stored as one."""
        return len(self.ids) > MANY_PAGES or (len(self.ids) > 1 and self.items > 2 * len(self.page))


def add_page(
    connection: Connection, run_id: str, batch: Sequence[ItemResult], *, places: Mapping[str, int]
) -> None:
    """Add the page of a batch, before its results are written; the run's row is locked."""
    text = encode_page(page_of(batch, places))
    connection.execute(_ADD, {"run": run_id, "size": len(batch), "text": text})
    if len(batch) < SMALL_ITEMS and _is_round(places[item.key.datapoint_id] for item in batch):
        _join_small(connection, run_id)


def add_deletion(connection: Connection, run_id: str, keys: Iterable[ItemKey]) -> None:
    """Note that items are no more; the run's row is locked."""
    text = encode_page(Page.empty(deleted=keys))
    connection.execute(_ADD_DELETION, {"run": run_id, "size": 0, "text": text})


def forget_pages(connection: Connection, run_id: str) -> None:
    """Have the run read from its rows again: other items than those of a batch have moved."""
    connection.execute(delete(score_pages).where(score_pages.c.run_id == run_id))


def lock_run(connection: Connection, run_id: str) -> None:
    """Let nobody else write results of the run."""
    connection.execute(_LOCK, {"run": run_id})


def read_pages(connection: Connection, run_id: str) -> StoredPages | None:
    """Return the pages of a run, or None if it has none."""
    mark = mark_of(connection)
    query = f"SELECT id, body FROM score_pages WHERE run_id = {mark} ORDER BY id"  # noqa: S608 - no value in it
    chunks = raw_rows(connection, query, [escape_text(run_id)], chunk=_PAGES_AT_A_TIME)
    pages = {number: decode_page(body) for number, body in chain.from_iterable(chunks)}
    if not pages:
        return None
    page = replace(merged_pages(list(pages.values())), deleted=())
    return StoredPages(page, list(pages), sum(map(len, pages.values())))


def add_first_page(connection: Connection, run_id: str, page: Page) -> None:
    """Add the page of all results that there are; the run's row is locked."""
    row = {"run": run_id, "size": len(page), "text": encode_page(page)}
    connection.execute(insert_into(score_pages).from_select(_COLUMNS, select(*_PAGE)), row)


def replace_pages(connection: Connection, run_id: str, stored: StoredPages) -> None:
    """Store pages that were read as one, unless somebody else did in between."""
    lock_run(connection, run_id)
    until = (score_pages.c.run_id == run_id) & (score_pages.c.id <= stored.ids[-1])
    ids = select(score_pages.c.id).where(until).order_by(score_pages.c.id)
    if list(connection.execute(ids).scalars()) == list(stored.ids):
        _put_together(connection, stored.ids, stored.page)


def _is_round(places: Iterable[int]) -> bool:
    """Return whether it is time to look for small pages: once in so many datapoints."""
    return any((place + 1) % SMALL_ITEMS == 0 for place in places)


def _join_small(connection: Connection, run_id: str) -> None:
    """Make one of the small pages at the end."""
    ids: list[int] = []
    for row in connection.execute(_SIZES, {"run": run_id}):
        if row.size >= SMALL_ITEMS:
            break
        ids.append(row.id)
    if len(ids) > 1:
        ids.reverse()
        rows = connection.execute(_ALL.where(score_pages.c.id >= ids[0]), {"run": run_id}).all()
        page = merged_pages([decode_page(row.body) for row in rows])
        _put_together(connection, ids, page)


def _put_together(connection: Connection, ids: Sequence[int], page: Page) -> None:
    """Store ``page`` in place of the last of some pages, and forget the others."""
    last = score_pages.c.id == ids[-1]
    values: dict[str, Any] = {"size": len(page), "body": encode_page(page)}
    connection.execute(update(score_pages).where(last).values(values))
    run_of = select(score_pages.c.run_id).where(last).scalar_subquery()
    earlier = (score_pages.c.run_id == run_of) & (score_pages.c.id >= ids[0])
    connection.execute(delete(score_pages).where(earlier, score_pages.c.id < ids[-1]))
