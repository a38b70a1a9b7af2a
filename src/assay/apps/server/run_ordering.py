"""Runs by what they came to: sorted by a metric, and narrowed to a range of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assay.apps.server.context import AppContext
from assay.apps.server.run_answers import headlines
from assay.core.ports import Listing, Page, RunFilter, RunStamp
from assay.core.runs import Run


PASS_RATE: Final = "pass_rate"  # noqa: S105  a field of a headline
METRIC: Final = "metrics."
"""What the name of a metric follows where a field of a headline is asked for."""

FIELD_PATTERN: Final = rf"({PASS_RATE}|metrics\..{{1,200}})"
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class HeadlineRange:
    """Which runs are wanted by one figure of their headline: those that have it, in bounds.

    Attributes:
        field: ``pass_rate``, or ``metrics.`` and the metric's name.
        low: The least figure, inclusive; None for no bound.
        high: The greatest figure, inclusive; None for no bound.
    """

    field: str
    low: float | None = None
    high: float | None = None

    def holds(self, headline: Mapping[str, Any]) -> bool:
        """Return whether a run with this headline is wanted."""
        value = figure(headline, self.field)
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def figure(headline: Mapping[str, Any], field: str) -> float | None:
    """Return one figure of a headline, None where the run has none."""
    if field == PASS_RATE:
        rate: float | None = headline[PASS_RATE]
        return rate
    metric = headline["metrics"].get(field.removeprefix(METRIC))
    return None if metric is None else metric["aggregate"]


def by_headline(sort: str) -> bool:
    """Return whether ``sort`` asks for the order of a figure, not of a column."""
    field = sort.removeprefix("-")
    return field == PASS_RATE or field.startswith(METRIC)


def ordered_runs(
    context: AppContext,
    where: RunFilter,
    listing: Listing,
    *,
    within: HeadlineRange | None,
    function: str,
) -> Page[Run]:
    """Return one page of runs in the order of ``listing.sort``, a column or a figure.

    Runs without the figure come last, whichever way; of equals the newest comes first.
    """
    if within is None and not by_headline(listing.sort):
        return context.store.list_runs(where, listing)
    stamps = _ordered_stamps(context, where, listing, within=within, function=function)
    ids = [stamp.id for stamp in stamps[listing.offset : listing.offset + listing.limit]]
    return Page(tuple(_runs(context, ids, listing.project)), len(stamps))


def _ordered_stamps(
    context: AppContext,
    where: RunFilter,
    listing: Listing,
    *,
    within: HeadlineRange | None,
    function: str,
) -> list[RunStamp]:
    wanted = by_headline(listing.sort)
    plain = Listing(listing.project, listing.search, sort="-created_at" if wanted else listing.sort)
    stamps = context.store.run_stamps(where, plain)
    known = headlines(
        context, stamps, load=lambda ids: _runs(context, ids, listing.project), function=function
    )
    if within is not None:
        stamps = [stamp for stamp in stamps if within.holds(known[stamp.id])]
    if not wanted:
        return stamps
    field = listing.sort.removeprefix("-")
    sign = -1 if listing.sort.startswith("-") else 1

    def place(stamp: RunStamp) -> tuple[bool, float]:
        value = figure(known[stamp.id], field)
        return value is None, 0.0 if value is None else sign * value

    return sorted(stamps, key=place)


def _runs(context: AppContext, ids: Sequence[str], project: str | None) -> list[Run]:
    """Return runs by id, in the order of ``ids``; one deleted meanwhile is left out."""
    found: dict[str, Run] = {}
    for start in range(0, len(ids), _CHUNK):
        where = RunFilter(ids=tuple(ids[start : start + _CHUNK]))
        page = context.store.list_runs(where, Listing(project, limit=_CHUNK))
        found.update((run.id, run) for run in page.items)
    return [found[each] for each in ids if each in found]
