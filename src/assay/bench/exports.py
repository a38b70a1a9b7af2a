"""Reports as a Markdown table and as CSV rows safe to open in a spreadsheet."""

from collections.abc import Iterable, Sequence
from typing import Any

from assay.core.results import ItemResult
from assay.core.wire.bench import EvaluationReport, ModelSummary
from assay.kit.csv_lines import csv_lines


_LEDGER = (
    "planned", "scored", "failed", "truncated", "refused", "unparseable", "judge_error", "skipped",
)  # fmt: skip


def report_rows(report: EvaluationReport) -> list[dict[str, Any]]:
    """Return one flat row per model: ledger, headline, metrics, cost and latency."""
    names = sorted({name for model in report.models for name in model.metrics})
    return [_model_row(model, names) for model in report.models]


def report_csv(report: EvaluationReport) -> str:
    """Return the report as CSV, one line per model, every cell guarded."""
    return _csv(report_rows(report))


def items_csv(model: str, results: Iterable[ItemResult]) -> str:
    """Return the items of one run as CSV, one line per item, every cell guarded."""
    return _csv([_item_row(model, result) for result in results])


def report_markdown(report: EvaluationReport) -> str:
    """Return the report as Markdown: the ranking, the comparisons and the warnings."""
    parts = [f"# {_cell(report.name)}", _summary_line(report), _ranking(report.models)]
    if report.comparisons:
        parts.append(_comparisons(report))
    if report.warnings:
        parts.append("\n".join(f"- {warning}" for warning in report.warnings))
    return "\n\n".join(parts) + "\n"


def _model_row(model: ModelSummary, metric_names: Sequence[str]) -> dict[str, Any]:
    low, high = model.interval if model.interval is not None else (None, None)
    return {
        "rank": model.rank,
        "model": model.model,
        "tied_with_leader": model.tied_with_leader,
        **{name: getattr(model, name) for name in _LEDGER},
        "answered": model.answered,
        "passed": model.passed,
        "pass_rate": model.pass_rate,
        "pass_rate_low": low,
        "pass_rate_high": high,
        **{f"metric_{name}": model.metrics.get(name) for name in metric_names},
        "cost_usd": model.cost_usd,
        "cost_source": model.cost_source,
        "cost_per_1000_usd": model.cost_per_1000_usd,
        "input_tokens": model.input_tokens,
        "output_tokens": model.output_tokens,
        "latency_p50_seconds": model.latency.p50_seconds,
        "latency_p95_seconds": model.latency.p95_seconds,
        "on_pareto_front": model.on_pareto_front,
        "stop_reason": model.stop_reason,
        "run_id": model.run_id,
    }


def _item_row(model: str, result: ItemResult) -> dict[str, Any]:
    score = result.scores[0] if result.scores else None
    amount = result.cost.amount_usd
    return {
        "model": model,
        "datapoint_id": result.key.datapoint_id,
        "repeat": result.key.repeat,
        "status": result.status.value,
        "passed": result.passed,
        "score": None if score is None else score.value,
        "reason": None if score is None else score.reason,
        "output": result.output,
        "error": result.error,
        "input_tokens": result.usage.input_tokens,
        "output_tokens": result.usage.output_tokens,
        "cost_usd": None if amount is None else format(amount, "f"),
        "latency_seconds": result.latency_seconds,
        "finish_reason": result.finish_reason,
    }


def _csv(rows: list[dict[str, Any]]) -> str:
    return csv_lines([rows[0], *(row.values() for row in rows)]) if rows else ""


def _summary_line(report: EvaluationReport) -> str:
    return (
        f"Task {_cell(report.task)}; dataset {_cell(report.dataset)}: {report.datapoints} "
        f"datapoints × {report.repeats} repeat(s); status {report.status}."
    )


def _ranking(models: Sequence[ModelSummary]) -> str:
    header = "Rank|Model|Pass rate|95 % interval|Passed / answered|Planned|Not answered|Cost (USD)|p95 (s)"
    return _table(header.split("|"), [_ranking_cells(model) for model in models])


def _ranking_cells(model: ModelSummary) -> list[str]:
    return [
        f"{model.rank}{' (tied)' if model.tied_with_leader else ''}",
        model.model,
        _percent(model.pass_rate),
        "–" if model.interval is None else " to ".join(_percent(end) for end in model.interval),
        f"{model.passed} / {model.answered}",
        str(model.planned),
        str(model.planned - model.answered),
        "unknown" if model.cost_usd is None else model.cost_usd,
        "–" if model.latency.p95_seconds is None else f"{model.latency.p95_seconds:.2f}",
    ]


def _comparisons(report: EvaluationReport) -> str:
    rows = [
        [
            item.a,
            item.b,
            str(item.a_only),
            str(item.b_only),
            "–" if item.difference is None else f"{100 * item.difference:+.1f} pp",
            _p_value(item.p_value),
            _p_value(item.p_value_adjusted),
            item.test,
        ]
        for item in report.comparisons
    ]
    header = ["A", "B", "Only A", "Only B", "Difference", "p", "p (Holm)", "Test"]
    return _table(header, rows)


def _p_value(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
