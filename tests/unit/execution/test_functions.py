"""Plain functions as candidates, and coroutines run from synchronous code."""

import asyncio
import contextvars
import threading
from functools import partial

import anyio.to_thread
import pytest

from assay.core.datasets import Datapoint
from assay.core.results import ItemResult, ItemStatus
from assay.core.scores import Score
from assay.execution import ExecutionSettings, WorkItem, execute, python_candidate, run_blocking
from assay.testing.sinks import ListSink


ITEM = WorkItem("run", Datapoint("d", {"n": 3}), 0)

colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


async def test_a_synchronous_function_runs_in_a_thread_with_the_callers_context() -> None:
    colour.set("green")

    def function(datapoint: Datapoint) -> list[object]:
        return [colour.get(), threading.current_thread() is threading.main_thread()]

    result = await python_candidate(function, name="f", score=None)(ITEM)
    assert result.output == ["green", False]


async def test_an_asynchronous_function_runs_in_the_loop() -> None:
    async def function(datapoint: Datapoint) -> bool:
        return threading.current_thread() is threading.main_thread()

    assert (await python_candidate(function, name="f", score=None)(ITEM)).output is True


async def test_an_awaitable_from_a_synchronous_wrapper_is_awaited() -> None:
    async def function(factor: int, datapoint: Datapoint) -> int:
        return int(datapoint.inputs["n"]) * factor

    class Callable:
        async def __call__(self, datapoint: Datapoint) -> int:
            return int(datapoint.inputs["n"]) + 1

    assert (await python_candidate(partial(function, 2), name="f")(ITEM)).output == 6
    assert (await python_candidate(lambda d: function(3, d), name="f")(ITEM)).output == 9
    assert (await python_candidate(Callable(), name="f")(ITEM)).output == 4


@pytest.mark.parametrize(
    ("verdicts", "passed"),
    [([True, None], True), ([True, False], False), ([None], None), ([], None)],
)
async def test_an_item_passes_if_all_scores_that_decide_say_so(
    verdicts: list[bool | None], passed: bool | None
) -> None:
    def score(datapoint: Datapoint, output: object) -> list[Score]:
        return [Score(f"s{n}", passed=verdict) for n, verdict in enumerate(verdicts)]

    result = await python_candidate(lambda _: 1, name="f", score=score)(ITEM)
    assert (ItemStatus.SCORED, passed) == (result.status, result.passed)
    assert len(verdicts) == len(result.scores)


async def test_an_output_without_a_json_form_fails_naming_where_it_sits() -> None:
    sink = ListSink()
    await execute(
        python_candidate(lambda _: {"when": object()}, name="f", score=None),
        [ITEM.datapoint],
        run_id="run",
        candidate_name="f",
        planned=1,
        sink=sink,
        settings=ExecutionSettings(),
    )
    assert "$output.when is of type object" in (sink.items[0].error or "")


async def test_a_function_that_hangs_costs_its_item_and_not_the_next_one() -> None:
    release = threading.Event()

    def function(datapoint: Datapoint) -> str:
        if datapoint.id == "d0":
            release.wait()
        return "ok"

    sink = ListSink()
    await execute(
        python_candidate(function, name="f", score=None),
        [Datapoint("d0", {}), Datapoint("d1", {})],
        run_id="run",
        candidate_name="f",
        planned=2,
        sink=sink,
        settings=ExecutionSettings(concurrency=1, timeout_seconds=0.05),
    )
    release.set()
    assert [item.status for item in sink.items] == [ItemStatus.FAILED, ItemStatus.SCORED]


def run_one(sink: ListSink) -> ItemResult:
    run_blocking(
        execute(
            python_candidate(lambda _: colour.get(), name="f", score=None),
            [ITEM.datapoint],
            run_id="run",
            candidate_name="f",
            planned=1,
            sink=sink,
            settings=ExecutionSettings(),
        )
    )
    return sink.items[0]


def test_synchronous_code_runs_an_execution() -> None:
    assert run_one(ListSink()).status is ItemStatus.SCORED


async def test_synchronous_code_inside_a_running_loop_runs_an_execution_in_its_context() -> None:
    colour.set("blue")
    assert run_one(ListSink()).output == "blue"


async def test_an_error_inside_a_running_loop_reaches_the_caller() -> None:
    async def failing() -> None:
        await asyncio.sleep(0)
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        run_blocking(failing())


def test_no_worker_thread_of_the_loop_is_left_over() -> None:
    used: list[threading.Thread] = []

    async def working() -> None:
        used.append(await anyio.to_thread.run_sync(threading.current_thread))

    run_blocking(working())
    assert [False] == [thread.is_alive() for thread in used]


def test_an_error_tells_of_nothing_but_itself() -> None:
    async def fail() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        run_blocking(fail())
    assert caught.value.__context__ is None
