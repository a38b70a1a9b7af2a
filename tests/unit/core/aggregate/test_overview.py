"""A run at a glance."""

import math

import pytest

from assay.core.aggregate import AggregateFunction, collect_scores, run_overview
from assay.core.aggregate.overview import mean_interval
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus
from assay.core.wire.runs import RunOverview
from assay.testing.samples import a_run


def item(name: str, *scores: Score, status: ItemStatus = ItemStatus.SCORED) -> ItemResult:
    return ItemResult(ItemKey(name, 0), status, scores=scores)


ITEMS = [
    item("a", Score("exact", value=1.0, passed=True), Score("near", value=0.5)),
    item("b", Score("exact", value=0.0, passed=False), Score("tone", label="cold")),
    item("c", Score("near", value=1.5), Score("tone", label="cold")),
    item("d", status=ItemStatus.FAILED),
    item("e", Score("exact", ScoreStatus.ERROR, reason="ValueError: no")),
]


def test_an_overview_has_every_metric_and_every_verdict() -> None:
    run = a_run(planned=7, candidate="answer")
    found = RunOverview.model_validate(run_overview(run, collect_scores(ITEMS)))

    assert (5, 2) == (found.items, found.missing)
    assert {"passed": 1, "not_passed": 2, "no_verdict": 1, "errored": 1} == found.verdicts
    exact, near, tone = found.metrics
    assert ("exact", "answer", 0.5, 2, 1, True) == (
        exact.key,
        exact.event_name,
        exact.aggregate,
        exact.count,
        exact.errors,
        exact.boolean,
    )
    assert (1, 2) == (exact.passed, exact.failed)
    assert (0.5, 1.5, 1.0) == (near.lowest, near.highest, near.aggregate)
    assert ({"cold": 2}, None, None) == (tone.labels, tone.aggregate, tone.interval)


def test_only_an_average_has_an_interval() -> None:
    whole = run_overview(a_run(), collect_scores(ITEMS), function=AggregateFunction.MAX)
    assert [None, None, None] == [metric["interval"] for metric in whole["metrics"]]


def test_the_interval_of_a_mean_is_the_normal_one_and_wilsons_of_verdicts() -> None:
    low, high = mean_interval([1, 2, 3, 4, 5], boolean=False) or (math.nan, math.nan)
    assert (1.614, 4.386) == (round(low, 3), round(high, 3))
    low, high = mean_interval([1.0] * 8 + [0.0] * 2, boolean=True) or (math.nan, math.nan)
    assert (0.4902, 0.9433) == (round(low, 4), round(high, 4))
    assert None is mean_interval([3.0], boolean=False)
    assert (2.0, 2.0) == mean_interval([2.0, 2.0], boolean=False)


@pytest.mark.parametrize("huge", [1e308, -1e308])
def test_an_interval_that_is_not_finite_is_none(huge: float) -> None:
    assert None is mean_interval([huge, -huge, huge], boolean=False)
