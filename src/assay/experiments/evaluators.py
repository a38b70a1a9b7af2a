"""Evaluators: callables that judge one output, with a name and a rule for their metric."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, ParamSpec, TypeVar, Unpack, overload

from assay.core.errors import InvalidInputError, InvalidSettingsError
from assay.core.scores import Score
from assay.execution.blocking import run_blocking
from assay.experiments.pipeline import Pipeline
from assay.experiments.registry import BUILT_IN, Registry
from assay.experiments.scores import scores_of
from assay.experiments.settings import (
    EvalSettings,
    EvaluatorSettings,
    Settings,
    settings_from,
    settle,
)
from assay.experiments.signatures import EVALUATOR_NAMES, Binding, bind_evaluator, name_of


P = ParamSpec("P")
R = TypeVar("R")

COMPOSITE: Final = "composite"
"""What the metric of all weighted evaluators together is called."""

Configuration = Mapping[str, EvalSettings | Mapping[str, Any]]
"""Settings by evaluator, as ``evaluate(evaluator_settings=...)`` takes them."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What an evaluator itself says, by the place: where it is made, decorated and used."""

    init: EvalSettings = field(default_factory=EvalSettings)
    decorator: EvalSettings = field(default_factory=EvalSettings)
    call: EvalSettings = field(default_factory=EvalSettings)


class Evaluator(Generic[P, R]):
    """A callable that judges one output; calling it calls the function it was made of.

    Args:
        function: What judges, synchronous or asynchronous.
        settings: Stronger than a file, weaker than a decorator; see ``EvaluatorSettings``.

    Raises:
        InvalidInputError: If a parameter of the function cannot be filled.
        InvalidSettingsError: If a setting has a value that cannot be used.
    """

    def __init__(
        self,
        function: Callable[P, R],
        settings: EvalSettings | None = None,
        *,
        said: _Said | None = None,
    ) -> None:
        functools.update_wrapper(self, function, updated=())  # its attributes are not methods here
        self.function = function
        self.said = _Said(init=settings or EvalSettings()) if said is None else said
        self.settings = self.settled()
        self.binding: Binding = bind_evaluator(function)
        self.asynchronous = is_asynchronous(function)

    @property
    def name(self) -> str:
        """What the evaluator's metric is called."""
        return self.settings.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function the evaluator was made of."""
        return self.function(*args, **kwargs)

    def using(self, **settings: Unpack[Settings]) -> "Evaluator[P, R]":
        """Return the same evaluator with settings that are stronger than all others."""
        call = settings_from(settings, where="using()").over(self.said.call)
        return Evaluator(self.function, said=replace(self.said, call=call))

    def decorated(self, settings: EvalSettings) -> "Evaluator[P, R]":
        """Return the same evaluator with the settings of a further decorator."""
        said = replace(self.said, decorator=settings.over(self.said.decorator))
        return Evaluator(self.function, said=said)

    def settled(
        self, *, file: EvalSettings | None = None, config: EvalSettings | None = None
    ) -> EvaluatorSettings:
        """Return the settings with what a file and a configuration say considered."""
        said = self.said
        return settle(name_of(self.function), file, said.init, said.decorator, config, said.call)

    def judge(
        self,
        outputs: Any,
        inputs: Any = None,
        ground_truth: Any = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        latency_seconds: float | None = None,
        registry: Registry = BUILT_IN,
    ) -> tuple[Score, ...]:
        """Judge one output as an experiment would, with all settings.

        Raises:
            Exception: Whatever the evaluator raises.
        """
        return run_blocking(
            self.ajudge(
                outputs,
                inputs,
                ground_truth,
                metadata=metadata,
                latency_seconds=latency_seconds,
                registry=registry,
            )
        )

    async def ajudge(
        self,
        outputs: Any,
        inputs: Any = None,
        ground_truth: Any = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        latency_seconds: float | None = None,
        registry: Registry = BUILT_IN,
    ) -> tuple[Score, ...]:
        """Do what ``judge`` does, in the running event loop."""
        datapoint = {"inputs": inputs, "ground_truth": ground_truth, "metadata": metadata or {}}
        values = {
            **datapoint,
            "outputs": outputs,
            "datapoint": {"id": None, **datapoint},
            "latency_seconds": latency_seconds,
            "repeat": 0,
        }
        value: Any = _pipeline(self, self.settings, registry=registry)(**values)
        return scores_of(self.name, await value if inspect.isawaitable(value) else value)


class _Prepared(Evaluator[..., Any]):
    """An evaluator with all places considered, as an experiment runs it."""

    def __init__(
        self, source: Evaluator[..., Any], settings: EvaluatorSettings, *, registry: Registry
    ) -> None:
        super().__init__(source.function, said=source.said)
        self.settings = settings
        if settings.plain:
            return
        pipeline = _pipeline(source, settings, registry=registry)
        self.function = pipeline
        self.binding = Binding((), tuple((name, name) for name in EVALUATOR_NAMES))
        self.asynchronous = _any_asynchronous(pipeline)


@overload
def evaluator(function: Callable[P, R], /, **settings: Unpack[Settings]) -> Evaluator[P, R]: ...
@overload
def evaluator(**settings: Unpack[Settings]) -> Callable[[Callable[P, R]], Evaluator[P, R]]: ...
def evaluator(
    function: Callable[P, R] | None = None, /, **settings: Unpack[Settings]
) -> Evaluator[P, R] | Callable[[Callable[P, R]], Evaluator[P, R]]:
    """Make an evaluator of a function, synchronous or asynchronous.

    Its parameters are filled by name from ``outputs``, ``inputs``, ``ground_truth``,
    ``metadata``, ``datapoint``, ``latency_seconds`` and ``repeat``, which counts from 0 how
    often the datapoint was judged before; others by position from outputs,
    inputs, ground truth. It returns a boolean, a number, a text label,
    ``(score, reason)``, a mapping with ``score``, or an ``EvalResult``.

    Args:
        function: With ``@evaluator`` alone; left out with ``@evaluator(...)``. May be an
            evaluator, whose settings are kept where the decorator says nothing.
        settings: Such as ``name``, ``passing_range``, ``weight``; see ``EvaluatorSettings``.

    Raises:
        InvalidInputError: If a parameter of the function cannot be filled.
        InvalidSettingsError: If a setting has a value that cannot be used.
    """
    said = settings_from(settings, where="@evaluator")

    def decorate(target: Callable[P, R]) -> Evaluator[P, R]:
        if isinstance(target, Evaluator):
            return target.decorated(said)
        return Evaluator(target, said=_Said(decorator=said))

    return decorate if function is None else decorate(function)


aevaluator = evaluator
"""The same decorator under the name that asynchronous evaluators are used to."""


def prepare_evaluators(
    evaluators: Sequence[Callable[..., Any]],
    *,
    config: Configuration | None = None,
    file: Mapping[str, EvalSettings] | None = None,
    registry: Registry = BUILT_IN,
) -> list[Evaluator[..., Any]]:
    """Return ``evaluators`` ready to run, with all places that set them considered.

    Args:
        evaluators: Evaluators and plain functions.
        config: Settings by evaluator, under the name it would have without.
        file: The same from a file; weaker, and may speak of other evaluators too.
        registry: Where the names in settings are looked up.

    Raises:
        InvalidInputError: If two share a name, or one cannot be called as an evaluator.
        InvalidSettingsError: If a setting cannot be used, or is for no evaluator here.
    """
    sources = [item if isinstance(item, Evaluator) else Evaluator(item) for item in evaluators]
    said = _configured(config, [source.name for source in sources])
    prepared = [
        _Prepared(
            source,
            source.settled(file=(file or {}).get(source.name), config=said.get(source.name)),
            registry=registry,
        )
        for source in sources
    ]
    _refuse_shared_names([item.name for item in prepared], weighted=_weights(prepared) != {})
    return list(prepared)


def composite_configuration(evaluators: Sequence[Evaluator[..., Any]]) -> dict[str, Any]:
    """Return what tells the server to make one metric of the weighted evaluators."""
    weights = _weights(evaluators)
    return {"composites": {COMPOSITE: {"weights": weights}}} if weights else {}


def is_asynchronous(function: object) -> bool:
    """Return whether calling ``function`` gives an awaitable, as far as can be told before."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, Evaluator):
        return function.asynchronous
    method = getattr(function, "__call__", None)  # noqa: B004 - the method itself is looked at
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(method)


def _pipeline(
    source: Evaluator[..., Any], settings: EvaluatorSettings, *, registry: Registry
) -> Pipeline:
    def found(kind: str, named: Any) -> Callable[..., Any] | None:
        return None if named is None else registry.find(kind, named)

    before = [registry.find("evaluator", named) for named in settings.wraps]
    stages = [item if isinstance(item, Evaluator) else Evaluator(item) for item in before]
    return Pipeline(
        function=source.function,
        binding=source.binding,
        settings=settings,
        before=tuple(_pipeline(item, item.settings, registry=registry) for item in stages),
        transform=found("transform", settings.transform),
        aggregate=found("aggregate", settings.aggregate),
        check=found("checker", settings.checker),
    )


def _any_asynchronous(pipeline: Pipeline) -> bool:
    return is_asynchronous(pipeline.function) or any(map(_any_asynchronous, pipeline.before))


def _configured(config: Configuration | None, names: Sequence[str]) -> dict[str, EvalSettings]:
    for name in config or {}:
        if name not in names:
            raise InvalidSettingsError(
                f"evaluator_settings speaks of {name!r}, but the evaluators are: "
                f"{', '.join(names) or 'none'}."
            )
    return {
        name: settings_from(settings, where=f"evaluator_settings[{name!r}]")
        for name, settings in (config or {}).items()
    }


def _weights(evaluators: Sequence[Evaluator[..., Any]]) -> dict[str, float]:
    pairs = ((item.name, item.settings.weight) for item in evaluators)
    return {name: weight for name, weight in pairs if weight is not None}


def _refuse_shared_names(names: Sequence[str], *, weighted: bool) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(
                f"Two evaluators are called {name!r}; their scores would be stored under one "
                "name. Give one of them another: @evaluator(name=...)."
            )
    if weighted and COMPOSITE in names:
        raise InvalidInputError(
            f"An evaluator is called {COMPOSITE!r}, which is the metric made of the weighted "
            "ones. Give it another name, or no evaluator a weight."
        )
