"""A report for people: the ranking, the comparisons and one line that says it."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.apps.cli.figures import (
    dollars,
    p_value,
    percent,
    percent_interval,
    points,
    score,
    score_interval,
    seconds,
)
from assay.apps.cli.grid import Column, Grid
from assay.core.wire.bench import EvaluationReport, ModelComparison, ModelSummary


if TYPE_CHECKING:
    from rich.console import Group


TROUBLES = ("failed", "truncated", "refused", "unparseable", "judge_error", "skipped")
_HEADLINE = "mean_score"
_METRICS = ("precision", "completeness", "f1", "pass_at_k", "pass_hat_k", "agreement")
_SIGNIFICANCE = 0.05


def report_view(report: EvaluationReport) -> "Group":
    """Return a report as the terminal shows it."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Grid] = [Text(headline(report), style="bold"), _ranking(report)]
    if report.comparisons:
        parts.append(_comparisons(report.comparisons, graded=is_graded(report)))
    parts.append(Text())
    parts.extend(Text(f"! {warning}", style="yellow") for warning in report.warnings)
    parts.append(Text(f"run {report.run_id}", style="dim"))
    return Group(*parts)


def is_graded(report: EvaluationReport) -> bool:
    """Whether models are ranked by mean score instead of pass rate."""
    return any("mean scores" in pair.test for pair in report.comparisons)


def headline(report: EvaluationReport) -> str:
    """Say in one sentence who leads, by what, and whether that is certain."""
    best = next((model for model in report.models if model.model == report.leader), None)
    if best is None:
        return f"{report.name}: nothing was answered, so there is no ranking."
    tied = [m.model for m in report.models if m.tied_with_leader and m.model != best.model]
    certainty = f"; tied with {', '.join(tied)}" if tied else ""
    if len(report.models) == 1:
        return f"{report.name}: {best.model} reaches {_quality(best, report)}."
    return f"{report.name}: {best.model} leads with {_quality(best, report)}{certainty}."


def _quality(model: ModelSummary, report: EvaluationReport) -> str:
    if is_graded(report):
        bounds = _score_bounds(model)
        return f"a mean score of {score(model.metrics.get(_HEADLINE))} {bounds}".rstrip()
    return f"{percent(model.pass_rate)} {percent_interval(model.interval)}".rstrip()


def _score_bounds(model: ModelSummary) -> str:
    details = model.metric_details.get(_HEADLINE)
    return "" if details is None else score_interval(details.interval)


def _ranking(report: EvaluationReport) -> Grid:
    models, graded = report.models, is_graded(report)
    return Grid(
        title=f"{report.task} on {report.dataset}",
        columns=[
            Column("#", _ranks(models)),
            Column("model", [model.model for model in models], right=False, folds=True),
            *(_score_columns(models) if graded else ()),
            *_pass_columns(models, yields=4 if graded else 0),
            Column(
                "not scored",
                [_troubles(model) or "0" for model in models],
                short=[str(_trouble_count(model)) for model in models],
            ),
            *_metric_columns(models, yields=3 if graded else 6),
            Column("cost", [dollars(model.cost_usd) for model in models], yields=1),
            Column("p50", [seconds(model.latency.p50_seconds) for model in models], yields=2),
            Column("p95", [seconds(model.latency.p95_seconds) for model in models], yields=5),
        ],
        strong=frozenset(number for number, model in enumerate(models) if model.rank == 1),
    )


def _ranks(models: Sequence[ModelSummary]) -> list[str]:
    counts = Counter(model.rank for model in models)
    return [f"{model.rank}{'=' if counts[model.rank] > 1 else ''}" for model in models]


def _score_columns(models: Sequence[ModelSummary]) -> list[Column]:
    return [
        Column("mean score", [score(model.metrics.get(_HEADLINE)) for model in models]),
        Column("95 % interval", [_score_bounds(model) for model in models], yields=1),
    ]


def _pass_columns(models: Sequence[ModelSummary], *, yields: int) -> list[Column]:
    intervals = [percent_interval(model.interval) for model in models]
    return [
        Column("pass rate", [percent(model.pass_rate) for model in models], yields=yields),
        Column("95 % interval", intervals, yields=yields),
        Column("passed", [f"{m.passed}/{m.answered}" for m in models], yields=yields),
    ]


def _troubles(model: ModelSummary) -> str:
    counts = {name: getattr(model, name) for name in TROUBLES}
    return ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n)


def _trouble_count(model: ModelSummary) -> int:
    return sum(getattr(model, name) for name in TROUBLES)


def _metric_columns(models: Sequence[ModelSummary], *, yields: int) -> list[Column]:
    """Return the metrics most people look for; the JSON report has all."""
    return [
        Column(
            name.replace("_", " "),
            [score(model.metrics.get(name)) for model in models],
            yields=yields,
        )
        for name in _METRICS
        if any(model.metrics.get(name) is not None for model in models)
    ]


def _comparisons(pairs: Sequence[ModelComparison], *, graded: bool) -> Grid:
    needed = [_needed(pair) for pair in pairs]
    return Grid(
        title="Paired comparisons",
        columns=[
            Column("a", [pair.a for pair in pairs], right=False, folds=True),
            Column("b", [pair.b for pair in pairs], right=False, folds=True),
            Column("only a", [str(pair.a_only) for pair in pairs], yields=1),
            Column("only b", [str(pair.b_only) for pair in pairs], yields=1),
            Column("both", [str(pair.both) for pair in pairs], yields=5),
            Column("neither", [str(pair.neither) for pair in pairs], yields=5),
            *_difference_columns(pairs, graded=graded),
            Column("p", [p_value(pair.p_value) for pair in pairs], yields=4),
            Column("p (Holm)", [p_value(pair.p_value_adjusted) for pair in pairs]),
            Column("needed", needed, yields=2),
            Column("test", [pair.test for pair in pairs], right=False, yields=6),
        ],
        note="needed: datapoints that would tell the two apart at 80 % power."
        if any(needed)
        else None,
    )


def _difference_columns(pairs: Sequence[ModelComparison], *, graded: bool) -> list[Column]:
    if graded:
        differences = [score(pair.difference, signed=True) for pair in pairs]
        intervals = [score_interval(pair.interval) for pair in pairs]
    else:
        differences = [points(pair.difference) for pair in pairs]
        intervals = [percent_interval(pair.interval) for pair in pairs]
    return [Column("a − b", differences), Column("95 % interval", intervals, yields=3)]


def _needed(pair: ModelComparison) -> str:
    """Return how many datapoints it would take, where the two could not be told apart."""
    apart = pair.p_value_adjusted is not None and pair.p_value_adjusted < _SIGNIFICANCE
    return "" if apart or pair.needed is None else str(pair.needed)
