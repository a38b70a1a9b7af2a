"""Tables for people: a report's ranking, comparisons and one line that says it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from assay.core.wire.bench import EvaluationReport, ModelComparison, ModelSummary


if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table


MISSING = "–"
TROUBLES = ("failed", "truncated", "refused", "unparseable", "judge_error", "skipped")


def percent(value: float | None, *, digits: int = 1) -> str:
    """Return a ratio as a percentage, or a dash."""
    return MISSING if value is None else f"{100 * value:.{digits}f} %"


def interval(bounds: tuple[float, float] | None) -> str:
    """Return two ratios as a bracketed pair of percentages, or nothing."""
    return "" if bounds is None else f"[{100 * bounds[0]:.1f}, {100 * bounds[1]:.1f}]"


def p_value(value: float | None) -> str:
    """Return a p-value as people read it."""
    if value is None:
        return MISSING
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def seconds(value: float | None) -> str:
    """Return a duration with a fitting number of digits, or a dash."""
    return MISSING if value is None else f"{value:.3g} s"


def dollars(value: str | None) -> str:
    """Return a decimal text of US dollars, or a dash for unknown."""
    return MISSING if value is None else f"${Decimal(value).normalize():f}"


def report_view(report: EvaluationReport) -> "Group":
    """Return a report as the terminal shows it."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Table | Text] = [Text(headline(report), style="bold"), _ranking(report)]
    if report.comparisons:
        parts.append(_comparisons(report.comparisons))
    parts.extend(Text(f"! {warning}", style="yellow") for warning in report.warnings)
    parts.append(Text(f"run {report.run_id}", style="dim"))
    return Group(*parts)


def headline(report: EvaluationReport) -> str:
    """Say in one sentence who leads, by what, and whether that is certain."""
    best = next((model for model in report.models if model.model == report.leader), None)
    if best is None or best.pass_rate is None:
        return f"{report.name}: nothing was answered, so there is no ranking."
    tied = [m.model for m in report.models if m.tied_with_leader and m.model != best.model]
    certainty = f"; tied with {', '.join(tied)}" if tied else ""
    return (
        f"{report.name}: {best.model} leads with {percent(best.pass_rate)} "
        f"{interval(best.interval)}{certainty}."
    )


def _ranking(report: EvaluationReport) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    metrics = sorted({name for model in report.models for name in model.metrics} - {"pass_rate"})
    table = Table(title=escape(f"{report.task} on {report.dataset}"), title_justify="left")
    for name in ("#", "model", "pass rate", "95 % interval", "passed/answered", "lost"):
        table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
    for name in (*metrics, "cost", "p50", "p95"):
        table.add_column(name, justify="right")
    for model in report.models:
        table.add_row(*_ranking_row(model, metrics), style="bold" if model.rank == 1 else None)
    return table


def _ranking_row(model: ModelSummary, metrics: list[str]) -> list[str]:
    from rich.markup import escape

    lost = ", ".join(f"{getattr(model, name)} {name}" for name in TROUBLES if getattr(model, name))
    values = [model.metrics.get(name) for name in metrics]
    return [
        str(model.rank) + ("=" if model.tied_with_leader and model.rank == 1 else ""),
        escape(model.model),
        percent(model.pass_rate),
        interval(model.interval),
        f"{model.passed}/{model.answered}",
        lost or "0",
        *(MISSING if value is None else f"{value:.3f}" for value in values),
        dollars(model.cost_usd),
        seconds(model.latency.p50_seconds),
        seconds(model.latency.p95_seconds),
    ]


def _comparisons(comparisons: list[ModelComparison]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Paired comparisons", title_justify="left")
    for name in ("a", "b"):
        table.add_column(name, no_wrap=True)
    for name in ("only a", "only b", "both", "neither", "a − b", "95 % interval", "p", "p (Holm)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("test", style="dim")
    for pair in comparisons:
        counts = (pair.a_only, pair.b_only, pair.both, pair.neither)
        table.add_row(
            escape(pair.a),
            escape(pair.b),
            *(str(count) for count in counts),
            percent(pair.difference),
            interval(pair.interval),
            p_value(pair.p_value),
            p_value(pair.p_value_adjusted),
            pair.test if pair.needed is None else f"{pair.test}; would need {pair.needed}",
        )
    return table
