import json
import random
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.aggregate import (
    AggregateFunction,
    ScoredRun,
    aggregate,
    collect_scores,
    compare_runs,
    parse_function,
    run_result,
    run_summary,
)
from assay.core.errors import InvalidInputError
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import Run, RunKind, RunStatus
from assay.core.scores import Score, ScoreStatus
from assay.core.wire.runs import RunComparisonBody, RunResultBody


NOW = datetime(2026, 1, 1, tzinfo=UTC)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCORES = st.floats(-1e6, 1e6) | st.none()


def a_run(run_id: str = "run", **changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": run_id,
        "project": "default",
        "name": run_id,
        "kind": RunKind.EXPERIMENT,
        "status": RunStatus.COMPLETED,
        "created_at": NOW,
        "updated_at": NOW,
        "candidate": "answer",
        **changes,
    }
    return Run(**values)


def item(
    datapoint_id: str, *scores: Score, repeat: int = 0, status: ItemStatus = ItemStatus.SCORED
) -> ItemResult:
    error = "ValueError: no" if status is ItemStatus.FAILED else None
    return ItemResult(ItemKey(datapoint_id, repeat), status, scores=scores, error=error)


def verdict(name: str, passed: bool) -> Score:
    return Score(name, value=float(passed), passed=passed)


def numbers(values: Sequence[float | None], name: str = "m") -> list[ItemResult]:
    return [
        item(f"d{index}", *([] if value is None else [Score(name, value=value)]))
        for index, value in enumerate(values)
    ]


def verdicts(values: Sequence[bool], name: str = "m") -> list[ItemResult]:
    return [item(f"d{index}", verdict(name, value)) for index, value in enumerate(values)]


def result_of(items: Sequence[ItemResult], **changes: Any) -> dict[str, Any]:
    result = run_result(a_run(**changes), collect_scores(items))
    RunResultBody.model_validate(result)
    json.dumps(result, allow_nan=False)
    return result


def comparison(new: Sequence[ItemResult], old: Sequence[ItemResult], **changes: Any) -> Any:
    answer = compare_runs(
        ScoredRun(a_run("new", **changes), collect_scores(new)),
        ScoredRun(a_run("old", **changes), collect_scores(old)),
    )
    RunComparisonBody.model_validate(answer)
    json.dumps(answer, allow_nan=False)
    return answer


def metric(answer: dict[str, Any]) -> Any:
    [only] = answer["metrics"]
    return only


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("average", 5.5),
        ("sum", 55),
        ("min", 1),
        ("max", 10),
        ("median", 5.5),
        ("p90", 9.1),
        ("p95", 9.55),
        ("p99", 9.91),
        ("count", 10),
    ],
)
def test_every_function_aggregates_one_to_ten(function: Any, expected: Any) -> None:
    values = [float(value) for value in range(1, 11)]
    assert expected == pytest.approx(aggregate(values, parse_function(function)))


def test_an_unknown_function_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="average, sum, min, max, median"):
        parse_function("mode")


def test_nothing_to_aggregate_is_none_and_counts_zero() -> None:
    assert aggregate([], AggregateFunction.AVERAGE) is None
    assert 0 == aggregate([], AggregateFunction.COUNT)


@pytest.mark.parametrize("function", [AggregateFunction.SUM, AggregateFunction.AVERAGE])
def test_huge_values_stay_finite(function: Any) -> None:
    assert 1.7e308 == pytest.approx(aggregate([1.7e308] * 3, function), rel=0.1)


@given(st.lists(FINITE, min_size=1), st.sampled_from(AggregateFunction), st.randoms())
def test_aggregation_is_blind_to_order(values: Any, function: Any, chance: Any) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert aggregate(values, function) == aggregate(shuffled, function)


@given(st.lists(st.tuples(SCORES, SCORES), max_size=12), st.randoms(use_true_random=False))
def test_a_runs_metrics_are_blind_to_the_order_of_its_items(rows: Any, chance: Any) -> None:
    items = [
        item(
            f"d{index}",
            *[Score(name, value=v) for name, v in zip("ab", row, strict=True) if v is not None],
        )
        for index, row in enumerate(rows)
    ]
    shuffled = list(items)
    chance.shuffle(shuffled)

    def seen(found: Sequence[ItemResult]) -> Any:
        details = result_of(found)["metrics"]["details"]
        return {d["metric_name"]: (d["aggregate"], sorted(d["values"])) for d in details}

    assert seen(items) == seen(shuffled)


def test_verdicts_are_aggregated_as_zero_and_one_and_shown_as_booleans() -> None:
    [detail] = result_of(verdicts([True, False, True, True]))["metrics"]["details"]
    assert 0.75 == detail["aggregate"]
    assert [True, False, True, True] == detail["values"]
    assert {"passed": ["d0", "d2", "d3"], "failed": ["d1"]} == detail["datapoints"]


def test_a_datapoint_passes_when_all_its_metrics_do() -> None:
    items = [
        item("a", verdict("x", True), verdict("y", True)),
        item("b", verdict("x", True), verdict("y", False)),
        item("c", Score("x", value=0.0)),
        item("d", status=ItemStatus.FAILED),
        item("e", Score("x", label="fine")),
        item("f", Score("x", label="bad", passed=False)),
    ]
    result = result_of(items)
    assert ["a", "c", "e"] == result["passed"]
    assert ["b", "d", "f"] == result["failed"]
    assert not result["success"]
    assert "ValueError: no" == result["datapoints"][3]["error"]


def test_a_passing_range_decides_over_the_evaluators_own_verdict() -> None:
    rules = {"metrics": {"m": {"passing_range": {"min": 0.5, "max": None}}}}
    result = result_of(numbers([0.4, 0.5, 0.6]), configuration=rules)
    assert ["d1", "d2"] == result["passed"]
    assert {"min": 0.5, "max": None} == result["metrics"]["details"][0]["passing_range"]


def test_passing_ranges_of_the_wire_protocol_decide_where_the_configuration_says_nothing() -> None:
    metadata = {"passing_ranges": {"m": {"min": 0.5}, "other": 3}}
    result = result_of(numbers([0.4, 0.5]), metadata=metadata)
    assert (["d1"], ["d0"]) == (result["passed"], result["failed"])
    configured = {"metrics": {"m": {"passing_range": {"max": 0.45}}}}
    result = result_of(numbers([0.4, 0.5]), metadata=metadata, configuration=configured)
    assert (["d0"], ["d1"]) == (result["passed"], result["failed"])
    assert ["d0", "d1"] == result_of(numbers([1, 2]), metadata={"passing_ranges": 3})["passed"]


def test_unreadable_rules_of_an_old_run_mean_the_default() -> None:
    unreadable: list[Any] = [
        None,
        [],
        {"m": 3},
        {"m": {"passing_range": {"min": "low", "max": True}}},
    ]
    for metrics in unreadable:
        assert 3 == len(result_of(numbers([1, 2, 3]), configuration={"metrics": metrics})["passed"])


def test_an_evaluators_error_fails_the_datapoint_and_counts_in_no_aggregate() -> None:
    failed = Score("m", status=ScoreStatus.ERROR, reason="boom")
    result = result_of([item("a", verdict("m", True)), item("b", failed)])
    [detail] = result["metrics"]["details"]
    assert (1.0, 1, 1) == (detail["aggregate"], detail["count"], detail["errors"])
    assert ["b"] == result["failed"]
    assert {"m": "boom"} == result["datapoints"][1]["evaluator_errors"]


def test_a_metric_of_errors_alone_has_no_aggregate() -> None:
    [detail] = result_of([item("a", Score("m", status=ScoreStatus.ERROR))])["metrics"]["details"]
    assert detail["aggregate"] is None
    assert 0 == detail["count"]


def test_not_applicable_is_neither_passed_nor_failed() -> None:
    result = result_of([item("a", Score("m", status=ScoreStatus.NOT_APPLICABLE))])
    assert [] == result["metrics"]["details"]
    assert ["a"] == result["passed"]


def test_labels_are_counted_and_stay_out_of_the_numbers() -> None:
    labels = ["good", "bad", "good"]
    result = result_of([item(f"d{i}", Score("m", label=label)) for i, label in enumerate(labels)])
    assert [] == result["metrics"]["details"]
    assert {"good": 2, "bad": 1} == result["metrics"]["labels"][0]["counts"]
    assert {"m": "good"} == result["datapoints"][0]["labels"]


def test_repeats_are_shown_per_datapoint_and_aggregated_over_all() -> None:
    items = [
        item("a", verdict("m", True), repeat=0),
        item("a", verdict("m", False), repeat=1),
        item("b", verdict("m", True), repeat=0),
        item("b", status=ItemStatus.FAILED, repeat=1),
    ]
    result = result_of(items)
    assert [] == result["passed"]
    assert ["a", "b"] == result["failed"]
    assert pytest.approx(2 / 3) == result["metrics"]["details"][0]["aggregate"]
    first, second = result["datapoints"]
    assert 0.5 == first["metrics"][0]["value"]
    assert [True, False] == first["metrics"][0]["values"]
    assert [False, True] == [each["metrics"][0]["passed"] for each in (first, second)]
    assert ("scored", "failed") == (first["status"], second["status"])
    assert "ValueError: no" == second["error"]


@pytest.mark.parametrize("status", [s for s in RunStatus if s is not RunStatus.COMPLETED])
def test_a_run_that_is_not_completed_is_no_success(status: Any) -> None:
    assert not result_of(verdicts([True]), status=status)["success"]


@pytest.mark.parametrize(
    ("planned", "missing", "success"), [(None, 0, True), (1, 0, True), (2, 0, True), (3, 1, False)]
)
def test_a_run_succeeds_when_all_that_was_planned_passed(
    planned: int | None, missing: int, success: bool
) -> None:
    result = result_of(verdicts([True, True]), planned=planned)
    assert (missing, success) == (result["missing"], result["success"])


def test_an_empty_run_has_an_empty_result() -> None:
    result = result_of([])
    assert ([], [], [], []) == tuple(
        result[key] for key in ("passed", "failed", "datapoints", "event_details")
    )


def test_a_summary_counts_items_and_names_each_metrics_aggregate() -> None:
    items = [*verdicts([True, False, True]), item("x", status=ItemStatus.FAILED)]
    summary = run_summary(a_run(), collect_scores(items))
    assert (2, 4) == (summary["passed"], summary["ended"])
    assert pytest.approx(2 / 3) == summary["pass_rate"]
    assert 3 == summary["metrics"]["m"]["n"]


def test_the_pass_rate_of_nothing_is_none() -> None:
    assert run_summary(a_run(), collect_scores([]))["pass_rate"] is None


def test_a_second_score_of_a_name_replaces_the_first() -> None:
    [detail] = result_of([item("a", Score("m", value=1.0), Score("m", value=3.0))])["metrics"][
        "details"
    ]
    assert [3.0] == detail["values"]


def test_what_moved_is_counted_and_named() -> None:
    answer = comparison(numbers([1, 2, 3, None, 9]), numbers([2, 2, 1, 5]))
    moved = metric(answer)
    assert (3, ["d2"], ["d0"], ["d1"]) == (
        moved["found_count"],
        moved["improved"],
        moved["degraded"],
        moved["same"],
    )
    assert ["d0", "d1", "d2", "d3"] == answer["commonDatapoints"]
    assert ["d4"] == answer["new_only"]
    assert (5 / 3, 2.0) == (moved["old_aggregate"], moved["new_aggregate"])
    assert pytest.approx(20) == moved["percentage_change"]
    assert [2, 2, 1] == moved["old_values"]


def test_where_lower_is_better_less_is_an_improvement() -> None:
    rules = {"metrics": {"m": {"higher_is_better": False}}}
    moved = metric(comparison(numbers([1, 5]), numbers([2, 4]), configuration=rules))
    assert (["d0"], ["d1"]) == (moved["improved"], moved["degraded"])


def test_a_change_from_zero_has_no_percentage() -> None:
    assert metric(comparison(numbers([1]), numbers([0])))["percentage_change"] is None


def test_metrics_of_one_run_alone_are_named_and_not_compared() -> None:
    answer = comparison(numbers([1], "n"), numbers([1], "o"))
    assert ([], ["n"], ["o"]) == (
        answer["metrics"],
        answer["new_only_metrics"],
        answer["old_only_metrics"],
    )


def test_runs_without_a_common_datapoint_have_nothing_to_weigh() -> None:
    moved = metric(comparison([item("x", Score("m", value=1.0))], numbers([2])))
    assert (0, None, None) == (moved["found_count"], moved["old_aggregate"], moved["significance"])


def test_verdicts_are_weighed_by_mcnemar_with_a_score_interval() -> None:
    old = verdicts([True] + [False] * 7 + [True] + [False] * 12)
    new = verdicts([False] + [True] * 7 + [True] + [False] * 12)
    weighed = metric(comparison(new, old))["significance"]
    assert ("mcnemar-mid-p", 21) == (weighed["test"], weighed["n"])
    assert 0.0391 == round(weighed["p_value"], 4)
    assert [0.026, 0.517] == [round(end, 3) for end in weighed["interval"]]
    assert weighed["needed"] > 21


def test_repeated_verdicts_are_weighed_within_each_datapoint() -> None:
    def repeated(counts: Sequence[int]) -> list[ItemResult]:
        return [
            item(f"d{index}", verdict("m", repeat < passed), repeat=repeat)
            for index, passed in enumerate(counts)
            for repeat in range(3)
        ]

    weighed = metric(comparison(repeated([3, 2]), repeated([0, 1])))["significance"]
    assert "within-case-mid-p" == weighed["test"]
    assert 2 == weighed["n"]
    assert weighed["p_value"] < 0.1


def test_repeated_scores_are_compared_by_the_mean_of_each_datapoint() -> None:
    def repeated(**values: Sequence[float]) -> list[ItemResult]:
        return [
            item(name, Score("m", value=value), repeat=repeat)
            for name, given in values.items()
            for repeat, value in enumerate(given)
        ]

    moved = metric(comparison(repeated(a=[4, 6], b=[0, 1]), repeated(a=[1, 3, 2], b=[3, 3])))
    assert (["a"], ["b"]) == (moved["improved"], moved["degraded"])
    assert (0.25, 2) == (moved["significance"]["difference"], moved["significance"]["n"])


def test_scores_are_weighed_by_sign_flips() -> None:
    weighed = metric(comparison(numbers([0.9, 0.8, 0.7]), numbers([0.5, 0.6, 0.6])))["significance"]
    assert ("sign-flip-exact", 0.25) == (weighed["test"], weighed["p_value"])


@pytest.mark.parametrize("factor", [2.0**400, 2.0**1020])
def test_huge_scores_are_weighed_as_small_ones_are(factor: float) -> None:
    new, old = [0.875, 0.75, 0.5, 0.25, 1.0], [0.5, 0.625, 0.5, 0.375, 0.125]
    small = metric(comparison(numbers(new), numbers(old)))["significance"]
    scaled = [numbers([value * factor for value in side]) for side in (new, old)]
    huge = metric(comparison(*scaled))["significance"]
    assert small["difference"] * factor == huge["difference"]
    assert [end * factor for end in small["interval"]] == huge["interval"]
    unscaled = {"difference": None, "interval": None}
    assert {**small, **unscaled} == {**huge, **unscaled}


def test_a_difference_that_no_float_holds_is_held_at_the_greatest() -> None:
    greatest = sys.float_info.max
    compared = metric(comparison(numbers([-greatest] * 4), numbers([greatest] * 4)))
    assert 4 == compared["degraded_count"]
    assert -greatest == compared["significance"]["difference"]


def test_the_mean_of_huge_repeats_is_finite() -> None:
    repeats = [item("d", Score("m", value=1.7e308), repeat=number) for number in range(3)]
    assert [1.7e308] == [
        pytest.approx(each["value"]) for each in result_of(repeats)["datapoints"][0]["metrics"]
    ]


def test_p_values_are_adjusted_over_the_metrics_compared() -> None:
    chance = random.Random(1)

    def both(shift: float) -> list[ItemResult]:
        return [
            item(f"d{i}", verdict("a", chance.random() < 0.5 + shift), Score("b", value=i + shift))
            for i in range(40)
        ]

    weighed = [each["significance"] for each in comparison(both(0.2), both(0.0))["metrics"]]
    low, high = sorted(weighed, key=lambda each: each["p_value"])
    assert (2 * low["p_value"], high["p_value"]) == (
        low["p_value_adjusted"],
        high["p_value_adjusted"],
    )


@given(
    st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=8),
    st.booleans(),
)
def test_swapping_the_runs_mirrors_the_delta(rows: Any, higher: Any) -> None:
    rules = {"metrics": {"m": {"higher_is_better": higher}}}
    left = numbers([row[0] for row in rows])
    right = numbers([row[1] for row in rows])
    there = comparison(left, right, configuration=rules)["metrics"]
    back = comparison(right, left, configuration=rules)["metrics"]
    for one, other in zip(there, back, strict=True):
        assert one["improved"] == other["degraded"]
        assert one["degraded"] == other["improved"]
        assert one["same"] == other["same"]
        assert one["old_aggregate"] == other["new_aggregate"]
        if one["significance"] is not None:
            assert one["difference"] == -other["difference"]
            assert one["significance"]["p_value"] == other["significance"]["p_value"]


def test_events_say_in_which_run_they_are() -> None:
    answer = compare_runs(
        ScoredRun(a_run("new", candidate="v2"), collect_scores(numbers([1]))),
        ScoredRun(a_run("old", candidate="v1"), collect_scores(numbers([1]))),
    )
    assert {"v1": "old", "v2": "new"} == {
        event["event_name"]: event["presence"] for event in answer["event_details"]
    }


@pytest.mark.parametrize("function", ["median", "p90", "p95", "p99"])
@given(value=FINITE, count=st.integers(1, 12))
def test_a_quantile_of_equal_values_is_that_value(function: str, value: float, count: int) -> None:
    assert value == aggregate([value] * count, AggregateFunction(function))
