"""Reports: the ledger adds up, order does not matter, and nothing is claimed without evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from assay.bench.exports import items_csv, report_csv, report_markdown, report_rows
from assay.bench.intervals import clustered_wilson
from assay.bench.report import build_report
from assay.bench.task import parse_task
from assay.core.answer_columns import answer_columns
from assay.core.costs import CACHE_HIT_COST, Cost, CostSource, Usage
from assay.core.datasets import DatasetVersion
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import Evaluation, Run, RunKind, RunStatus
from assay.core.scores import Score, ScoreStatus
from assay.core.wire.bench import EvaluationReport


NOW = datetime(2026, 1, 1, tzinfo=UTC)
EXACT = "name: t\ngold: {field: a}\nmatcher: {kind: exact}"
SET = "name: t\ngold: {field: a}\nmatcher: {kind: set}"
BILLED = Cost(Decimal("0.0000001"), CostSource.BILLED)


def _item(number: int, passed: bool | None = True, *, repeat: int = 0, **more: Any) -> ItemResult:
    status = more.pop("status", ItemStatus.SCORED)
    scores = () if passed is None else (Score("exact", value=float(passed), passed=passed),)
    return ItemResult(
        ItemKey(f"d{number}", repeat), status, passed=passed, **{"scores": scores, **more}
    )


def _list_item(number: int, tp: int, fp: int, fn: int) -> ItemResult:
    whole = 2 * tp + fp + fn
    score = Score("set", value=2 * tp / whole if whole else None, passed=fp + fn == 0,
                  details={"tp": tp, "fp": fp, "fn": fn})  # fmt: skip
    return ItemResult(
        ItemKey(f"d{number}", 0), ItemStatus.SCORED, passed=score.passed, scores=(score,)
    )


def _report(
    results: Mapping[str, Sequence[ItemResult]],
    *,
    task: str = EXACT,
    size: int = 10,
    repeats: int = 1,
    **run: Any,
) -> EvaluationReport:
    status = RunStatus.COMPLETED
    names = tuple(results)
    return build_report(
        Evaluation("e", "default", "trial", status, "t", "d", names, names, NOW, NOW,
                   finished_at=NOW + timedelta(seconds=5)),
        [
            Run(name, "default", name, RunKind.BENCH, status, NOW, NOW, candidate=name,
                repeats=repeats, planned=size * repeats, **run)
            for name in names
        ],
        task=parse_task(task, source="t"),
        dataset=DatasetVersion("d", "default", "data", 1, "0" * 64, size, NOW),
        answers=lambda run_id: [answer_columns(results[run_id])],
    )  # fmt: skip


ITEMS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([status for status in ItemStatus if status is not ItemStatus.SKIPPED]), st.booleans(), st.sampled_from([None, "0.1", "0.25"])),
    max_size=10, unique_by=lambda row: row[0],
)  # fmt: skip


def _items(rows: list[tuple[int, ItemStatus, bool, str | None]]) -> list[ItemResult]:
    return [
        _item(
            number,
            passed and status is ItemStatus.SCORED if status.answered else None,
            status=status,
            cost=Cost(None, CostSource.UNKNOWN)
            if usd is None
            else Cost(Decimal(usd), CostSource.BILLED),
        )
        for number, status, passed, usd in rows
    ]


@settings(max_examples=40)
@given(ITEMS, ITEMS, st.randoms())
def test_the_ledger_adds_up_and_order_does_not_matter(one: Any, two: Any, random: Any) -> None:
    first, second = _items(one), _items(two)
    report = _report({"a": first, "b": second})
    random.shuffle(first)

    shuffled = _report({"b": second, "a": first})

    for model in report.models:
        ended = (
            model.scored,
            model.failed,
            model.truncated,
            model.refused,
            model.unparseable,
            model.judge_error,
        )
        assert model.planned == 10 == sum(ended) + model.skipped
        assert model.answered == model.scored + model.truncated + model.refused + model.unparseable
        assert (model.pass_rate is None) == (model.answered == 0)
    assert report.models == shuffled.models
    assert report.comparisons == shuffled.comparisons


@given(ITEMS)
@settings(max_examples=25)
def test_cost_is_the_exact_sum_of_what_is_known(rows: Any) -> None:
    items = _items(rows)
    known = [item.cost.amount_usd for item in items if item.cost.amount_usd is not None]

    (model,) = _report({"a": items}).models

    assert model.cost_known == len(known)
    assert model.cost_usd == (format(sum(known), "f") if known else None)


def test_tiny_costs_keep_every_digit_and_cache_hits_do_not_cheapen_a_call() -> None:
    items = [
        _item(1, cost=BILLED, latency_seconds=2.0),
        _item(2, cost=CACHE_HIT_COST, cached=True, latency_seconds=0.0),
    ]

    (model,) = _report({"a": items}).models

    assert model.cost_usd == "0.0000001"
    assert model.cost_per_1000_usd == "0.0001000"
    assert model.cost_source == "mixed"
    assert (1, 2.0) == (model.latency.n, model.latency.p95_seconds)


def test_unknown_costs_are_null_warned_about_and_not_on_the_front_for_free() -> None:
    known = [_item(n, cost=BILLED, latency_seconds=1.0) for n in range(10)]
    unknown = [_item(n, latency_seconds=1.0) for n in range(10)]

    report = _report({"known": known, "unknown": unknown})

    models = {model.model: model for model in report.models}
    assert (None, "unknown") == (models["unknown"].cost_usd, models["unknown"].cost_source)
    assert not models["unknown"].on_pareto_front
    assert models["known"].on_pareto_front
    assert any("unknown is not free" in warning for warning in report.warnings)


def test_a_clear_difference_ranks_and_a_small_one_ties() -> None:
    good = [_item(n) for n in range(40)]
    nearly = [_item(n, n != 0) for n in range(40)]
    bad = [_item(n, n >= 20) for n in range(40)]

    report = _report({"bad": bad, "nearly": nearly, "good": good}, size=40)

    assert [("good", 1, True), ("nearly", 1, True), ("bad", 3, False)] == [
        (model.model, model.rank, model.tied_with_leader) for model in report.models
    ]
    assert report.leader == "good"
    assert ("good", "nearly", 1, 0, 39, 0) == tuple(
        getattr(report.comparisons[0], name)
        for name in ("a", "b", "a_only", "b_only", "both", "neither")
    )
    assert report.comparisons[0].needed is not None
    assert report.duration_seconds == 5


def test_only_what_both_answered_is_paired_and_an_answer_not_scored_did_not_pass() -> None:
    first = [_item(0), _item(1, False, status=ItemStatus.TRUNCATED, scores=()), _item(2)]
    second = [_item(0, None, status=ItemStatus.FAILED), _item(1)]

    report = _report({"a": first, "b": second})

    (pair,) = report.comparisons
    assert {pair.a: pair.a_only, pair.b: pair.b_only} == {"a": 0, "b": 1}
    assert (0, 0) == (pair.both, pair.neither)
    assert any("2 items have an answer from one of them only" in item for item in report.warnings)


def test_a_model_without_answers_is_last_and_said_so() -> None:
    report = _report({"silent": [], "speaks": [_item(0, False)]}, stop_reason="abandoned after 5")

    last = report.models[-1]
    assert ("silent", None, None, False, False) == (
        last.model, last.pass_rate, last.interval, last.tied_with_leader, last.on_pareto_front,
    )  # fmt: skip
    assert report.comparisons[0].p_value is None
    assert report.comparisons[0].test.startswith("none")
    assert any("silent answered nothing" in warning for warning in report.warnings)
    assert any("stopped early: abandoned" in warning for warning in report.warnings)


def test_an_evaluation_without_any_result_has_no_leader() -> None:
    report = _report({"a": [], "b": []})

    assert report.leader is None
    assert [model.metrics["pass_rate"] for model in report.models] == [None, None]


def test_repeats_are_tested_within_datapoints_and_described() -> None:
    good = [_item(n, repeat=r) for n in range(12) for r in range(3)]
    mixed = [_item(n, r == 0, repeat=r) for n in range(12) for r in range(3)]

    report = _report({"good": good, "mixed": mixed}, size=12, repeats=3)

    (pair,) = report.comparisons
    models = {model.model: model for model in report.models}
    assert pair.test == "within-case-mid-p"
    assert pair.p_value is not None
    assert pair.p_value < 0.001
    assert pair.difference == pytest.approx(2 / 3)
    assert (24, 0, 12) == (pair.a_only, pair.b_only, pair.both)
    assert models["mixed"].metrics["pass_at_k"] == 1
    assert models["mixed"].metrics["pass_hat_k"] == 0
    assert models["mixed"].metrics["agreement"] == pytest.approx(1 / 3)
    assert models["good"].metrics["consistency_sd"] == 0


def test_graded_lists_are_ranked_by_mean_score_with_micro_and_macro_metrics() -> None:
    good = [_list_item(n, 3, 0, 1) for n in range(20)]
    bad = [_list_item(n, 1, 3, 3) for n in range(19)] + [_list_item(19, 0, 0, 0)]

    report = _report({"bad": bad, "good": good}, size=20, task=SET)

    first, second = report.models
    assert ("good", 2) == (first.model, second.rank)
    assert first.metrics["precision"] == 1
    assert first.metrics["completeness"] == first.metrics["recall"] == 0.75
    assert first.metrics["f1"] == pytest.approx(6 / 7)
    assert second.metrics["hallucination_rate"] == 0.75
    assert second.metrics["precision_macro"] == pytest.approx(0.25)
    assert second.metric_details["precision_macro"].n == 19
    assert second.metric_details["mean_score"].n == 19
    assert second.metric_details["precision"].interval == pytest.approx((0.25, 0.25))
    assert report.comparisons[0].test.startswith("sign-flip")
    assert report.comparisons[0].difference == pytest.approx(6 / 7 - 0.25)


def test_nothing_found_and_nothing_to_find_is_undefined() -> None:
    (model,) = _report({"a": [_list_item(0, 0, 0, 0)]}, task=SET).models

    assert {None} == {
        model.metrics[name]
        for name in ("precision", "completeness", "f1", "hallucination_rate", "mean_score")
    }
    assert model.passed == 1


def test_record_fields_are_reported_by_name() -> None:
    details = {
        "tp": 0,
        "fp": 1,
        "fn": 1,
        "fields": {"x": [1, 2], "y": [2, 2]},
        "weights": {"x": 3.0, "y": 1.0},
    }
    item = replace(_item(0), scores=(Score("record", value=0.6, passed=False, details=details),))

    (model,) = _report(
        {"a": [item]},
        task="name: t\ngold: {field: a}\nmatcher: {kind: record, fields: {x: {}, y: {}}}",
    ).models

    assert model.metrics["field_accuracy.x"] == 0.5
    assert model.metrics["field_accuracy"] == pytest.approx(5 / 8)


def test_a_score_in_error_has_no_value() -> None:
    item = replace(_list_item(0, 1, 0, 0), scores=(Score("set", status=ScoreStatus.ERROR),))

    (model,) = _report({"a": [item]}, task=SET).models

    assert model.metrics["mean_score"] is None


@pytest.mark.parametrize(("passed", "answered"), [(0, 10), (10, 10), (3, 10), (7, 9)])
def test_without_repeats_the_interval_is_wilsons(passed: int, answered: int) -> None:
    cells = [(1, 1)] * passed + [(0, 1)] * (answered - passed)

    assert clustered_wilson(cells) == pytest.approx(
        proportion_confint(passed, answered, method="wilson"), abs=1e-12
    )


def test_repeats_that_always_agree_count_as_one_answer() -> None:
    repeated = clustered_wilson([(5, 5)] * 8 + [(0, 5)] * 4)
    single = proportion_confint(8, 12, method="wilson")

    assert repeated is not None
    assert repeated[1] - repeated[0] == pytest.approx(single[1] - single[0], rel=0.1)
    assert clustered_wilson([(5, 5)] * 3) == pytest.approx(
        proportion_confint(3, 3, method="wilson"), abs=1e-9
    )
    assert clustered_wilson([(2, 5)]) is not None
    assert clustered_wilson([]) is None


def test_the_same_results_give_the_same_report() -> None:
    results = {
        "a": [_list_item(n, n % 3, 1, 1) for n in range(30)],
        "b": [_list_item(n, 1, n % 2, 1) for n in range(30)],
    }

    assert _report(results, size=30, task=SET) == _report(results, size=30, task=SET)


def test_exports_hold_what_the_report_says() -> None:
    report = _report({"=a|b": [_item(0, cost=BILLED)], "c": [_item(0, False)]})

    assert [row["passed"] for row in report_rows(report)] == [1, 0]
    assert "'=a|b" in report_csv(report)
    markdown = report_markdown(report)
    assert "| 1 (tied) | =a\\|b | 100.0 % |" in markdown
    assert "mcnemar-mid-p" in markdown
    assert "- Only 10 datapoints" in markdown


def test_items_are_exported_one_per_line_with_outputs_guarded() -> None:
    items = [
        _item(0, output="=cmd()", usage=Usage(1, 2), cost=BILLED),
        _item(1, None, status=ItemStatus.FAILED, error="x"),
    ]

    lines = items_csv("m", items).split("\r\n")

    assert len(lines) == 4
    assert "'=cmd()" in lines[1]
    assert "0.0000001" in lines[1]
    assert items_csv("m", []) == ""
