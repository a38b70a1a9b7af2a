"""What a project gates: its eval types, suites, thresholds and margins, as plain values.

``gate.config_file`` reads them from ``assay.toml``; this module holds what the rules use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


BASE_EVAL_TYPE = "quality"
"""The eval type whose experiment is the base name itself."""

DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"


@dataclass(frozen=True, slots=True)
class MetricNames:
    """Under which names a project logs what a run measured."""

    pass_rate: str = "pass_rate"  # noqa: S105  # a metric, no password
    average_score: str = "average_score"
    total_cases: str = "total_cases"
    error_cases: str = "error_cases"


@dataclass(frozen=True, slots=True)
class ScorerSpec:
    """A scorer by name (a ready evaluator, or ``module:function``) with its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelCandidate:
    """A candidate that is a model with a prompt of the registry."""

    model: str
    prompt: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskCandidate:
    """A candidate that is a model on a task of the bench, which says how answers are judged."""

    task: Path
    model: str


@dataclass(frozen=True, slots=True)
class EvalTypeConfig:
    """One kind of evaluation.

    Attributes:
        experiment: The experiment its runs are kept in; no other eval type uses it.
        threshold: Pass rate below which it is a regression, ratio, unless the run stored one.
        dataset: The golden dataset, an absolute path; None for a type that is only read.
        candidate: ``module:function``, a model with a prompt, or a model on a task; None for a
            type that is only read.
        prompts: Prompts of the registry that are active in its runs.
        pass_score: A numeric score at or above it passes.
        gating: Whether its regressions block.
    """

    name: str
    experiment: str
    threshold: float = 0.8
    dataset: Path | None = None
    candidate: str | ModelCandidate | TaskCandidate | None = None
    scorers: tuple[ScorerSpec, ...] = ()
    prompts: tuple[str, ...] = ()
    repeats: int = 1
    concurrency: int = 8
    timeout_seconds: float = 60.0
    pass_score: float = 1.0
    metrics: MetricNames = field(default_factory=MetricNames)
    gating: bool = True


@dataclass(frozen=True, slots=True)
class GateConfig:
    """Everything ``[gate]`` says.

    Attributes:
        warn_drop_pp: A drop of at least this many percentage points is a warning.
        stable_slope_pp: A slope of at most this many points per run counts as stable.
        missing_tolerance: Share of trials without a verdict above which there is no evidence.
        non_inferiority_margin_pp: A fall smaller than this counts as "not worse".
        confidence: Level of the intervals shown, ratio.
        alpha: Level of the decisions, over all gating suites together, ratio.
        prompt_alias: Which prompt version ``run-evals`` uses.
        traces: Whether the ledger keeps a trace of every case that is run.
        source: The file it was read from; None for the defaults.
        warnings: What is odd about it, one sentence each.
    """

    base_experiment: str = "assay"
    tracking_uri: str | None = None
    default_threshold: float = 0.8
    warn_drop_pp: float = 10.0
    stable_slope_pp: float = 1.0
    missing_tolerance: float = 0.0
    non_inferiority_margin_pp: float = 5.0
    confidence: float = 0.95
    alpha: float = 0.05
    prompt_alias: str = "experiment"
    traces: bool = True
    suites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    eval_types: Mapping[str, EvalTypeConfig] = field(default_factory=dict)
    source: Path | None = None
    warnings: tuple[str, ...] = ()

    def eval_type(self, name: str) -> EvalTypeConfig:
        """Return what is declared of an eval type, or the defaults: new types need no config."""
        declared = self.eval_types.get(name)
        if declared is not None:
            return declared
        return EvalTypeConfig(
            name=name,
            experiment=experiment_name(self.base_experiment, name),
            threshold=self.default_threshold,
        )

    def eval_type_of(self, experiment: str) -> str | None:
        """Return the eval type whose runs an experiment holds, or None if it holds none."""
        for declared in self.eval_types.values():
            if declared.experiment == experiment:
                return declared.name
        if experiment == self.base_experiment:
            return self._undeclared(BASE_EVAL_TYPE)
        prefix = f"{self.base_experiment}-"
        if not experiment.startswith(prefix) or experiment == prefix:
            return None
        return self._undeclared(experiment.removeprefix(prefix))

    def _undeclared(self, name: str) -> str | None:
        """Return the name unless its declaration puts its runs into another experiment."""
        return None if name in self.eval_types else name


def experiment_name(base: str, eval_type: str) -> str:
    """Return the experiment of an eval type that names none of its own."""
    return base if eval_type == BASE_EVAL_TYPE else f"{base}-{eval_type}"


def choose_tracking_uri(
    *,
    assay_variable: str | None = None,
    config: str | None = None,
    mlflow_variable: str | None = None,
) -> str:
    """Return where the ledger is: ``ASSAY_TRACKING_URI``, config, ``MLFLOW_TRACKING_URI``.

    The first that is given and not empty wins; without any, ``DEFAULT_TRACKING_URI``.
    """
    given = (assay_variable, config, mlflow_variable)
    return next((uri for uri in given if uri), DEFAULT_TRACKING_URI)
