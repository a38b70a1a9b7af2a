"""Which part of the outputs is judged, and which part of the ground truth it is held against."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.settings import EvalSettings, Settings, settings_from


ABSENT: Final = object()
"""Stands for ground truth that a datapoint does not have."""


def made(judge: Callable[..., Any], settings: Settings, **defaults: Any) -> Evaluator[..., Any]:
    """Return ``judge`` as an evaluator with ``settings`` over its ``defaults``."""
    said = settings_from(settings, where=f"evaluators.{defaults['name']}()")
    return Evaluator(judge, said.over(EvalSettings(**defaults)))


def at(value: Any, key: str, *, what: str) -> Any:
    """Return what lies at a dotted path such as ``answer.text`` or ``calls.0``.

    Raises:
        InvalidInputError: Naming what is there instead.
    """
    found = value
    for part in key.split("."):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list | tuple) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            there = (
                ", ".join(map(str, found)) if isinstance(found, Mapping) else type(found).__name__
            )
            raise InvalidInputError(f"The {what} have no {key!r}; at {part!r} there is: {there}.")
    return found


def output_of(outputs: Any, key: str | None, *, beside: str | None = None) -> Any:
    """Return the judged part: at ``key``, at ``beside`` if that is there, or the only entry."""
    if key is not None:
        return at(outputs, key, what="outputs")
    if isinstance(outputs, Mapping):
        if beside is not None and beside in outputs:
            return outputs[beside]
        if len(outputs) == 1:
            return next(iter(outputs.values()))
    return outputs


def pair(
    outputs: Any, ground_truth: Any, *, key: str | None, truth_key: str | None
) -> tuple[Any, Any]:
    """Return the judged part and what it should be; ``ABSENT`` where there is no ground truth.

    Raises:
        InvalidInputError: If a key leads nowhere in the outputs.
    """
    if ground_truth is None:
        return outputs, ABSENT
    where = key if truth_key is None else truth_key
    if where is not None:
        wanted = at(ground_truth, where, what="ground truth")
        return output_of(outputs, key, beside=where), wanted
    if isinstance(ground_truth, Mapping) and len(ground_truth) == 1:
        [(name, wanted)] = ground_truth.items()
        return output_of(outputs, None, beside=name), wanted
    return outputs, ground_truth


def text_of(value: Any, *, what: str) -> str:
    """Return a scalar as text.

    Raises:
        InvalidInputError: If it is none, with the remedy.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    raise InvalidInputError(
        f"The {what} is of type {type(value).__name__}, not a text; say which part with key=."
    )


def texts(
    outputs: Any, ground_truth: Any, *, key: str | None, truth_key: str | None
) -> tuple[str, str] | None:
    """Return the judged text and what it should be, or None without ground truth."""
    found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
    if wanted is ABSENT:
        return None
    return text_of(found, what="output"), text_of(wanted, what="ground truth")
