"""What the gate's pages show beside the gate's own answers: runs, prompts, the set-up."""

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.apps.services.gate import Gate
from assay.core.errors import NotFoundError
from assay.core.eval_runs import LoggedRun
from assay.core.prompts import PromptVersion
from assay.gate.config import EvalTypeConfig
from assay.gate.history import get_eval_experiments


CORE_SUITE_TAG = "assay.core_suite"


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
    eval_type = gate.config.eval_type_of(run.experiment_name)
    if eval_type is None:
        known = ", ".join(line.eval_type for line in get_eval_experiments(gate.ledger, gate.config))
        raise NotFoundError(
            f"The run {run_id} is in the experiment {run.experiment_name!r}, which holds no eval "
            f"type of {gate.config.base_experiment!r}; there are: {known or 'none'}."
        )
    return EvalRun(run, gate.config.eval_type(eval_type))


def run_page(gate: Gate, run: LoggedRun) -> str | None:
    """Return the address of a run on the MLflow server; None where the ledger is a database."""
    uri = gate.ledger.uri
    if not uri.startswith(("http://", "https://")):
        return None
    return f"{uri.rstrip('/')}/#/experiments/{run.experiment_id}/runs/{run.run_id}"


def finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Return metrics with None for what is no number."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


def is_runnable(kind: EvalTypeConfig) -> bool:
    """Whether Assay can run an eval type, and not only read what others logged."""
    return kind.dataset is not None and kind.candidate is not None and bool(kind.scorers)


def template_text(version: PromptVersion) -> str:
    """Return a template as text; the messages of a chat one below the other, with their roles."""
    if isinstance(version.template, str):
        return version.template
    return "\n\n".join(
        f"[{message.get('role', '')}]\n{message.get('content', '')}" for message in version.template
    )


def unified_diff(older: PromptVersion, newer: PromptVersion) -> str:
    """Return what changed between two versions as a unified diff; empty where nothing did."""
    lines = difflib.unified_diff(
        template_text(older).splitlines(),
        template_text(newer).splitlines(),
        f"{older.name} v{older.version}",
        f"{newer.name} v{newer.version}",
        lineterm="",
    )
    return "\n".join(lines)


def core_suite_mark(version: PromptVersion) -> Mapping[str, Any] | None:
    """Return what is written on a version about its core suite; None if nothing readable is."""
    text = version.tags.get(CORE_SUITE_TAG)
    try:
        mark = json.loads(text) if text else None
    except ValueError:
        return None
    return mark if isinstance(mark, dict) else None
