"""Plain Python functions as candidates."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from assay.core.datasets import Datapoint
from assay.core.results import ItemResult, ItemStatus
from assay.core.scores import Score
from assay.execution.items import Candidate, WorkItem
from assay.kit.canonical_json import check_json
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.threads import DaemonThreads


ScoreFunction = Callable[[Datapoint, Any], Sequence[Score] | Awaitable[Sequence[Score]]]
"""Judges one output: takes the datapoint and the output, returns scores."""


def python_candidate(
    function: Callable[[Datapoint], Any],
    *,
    name: str,
    score: ScoreFunction | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Candidate:
    """Return a candidate that calls ``function`` with each datapoint.

    A synchronous function runs in a thread with a copy of the context, as many at once
    as the execution works on; one that outlives its timeout keeps its thread, not the
    run. An asynchronous function runs in the loop. The same holds for ``score``.

    Args:
        function: Returns a JSON value, the output.
        name: For the names of threads.
        score: Judges the output; an item passes if all scores that decide say so.
        clock: For the latency.
    """
    threads = DaemonThreads(f"assay-{name}")

    async def candidate(item: WorkItem) -> ItemResult:
        began = clock.monotonic()
        output = await call_function(threads, lambda: function(item.datapoint), of=function)
        latency = clock.monotonic() - began
        check_json(output, path="$output")
        scores: Sequence[Score] = ()
        if score is not None:
            scores = await call_function(threads, lambda: score(item.datapoint, output), of=score)
        return ItemResult(
            item.key,
            ItemStatus.SCORED,
            output=output,
            passed=verdict(scores),
            scores=tuple(scores),
            latency_seconds=latency,
        )

    return candidate


async def call_function(threads: DaemonThreads, call: Callable[[], Any], *, of: object) -> Any:
    """Call inline what ``of`` says is asynchronous, in a thread what is not.

    A synchronous function may still return an awaitable (a ``partial``, a decorated one);
    it is awaited in the loop.
    """
    asynchronous = inspect.iscoroutinefunction(of) or inspect.iscoroutinefunction(
        getattr(of, "__call__", None)  # noqa: B004  # the method itself is asked, not callability
    )
    value = call() if asynchronous else await asyncio.wrap_future(threads.submit(call))
    return await value if inspect.isawaitable(value) else value


def verdict(scores: Sequence[Score]) -> bool | None:
    """Return whether all scores that decide are passed, or None if none decides."""
    decided = [score.passed for score in scores if score.passed is not None]
    return all(decided) if decided else None
