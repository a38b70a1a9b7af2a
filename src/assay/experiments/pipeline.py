"""Running one evaluator by its settings: wrapped ones first, repeats, then the check.

The steps are a generator that yields whatever a call returned and is sent the value, so
that one account serves synchronous and asynchronous evaluators: ``start`` goes as far as
it can and hands back either the result or what must be awaited for it.
"""

import asyncio
import inspect
import statistics
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assay.experiments.registry import default_aggregate, default_check
from assay.experiments.scores import EvalResult, Scalar, result_of
from assay.experiments.settings import EvaluatorSettings
from assay.experiments.signatures import Binding


Steps = Generator[Any, Any, "Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What an evaluator said once: its value, whatever it is, and what came with it."""

    value: Any
    passed: bool | None = None
    reason: str | None = None
    extras: Mapping[str, Scalar] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    label: str | None = None

    def result(self) -> EvalResult:
        """Return it as a result; a text is a label, a mapping holds nothing but extras."""
        if self.error is not None:
            return EvalResult(error=self.error, details=self.details)
        if isinstance(self.value, Mapping):
            return EvalResult(passed=self.passed, reason=self.reason, extras=self.value)
        text = isinstance(self.value, str)
        return EvalResult(
            score=None if text else self.value,
            label=self.value if text else self.label,
            passed=self.passed,
            reason=self.reason,
            extras=self.extras,
            details=self.details,
        )


@dataclass(frozen=True, slots=True)
class _Together:
    """Asks for several steps to be taken at the same time."""

    steps: Sequence[Steps]


@dataclass(frozen=True, slots=True)
class _Raised:
    """What steps raised before they had to wait for anything."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One evaluator with its settings, names looked up.

    Attributes:
        before: The wrapped evaluators, in order.
        check: Takes value and target, or None.
    """

    function: Callable[..., Any]
    binding: Binding
    settings: EvaluatorSettings
    before: tuple["Pipeline", ...] = ()
    transform: Callable[[Any], Any] | None = None
    aggregate: Callable[[Sequence[Any]], Any] | None = None
    check: Callable[[Any, Any], Any] | None = None

    def __call__(self, **values: Any) -> EvalResult | Awaitable[EvalResult]:
        """Judge, and return the result, or an awaitable where something must be awaited."""
        outcome = start(self.steps(values))
        return _result(outcome) if inspect.isawaitable(outcome) else outcome.result()

    def steps(self, values: Mapping[str, Any]) -> Steps:
        """Judge as often as the settings say, make one value of it and check it."""
        if self.settings.repeat == 1:
            judged = yield from self._once(values)
        else:
            first = values["repeat"] * self.settings.repeat
            repeats = [
                self._once({**values, "repeat": first + number})
                for number in range(self.settings.repeat)
            ]
            judged = self._one_of((yield _Together(repeats)))
        return self._checked(judged)

    def _once(self, values: Mapping[str, Any]) -> Steps:
        fed = dict(values)
        for stage in self.before:
            judged = yield from stage.steps(fed)
            if judged.error is not None:
                return judged
            fed["outputs"] = judged.value
        value = yield self.binding.call(self.function, fed)
        judged = _judged(value)
        if self.transform is None or judged.value is None:
            return judged
        return _with_value(judged, self.transform(judged.value))

    def _one_of(self, repeats: Sequence[Judged]) -> Judged:
        values = [judged.value for judged in repeats if judged.value is not None]
        reasons = [judged.reason for judged in repeats]
        details: dict[str, Any] = {"repeats": [judged.value for judged in repeats]}
        if any(reason is not None for reason in reasons):
            details["reasons"] = reasons
        parts = [dict(judged.details) for judged in repeats]
        if any(parts):
            details["each"] = parts
        verdicts = [judged.passed for judged in repeats if judged.passed is not None]
        aggregate = default_aggregate if self.aggregate is None else self.aggregate
        return Judged(
            value=aggregate(values) if values else None,
            passed=default_aggregate(verdicts) if verdicts else None,
            reason=next((reason for reason in reasons if reason is not None), None),
            extras=_mean_extras(repeats),
            details=details,
            error=_first_error(repeats),
        )

    def _checked(self, judged: Judged) -> Judged:
        settings, value = self.settings, judged.value
        if judged.error is not None:
            return judged
        if value is None or (self.check is None and settings.target is None):
            return judged
        if self.check is not None:
            passed = bool(self.check(value, settings.target))
        else:
            better = settings.higher_is_better
            passed = default_check(value, settings.target, higher_is_better=better)
        reason = judged.reason
        if reason is None and not passed and settings.target is not None:
            reason = f"{value!r} misses the target {settings.target!r}"
        return replace(judged, passed=passed, reason=reason)


def start(steps: Steps) -> Any:
    """Take ``steps`` as far as they go; return the judgement, or an awaitable for it."""
    return _advance(steps, lambda: next(steps))


def _advance(steps: Steps, resume: Callable[[], Any]) -> Any:
    while True:
        try:
            asked = resume()
        except StopIteration as stop:
            return stop.value
        answer = _together(asked) if isinstance(asked, _Together) else asked
        if inspect.isawaitable(answer):
            return _finish(steps, answer)
        resume = _sender(steps, answer)


def _sender(steps: Steps, answer: Any) -> Callable[[], Any]:
    return lambda: steps.send(answer)


def _together(asked: _Together) -> Any:
    begun = [_begin(steps) for steps in asked.steps]
    if not any(inspect.isawaitable(outcome) for outcome in begun):
        return [_unless_raised(outcome) for outcome in begun]
    return _all_settled(begun)


def _begin(steps: Steps) -> Any:
    """Start ``steps``; an error waits until the steps begun beside it are over."""
    try:
        return start(steps)
    except Exception as error:  # noqa: BLE001  # raised again by _unless_raised
        return _Raised(error)


def _unless_raised(outcome: Any) -> Any:
    if isinstance(outcome, _Raised):
        raise outcome.error
    return outcome


async def _all_settled(begun: Sequence[Any]) -> list[Any]:
    """Wait for all, also where one raises, so that none goes on behind the caller's back."""
    ended = await asyncio.gather(*map(_settled, begun), return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome
    return ended


async def _settled(outcome: Any) -> Any:
    return await outcome if inspect.isawaitable(outcome) else _unless_raised(outcome)


async def _finish(steps: Steps, pending: Awaitable[Any]) -> Any:
    answer = await pending
    return await _settled(_advance(steps, _sender(steps, answer)))


async def _result(pending: Awaitable[Judged]) -> EvalResult:
    return (await pending).result()


def _judged(value: Any) -> Judged:
    """Take a returned value apart; what has no score of its own is handed on whole."""
    result = result_of(value)
    if result is None:
        return Judged(value)
    scored = result.score is not None
    return Judged(
        value=result.score if scored else result.label,
        label=result.label if scored else None,
        passed=result.passed,
        reason=result.reason,
        extras=result.extras,
        details=result.details,
        error=result.error,
    )


def _with_value(judged: Judged, value: Any) -> Judged:
    """Return ``judged`` with another value, which its own verdict does not speak of."""
    return replace(judged, value=value, passed=None, label=None)


def _first_error(repeats: Sequence[Judged]) -> str | None:
    errors = [judged.error for judged in repeats if judged.error is not None]
    return f"{len(errors)} of {len(repeats)} repeats: {errors[0]}" if errors else None


def _mean_extras(repeats: Sequence[Judged]) -> dict[str, Scalar]:
    """Return the mean of each extra that is a number in every repeat that has it."""
    found: dict[str, list[float]] = {}
    for judged in repeats:
        for name, value in judged.extras.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found.setdefault(name, []).append(value)
    return {name: statistics.fmean(values) for name, values in found.items()}
