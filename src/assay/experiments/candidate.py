"""A user's function with its evaluators, as a candidate the engine can run.

Synchronous code runs in threads with a copied context, all of an item's in one go;
asynchronous code runs in the loop.
"""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core.results import ItemResult, ItemStatus
from assay.core.scores import Score, ScoreStatus
from assay.execution.items import WorkItem
from assay.execution.outcome import describe
from assay.experiments.evaluators import Evaluator, is_asynchronous
from assay.experiments.scores import error_score, scores_of
from assay.experiments.settings import EvaluatorSettings
from assay.experiments.signatures import bind_function, datapoint_values, name_of
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.errors import told_by
from assay.kit.threads import DaemonThreads
from assay.tracing.tracer import Tracer


Values = dict[str, Any]
Verdict = tuple[Score, ...] | Awaitable[Any] | None
"""An evaluator's scores, or what must be awaited for them, or None if it has not run."""

_FOR_US = (KeyboardInterrupt, GeneratorExit, asyncio.CancelledError)
"""What ends more than the code that is judged."""


@contextlib.contextmanager
def candidate_of(
    function: Callable[..., Any],
    evaluators: Sequence[Evaluator[..., Any]],
    *,
    tracers: Callable[[WorkItem], Tracer],
    clock: Clock = SYSTEM_CLOCK,
) -> "Iterator[FunctionCandidate]":
    """Lend the candidate that ``function`` makes, with threads that end with it."""
    threads = DaemonThreads(f"assay-{name_of(function)}")
    try:
        yield FunctionCandidate(function, evaluators, threads=threads, clock=clock, tracers=tracers)
    finally:
        threads.close()


class FunctionCandidate:
    """Calls a function with a datapoint, then judges its output with every evaluator."""

    def __init__(
        self,
        function: Callable[..., Any],
        evaluators: Sequence[Evaluator[..., Any]],
        *,
        threads: DaemonThreads,
        clock: Clock,
        tracers: Callable[[WorkItem], Tracer],
    ) -> None:
        self._function = function
        self._binding = bind_function(function)
        self._asynchronous = is_asynchronous(function)
        self._evaluators = tuple(evaluators)
        self._settings = {evaluator.name: evaluator.settings for evaluator in evaluators}
        self._threads = threads
        self._clock = clock
        self._tracers = tracers

    async def __call__(self, item: WorkItem) -> ItemResult:
        """Work on one item in its session; what the function raises is the engine's to record."""
        tracer = self._tracers(item)
        if tracer.collector.crowded:
            await tracer.collector.room()
        with tracer.activated():
            values = {
                **datapoint_values(item.datapoint),
                "tracer": tracer,
                "repeat": item.repeat,
            }
            return await self._work(item, values, session_id=tracer.session_id)

    async def _work(self, item: WorkItem, values: Values, *, session_id: str) -> ItemResult:
        began = self._clock.monotonic()
        if self._asynchronous:
            verdicts: list[Verdict] = [None] * len(self._evaluators)
            with _no_exit():
                values["outputs"] = await self._binding.call(self._function, values)
            values["latency_seconds"] = latency = self._clock.monotonic() - began
        else:
            verdicts, latency = await self._in_thread(lambda: self._run_blocking(values))
            if inspect.isawaitable(values["outputs"]):
                with _no_exit():
                    values["outputs"] = await values["outputs"]
                values["latency_seconds"] = latency = self._clock.monotonic() - began
        scores = await self._judge(values, verdicts)
        return ItemResult(
            key=item.key,
            status=ItemStatus.SCORED,
            output=values["outputs"],
            passed=_headline(scores, self._settings),
            scores=scores,
            latency_seconds=latency,
            session_id=session_id,
        )

    async def _in_thread(self, call: Callable[[], Any]) -> Any:
        return await asyncio.wrap_future(self._threads.submit(call))

    def _run_blocking(self, values: Values) -> tuple[list[Verdict], float]:
        """Call the function and every synchronous evaluator, in the thread we are in."""
        began = self._clock.monotonic()
        with _no_exit():
            values["outputs"] = _drained(self._binding.call(self._function, values))
        values["latency_seconds"] = latency = self._clock.monotonic() - began
        if inspect.isawaitable(values["outputs"]):
            return [None] * len(self._evaluators), latency
        return [
            None if evaluator.asynchronous else _call(evaluator, values)
            for evaluator in self._evaluators
        ], latency

    async def _judge(self, values: Values, verdicts: list[Verdict]) -> tuple[Score, ...]:
        """Run the evaluators that have not run, await what they started, in their order."""
        waiting = [index for index, verdict in enumerate(verdicts) if verdict is None]
        blocking = [index for index in waiting if not self._evaluators[index].asynchronous]
        if blocking:
            found = await self._in_thread(
                lambda: [_call(self._evaluators[index], values) for index in blocking]
            )
            for index, verdict in zip(blocking, found, strict=True):
                verdicts[index] = verdict
        for index in waiting:
            if self._evaluators[index].asynchronous:
                verdicts[index] = _call(self._evaluators[index], values)
        await self._await_all(verdicts)
        return tuple(
            score for verdict in verdicts if isinstance(verdict, tuple) for score in verdict
        )

    async def _await_all(self, verdicts: list[Verdict]) -> None:
        pending = [
            (index, verdict)
            for index, verdict in enumerate(verdicts)
            if verdict is not None and not isinstance(verdict, tuple)
        ]
        if not pending:
            return
        done = await asyncio.gather(
            *(_finish(self._evaluators[index], verdict) for index, verdict in pending)
        )
        for (index, _), scores in zip(pending, done, strict=True):
            verdicts[index] = scores


@contextlib.contextmanager
def _no_exit() -> Iterator[None]:
    """Let code that is judged end itself, and not the process that judges it."""
    try:
        yield
    except SystemExit as error:
        raise RuntimeError(f"the function called sys.exit({error.code!r})") from error
    except (Exception, *_FOR_US):
        raise
    except BaseException as error:  # such as pytest.fail() raises
        raise RuntimeError(f"the function raised {told_by(error)}") from error


def _drained(output: Any) -> Any:
    """Return what a generator yields, as a list or an awaitable for one; others as they are."""
    if inspect.isgenerator(output):
        return list(output)
    return _collected(output) if inspect.isasyncgen(output) else output


async def _collected(stream: AsyncIterator[Any]) -> list[Any]:
    return [value async for value in stream]


def _call(evaluator: Evaluator[..., Any], values: Values) -> tuple[Score, ...] | Awaitable[Any]:
    try:
        value = evaluator.binding.call(evaluator.function, values)
        return value if inspect.isawaitable(value) else _scored(evaluator, value)
    except _FOR_US:
        raise
    except BaseException as error:  # noqa: BLE001 - a raising evaluator is a record, not an end
        return (error_score(evaluator.name, describe(error)),)


async def _finish(evaluator: Evaluator[..., Any], pending: Awaitable[Any]) -> tuple[Score, ...]:
    try:
        return _scored(evaluator, await pending)
    except _FOR_US:
        raise
    except BaseException as error:  # noqa: BLE001 - a raising evaluator is a record, not an end
        return (error_score(evaluator.name, describe(error)),)


def _scored(evaluator: Evaluator[..., Any], value: Any) -> tuple[Score, ...]:
    """Return the scores in a value; extras of an evaluator that only reports decide nothing."""
    scores = scores_of(evaluator.name, value)
    if evaluator.settings.asserts:
        return scores
    return tuple(
        score if score.name == evaluator.name else replace(score, passed=None) for score in scores
    )


def _headline(scores: Sequence[Score], settings: Mapping[str, EvaluatorSettings]) -> bool | None:
    """Return whether all verdicts say yes; None if there is none, False if one is missing.

    Evaluators that only report decide nothing; but that one of them raised is a failure all the
    same.
    """
    if any(score.status is ScoreStatus.ERROR for score in scores):
        return False
    verdicts = [_verdict(score, settings.get(score.name)) for score in scores]
    known = [verdict for verdict in verdicts if verdict is not None]
    return all(known) if known else None


def _verdict(score: Score, settings: EvaluatorSettings | None) -> bool | None:
    """Return whether a score passes; a passing range is stronger than what its evaluator said."""
    if settings is None:  # an extra
        return score.passed
    if not settings.asserts:
        return None
    if not settings.bounded:
        return score.passed
    return None if score.value is None else settings.in_range(score.value)
