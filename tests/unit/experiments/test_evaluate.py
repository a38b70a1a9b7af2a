import asyncio
import functools
import sys
import threading
import time
from collections import UserDict
from datetime import UTC, datetime
from typing import Any

import pytest
from typing_extensions import override

import assay
from assay import evaluate, evaluator, trace
from assay.core.errors import ConflictError, InvalidInputError, ServerError
from assay.core.runs import RunStatus


ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(10)]


def double(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": 2 * inputs["n"]}


def double_but_three(inputs: dict[str, int]) -> dict[str, int]:
    if inputs["n"] == 3:
        raise ValueError("three is too much")
    return double(inputs)


@evaluator
def exact(outputs: Any, inputs: Any, ground_truth: Any) -> bool:
    return bool(outputs["answer"] == ground_truth["answer"])


@evaluator(name="size")
def size(outputs: Any) -> int:
    return int(outputs["answer"])


def run(client: assay.Client, function: Any = double, **options: Any) -> Any:
    options = {"dataset": ROWS, "evaluators": [exact], "print_results": False, **options}
    return evaluate(function, client=client, **options)


def test_a_function_is_run_over_every_datapoint_and_scored(
    client: assay.Client, server: Any
) -> None:
    result = run(client, evaluators=[exact, size])
    assert result.status == "completed"
    assert result.success
    assert len(result.passed) == 10
    assert result.metrics.get_metric("exact").aggregate == 1.0
    assert result.metrics.get_metric("size").aggregate == 9.0
    assert result.metrics.list_metrics() == ["exact", "size"]


def test_asynchronous_functions_and_evaluators_work_alike(
    client: assay.Client, server: Any
) -> None:
    async def slow_double(inputs: Any) -> Any:
        await asyncio.sleep(0)
        return double(inputs)

    @assay.aevaluator
    async def aexact(outputs: Any, ground_truth: Any) -> Any:
        await asyncio.sleep(0)
        return outputs == ground_truth

    result = run(client, slow_double, evaluators=[aexact, exact])
    assert [1.0, 1.0] == [detail.aggregate for detail in result.metrics.details]
    assert ["aexact", "exact"] == result.metrics.list_metrics()


def test_a_synchronous_function_that_returns_an_awaitable_is_awaited(
    client: assay.Client, server: Any
) -> None:
    async def later(inputs: Any, factor: Any) -> Any:
        return {"answer": factor * inputs["n"]}

    result = run(client, lambda inputs: later(inputs, 2))
    assert result.success
    assert run(client, functools.partial(later, factor=2)).success


def test_a_synchronous_evaluator_that_returns_an_awaitable_is_awaited(
    client: assay.Client, server: Any
) -> None:
    async def judge(outputs: Any) -> Any:
        return outputs["answer"] > 3

    def judge_soon(outputs: Any) -> Any:
        return judge(outputs)

    result = run(client, evaluators=[evaluator(name="judge")(judge_soon)])
    assert 0.8 == result.metrics.get_metric("judge").aggregate


def test_a_raising_function_is_a_failed_datapoint_and_the_run_goes_on(
    client: assay.Client, server: Any
) -> None:
    result = run(client, double_but_three)
    assert result.status == "completed"
    assert not result.success
    assert 9 == len(result.passed)
    failed = [point for point in result.datapoints if point.status == "failed"]
    assert ["ValueError: three is too much"] == [point.error for point in failed]
    assert 9 == result.metrics.get_metric("exact").count


def test_a_raising_evaluator_is_recorded_and_never_counts(
    client: assay.Client, server: Any
) -> None:
    @evaluator
    def moody(outputs: Any, inputs: Any) -> Any:
        if inputs["n"] < 4:
            raise RuntimeError("not today")
        return True

    result = run(client, evaluators=[moody, exact])
    moody_metric = result.metrics.get_metric("moody")
    assert (1.0, 6, 4) == (moody_metric.aggregate, moody_metric.count, moody_metric.errors)
    assert 6 == len(result.passed)
    assert {"moody": "RuntimeError: not today"} == result.datapoints[0].evaluator_errors
    assert 10 == result.metrics.get_metric("exact").count


def test_an_asynchronous_evaluator_that_raises_is_recorded_too(
    client: assay.Client, server: Any
) -> None:
    async def broken(outputs: Any) -> None:
        raise RuntimeError("no")

    result = run(client, evaluators=[broken])
    assert 10 == result.metrics.get_metric("broken").errors


def first_of_none(inputs: Any) -> Any:
    return next(iter([]))


async def first_of_none_later(inputs: Any) -> Any:
    return next(iter([]))


def leaving(inputs: Any) -> Any:
    sys.exit("done")


async def leaving_later(inputs: Any) -> Any:
    await asyncio.sleep(0)
    sys.exit("done")


@pytest.mark.parametrize("function", [first_of_none, first_of_none_later])
def test_a_function_that_raises_stop_iteration_fails_and_nothing_waits_for_ever(
    client: assay.Client, server: Any, function: Any
) -> None:
    result = run(client, function)
    assert {"failed"} == {point.status for point in result.datapoints}
    assert "raised StopIteration" in (result.datapoints[0].error or "")


@pytest.mark.parametrize("function", [leaving, leaving_later])
def test_code_that_exits_fails_its_datapoint_and_not_the_run(
    client: assay.Client, server: Any, function: Any
) -> None:
    def left(outputs: Any) -> bool:
        sys.exit(3)

    async def left_later(outputs: Any) -> bool:
        await asyncio.sleep(0)
        sys.exit(3)

    result = run(client, function)
    assert "RuntimeError: the function called sys.exit('done')" == result.datapoints[0].error
    assert "completed" == result.status
    judged = run(client, evaluators=[left, left_later])
    assert {"left": "SystemExit: 3", "left_later": "SystemExit: 3"} == dict(
        judged.datapoints[0].evaluator_errors
    )


def giving_up(inputs: Any) -> Any:
    pytest.fail("no good")


async def giving_up_later(inputs: Any) -> Any:
    await asyncio.sleep(0)
    pytest.fail("no good")


@pytest.mark.parametrize("function", [giving_up, giving_up_later])
def test_what_a_test_framework_raises_fails_its_datapoint_and_not_the_run(
    client: assay.Client, server: Any, function: Any
) -> None:
    def judge(outputs: Any) -> None:
        pytest.fail("no good")

    result = run(client, function)
    assert ("completed", {"RuntimeError: the function raised Failed: no good"}) == (
        result.status,
        {point.error for point in result.datapoints},
    )
    judged = run(client, evaluators=[judge])
    assert {"judge": "Failed: no good"} == judged.datapoints[0].evaluator_errors


def words(inputs: Any) -> Any:
    yield "the"
    yield str(inputs["n"])


async def words_later(inputs: Any) -> Any:
    for word in words(inputs):
        await asyncio.sleep(0)
        yield word


@pytest.mark.parametrize(
    "function",
    [words, words_later, trace(words), trace(words_later)],
    ids=["sync", "async", "traced", "traced async"],
)
def test_the_output_of_a_generator_is_the_list_of_what_it_yields(
    client: assay.Client, server: Any, function: Any
) -> None:
    def told(outputs: Any, inputs: Any) -> bool:
        return bool(outputs == ["the", str(inputs["n"])])

    result = run(client, function, evaluators=[told])
    assert result.success
    assert ["the", "0"] in [item["outputs"] for item in server.posted_items()]


def test_repeats_are_stored_each_and_shown_per_datapoint(client: assay.Client, server: Any) -> None:
    result = run(client, repeats=3)
    assert 10 == len(result.datapoints)
    assert 30 == result.metrics.get_metric("exact").count
    assert 30 == len(server.items["run-1"])


def test_the_run_says_what_it_was(client: assay.Client, server: Any) -> None:
    run(client, name="agent v7", metadata={"git": "abc"}, description="a try")
    stored = server.runs["run-1"]
    assert "agent v7" == stored.name
    assert "double" == stored.candidate
    assert 10 == stored.planned
    assert "abc" == stored.metadata["git"]
    assert stored.metadata["offline_dataset_id"].startswith("EXT-")
    assert stored.dataset_id is None
    assert ["exact"] == stored.configuration["evaluators"]


def test_a_run_id_of_ones_own_is_kept(client: assay.Client, server: Any) -> None:
    assert "mine" == run(client, run_id="mine").run_id


def test_inputs_and_ground_truth_travel_with_the_items(client: assay.Client, server: Any) -> None:
    run(client)
    item = next(item for item in server.posted_items() if item["inputs"] == {"n": 4})
    assert {"answer": 8} == item["ground_truth"]
    assert {"answer": 8} == item["outputs"]


def test_outputs_that_are_no_json_are_stored_in_the_nearest_form(
    client: assay.Client, server: Any
) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    result = run(client, lambda _: {"when": when, "tags": {"b", "a"}}, evaluators=[])
    assert result.success
    assert {"when": "2026-01-01T00:00:00+00:00", "tags": ["a", "b"]} == (
        server.posted_items()[0]["outputs"]
    )


def test_resuming_works_only_on_what_is_missing_or_failed(
    client: assay.Client, server: Any
) -> None:
    first = run(client, double_but_three)
    calls: list[int] = []

    def counted(inputs: Any) -> Any:
        calls.append(inputs["n"])
        return double(inputs)

    lost = next(key for key in server.items[first.run_id])
    del server.items[first.run_id][lost]
    result = run(client, counted, resume=first.run_id)
    assert first.run_id == result.run_id
    assert result.success
    assert 2 == len(calls)
    assert 3 in calls


class Unreadable:
    """An object that raises whenever it is looked at."""

    @override
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class UnreadableMapping(UserDict[str, Any]):
    @override
    def __iter__(self) -> Any:
        raise RuntimeError("no")


class UnsayableError(Exception):
    @override
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("output", [Unreadable(), {"x": Unreadable()}, UnreadableMapping(a=1)])
def test_an_output_that_cannot_be_read_is_said_to_be_so_and_ends_nothing(
    client: assay.Client, server: Any, output: Any
) -> None:
    result = run(client, lambda inputs: output if inputs["n"] else 1, evaluators=[])
    assert 10 == len(result.passed)
    stored = {item["inputs"]["n"]: item["outputs"] for item in server.posted_items()}
    assert 1 == stored[0]
    assert "reading it raised RuntimeError" in str(stored[1])


def test_an_error_that_cannot_be_said_fails_its_datapoint_alone(client: assay.Client) -> None:
    def fails_at_three(inputs: Any) -> Any:
        if inputs["n"] == 3:
            raise UnsayableError
        return double(inputs)

    result = run(client, fails_at_three)
    assert ["UnsayableError"] == [point.error for point in result.datapoints if point.error]
    assert 9 == len(result.passed)


def test_what_an_evaluator_says_beside_its_verdict_fails_no_datapoint(
    client: assay.Client,
) -> None:
    @evaluator
    def told(outputs: Any) -> Any:
        return {"score": True, "short": False}

    @evaluator(asserts=False)
    def parts(outputs: Any) -> Any:
        return {"polite": False, "right": True}

    result = run(client, evaluators=[told, parts])
    assert result.success
    detail = result.metrics.get_metric("parts_polite")
    assert detail is not None
    assert 0.0 == detail.aggregate


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_a_function_does_to_its_arguments_stays_its_own(
    client: assay.Client, server: Any, kind: str
) -> None:
    rows = [{"inputs": {"q": {"deep": [1]}}, "ground_truth": {"a": [1]}, "metadata": {"m": 1}}]

    def spoil(inputs: Any, ground_truth: Any, metadata: Any, datapoint: Any) -> int:
        inputs.pop("q")["deep"].append(2)
        ground_truth["a"].clear()
        metadata["m"] = 2
        datapoint["inputs"].clear()
        return 1

    async def spoil_later(inputs: Any, ground_truth: Any, metadata: Any, datapoint: Any) -> int:
        return spoil(inputs, ground_truth, metadata, datapoint)

    @evaluator
    def spoiling(inputs: Any, ground_truth: Any) -> bool:
        inputs.clear()
        ground_truth.clear()
        return True

    @evaluator
    def whole(inputs: Any, ground_truth: Any, metadata: Any, datapoint: Any) -> bool:
        expected = ({"q": {"deep": [1]}}, {"a": [1]}, {"m": 1})
        seen = (inputs, ground_truth, metadata)
        return expected == seen == tuple(datapoint[part] for part in rows[0])

    function = spoil if kind == "sync" else spoil_later
    result = run(client, function, dataset=rows, evaluators=[spoiling, whole], repeats=2)
    assert result.success
    for item in server.posted_items():
        assert {"q": {"deep": [1]}} == item["inputs"] == rows[0]["inputs"]


def test_resuming_works_again_on_what_an_evaluator_failed_at(client: assay.Client) -> None:
    broken = [True]
    answered: list[int] = []

    @evaluator
    def flaky(outputs: Any) -> bool:
        if broken[0] and outputs["answer"] in {4, 8}:
            raise ConnectionError("away")
        return True

    def counted(inputs: Any) -> Any:
        answered.append(inputs["n"])
        return double(inputs)

    first = run(client, counted, evaluators=[flaky])
    assert 2 == len(first.failed)
    answered.clear()
    broken[0] = False
    result = run(client, counted, evaluators=[flaky], resume=first.run_id)
    assert ([2, 4], True) == (sorted(answered), result.success)


def test_a_run_that_is_resumed_with_more_repeats_says_so(client: assay.Client) -> None:
    first = run(client)
    result = run(client, resume=first.run_id, repeats=3)
    assert (3, 30) == (result.run_object["repeats"], result.run_object["planned"])


def test_resuming_with_other_datapoints_is_refused(client: assay.Client, server: Any) -> None:
    first = run(client)
    with pytest.raises(ConflictError, match="same datapoints"):
        run(client, resume=first.run_id, dataset=ROWS[:3])


def test_the_server_may_be_away_for_a_moment(client: assay.Client, server: Any) -> None:
    server.failures = []
    run(client)
    before = len(server.requests)

    fail = iter([503, 502])
    server.on_items = lambda: server.failures.extend([s for s in [next(fail, None)] if s])
    result = run(client)
    assert result.success
    assert len(server.requests) > before


def test_a_server_that_stays_away_ends_the_run_and_keeps_what_finished(
    client: assay.Client, server: Any
) -> None:
    server.on_items = lambda: server.failures.extend([503] * 13)
    with pytest.raises(ServerError, match="turned away with 503") as caught:
        run(client, max_workers=1)
    assert ["What finished is kept in the run run-1; go on with resume='run-1'."] == (
        caught.value.__notes__
    )


def test_a_run_that_could_not_go_on_is_failed_and_says_why(
    client: assay.Client, server: Any
) -> None:
    refusals = iter([400])
    server.on_items = lambda: server.failures.extend([s for s in [next(refusals, None)] if s])
    with pytest.raises(ServerError, match="refused with 400"):
        run(client, max_workers=1, dataset=[{"n": n} for n in range(2000)], evaluators=[])
    stored = server.runs["run-1"]
    assert RunStatus.FAILED == stored.status
    assert "400" in str(stored.stop_reason)


async def test_a_cancelled_evaluation_leaves_the_run_cancelled_with_what_finished(
    client: assay.Client, server: Any
) -> None:
    gate = asyncio.Event()

    async def stuck_on_five(inputs: Any) -> Any:
        if inputs["n"] == 5:
            gate.set()
            await asyncio.Event().wait()
        return double(inputs)

    task = asyncio.create_task(
        assay.aevaluate(
            stuck_on_five, dataset=ROWS, evaluators=[exact], client=client, max_workers=1
        )
    )
    await gate.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert RunStatus.CANCELLED == server.runs["run-1"].status
    assert 5 == len(server.items["run-1"])


async def test_evaluate_works_inside_a_running_loop(client: assay.Client, server: Any) -> None:
    assert run(client).success


async def test_the_asynchronous_twin_gives_the_same_result(
    client: assay.Client, server: Any
) -> None:
    result = await assay.aevaluate(
        double, dataset=ROWS, evaluators=[exact], client=client, print_results=False
    )
    assert result.success


def test_no_thread_is_left_behind(client: assay.Client, server: Any) -> None:
    before = set(threading.enumerate())
    run(client)
    deadline = time.monotonic() + 2
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    assert set() == set(threading.enumerate()) - before


def test_two_runs_over_a_list_that_grew_pair_up(client: assay.Client, server: Any) -> None:
    old = run(client, double_but_three)
    new = run(client, dataset=[{"inputs": {"n": 99}}, *ROWS])
    comparison = assay.compare_runs(client, new.run_id, old.run_id)
    assert 10 == len(comparison.common_datapoints)
    assert 1 == len(comparison.new_only)
    delta = comparison.get_metric_delta("exact")
    assert delta is not None
    assert (9, 0, 9) == (delta.found_count, delta.improved_count, delta.same_count)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_workers": 0}, "max_workers is 0"),
        ({"repeats": 0}, "repeats is 0"),
        ({"aggregate_function": "mode"}, "use one of: average, sum"),
        ({"run_id": "a", "resume": "b"}, "not both"),
        ({"evaluators": [exact, exact]}, "Two evaluators are called 'exact'"),
        ({"dataset": []}, "empty"),
        ({"dataset": {"inputs": {}}}, "give a list of dicts"),
        ({"data_dir": "x"}, "leave out server_url"),
        ({"timeout_seconds": 0.0}, "timeout_seconds"),
        ({"timeout_seconds": "1"}, "timeout_seconds is '1'; it is a number of seconds"),
        ({"max_workers": "4"}, "max_workers is '4'; it is a whole number"),
        ({"max_workers": True}, "max_workers is True"),
        ({"repeats": 1.5}, "repeats is 1.5"),
        ({"name": 3}, "name is 3; it is a text"),
        ({"metadata": [1]}, "metadata is of type list"),
        ({"evaluators": exact}, "give a list"),
        ({"evaluators": "exact"}, "give a list"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_starts(
    client: assay.Client, server: Any, options: Any, message: Any
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        run(client, **options)
    assert [] == server.requests
