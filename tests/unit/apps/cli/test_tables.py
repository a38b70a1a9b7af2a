"""A report on the terminal says what is certain, what is not, and what is missing."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from assay.apps.cli.tables import headline, report_view
from assay.core.wire.bench import (
    EvaluationReport,
    LatencySummary,
    MetricValue,
    ModelComparison,
    ModelSummary,
)


def model(name: str, **changed: Any) -> ModelSummary:
    latency = LatencySummary(p50_seconds=0.5, p95_seconds=1.25, p99_seconds=2.0, n=100)
    fields: dict[str, Any] = {
        "model": name,
        "run_id": f"run-{name}",
        "rank": 1,
        "planned": 100,
        "scored": 98,
        "failed": 0,
        "truncated": 0,
        "refused": 0,
        "unparseable": 2,
        "judge_error": 0,
        "skipped": 0,
        "answered": 100,
        "passed": 60,
        "pass_rate": 0.6,
        "interval": (0.5, 0.69),
        "metrics": {"pass_rate": 0.6, "completion_rate": 1.0},
        "cost_usd": "0.0123",
        "cost_known": 100,
        "cost_source": "billed",
        "input_tokens": None,
        "output_tokens": None,
        "latency": latency,
        "tied_with_leader": False,
        "on_pareto_front": True,
    }
    return ModelSummary(**{**fields, **changed})


def pair(**changed: Any) -> ModelComparison:
    fields: dict[str, Any] = {
        "a": "large",
        "b": "small",
        "a_only": 20,
        "b_only": 10,
        "both": 40,
        "neither": 30,
        "difference": 0.1,
        "interval": (0.01, 0.19),
        "p_value": 0.03,
        "p_value_adjusted": 0.03,
        "test": "mcnemar-mid-p",
        "needed": 321,
    }
    return ModelComparison(**{**fields, **changed})


def report(*models: ModelSummary, pairs: tuple[ModelComparison, ...] = ()) -> EvaluationReport:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return EvaluationReport(
        run_id="01890000-0000-7000-8000-000000000000",
        name="Routing",
        status="completed",
        task="routing",
        dataset="tickets",
        dataset_digest="0" * 64,
        datapoints=100,
        repeats=1,
        created_at=now,
        finished_at=now,
        duration_seconds=0.0,
        leader=models[0].model if models and models[0].answered else None,
        models=list(models),
        comparisons=list(pairs),
        warnings=["Look [twice]."],
    )


def shown(document: EvaluationReport, width: int = 140) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(report_view(document))
    return stream.getvalue()


LARGE, SMALL = model("large", tied_with_leader=True), model("small", rank=2)


def test_the_headline_names_the_leader_with_its_interval():
    assert "Routing: large leads with 60.0 % [50.0, 69.0]." == headline(report(LARGE, SMALL))


def test_the_headline_names_who_is_tied():
    tied = model("small", tied_with_leader=True)
    assert headline(report(LARGE, tied)).endswith("; tied with small.")


def test_one_model_alone_leads_nobody():
    assert "Routing: large reaches 60.0 % [50.0, 69.0]." == headline(report(LARGE))


def test_without_answers_there_is_no_ranking():
    empty = model("large", answered=0, passed=0, pass_rate=None, interval=None)
    assert "nothing was answered" in headline(report(empty))


def test_graded_answers_are_ranked_by_their_mean_score():
    details = {"mean_score": MetricValue(value=0.91, n=100, interval=(0.9, 0.92))}
    graded = model("large", metrics={"mean_score": 0.91}, metric_details=details)
    document = report(graded, SMALL, pairs=(pair(test="sign-flip of mean scores"),))
    assert "leads with a mean score of 0.910 [0.900, 0.920]" in headline(document)
    assert "mean score" in shown(document)
    assert "+0.100" in shown(document)


def test_a_shared_rank_is_marked_and_a_rank_alone_is_not():
    tied = model("small", tied_with_leader=True)
    assert "1=   large" in shown(report(LARGE, tied))
    assert "1=" not in shown(report(LARGE, SMALL))


def test_how_many_more_are_needed_is_said_only_where_two_are_not_told_apart():
    assert "321" not in shown(report(LARGE, SMALL, pairs=(pair(p_value_adjusted=0.049),)))
    undecided = shown(report(LARGE, SMALL, pairs=(pair(p_value_adjusted=0.05),)))
    assert "321" in undecided
    assert "needed: datapoints that would tell the two apart at 80 % power." in undecided
    assert "321" in shown(report(LARGE, SMALL, pairs=(pair(p_value_adjusted=None),)))


def test_an_unknown_cost_is_never_shown_as_free():
    unknown = [model(name, cost_usd=None, cost_known=0) for name in ("large", "small")]
    assert "cost" not in shown(report(*unknown))
    assert "$" not in shown(report(*unknown))
    mixed = shown(report(LARGE, unknown[1]))
    assert "$0.0123" in mixed
    assert "–" in mixed


def test_what_was_not_scored_is_counted_by_kind_at_any_width():
    assert "2 unparseable" in shown(report(LARGE, SMALL))
    crowded = model("a-model-with-a-very-long-name-indeed", failed=3)
    narrow = shown(report(crowded, SMALL), 60)
    assert "not scored" in narrow
    assert " 5" in narrow


def test_completion_is_no_column():
    assert "completion" not in shown(report(LARGE, SMALL))


@pytest.mark.parametrize("width", [80, 140])
def test_user_text_is_never_markup(width: int):
    hostile = model("[red]x[/red]")
    document = report(hostile, SMALL, pairs=(pair(a="[red]x[/red]", b="[/]"),))
    text = shown(document, width)
    assert "[red]x[/red]" in text
    assert "[/]" in text
    assert "! Look [twice]." in text


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(width: int):
    long = model("an-organisation/a-model-with-a-very-long-name")
    text = shown(report(long, SMALL, pairs=(pair(a=long.model),)), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
