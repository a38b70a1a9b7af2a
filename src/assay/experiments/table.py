"""Results and comparisons on the terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assay.experiments.models import (
    DatapointResult,
    ExperimentResultSummary,
    MetricComparison,
    RunComparisonResult,
)


SHOWN_FAILURES = 5


def print_result(result: ExperimentResultSummary, *, console: Console | None = None) -> None:
    """Print one run: a line per metric, then the first failures with their reasons."""
    target = Console() if console is None else console
    total = len(result.passed) + len(result.failed)
    target.print(
        f"[bold]{escape(result.name)}[/bold]  {result.status.value}  "
        f"{len(result.passed)} of {total} datapoints passed  [dim]{result.run_id}[/dim]",
        soft_wrap=True,
    )
    target.print(_metrics_table(result))
    failures = [text for datapoint in result.datapoints for text in _failures(datapoint)]
    for text in failures[:SHOWN_FAILURES]:
        target.print(f"[red]✗[/red] {escape(text)}", soft_wrap=True)
    if len(failures) > SHOWN_FAILURES:
        target.print(f"[dim]… and {len(failures) - SHOWN_FAILURES} more failures[/dim]")


def print_comparison(comparison: RunComparisonResult, *, console: Console | None = None) -> None:
    """Print one comparison: a line per metric with its change and significance."""
    target = Console() if console is None else console
    old, new = comparison.old_run.get("name", "old"), comparison.new_run.get("name", "new")
    target.print(
        f"[bold]{escape(str(new))}[/bold] against [bold]{escape(str(old))}[/bold]  "
        f"{len(comparison.common_datapoints)} common datapoints",
        soft_wrap=True,
    )
    table = Table("metric", "old", "new", "change", "better", "worse", "same", "p (adjusted)")
    for metric in comparison.metrics:
        table.add_row(*_comparison_row(metric))
    target.print(table)


def _metrics_table(result: ExperimentResultSummary) -> Table:
    table = Table("metric", result.metrics.aggregation_function, "scores", "passed", "errors")
    for detail in result.metrics.details:
        judged = len(detail.datapoints.passed) + len(detail.datapoints.failed)
        table.add_row(
            escape(detail.metric_name),
            _number(detail.aggregate),
            str(detail.count),
            f"{len(detail.datapoints.passed)} of {judged}",
            str(detail.errors),
        )
    return table


def _failures(datapoint: DatapointResult) -> list[str]:
    where = datapoint.datapoint_id or "?"
    texts = [] if datapoint.error is None else [f"{where}: {datapoint.error}"]
    return texts + [f"{where}: {name}: {why}" for name, why in datapoint.evaluator_errors.items()]


def _comparison_row(metric: MetricComparison) -> tuple[str, ...]:
    significance = metric.significance
    p_value = None if significance is None else significance.p_value_adjusted
    change = "–" if metric.difference is None else f"{metric.difference:+.4g}"
    return (
        escape(metric.metric_name),
        _number(metric.old_aggregate),
        _number(metric.new_aggregate),
        change,
        str(metric.improved_count),
        str(metric.degraded_count),
        str(metric.same_count),
        "–" if p_value is None else f"{p_value:.3g}",
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
