"""Scorers of eval types: ready evaluators by name, or the project's own functions."""

import difflib
from collections.abc import Callable, Sequence
from typing import Any

from assay.apps.services.project_code import code_digest, is_reference, load_function
from assay.core.errors import AssayError, InvalidSettingsError
from assay.experiments import ready
from assay.experiments.evaluators import Evaluator, evaluator, prepare_evaluators
from assay.experiments.settings import SETTING_NAMES
from assay.gate.config import ScorerSpec
from assay.kit.canonical_json import digest


def load_scorers(specs: Sequence[ScorerSpec], *, where: str) -> list[Evaluator[..., Any]]:
    """Make the evaluators of an eval type, inside ``project_imports``.

    The settings of a ready one are its arguments. Those of a ``module:function`` are settings
    of an evaluator if they all are; else the function is called with them and makes it.

    Args:
        specs: Names with settings.
        where: What messages begin with, such as ``eval type 'tone'``.

    Raises:
        InvalidSettingsError: If one is not known, or cannot be made with its settings.
    """
    made = [_scorer(spec, where=f"{where}: scorer {spec.name!r}") for spec in specs]
    try:
        return prepare_evaluators(made)
    except AssayError as error:
        raise InvalidSettingsError(f"{where}: {error}") from error


def scorers_digest(
    specs: Sequence[ScorerSpec], evaluators: Sequence[Evaluator[..., Any]], *, pass_score: float
) -> str:
    """Return a digest of what decides whether a case passes: names, settings, own code."""
    own = [
        code_digest(item) if is_reference(spec.name) else None
        for spec, item in zip(specs, evaluators, strict=True)
    ]
    parts = [
        {"name": spec.name, "settings": _plain(dict(spec.settings)), "code": code}
        for spec, code in zip(specs, own, strict=True)
    ]
    return digest({"scorers": parts, "pass_score": pass_score})


def _scorer(spec: ScorerSpec, *, where: str) -> Callable[..., Any]:
    make = _own(spec, where=where) if is_reference(spec.name) else _ready(spec.name, where=where)
    if make is None:
        return load_function(spec.name, where=where)
    try:
        found: Callable[..., Any] = make(**spec.settings)
    except (AssayError, TypeError) as error:
        raise InvalidSettingsError(f"{where}: {error}") from error
    return found


def _own(spec: ScorerSpec, *, where: str) -> Callable[..., Any] | None:
    """Return what makes an evaluator of the project's function; None to take it as it is."""
    if not spec.settings:
        return None
    function = load_function(spec.name, where=where)
    if set(spec.settings) <= set(SETTING_NAMES):
        return lambda **settings: evaluator(function, **settings)
    return function


def _ready(name: str, *, where: str) -> Callable[..., Any]:
    if name in ready.__all__:
        found: Callable[..., Any] = getattr(ready, name)
        return found
    near = difflib.get_close_matches(name, ready.__all__, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InvalidSettingsError(
        f"{where}: there is no such evaluator.{hint} Ready ones: {', '.join(ready.__all__)}; "
        "or name a function of your own as 'module:function'."
    )


def _plain(value: Any) -> Any:
    """Return settings as TOML gave them in a form that has a digest (dates become text)."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
