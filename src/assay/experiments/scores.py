"""From what an evaluator returned to scores."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from numbers import Real
from typing import Any

from assay.core.scores import Score, ScoreStatus


Scalar = bool | int | float | str | None

_MAIN_KEYS = ("score", "label", "passed", "explanation", "reason")


@dataclass(frozen=True, slots=True)
class EvalResult:
    """An evaluator's full verdict on one output.

    Attributes:
        score: A boolean or a finite number, or None.
        label: A text verdict.
        passed: Whether it passes; a boolean score says so itself.
        reason: Why, in plain words.
        extras: Further scalars, stored as scores called ``<evaluator>_<key>``. Beside a
            verdict they decide nothing; without one, booleans among them do.
        error: Why there is no verdict; it is recorded as if the evaluator had raised.
        details: Anything else worth keeping, as JSON; it is shown and counts in nothing.
    """

    score: bool | float | None = None
    label: str | None = None
    passed: bool | None = None
    reason: str | None = None
    extras: Mapping[str, Scalar] = field(default_factory=dict)
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def result_of(value: object) -> EvalResult | None:
    """Return the result in a returned ``EvalResult``, ``(score, reason)`` or mapping.

    None where the value is none of these, or a mapping without a verdict of its own.
    """
    if isinstance(value, EvalResult):
        return value
    if isinstance(value, Mapping) and any(key in value for key in ("score", "label", "passed")):
        return _result_of_mapping("evaluator", value)
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str | None):
        label = value[0] if isinstance(value[0], str) else None
        return EvalResult(
            score=None if label is not None else value[0], label=label, reason=value[1]
        )
    return None


def scores_of(name: str, value: object) -> tuple[Score, ...]:
    """Return the scores in what the evaluator ``name`` returned.

    A boolean, a number, a text label, ``(score, reason)``, a mapping with ``score``,
    ``explanation`` and scalar extras, or an ``EvalResult``. None means that the evaluator
    does not apply to this datapoint. What cannot be used is an error score, never a
    number.
    """
    try:
        return tuple(_scores(name, value))
    except (TypeError, ValueError, OverflowError) as error:
        return (error_score(name, str(error)),)
    except Exception as error:  # noqa: BLE001  # what it returned may raise when it is read
        return (error_score(name, f"reading what it returned raised {type(error).__name__}"),)


def error_score(name: str, reason: str, *, details: Mapping[str, Any] | None = None) -> Score:
    """Return the record of an evaluator that gave no verdict; it counts in no metric."""
    return Score(name=name, status=ScoreStatus.ERROR, reason=reason, details=dict(details or {}))


def _scores(name: str, value: object) -> Iterator[Score]:
    if value is None:
        yield Score(name=name, status=ScoreStatus.NOT_APPLICABLE)
    elif isinstance(value, EvalResult):
        yield from _from_result(name, value)
    elif isinstance(value, Mapping):
        yield from _from_result(name, _result_of_mapping(name, value))
    elif isinstance(value, tuple):
        yield _from_tuple(name, value)
    else:
        yield _score(name, value)


def _from_tuple(name: str, value: tuple[Any, ...]) -> Score:
    if len(value) != 2 or not isinstance(value[1], str | None):
        raise ValueError(
            f"The evaluator {name!r} returned a tuple of {len(value)}; return (score, reason) "
            "with the reason as text."
        )
    return _score(name, value[0], reason=value[1])


def _result_of_mapping(name: str, value: Mapping[Any, Any]) -> EvalResult:
    extras = {str(key): item for key, item in value.items() if key not in _MAIN_KEYS}
    if not value:
        raise ValueError(f"The evaluator {name!r} returned an empty mapping; give it a 'score'.")
    reason = value.get("explanation")
    return EvalResult(
        score=value.get("score"),
        label=value.get("label"),
        passed=value.get("passed"),
        reason=value.get("reason") if reason is None else reason,
        extras=extras,
    )


def _from_result(name: str, result: EvalResult) -> Iterator[Score]:
    if result.error is not None:
        yield error_score(name, result.error, details=result.details)
        return
    judged = result.score is not None or result.label is not None or result.passed is not None
    if judged:
        yield _main_score(name, result)
    elif not result.extras:
        yield Score(
            name=name,
            status=ScoreStatus.NOT_APPLICABLE,
            reason=_text(result.reason),
            details=dict(result.details),
        )
    for key, item in result.extras.items():
        yield from _extra(f"{name}_{key}", item, verdict=not judged)


def _main_score(name: str, result: EvalResult) -> Score:
    score = _score(name, result.score, reason=_text(result.reason))
    passed = score.passed if result.passed is None else _verdict(name, result.passed)
    label = score.label if result.label is None else str(result.label)
    return Score(
        name,
        value=score.value,
        label=label,
        passed=passed,
        reason=score.reason,
        details=dict(result.details),
    )


def _verdict(name: str, said: object) -> bool:
    """Return whether it passes; a text such as "false" is no verdict."""
    plain = _plain(said)
    if isinstance(plain, bool) or (isinstance(plain, int | float) and plain in {0, 1}):
        return bool(plain)
    raise TypeError(
        f"The evaluator {name!r} returned passed={said!r}; it must be True, False or None."
    )


def _extra(name: str, item: object, *, verdict: bool) -> Iterator[Score]:
    """Return the score of one extra; what is no scalar is left out, for it is no metric.

    A boolean is a ``verdict`` only where the evaluator has none of its own.
    """
    plain = _plain(item)
    if plain is None or not isinstance(plain, bool | int | float | str):
        return
    try:
        score = _score(name, plain)
    except (ValueError, OverflowError) as error:
        yield error_score(name, str(error))
    else:
        yield score if verdict else replace(score, passed=None)


def _score(name: str, value: object, *, reason: str | None = None) -> Score:
    value = _plain(value)
    if value is None:
        return Score(name, reason=reason)
    if isinstance(value, bool):
        return Score(name, value=float(value), passed=value, reason=reason)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ValueError(f"The evaluator {name!r} returned {value}; a score must be finite.")
        return Score(name, value=float(value), reason=reason)
    if isinstance(value, str):
        return Score(name, label=value, reason=reason)
    raise TypeError(
        f"The evaluator {name!r} returned {type(value).__name__}; return a boolean, a number, "
        "a text, (score, reason), a mapping with 'score', or an EvalResult."
    )


def _plain(value: object) -> object:
    """Return the Python scalar in any real number or zero-dimensional array, else the value."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, Decimal | Real):
        return float(value)
    if getattr(value, "ndim", None) == 0:
        item = getattr(value, "item", None)
        return item() if callable(item) else value
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)
