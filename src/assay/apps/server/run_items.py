"""The items of a run as its page shows them: searched, narrowed, sorted, with their verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from assay.apps.server.context import AppContext
from assay.apps.services.runs import rows_of
from assay.core.aggregate import (
    ItemsWanted,
    ItemVerdict,
    collect_scores,
    find_items,
    item_verdicts,
)
from assay.core.ports import LatencySort, Listing, Page, ResultFilter
from assay.core.results import ItemKey, ItemResult
from assay.core.runs import Run
from assay.core.wire.rest import ItemRow


_PASSED: Final = {ItemVerdict.PASSED: True, ItemVerdict.NOT_PASSED: False}


LATENCY: Final = "item.latency_seconds"
"""What sorts by latency, where a metric's name sorts by its numbers."""

_LATENCY_SORTS: Final[dict[str, LatencySort]] = {
    LATENCY: "latency_seconds",
    f"-{LATENCY}": "-latency_seconds",
}
_CHUNK: Final = 250


@dataclass(frozen=True, slots=True)
class ItemsAsked:
    """Which items of a run are asked for; ``search`` looks into ids, outputs and errors."""

    wanted: ItemsWanted
    search: str | None = None
    datapoint_ids: tuple[str, ...] | None = None

    @property
    def stored_alone(self) -> bool:
        """Whether the stored rows answer it, without what the scores come to."""
        sort = None if self.by_latency else self.wanted.sort
        return replace(self.wanted, status=None, sort=None) == ItemsWanted() and sort is None

    @property
    def by_latency(self) -> LatencySort | None:
        """How latency sorts the items, None where it does not."""
        return _LATENCY_SORTS.get(self.wanted.sort or "")


def run_items(context: AppContext, run: Run, asked: ItemsAsked, listing: Listing) -> Page[ItemRow]:
    """Return one page of a run's items, each with its datapoint and its verdict."""
    if asked.stored_alone:
        where = ResultFilter(
            status=asked.wanted.status, search=asked.search, datapoint_ids=asked.datapoint_ids
        )
        page = context.store.page_results(
            run.id, where=where, listing=listing, sort=asked.by_latency
        )
        return Page(tuple(_rows(context, run, page.items)), page.total)
    keys = _keys(context, run, asked)
    shown = keys[listing.offset : listing.offset + listing.limit]
    found = context.store.get_results(run.id, shown)
    return Page(
        tuple(_rows(context, run, [found[key] for key in shown if key in found])), len(keys)
    )


def iter_run_items(context: AppContext, run: Run, asked: ItemsAsked) -> Iterator[list[ItemRow]]:
    """Yield all items that are asked for, some hundred at a time."""
    keys = _keys(context, run, asked)
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        found = context.store.get_results(run.id, chunk)
        yield _rows(context, run, [found[key] for key in chunk if key in found])


def _keys(context: AppContext, run: Run, asked: ItemsAsked) -> list[ItemKey]:
    scores = context.scores.scores_of(context.store, run)
    by_latency = asked.by_latency
    wanted = asked.wanted if by_latency is None else replace(asked.wanted, sort=None)
    keys = [
        ItemKey(scores.datapoint_ids[index], scores.repeats[index])
        for index in find_items(run, scores, wanted)
    ]
    if asked.search is None and asked.datapoint_ids is None and by_latency is None:
        return keys
    where = ResultFilter(search=asked.search, datapoint_ids=asked.datapoint_ids)
    holding = context.store.find_keys(run.id, where, sort=by_latency)
    in_order, others = (keys, set(holding)) if by_latency is None else (holding, set(keys))
    return [key for key in in_order if key in others]


def _rows(context: AppContext, run: Run, results: Sequence[ItemResult]) -> list[ItemRow]:
    verdicts = item_verdicts(run, collect_scores(results, candidate=run.candidate))
    judged = [
        replace(result, passed=_PASSED.get(verdict))
        for result, verdict in zip(results, verdicts, strict=True)
    ]
    return rows_of(context.store, run, judged)
