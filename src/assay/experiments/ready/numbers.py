"""Numbers: near enough."""

import math
from typing import Any, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import ABSENT, made, pair
from assay.experiments.scores import EvalResult
from assay.experiments.settings import Settings


def numeric_closeness(
    key: str | None = None,
    *,
    absolute: float = 0.0,
    relative: float = 1e-6,
    truth_key: str | None = None,
    **settings: Unpack[Settings],
) -> Evaluator[..., Any]:
    """Make an evaluator that passes numbers near the ground truth.

    Near is within ``absolute``, or within ``relative`` times the larger of the two
    (``math.isclose``). A text is read as a number where it is one, such as ``-1.5e3``. The
    difference is kept as ``<name>_difference``.

    Args:
        key: A dotted path to the part that is compared, in both.
        absolute: At least 0.
        relative: A ratio, at least 0.
        truth_key: Its path in the ground truth, where it is another.
        settings: Of the evaluator.
    """
    if not (absolute >= 0 and relative >= 0):
        raise InvalidInputError("numeric_closeness() takes tolerances of at least 0.")

    def judge(outputs: Any, ground_truth: Any) -> Any:
        found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
        if wanted is ABSENT:
            return None
        truth = _number(wanted)
        if truth is None:
            raise InvalidInputError(f"The ground truth {wanted!r} is no finite number.")
        number = _number(found)
        if number is None:
            return False, f"{found!r} is no finite number"
        near = math.isclose(number, truth, rel_tol=relative, abs_tol=absolute)
        reason = None if near else f"{number!r} is not near {truth!r}"
        return EvalResult(score=near, reason=reason, extras={"difference": abs(number - truth)})

    return made(judge, settings, name="numeric_closeness")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
