"""Assay: how good is this candidate, and may it ship?

Every public name is loaded from its room when it is first used, so that importing the
package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from assay._version import __version__


if TYPE_CHECKING:
    from assay.core.errors import AssayError
    from assay.core.external_ids import (
        generate_external_datapoint_id,
        generate_external_dataset_id,
        prepare_external_dataset,
        prepare_run_request_data,
    )
    from assay.experiments import importers
    from assay.experiments import ready as evaluators
    from assay.experiments.client import Client
    from assay.experiments.context import ExperimentContext
    from assay.experiments.datapoint_results import DatapointResult
    from assay.experiments.evaluate import aevaluate, evaluate
    from assay.experiments.evaluators import Evaluator, aevaluator, evaluator
    from assay.experiments.models import (
        AggregatedMetrics,
        ExperimentResultSummary,
        ExperimentRun,
        ExperimentRunStatus,
        MetricComparison,
        MetricDetail,
        RunComparisonResult,
    )
    from assay.experiments.registry import Registry
    from assay.experiments.results import (
        acompare_runs,
        aget_run_metrics,
        aget_run_result,
        compare_runs,
        get_run_metrics,
        get_run_result,
    )
    from assay.experiments.run_experiment import arun_experiment, run_experiment
    from assay.experiments.scores import EvalResult
    from assay.experiments.settings import EvalSettings, EvaluatorSettings
    from assay.experiments.span_report import LostSpansWarning
    from assay.experiments.tracing import (
        Tracer,
        atrace_session,
        current_tracer,
        enrich_session,
        enrich_span,
        force_flush,
        submit_with_context,
        trace,
        trace_session,
    )


__all__ = [
    "AggregatedMetrics",
    "AssayError",
    "Client",
    "DatapointResult",
    "EvalResult",
    "EvalSettings",
    "Evaluator",
    "EvaluatorSettings",
    "ExperimentContext",
    "ExperimentResultSummary",
    "ExperimentRun",
    "ExperimentRunStatus",
    "LostSpansWarning",
    "MetricComparison",
    "MetricDetail",
    "Registry",
    "RunComparisonResult",
    "Tracer",
    "__version__",
    "acompare_runs",
    "aevaluate",
    "aevaluator",
    "aget_run_metrics",
    "aget_run_result",
    "arun_experiment",
    "atrace_session",
    "compare_runs",
    "current_tracer",
    "enrich_session",
    "enrich_span",
    "evaluate",
    "evaluator",
    "evaluators",
    "force_flush",
    "generate_external_datapoint_id",
    "generate_external_dataset_id",
    "get_run_metrics",
    "get_run_result",
    "importers",
    "prepare_external_dataset",
    "prepare_run_request_data",
    "run_experiment",
    "submit_with_context",
    "trace",
    "trace_session",
]

_HOMES = {
    "assay.core.errors": ("AssayError",),
    "assay.core.external_ids": (
        "generate_external_datapoint_id",
        "generate_external_dataset_id",
        "prepare_external_dataset",
        "prepare_run_request_data",
    ),
    "assay.experiments.client": ("Client",),
    "assay.experiments.context": ("ExperimentContext",),
    "assay.experiments.datapoint_results": ("DatapointResult",),
    "assay.experiments.evaluate": ("aevaluate", "evaluate"),
    "assay.experiments.evaluators": ("Evaluator", "aevaluator", "evaluator"),
    "assay.experiments.models": (
        "AggregatedMetrics",
        "ExperimentResultSummary",
        "ExperimentRun",
        "ExperimentRunStatus",
        "MetricComparison",
        "MetricDetail",
        "RunComparisonResult",
    ),
    "assay.experiments.results": (
        "acompare_runs",
        "aget_run_metrics",
        "aget_run_result",
        "compare_runs",
        "get_run_metrics",
        "get_run_result",
    ),
    "assay.experiments.registry": ("Registry",),
    "assay.experiments.run_experiment": ("arun_experiment", "run_experiment"),
    "assay.experiments.scores": ("EvalResult",),
    "assay.experiments.settings": ("EvalSettings", "EvaluatorSettings"),
    "assay.experiments.span_report": ("LostSpansWarning",),
    "assay.experiments.tracing": (
        "Tracer",
        "atrace_session",
        "current_tracer",
        "enrich_session",
        "enrich_span",
        "force_flush",
        "submit_with_context",
        "trace",
        "trace_session",
    ),
}
_MODULES = {
    "evaluators": "assay.experiments.ready",
    "importers": "assay.experiments.importers",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker reads the imports above, and so knows a wrong name

    def __getattr__(name: str) -> Any:
        """Load a public name from its room."""
        home = _HOME_OF.get(name)
        if name in _MODULES:
            value: Any = import_module(_MODULES[name])
        elif home is not None:
            value = getattr(import_module(home), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
