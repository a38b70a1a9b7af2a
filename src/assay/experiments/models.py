"""What the server answers, as the SDK hands it out. Nothing here computes an aggregate."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field
from typing_extensions import override

from assay.core.errors import MissingExtraError
from assay.execution.call_budget import CallUsage
from assay.experiments.datapoint_results import Answer, DatapointResults
from assay.experiments.judge_account import RESULTS_KEY


if TYPE_CHECKING:
    from rich.console import Console


SHOWN_FAILURES: Final = 5


class ExperimentRunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExperimentRun(Answer):
    """A run as the server keeps it."""

    run_id: str
    name: str = ""
    status: ExperimentRunStatus = ExperimentRunStatus.PENDING
    dataset_id: str | None = None
    event_ids: list[str] = Field(default_factory=list)
    configuration: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    results: dict[str, Any] = Field(default_factory=dict)
    is_active: bool = False


class MetricDatapoints(Answer):
    """Which datapoints passed a metric and which did not, by id."""

    passed: list[str] = Field(default_factory=list)
    failed: list[str] = Field(default_factory=list)


class MetricDetail(Answer):
    """One metric of a run.

    Attributes:
        aggregate: None when no evaluator gave a score.
        values: One per scored item; verdicts are booleans.
        count: How many scores the aggregate stands on.
        errors: How many times the evaluator raised; they count in nothing else.
    """

    metric_name: str
    metric_type: str = "CLIENT_SIDE"
    event_name: str = ""
    event_type: str = "chain"
    aggregate: float | None = None
    values: list[bool | float] = Field(default_factory=list)
    datapoints: MetricDatapoints = Field(default_factory=MetricDatapoints)
    count: int = 0
    errors: int = 0
    higher_is_better: bool = True


class AggregatedMetrics(Answer):
    """A run's metrics as the server aggregated them."""

    aggregation_function: str = "average"
    details: list[MetricDetail] = Field(default_factory=list)

    def get_metric(self, name: str) -> MetricDetail | None:
        """Return the metric called ``name``, or None."""
        return next((detail for detail in self.details if detail.metric_name == name), None)

    def list_metrics(self) -> list[str]:
        """Return the metrics' names in the run's order."""
        return [detail.metric_name for detail in self.details]

    def get_all_metrics(self) -> dict[str, MetricDetail]:
        """Return the metrics by name."""
        return {detail.metric_name: detail for detail in self.details}


class SpanReport(Answer):
    """What became of the spans that a run recorded, for one collector.

    Attributes:
        exported: Taken by the collector.
        dropped: Never sent: the buffer was full, the deadline came first, or they had not ended.
        failed: Sent, and refused or unanswered.
        reason: What the collector said last when it did not take spans, else None.
    """

    exported: int = 0
    dropped: int = 0
    failed: int = 0
    reason: str | None = None

    @property
    def lost(self) -> int:
        """Spans that did not arrive, as far as is known."""
        return self.dropped + self.failed


class ExperimentResultSummary(Answer):
    """The result of one run, as the server answered it.

    ``spans`` is what this process says about the spans it sent, by collector.
    """

    run_id: str
    name: str = ""
    status: ExperimentRunStatus
    success: bool
    error: str | None = None
    passed: list[str] = Field(default_factory=list)
    failed: list[str] = Field(default_factory=list)
    metrics: AggregatedMetrics = Field(default_factory=AggregatedMetrics)
    datapoints: DatapointResults = Field(default_factory=DatapointResults)
    run_object: dict[str, Any] = Field(default_factory=dict)
    spans: dict[str, SpanReport] = Field(default_factory=dict)

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> "ExperimentResultSummary":
        """Read the answer of ``GET /v1/runs/{id}/result``."""
        run = answer["run_object"]
        return cls.model_validate({**answer, "run_id": run["run_id"], "name": run.get("name", "")})

    @override
    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Say the headline; a run may have a hundred thousand datapoints."""
        yield "name", self.name
        yield "run_id", self.run_id
        yield "status", self.status.value
        yield "success", self.success
        yield "passed", len(self.passed)
        yield "failed", len(self.failed)
        metrics = self.metrics.details
        yield "metrics", {detail.metric_name: detail.aggregate for detail in metrics}

    @property
    def judges(self) -> CallUsage:
        """What the run's judges asked and spent."""
        results = self.run_object.get("results")
        return CallUsage.read(results.get(RESULTS_KEY) if isinstance(results, dict) else None)

    def print_table(self, *, console: "Console | None" = None) -> None:
        """Print metrics and failures as a table, to standard output by default."""
        from assay.experiments.table import Printout, show

        failures = list(self.datapoints.failures())
        left = len(failures) - SHOWN_FAILURES
        printout = Printout(
            heading=f"{self.name}: {len(self.passed)} of {len(self.passed) + len(self.failed)} "
            f"datapoints passed, {self.status.value} ({self.run_id})",
            columns=("metric", self.metrics.aggregation_function, "scores", "passed", "errors"),
            rows=[_metric_row(detail) for detail in self.metrics.details],
            notes=failures[:SHOWN_FAILURES],
            summary=f"judges: {self.judges.describe()}" if self.judges.spent else None,
            more=f"… and {left} more failures" if left > 0 else None,
        )
        show(printout, console=console)

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one flat row per datapoint, one column per metric and label."""
        return [datapoint.to_row() for datapoint in self.datapoints]

    def to_csv(self, path: str | Path) -> None:
        """Write the rows to a CSV file (UTF-8); absent values are empty."""
        from assay.experiments.writing import write_csv

        write_csv(path, self.to_rows())

    def to_jsonl(self, path: str | Path) -> None:
        """Write the datapoints as JSON Lines (UTF-8), each with all that is known of it."""
        from assay.experiments.writing import write_jsonl

        write_jsonl(path, [point.model_dump(mode="json") for point in self.datapoints])

    def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame`` with one row per datapoint and one column per metric.

        Raises:
            MissingExtraError: If pandas is not installed.
        """
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "to_pandas() needs the package 'pandas', which is not installed. "
                "Install it with: pip install pandas"
            ) from error
        return pandas.DataFrame(self.to_rows())


class Significance(Answer):
    """Whether a difference can be told from chance.

    Attributes:
        difference: New minus old over the pairs.
        interval: Its 95 % interval.
        p_value: Two-sided.
        p_value_adjusted: Holm over the metrics compared.
        n: Pairs.
        needed: Pairs that would show this difference at 80 % power, None if unknown.
    """

    test: str
    p_value: float | None = None
    p_value_adjusted: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    n: int = 0
    needed: int | None = None


class MetricComparison(Answer):
    """One metric of two runs over the datapoints that both scored; lists hold their ids."""

    metric_name: str
    event_name: str = ""
    old_aggregate: float | None = None
    new_aggregate: float | None = None
    found_count: int = 0
    improved_count: int = 0
    degraded_count: int = 0
    same_count: int = 0
    improved: list[str] = Field(default_factory=list)
    degraded: list[str] = Field(default_factory=list)
    same: list[str] = Field(default_factory=list)
    old_values: list[bool | float] = Field(default_factory=list)
    new_values: list[bool | float] = Field(default_factory=list)
    difference: float | None = None
    percentage_change: float | None = None
    higher_is_better: bool = True
    significance: Significance | None = None


class RunComparisonResult(Answer):
    """Two runs over their common datapoints, as the server compared them."""

    metrics: list[MetricComparison] = Field(default_factory=list)
    common_datapoints: list[str] = Field(default_factory=list, alias="commonDatapoints")
    old_only: list[str] = Field(default_factory=list)
    new_only: list[str] = Field(default_factory=list)
    old_run: dict[str, Any] = Field(default_factory=dict)
    new_run: dict[str, Any] = Field(default_factory=dict)

    @override
    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Say the headline; the lists may be long."""
        yield "new", self.new_run.get("name")
        yield "old", self.old_run.get("name")
        yield "common_datapoints", len(self.common_datapoints)
        yield "metrics", {metric.metric_name: metric.difference for metric in self.metrics}

    def get_metric_delta(self, name: str) -> MetricComparison | None:
        """Return what happened to the metric called ``name``, or None."""
        return next((metric for metric in self.metrics if metric.metric_name == name), None)

    def list_improved_metrics(self) -> list[str]:
        """Return the metrics whose aggregate moved to the better."""
        return [metric.metric_name for metric in self.metrics if _gain(metric) > 0]

    def list_degraded_metrics(self) -> list[str]:
        """Return the metrics whose aggregate moved to the worse."""
        return [metric.metric_name for metric in self.metrics if _gain(metric) < 0]

    def print_table(self, *, console: "Console | None" = None) -> None:
        """Print the comparison as a table, to standard output by default."""
        from assay.experiments.table import Printout, show

        printout = Printout(
            heading=f"{self.new_run.get('name', 'new')} against "
            f"{self.old_run.get('name', 'old')}: "
            f"{len(self.common_datapoints)} common datapoints",
            columns=("metric", "old", "new", "change", "better", "worse", "same", "p (adjusted)"),
            rows=[_comparison_row(metric) for metric in self.metrics],
        )
        show(printout, console=console)


def _gain(metric: MetricComparison) -> float:
    difference = 0.0 if metric.difference is None else metric.difference
    return difference if metric.higher_is_better else -difference


def _metric_row(detail: MetricDetail) -> tuple[str, ...]:
    passed, failed = len(detail.datapoints.passed), len(detail.datapoints.failed)
    return (
        detail.metric_name,
        _number(detail.aggregate),
        str(detail.count),
        f"{passed} of {passed + failed}",
        str(detail.errors),
    )


def _comparison_row(metric: MetricComparison) -> tuple[str, ...]:
    significance = metric.significance
    return (
        metric.metric_name,
        _number(metric.old_aggregate),
        _number(metric.new_aggregate),
        "–" if metric.difference is None else f"{metric.difference:+.4g}",
        str(metric.improved_count),
        str(metric.degraded_count),
        str(metric.same_count),
        _number(None if significance is None else significance.p_value_adjusted),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
