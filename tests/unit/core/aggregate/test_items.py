"""Items of a run by verdict and by number."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.aggregate import (
    ItemsWanted,
    ItemVerdict,
    collect_scores,
    find_items,
    item_verdicts,
    run_summary,
)
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus
from assay.testing.samples import a_run


def item(
    name: str,
    *scores: Score,
    passed: bool | None = None,
    status: ItemStatus = ItemStatus.SCORED,
) -> ItemResult:
    return ItemResult(ItemKey(name, 0), status, passed=passed, scores=scores)


PASS = Score("exact", value=1.0, passed=True)
FAIL = Score("exact", value=0.0, passed=False)
NUMBER = Score("near", value=0.5)
LABEL = Score("mood", label="good")
RAISED = Score("near", ScoreStatus.ERROR, reason="ValueError: no")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (item("d", PASS, NUMBER), ItemVerdict.PASSED),
        (item("d", PASS, FAIL), ItemVerdict.NOT_PASSED),
        (item("d", passed=True), ItemVerdict.PASSED),
        (item("d", NUMBER, LABEL), ItemVerdict.NO_VERDICT),
        (item("d"), ItemVerdict.NO_VERDICT),
        (item("d", RAISED), ItemVerdict.NOT_PASSED),
        (item("d", status=ItemStatus.FAILED), ItemVerdict.ERRORED),
        (item("d", PASS, status=ItemStatus.SKIPPED), ItemVerdict.ERRORED),
        (item("d", passed=False, status=ItemStatus.TRUNCATED), ItemVerdict.NOT_PASSED),
    ],
)
def test_an_item_has_the_verdict_of_what_judged_it(one: ItemResult, expected: ItemVerdict) -> None:
    assert [expected] == item_verdicts(a_run(), collect_scores([one]))


def test_a_passing_range_judges_a_number_and_a_silent_metric_does_not() -> None:
    near: dict[str, Any] = {"passing_range": {"min": 0.6}}
    run = a_run(configuration={"metrics": {"near": near}})
    assert [ItemVerdict.NOT_PASSED] == item_verdicts(run, collect_scores([item("d", NUMBER)]))
    silent = a_run(configuration={"metrics": {"exact": {"asserts": False}}})
    assert [ItemVerdict.NO_VERDICT] == item_verdicts(silent, collect_scores([item("d", FAIL)]))


def test_what_nothing_judged_counts_neither_as_passed_nor_as_not_passed() -> None:
    items = [item("a", PASS), item("b", FAIL), item("c", NUMBER), item("d", LABEL)]
    summary = run_summary(a_run(), collect_scores(items))
    assert (1, 1, 2, 0.5) == tuple(
        summary[key] for key in ("passed", "not_passed", "no_verdict", "pass_rate")
    )
    assert run_summary(a_run(), collect_scores(items[2:]))["pass_rate"] is None


numbers = st.none() | st.floats(-5, 5)
scored = st.lists(st.tuples(numbers, st.none() | st.booleans()), max_size=8)


def columns(rows: Any) -> Any:
    return collect_scores(
        item(
            f"d{place}",
            *([] if value is None else [Score("near", value=value)]),
            passed=passed,
        )
        for place, (value, passed) in enumerate(rows)
    )


@given(scored, st.sampled_from(["near", "-near"]))
def test_sorting_keeps_every_item_in_order_of_its_number_with_those_without_last(
    rows: Any, sort: str
) -> None:
    found = find_items(a_run(), columns(rows), ItemsWanted(sort=sort))
    assert sorted(found) == list(range(len(rows)))
    values = [rows[index][0] for index in found]
    known = [value for value in values if value is not None]
    assert values == [*sorted(known, reverse=sort == "-near"), *[None] * values.count(None)]


@given(scored, numbers, numbers)
def test_a_range_finds_exactly_the_items_with_a_number_in_it(
    rows: Any, low: float | None, high: float | None
) -> None:
    wanted = ItemsWanted(metric="near", low=low, high=high)
    expected = [
        index
        for index, (value, _) in enumerate(rows)
        if value is not None and (low is None or value >= low) and (high is None or value <= high)
    ]
    assert expected == find_items(a_run(), columns(rows), wanted)


@given(scored)
def test_every_item_is_found_under_exactly_one_verdict(rows: Any) -> None:
    found = [
        index
        for verdict in ItemVerdict
        for index in find_items(a_run(), columns(rows), ItemsWanted(verdict=verdict))
    ]
    assert sorted(found) == list(range(len(rows)))


def test_an_unknown_metric_finds_nothing_and_sorts_nothing() -> None:
    scores = columns([(1.0, None), (0.0, None)])
    assert [] == find_items(a_run(), scores, ItemsWanted(metric="gone"))
    assert [0, 1] == find_items(a_run(), scores, ItemsWanted(sort="-gone"))
    failed = ItemsWanted(status=ItemStatus.FAILED)
    assert [] == find_items(a_run(), scores, failed)
