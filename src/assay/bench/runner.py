"""Running models on a task: prompt, call, read out, compare; all models at once."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from assay.bench.matchers.specs import is_list_matcher
from assay.bench.prompts import render
from assay.bench.scoring import gold_of, score_reply
from assay.bench.task import Task
from assay.core.chat import ChatMessage, ChatModel, ChatRequest
from assay.core.datasets import Datapoint
from assay.core.ports import ResultSink
from assay.core.progress import Progress
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution import (
    Budget,
    Cancellation,
    Candidate,
    ExecutionSettings,
    ExecutionSummary,
    Tally,
    WorkItem,
    execute,
)
from assay.kit.canonical_json import canonical_json
from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep


Done = Mapping[ItemKey, ItemStatus] | AbstractSet[ItemKey]


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """How an evaluation is carried out.

    Attributes:
        datapoints: How many there are, at least 0.
        execution: Repeats, concurrency and limits of each model's run.
        budget_usd: A hard limit over all models, or None.
        spent_usd: What was spent of it before, as on a resume.
    """

    datapoints: int
    execution: ExecutionSettings
    budget_usd: Decimal | None = None
    spent_usd: Decimal = Decimal(0)

    @property
    def planned(self) -> int:
        """Items of one model: datapoints × repeats."""
        return self.datapoints * self.execution.repeats


def chat_request(task: Task, datapoint: Datapoint, *, repeat: int) -> ChatRequest:
    """Return what a model is asked about a datapoint.

    Raises:
        InvalidTaskError: If a placeholder of the prompt names nothing in the inputs.
    """
    where = f"datapoint {datapoint.id!r}"
    messages = [ChatMessage("user", _prompt(task, datapoint.inputs, where=where))]
    if task.system is not None:
        system = render(task.system, datapoint.inputs, where=where)
        messages.insert(0, ChatMessage("system", system))
    return ChatRequest(
        messages=tuple(messages),
        temperature=task.sampling.temperature,
        max_tokens=task.sampling.max_tokens,
        datapoint_id=datapoint.id,
        repeat=repeat,
    )


def _prompt(task: Task, inputs: Mapping[str, Any], *, where: str) -> str:
    if task.prompt is not None:
        return render(task.prompt, inputs, where=where)
    parts = (task.description, task.input_format_hint, canonical_json(dict(inputs)))
    return "\n\n".join(part for part in parts if part)


def bench_candidate(task: Task, model: ChatModel) -> Candidate:
    """Return the candidate that asks ``model`` and scores its reply.

    A datapoint without usable gold or inputs raises before any call is paid for, and
    becomes a failed record.
    """
    slow = is_list_matcher(task.matcher)

    async def candidate(item: WorkItem) -> ItemResult:
        gold_of(task, item.datapoint)
        request = chat_request(task, item.datapoint, repeat=item.repeat)
        reply = await model.complete(request)
        score = partial(score_reply, task, item.datapoint, reply, repeat=item.repeat)
        return await asyncio.to_thread(score) if slow else score()

    return candidate


async def run_evaluation(  # noqa: PLR0913  # everything optional is by keyword
    plan: EvaluationPlan,
    *,
    task: Task,
    datapoints: Callable[[], Iterable[Datapoint]],
    models: Sequence[tuple[str, ChatModel]],
    sink: ResultSink,
    done: Callable[[str], Done] = lambda _: frozenset(),
    resumed: Callable[[str], Tally | None] = lambda _: None,
    on_progress: Callable[[Progress], None] | None = None,
    cancellation: Cancellation | None = None,
    clock: Clock = SYSTEM_CLOCK,
    sleep: AsyncSleep = sleep,
) -> list[ExecutionSummary]:
    """Run all models at once under one budget; every item is stored the moment it ends.

    Args:
        plan: Repeats, limits and budget.
        task: What is asked and what counts as right.
        datapoints: Opens the dataset anew; called once per model.
        models: Run ids and models.
        sink: Stores finished items.
        done: What a run has already; those items are not asked again.
        resumed: Counts and cost of what a run has already, where known.
        on_progress: Told about every run.
        cancellation: Ends all runs.
        clock: For records and durations.
        sleep: For waits.

    Returns:
        One summary per model, in their order.

    Raises:
        StorageError: If the sink refused; the other runs are ended, and what was stored stays.
    """
    budget = Budget(plan.budget_usd, spent_usd=plan.spent_usd)
    stop = cancellation if cancellation is not None else Cancellation()
    runs = [
        asyncio.create_task(
            execute(
                bench_candidate(task, model),
                datapoints(),
                run_id=run_id,
                candidate_name=model.name,
                planned=plan.planned,
                sink=sink,
                settings=plan.execution,
                done=done(run_id),
                resumed=resumed(run_id),
                budget=budget,
                cancellation=stop,
                on_progress=on_progress,
                clock=clock,
                sleep=sleep,
            )
        )
        for run_id, model in models
    ]
    return await _all_or_none(runs)


async def _all_or_none(runs: list[asyncio.Task[ExecutionSummary]]) -> list[ExecutionSummary]:
    """Wait for all; when one raises, end the others in good order and raise it."""
    try:
        return list(await asyncio.gather(*runs))
    finally:
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)
