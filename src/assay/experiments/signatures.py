"""Which arguments a user's function wants, decided once by its parameters' names.

Known names get their value by keyword. A required positional parameter with a name of
the user's own gets what is left over, in order: for a function the inputs, for an
evaluator outputs, inputs and ground truth. ``**kwargs`` alone gets all known values.
Anything else is an error before the run.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_origin

from assay.core.datasets import Datapoint
from assay.core.errors import InvalidInputError


FUNCTION_NAMES: Final = ("inputs", "ground_truth", "metadata", "datapoint", "tracer")
EVALUATOR_NAMES: Final = (
    "outputs",
    "inputs",
    "ground_truth",
    "metadata",
    "datapoint",
    "latency_seconds",
    "repeat",
)

_PARTS: Final = frozenset({"inputs", "ground_truth", "metadata", "datapoint"})
_FUNCTION_SPARE = ("inputs",)
_EVALUATOR_SPARE = ("outputs", "inputs", "ground_truth")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Binding:
    """What to pass: values by position first, then by keyword; each names a known value."""

    positional: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...]

    def call(self, function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
        """Call ``function`` with its share of ``values``, parts of the datapoint its to change."""
        return function(
            *[_given(values, name) for name in self.positional],
            **{parameter: _given(values, name) for parameter, name in self.keywords},
        )


def _given(values: Mapping[str, Any], name: str) -> Any:
    return _copied(values[name]) if name in _PARTS else values[name]


def name_of(function: object) -> str:
    """Return what a callable is called: its own name, a partial's target's, or its class."""
    while hasattr(function, "func"):
        function = function.func
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


def bind_function(function: Callable[..., Any]) -> Binding:
    """Decide what the function under test gets.

    Raises:
        InvalidInputError: If a parameter cannot be filled.
    """
    return _bind(function, FUNCTION_NAMES, spare=_FUNCTION_SPARE, kind="function")


def bind_evaluator(function: Callable[..., Any]) -> Binding:
    """Decide what an evaluator gets.

    Raises:
        InvalidInputError: If a parameter cannot be filled.
    """
    return _bind(function, EVALUATOR_NAMES, spare=_EVALUATOR_SPARE, kind="evaluator")


def datapoint_values(datapoint: Datapoint) -> dict[str, Any]:
    """Return what a function may ask for about a datapoint, by name."""
    parts = {
        "inputs": datapoint.inputs,
        "ground_truth": datapoint.ground_truth,
        "metadata": datapoint.metadata,
    }
    return {**parts, "latency_seconds": None, "datapoint": {"id": datapoint.id, **parts}}


def _copied(value: Any) -> Any:
    """Return a JSON value that shares nothing which can be changed with ``value``."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if kind is list else value


def _bind(
    function: Callable[..., Any], names: Sequence[str], *, spare: Sequence[str], kind: str
) -> Binding:
    if not callable(function):
        raise InvalidInputError(
            f"The {kind} is of type {type(function).__name__}; it must be callable."
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-ins have no signature
        return Binding((spare[0],), ())
    parameters = list(signature.parameters.values())
    if _makes_evaluators(signature):
        raise InvalidInputError(
            f"{name_of(function)} makes an evaluator and is none; call it: {name_of(function)}()."
        )
    known = [parameter for parameter in parameters if parameter.name in names]
    left = [name for name in spare if name not in {parameter.name for parameter in known}]
    return _assign(parameters, names, left=left, what=f"The {kind} {name_of(function)!r}")


def _makes_evaluators(signature: inspect.Signature) -> bool:
    told = signature.return_annotation
    return getattr(get_origin(told) or told, "__name__", None) == "Evaluator"


def _assign(
    parameters: Sequence[inspect.Parameter], names: Sequence[str], *, left: list[str], what: str
) -> Binding:
    positional: list[str] = []
    keywords: list[tuple[str, str]] = []
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL and not positional:
            positional.extend(left)
            left = []
        elif parameter.name in names and parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
                positional.append(parameter.name)
            else:
                keywords.append((parameter.name, parameter.name))
        elif parameter.default is inspect.Parameter.empty and _fillable(parameter):
            if not left or parameter.kind not in _POSITIONAL:
                raise InvalidInputError(_unknown(parameter.name, what=what, names=names))
            _fill(parameter, left.pop(0), positional=positional, keywords=keywords)
    if not positional and not keywords:
        if [each.kind for each in parameters] == [inspect.Parameter.VAR_KEYWORD]:
            return Binding((), tuple((name, name) for name in names))
        raise InvalidInputError(
            f"{what} takes no arguments; let it take at least one of: {', '.join(names)}."
        )
    return Binding(tuple(positional), tuple(keywords))


def _fill(
    parameter: inspect.Parameter,
    name: str,
    *,
    positional: list[str],
    keywords: list[tuple[str, str]],
) -> None:
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        positional.append(name)
    else:
        keywords.append((parameter.name, name))


def _fillable(parameter: inspect.Parameter) -> bool:
    return parameter.kind not in {
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    }


def _unknown(parameter: str, *, what: str, names: Sequence[str]) -> str:
    return (
        f"{what} requires the parameter {parameter!r}, for which there is no value. "
        f"Parameters are filled by name: {', '.join(names)}; "
        "give any other one a default, or bind it with functools.partial."
    )
