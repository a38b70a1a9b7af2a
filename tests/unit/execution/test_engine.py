"""The engine on an in-memory sink: order, limits, ends and durability."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from typing_extensions import override

from assay.core.costs import Cost, CostSource
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidDatasetError, ModelCallError, StorageError
from assay.core.progress import Progress, ProgressKind
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
from assay.testing.manual_clock import ManualClock
from assay.testing.sinks import ListSink


DEFAULTS = ExecutionSettings()


def numbered(count: int) -> list[Datapoint]:
    return [Datapoint(f"d{number}", {"n": number}) for number in range(count)]


def scored(item: WorkItem, *, cost: str | None = None, passed: bool = True) -> ItemResult:
    amount = Decimal(cost) if cost is not None else None
    return ItemResult(
        item.key,
        ItemStatus.SCORED,
        output=item.datapoint.id,
        passed=passed,
        cost=Cost(amount, CostSource.BILLED if amount is not None else CostSource.UNKNOWN),
    )


async def always_scored(item: WorkItem) -> ItemResult:
    return scored(item)


async def run(
    candidate: Candidate,
    datapoints: list[Datapoint],
    *,
    sink: ListSink,
    settings: ExecutionSettings = DEFAULTS,
    budget: Budget | None = None,
    cancellation: Cancellation | None = None,
) -> ExecutionSummary:
    return await execute(
        candidate,
        datapoints,
        run_id="run",
        candidate_name="candidate",
        planned=len(datapoints) * settings.repeats,
        sink=sink,
        settings=settings,
        budget=budget,
        cancellation=cancellation,
    )


async def test_items_start_datapoint_by_datapoint_with_all_repeats() -> None:
    sink = ListSink()
    await run(
        always_scored,
        numbered(2),
        sink=sink,
        settings=ExecutionSettings(repeats=2, concurrency=1),
    )
    expected = [("d0", 0), ("d0", 1), ("d1", 0), ("d1", 1)]
    assert expected == [tuple(key) for key in sink.keys]


async def test_done_items_are_not_worked_on_and_count_with_their_status() -> None:
    sink = ListSink()
    summary = await execute(
        always_scored,
        numbered(3),
        run_id="run",
        candidate_name="c",
        planned=3,
        sink=sink,
        settings=ExecutionSettings(),
        done={ItemKey("d1", 0): ItemStatus.TRUNCATED},
    )
    assert [ItemKey("d0", 0), ItemKey("d2", 0)] == sink.keys
    assert summary.counts == {ItemStatus.SCORED: 2, ItemStatus.TRUNCATED: 1}


async def test_what_is_known_of_done_items_is_added_to_the_account() -> None:
    summary = await execute(
        always_scored,
        numbered(2),
        run_id="run",
        candidate_name="c",
        planned=2,
        sink=ListSink(),
        settings=ExecutionSettings(),
        done=frozenset({ItemKey("d0", 0)}),
        resumed=Tally({ItemStatus.SCORED: 1}, passed=1, cost_usd=Decimal("0.5")),
    )
    assert (2, 2, Decimal("0.5")) == (
        summary.counts[ItemStatus.SCORED],
        summary.passed,
        summary.cost_usd,
    )


async def test_keys_without_a_status_count_as_scored() -> None:
    summary = await execute(
        always_scored,
        numbered(1),
        run_id="run",
        candidate_name="c",
        planned=1,
        sink=ListSink(),
        settings=ExecutionSettings(),
        done=frozenset({ItemKey("d0", 0)}),
    )
    assert summary.counts == {ItemStatus.SCORED: 1}


async def test_no_more_items_run_at_once_than_the_concurrency() -> None:
    running, most = 0, 0

    async def candidate(item: WorkItem) -> ItemResult:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return scored(item)

    await run(candidate, numbered(50), sink=ListSink(), settings=ExecutionSettings(concurrency=7))
    assert most == 7


async def test_datapoints_are_read_no_further_than_workers_need() -> None:
    read = 0
    gate = asyncio.Event()

    def reading() -> Iterator[Datapoint]:
        nonlocal read
        for datapoint in numbered(1000):
            read += 1
            yield datapoint

    async def candidate(item: WorkItem) -> ItemResult:
        await gate.wait()
        return scored(item)

    task = asyncio.create_task(
        execute(
            candidate,
            reading(),
            run_id="run",
            candidate_name="c",
            planned=1000,
            sink=ListSink(),
            settings=ExecutionSettings(concurrency=4),
        )
    )
    for _ in range(5):
        await asyncio.sleep(0)
    assert read == 4
    gate.set()
    await task


async def test_a_raising_candidate_is_a_failed_record_with_secrets_masked() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        raise RuntimeError("no luck with api_key=abcdef123456")

    sink = ListSink()
    summary = await run(candidate, numbered(1), sink=sink)
    assert summary.counts == {ItemStatus.FAILED: 1}
    assert sink.items[0].error == "RuntimeError: no luck with api_key=[redacted]"


async def test_a_candidate_that_cancels_itself_is_a_failed_record() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        raise asyncio.CancelledError

    summary = await run(candidate, numbered(1), sink=ListSink())
    assert summary.counts == {ItemStatus.FAILED: 1}


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (None, "WrongResultError: The candidate returned NoneType"),
        (ItemResult(ItemKey("other", 0), ItemStatus.SCORED), "WrongResultError: The candidate"),
        (ItemResult(ItemKey("d0", 0), ItemStatus.SKIPPED), "WrongResultError: The candidate"),
    ],
)
async def test_what_cannot_be_the_result_of_an_item_is_a_failed_record(
    result: ItemResult, error: str
) -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        return result

    sink = ListSink()
    await run(candidate, numbered(1), sink=sink)
    assert (ItemKey("d0", 0), ItemStatus.FAILED) == (sink.items[0].key, sink.items[0].status)
    assert (sink.items[0].error or "").startswith(error)


async def test_an_item_that_takes_too_long_is_a_failed_record_that_says_so() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        await asyncio.Event().wait()
        return scored(item)

    sink = ListSink()
    await run(candidate, numbered(1), sink=sink, settings=ExecutionSettings(timeout_seconds=0.01))
    assert sink.items[0].error == "TimeoutError: no result within the item's limit of 0.01 s"


async def test_a_timeout_of_the_candidate_itself_keeps_its_own_words() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        raise TimeoutError("the backend is slow")

    sink = ListSink()
    await run(candidate, numbered(1), sink=sink, settings=ExecutionSettings(timeout_seconds=9))
    assert sink.items[0].error == "TimeoutError: the backend is slow"


async def test_a_retried_item_keeps_each_attempt() -> None:
    clock = ManualClock()
    calls = 0

    async def candidate(item: WorkItem) -> ItemResult:
        nonlocal calls
        calls += 1
        clock.advance(1.0)
        if calls < 3:
            raise OSError("flaky")
        return scored(item)

    sink = ListSink()
    await execute(
        candidate,
        numbered(1),
        run_id="run",
        candidate_name="c",
        planned=1,
        sink=sink,
        settings=ExecutionSettings(retries=2),
        clock=clock,
        sleep=clock.sleep,
    )
    assert [(attempt.number, attempt.error) for attempt in sink.items[0].attempts] == [
        (1, "OSError: flaky"),
        (2, "OSError: flaky"),
        (3, None),
    ]
    assert sink.items[0].status is ItemStatus.SCORED


async def test_an_error_that_cannot_change_is_not_retried() -> None:
    calls = 0

    async def candidate(item: WorkItem) -> ItemResult:
        nonlocal calls
        calls += 1
        raise ModelCallError("bad request", status=400)

    await run(candidate, numbered(1), sink=ListSink(), settings=ExecutionSettings(retries=3))
    assert calls == 1


async def test_a_failing_candidate_is_abandoned_and_the_rest_is_skipped() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        if item.datapoint.inputs["n"] in {0, 2}:
            return scored(item)
        raise RuntimeError("down")

    events: list[Progress] = []
    summary = await execute(
        candidate,
        numbered(20),
        run_id="run",
        candidate_name="c",
        planned=20,
        sink=ListSink(),
        settings=ExecutionSettings(concurrency=1, abandon_after=3),
        on_progress=events.append,
    )
    assert summary.counts == {ItemStatus.SCORED: 2, ItemStatus.FAILED: 4, ItemStatus.SKIPPED: 14}
    reason = "abandoned after 3 consecutive failures; the last one: RuntimeError: down"
    assert reason == summary.stop_reason
    assert reason in [event.message for event in events if event.kind is ProgressKind.ABANDONED]


async def test_a_candidate_is_never_abandoned_when_told_so() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        raise RuntimeError("down")

    summary = await run(
        candidate, numbered(20), sink=ListSink(), settings=ExecutionSettings(abandon_after=None)
    )
    assert summary.counts == {ItemStatus.FAILED: 20}


async def test_a_spent_budget_stops_and_says_what_was_spent() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        return scored(item, cost="0.10")

    budget = Budget(Decimal("0.25"))
    summary = await run(
        candidate,
        numbered(10),
        sink=ListSink(),
        settings=ExecutionSettings(concurrency=1),
        budget=budget,
    )
    assert summary.counts == {ItemStatus.SCORED: 3, ItemStatus.SKIPPED: 7}
    assert summary.stop_reason == "the budget of 0.25 USD is spent (0.30 USD)"
    assert Decimal("0.30") == summary.cost_usd


async def test_a_budget_spent_by_the_last_item_stopped_nothing() -> None:
    async def candidate(item: WorkItem) -> ItemResult:
        return scored(item, cost="0.10")

    budget = Budget(Decimal("0.30"))
    summary = await run(candidate, numbered(3), sink=ListSink(), budget=budget)
    assert (summary.counts, summary.stop_reason) == ({ItemStatus.SCORED: 3}, None)


async def test_a_budget_of_nothing_starts_nothing() -> None:
    sink = ListSink()
    await run(always_scored, numbered(3), sink=sink, budget=Budget(Decimal(0)))
    assert sink.items == []


async def test_unknown_costs_are_counted_not_guessed() -> None:
    budget = Budget(Decimal(1))
    summary = await run(always_scored, numbered(4), sink=ListSink(), budget=budget)
    assert (4, Decimal(0), 4) == (summary.unknown_costs, budget.spent_usd, budget.unknown_costs)


async def test_cancelling_from_a_thread_stores_what_finished_and_drops_what_runs() -> None:
    cancellation = Cancellation()
    sink = ListSink()

    async def candidate(item: WorkItem) -> ItemResult:
        if item.datapoint.inputs["n"] == 5:
            threading.Thread(target=cancellation.cancel, args=("enough",)).start()
        if item.datapoint.inputs["n"] >= 5:
            await asyncio.Event().wait()
        return scored(item)

    summary = await run(
        candidate,
        numbered(20),
        sink=sink,
        settings=ExecutionSettings(concurrency=3),
        cancellation=cancellation,
    )
    assert [f"d{number}" for number in range(5)] == sorted(key.datapoint_id for key in sink.keys)
    assert (summary.stop_reason, summary.counts[ItemStatus.SKIPPED]) == ("enough", 15)


async def test_what_was_cancelled_before_never_starts() -> None:
    cancellation = Cancellation()
    cancellation.cancel("no")
    cancellation.cancel("too late to matter")
    sink = ListSink()
    summary = await run(always_scored, numbered(3), sink=sink, cancellation=cancellation)
    assert (sink.items, summary.stop_reason) == ([], "no")


async def test_a_cancelled_task_stores_what_finished_before_it_raises() -> None:
    reached = asyncio.Event()
    sink = ListSink()

    async def candidate(item: WorkItem) -> ItemResult:
        if item.datapoint.inputs["n"] == 7:
            reached.set()
            await asyncio.Event().wait()
        return scored(item)

    task = asyncio.create_task(
        run(candidate, numbered(20), sink=sink, settings=ExecutionSettings(concurrency=1))
    )
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [f"d{number}" for number in range(7)] == [key.datapoint_id for key in sink.keys]


@pytest.mark.parametrize("writing", [False, True])
async def test_who_cancels_every_task_of_the_loop_loses_nothing_that_finished(
    *, writing: bool
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    sink = ListSink()

    class SlowSink(ListSink):
        @override
        def write_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
            begun.set()
            go_on.wait(10)
            sink.write_results(run_id, results)

    async def candidate(item: WorkItem) -> ItemResult:
        if item.datapoint.id == "d5":
            await asyncio.to_thread(begun.wait, 10) if writing else None
            for task in asyncio.all_tasks():
                task.cancel()
            go_on.set()
            await asyncio.sleep(0)
        return scored(item)

    # With one worker, so that what came before has finished.
    work = run(candidate, numbered(9), sink=SlowSink(), settings=ExecutionSettings(concurrency=1))
    loop_of_its_own = asyncio.to_thread(asyncio.run, work)
    with pytest.raises(asyncio.CancelledError):
        await loop_of_its_own
    assert {f"d{number}" for number in range(5)} == {key.datapoint_id for key in sink.keys}


async def test_a_candidate_that_swallows_cancellation_does_not_keep_the_run_alive() -> None:
    reached = asyncio.Event()

    async def candidate(item: WorkItem) -> ItemResult:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return scored(item)
        return scored(item)

    sink = ListSink()
    task = asyncio.create_task(
        run(candidate, numbered(20), sink=sink, settings=ExecutionSettings(concurrency=1))
    )
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [ItemKey("d0", 0)] == sink.keys


async def test_a_full_disk_ends_the_run_with_its_error_and_keeps_what_was_taken() -> None:
    sink = ListSink(refuse_after=10)
    with pytest.raises(StorageError, match="No space"):
        await run(always_scored, numbered(5000), sink=sink)
    assert len(sink.items) >= 10
    assert len(sink.items) < 5000


async def test_an_unreadable_dataset_ends_the_run_after_storing_what_finished() -> None:
    def reading() -> Iterator[Datapoint]:
        yield from numbered(3)
        raise InvalidDatasetError("data.jsonl:4: is not JSON")

    sink = ListSink()
    with pytest.raises(InvalidDatasetError, match=r"data\.jsonl:4"):
        await execute(
            always_scored,
            reading(),
            run_id="run",
            candidate_name="c",
            planned=4,
            sink=sink,
            settings=ExecutionSettings(concurrency=1),
        )
    assert len(sink.items) == 3


async def test_one_writer_thread_stores_items_in_groups() -> None:
    sink = ListSink()
    await run(always_scored, numbered(3000), sink=sink)
    assert len(sink.threads) == 1
    assert threading.current_thread().name not in sink.threads
    assert len(sink.batches) < 300


async def test_progress_is_told_at_the_ends_and_seldom_between() -> None:
    clock = ManualClock()

    async def candidate(item: WorkItem) -> ItemResult:
        clock.advance(0.01)
        await asyncio.sleep(0)
        return scored(item, cost="0.001")

    events: list[Progress] = []
    await execute(
        candidate,
        numbered(1000),
        run_id="run",
        candidate_name="c",
        planned=1000,
        sink=ListSink(),
        settings=ExecutionSettings(concurrency=2),
        on_progress=events.append,
        clock=clock,
        sleep=clock.sleep,
    )
    assert (events[0].kind, events[-1].kind) == (ProgressKind.STARTED, ProgressKind.FINISHED)
    assert 2 < len(events) <= 102
    assert (events[-1].counts, events[-1].passed) == ({"scored": 1000}, 1000)
    assert (Decimal("1.000"), 0.0) == (events[-1].cost_usd, events[-1].remaining_seconds)
    assert all(a.ended <= b.ended for a, b in pairwise(events))


async def test_starts_are_paced_by_requests_per_minute() -> None:
    clock = ManualClock()
    await execute(
        always_scored,
        numbered(5),
        run_id="run",
        candidate_name="c",
        planned=5,
        sink=ListSink(),
        settings=ExecutionSettings(concurrency=1, requests_per_minute=60),
        clock=clock,
        sleep=clock.sleep,
    )
    assert sum(clock.slept) == pytest.approx(3.0)


async def test_the_engine_stamps_start_and_duration() -> None:
    clock = ManualClock()

    async def candidate(item: WorkItem) -> ItemResult:
        clock.advance(2.5)
        return scored(item)

    sink = ListSink()
    await execute(
        candidate,
        numbered(1),
        run_id="run",
        candidate_name="c",
        planned=1,
        sink=sink,
        settings=ExecutionSettings(),
        clock=clock,
    )
    assert (
        sink.items[0].duration_seconds,
        sink.items[0].started_at.year if sink.items[0].started_at is not None else None,
    ) == (2.5, 2026)


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeats": 0},
        {"concurrency": 0},
        {"retries": -1},
        {"timeout_seconds": 0.0},
        {"requests_per_minute": 0.0},
        {"abandon_after": 0},
    ],
)
def test_settings_under_which_nothing_runs_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ExecutionSettings(**wrong)
