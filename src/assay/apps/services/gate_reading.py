"""What the gate's pages show of runs beside the gate's own answers."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.apps.services.gate import Gate
from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.eval_runs import LoggedRun
from assay.gate.config import EvalTypeConfig, GateConfig
from assay.gate.history import get_eval_experiments


@dataclass(frozen=True, slots=True)
class EvalRun:
    """A run with the eval type it belongs to."""

    run: LoggedRun
    kind: EvalTypeConfig


def find_eval_run(gate: Gate, run_id: str) -> EvalRun:
    """Return a run of this project's gate.

    Raises:
        NotFoundError: If there is no such run, or it is of no eval type.
        LedgerError: If the ledger cannot be read.
    """
    run = gate.ledger.get_run(run_id)
    lines = get_eval_experiments(gate.ledger, gate.config)
    for line in lines:
        if line.experiment.id == run.experiment_id:
            return EvalRun(run, gate.config.eval_type(line.eval_type))
    known = ", ".join(line.eval_type for line in lines)
    raise NotFoundError(
        f"The run {run_id} is in the experiment {run.experiment_name!r}, which holds no eval "
        f"type of {gate.config.base_experiment!r}; there are: {known or 'none'}."
    )


def run_page(gate: Gate, run: LoggedRun) -> str | None:
    """Return the address of a run on the MLflow server; None where the ledger is a database."""
    uri = gate.ledger.uri
    if not uri.startswith(("http://", "https://")):
        return None
    return f"{uri.rstrip('/')}/#/experiments/{run.experiment_id}/runs/{run.run_id}"


def finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Return metrics with None for what is no number."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


def check_declared(config: GateConfig, names: Iterable[str]) -> None:
    """Refuse eval types that the config does not declare: they cannot be run.

    Raises:
        InvalidInputError: Naming those that are declared.
    """
    for name in names:
        if name not in config.eval_types:
            known = ", ".join(config.eval_types) or "none"
            raise InvalidInputError(
                f"The eval type {name!r} is not declared, so it cannot be run; declared: {known}."
            )


def is_runnable(kind: EvalTypeConfig) -> bool:
    """Whether Assay can run an eval type, and not only read what others logged."""
    return kind.dataset is not None and kind.candidate is not None
