"""What one call of ``evaluate`` is to do, as a value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from assay.core.external_ids import prepare_run_request_data
from assay.core.runs import RunStatus
from assay.execution.items import ExecutionSettings
from assay.execution.ledger import OnProgress
from assay.experiments.datasets import ExternalDataset
from assay.experiments.evaluators import Evaluator, composite_configuration
from assay.experiments.judge_account import JudgeLimits
from assay.experiments.signatures import name_of
from assay.experiments.trace_sending import check_forward_to
from assay.tracing.exporter import ExportSettings
from assay.tracing.instrumenting import check_instrumentors


AGGREGATE_FUNCTIONS: Final = (
    "average",
    "sum",
    "min",
    "max",
    "median",
    "p90",
    "p95",
    "p99",
    "count",
)


@dataclass(frozen=True, slots=True)
class TracingOptions:
    """How a run is traced.

    Attributes:
        instrumentors: OpenTelemetry or OpenInference instrumentors, on for the run.
        forward_to: The URL of a second collector of OTLP over HTTP, or None.
        export: How spans are sent.
    """

    instrumentors: Sequence[Any] = ()
    forward_to: str | None = None
    export: ExportSettings = field(default_factory=ExportSettings)

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        check_instrumentors(self.instrumentors)
        check_forward_to(self.forward_to)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What one call of ``evaluate`` is to do, checked before anything starts."""

    function: Callable[..., Any]
    dataset: ExternalDataset
    evaluators: Sequence[Evaluator[..., Any]]
    name: str
    run_id: str | None
    resume: str | None
    aggregate_function: str
    settings: ExecutionSettings
    metadata: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    on_progress: OnProgress | None = None
    tracing: TracingOptions = field(default_factory=TracingOptions)
    judging: JudgeLimits = field(default_factory=JudgeLimits)

    @property
    def planned(self) -> int:
        """Datapoints × repeats."""
        return len(self.dataset.datapoints) * self.settings.repeats

    def request(self) -> dict[str, Any]:
        """Return the body that creates the run."""
        return prepare_run_request_data(
            dataset_id=self.dataset.id,
            dataset_version_id=self.dataset.version_id,
            metadata=self.metadata,
            run_id=self.run_id,
            name=self.name,
            description=self.description,
            status=RunStatus.RUNNING.value,
            candidate=name_of(self.function),
            planned=self.planned,
            repeats=self.settings.repeats,
            configuration={
                "function": name_of(self.function),
                "evaluators": [evaluator.name for evaluator in self.evaluators],
                "max_workers": self.settings.concurrency,
                "aggregate_function": self.aggregate_function,
                "metrics": {e.name: e.settings.wire() for e in self.evaluators},
                **composite_configuration(self.evaluators),
            },
        )
