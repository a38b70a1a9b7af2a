"""Evaluators: callables that judge one output, with a name and a rule for their metric."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar, overload

from assay.core.errors import InvalidInputError
from assay.experiments.signatures import Binding, bind_evaluator, name_of


P = ParamSpec("P")
R = TypeVar("R")

PassingRange = tuple[float | None, float | None]
"""The lowest and the highest value that pass; None for no bound."""


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """How one evaluator's scores are read.

    Attributes:
        name: What its metric is called.
        higher_is_better: False for costs, latencies and errors.
        passing_range: Which values pass, or None to go by the evaluator's own verdict.
    """

    name: str
    higher_is_better: bool = True
    passing_range: PassingRange | None = None

    def wire(self) -> dict[str, Any]:
        """Return the settings as a run's configuration carries them."""
        entry: dict[str, Any] = {"higher_is_better": self.higher_is_better}
        if self.passing_range is not None:
            low, high = self.passing_range
            entry["passing_range"] = {"min": low, "max": high}
        return entry


class Evaluator(Generic[P, R]):
    """A callable that judges one output; calling it calls the function it was made of."""

    def __init__(self, function: Callable[P, R], settings: EvaluatorSettings) -> None:
        self.function = function
        self.settings = settings
        self.binding: Binding = bind_evaluator(function)
        self.asynchronous = is_asynchronous(function)
        functools.update_wrapper(self, function)

    @property
    def name(self) -> str:
        """What the evaluator's metric is called."""
        return self.settings.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function the evaluator was made of."""
        return self.function(*args, **kwargs)


@overload
def evaluator(function: Callable[P, R], /) -> Evaluator[P, R]: ...
@overload
def evaluator(
    *,
    name: str | None = ...,
    higher_is_better: bool = ...,
    passing_range: PassingRange | None = ...,
) -> Callable[[Callable[P, R]], Evaluator[P, R]]: ...
def evaluator(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    higher_is_better: bool = True,
    passing_range: PassingRange | None = None,
) -> Evaluator[P, R] | Callable[[Callable[P, R]], Evaluator[P, R]]:
    """Make an evaluator of a function, synchronous or asynchronous.

    Its parameters are filled by name from ``outputs``, ``inputs``, ``ground_truth``,
    ``metadata`` and ``datapoint``; others by position from outputs, inputs, ground truth.
    It returns a boolean, a number, a text label, ``(score, reason)``, a mapping with
    ``score``, or an ``EvalResult``.

    Args:
        function: With ``@evaluator`` alone; left out with ``@evaluator(...)``.
        name: What its metric is called; the function's name by default.
        higher_is_better: False for costs, latencies and errors.
        passing_range: Lowest and highest value that pass, each may be None.

    Raises:
        InvalidInputError: If a parameter of the function cannot be filled.
    """

    def decorate(target: Callable[P, R]) -> Evaluator[P, R]:
        settings = EvaluatorSettings(
            name=name if name is not None else name_of(target),
            higher_is_better=higher_is_better,
            passing_range=passing_range,
        )
        return Evaluator(target, settings)

    return decorate if function is None else decorate(function)


aevaluator = evaluator
"""The same decorator under the name that asynchronous evaluators are used to."""


def prepare_evaluators(evaluators: Sequence[Callable[..., Any]]) -> list[Evaluator[..., Any]]:
    """Return ``evaluators`` as evaluators, plain functions wrapped.

    Raises:
        InvalidInputError: If two share a name, or one cannot be called as an evaluator.
    """
    prepared = [
        item if isinstance(item, Evaluator) else Evaluator(item, EvaluatorSettings(name_of(item)))
        for item in evaluators
    ]
    names = [item.name for item in prepared]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(
                f"Two evaluators are called {name!r}; their scores would be stored under one "
                "name. Give one of them another: @evaluator(name=...)."
            )
    return prepared


def is_asynchronous(function: object) -> bool:
    """Return whether calling ``function`` gives an awaitable, as far as can be told before."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, Evaluator):
        return function.asynchronous
    method = getattr(function, "__call__", None)  # noqa: B004 - the method itself is looked at
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(method)
