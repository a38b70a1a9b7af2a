"""Reads a run, whoever logged it, as a point on the timeline of its eval type."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from assay.core.eval_runs import LoggedRun, LoggedStatus
from assay.core.statistics import Interval, wilson_interval
from assay.gate.config import EvalTypeConfig
from assay.gate.results import EvalStatus, TrendPoint


PROMPT_PARAM = "prompt."
THRESHOLD_PARAMS = ("threshold", "pass_rate_threshold")
STATUS_TAG = "eval_status"
DATASET_DIGEST_TAG = "assay.dataset_digest"
SCORERS_DIGEST_TAGS = ("assay.scorers_digest", "mlflow.genaiEvaluate.scorersDigest")
LINKED_PROMPTS_TAG = "mlflow.linkedPrompts"

_NOISE = 1e-9
"""A mean of ones, computed in floats, may be 1.0000000000000002."""

_UNFINISHED = frozenset({LoggedStatus.RUNNING, LoggedStatus.SCHEDULED})


def read_point(run: LoggedRun, kind: EvalTypeConfig, *, confidence: float) -> TrendPoint | None:
    """Return a run as a point, or None while it is still running.

    Metrics go by the names that the eval type maps; totals that were logged as parameters
    are found there. A rate that is absent, NaN or outside 0-1 is None.
    """
    if run.status in _UNFINISHED:
        return None
    names = kind.metrics
    pass_rate = _ratio(_number(run, names.pass_rate))
    total, errors = _count(run, names.total_cases), _count(run, names.error_cases)
    return TrendPoint(
        run_id=run.run_id,
        timestamp=run.started_at,
        experiment_name=run.experiment_name,
        eval_type=kind.name,
        pass_rate=pass_rate,
        average_score=_number(run, names.average_score),
        total_cases=total,
        error_cases=errors,
        prompt_versions=prompt_versions(run),
        eval_status=eval_status(run, errors),
        threshold=stored_threshold(run),
        interval=_interval(pass_rate, total, errors=errors, confidence=confidence),
        dataset_digest=run.tags.get(DATASET_DIGEST_TAG) or "+".join(run.dataset_digests) or None,
        dataset_version=run.params.get("dataset_version"),
        scorers_digest=next(filter(None, map(run.tags.get, SCORERS_DIGEST_TAGS)), None),
        repeats=_count(run, "repeats"),
        total_trials=_count(run, "total_trials"),
    )


def eval_status(run: LoggedRun, error_cases: int | None) -> EvalStatus:
    """Compute the status from how the run ended and from its errors.

    Where no client logged the errors, a finished run is complete unless its tag
    ``eval_status`` says otherwise.
    """
    if run.status is not LoggedStatus.FINISHED:
        return EvalStatus.ERROR
    if error_cases is not None:
        return EvalStatus.PARTIAL if error_cases > 0 else EvalStatus.COMPLETE
    try:
        return EvalStatus(run.tags.get(STATUS_TAG, ""))
    except ValueError:
        return EvalStatus.COMPLETE


def stored_threshold(run: LoggedRun) -> float | None:
    """Return the threshold that was active when the run was made; None if none was stored."""
    for name in THRESHOLD_PARAMS:
        value = _ratio(_parsed(run.params.get(name)))
        if value is not None:
            return value
    return None


def prompt_versions(run: LoggedRun) -> dict[str, int | str]:
    """Return the version of every prompt that was active, by name.

    Parameters ``prompt.<name>`` count; for prompts without one, the links that MLflow itself
    keeps, where they name one version only.
    """
    found = _linked_prompts(run.tags.get(LINKED_PROMPTS_TAG))
    for key, value in run.params.items():
        if key.startswith(PROMPT_PARAM) and len(key) > len(PROMPT_PARAM):
            found[key.removeprefix(PROMPT_PARAM)] = _version(value)
    return found


def _linked_prompts(text: str | None) -> dict[str, int | str]:
    if text is None:
        return {}
    try:
        links: Any = json.loads(text)
    except ValueError:
        return {}
    versions: dict[str, set[int | str]] = {}
    for link in links if isinstance(links, list) else []:
        if isinstance(link, Mapping) and isinstance(link.get("name"), str):
            versions.setdefault(link["name"], set()).add(_version(str(link.get("version", ""))))
    return {name: next(iter(found)) for name, found in versions.items() if len(found) == 1}


def _version(text: str) -> int | str:
    match = re.fullmatch(r"v?(\d+)", text.strip())
    return int(match[1]) if match else text


def _number(run: LoggedRun, name: str) -> float | None:
    value = run.metrics.get(name)
    return value if value is not None and math.isfinite(value) else None


def _count(run: LoggedRun, name: str) -> int | None:
    value = _number(run, name)
    if value is None:
        value = _parsed(run.params.get(name))
    return round(value) if value is not None and value >= 0 else None


def _parsed(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _ratio(value: float | None) -> float | None:
    """Return a ratio; one that left 0 to 1 by the noise of floats alone is brought back."""
    if value is None or not -_NOISE <= value <= 1.0 + _NOISE:
        return None
    return min(1.0, max(0.0, value))


def _interval(
    pass_rate: float | None, total: int | None, *, errors: int | None, confidence: float
) -> Interval | None:
    cases = (total or 0) - (errors or 0)
    if pass_rate is None or cases <= 0:
        return None
    return wilson_interval(round(pass_rate * cases), cases, level=confidence)
