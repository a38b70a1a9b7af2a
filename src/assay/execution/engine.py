"""The engine: a candidate over datapoints × repeats, bounded, durable and resumable.

It decides when items start and sees that each ends in the sink exactly once. What an
item means (prompts, scores) is the candidate's business; what a run is (its row, its
status) is the caller's.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from assay.core.datasets import Datapoint
from assay.core.ports import ResultSink
from assay.core.progress import ProgressKind
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution.budget import Budget
from assay.execution.cancellation import Cancellation
from assay.execution.items import (
    Candidate,
    ExecutionSettings,
    ExecutionSummary,
    Tally,
    WorkItem,
)
from assay.execution.ledger import Ledger, OnProgress, tally_of
from assay.execution.outcome import ItemRunner, retrier_for
from assay.execution.writer import GroupWriter
from assay.kit.clock import SYSTEM_CLOCK, AsyncSleep, Clock, sleep
from assay.kit.rate import Pace


Done = Mapping[ItemKey, ItemStatus] | AbstractSet[ItemKey]


async def execute(  # noqa: PLR0913  # the one entry of the engine; everything optional is by keyword
    candidate: Candidate,
    datapoints: Iterable[Datapoint],
    *,
    run_id: str,
    candidate_name: str,
    planned: int,
    sink: ResultSink,
    settings: ExecutionSettings,
    done: Done = frozenset(),
    resumed: Tally | None = None,
    budget: Budget | None = None,
    cancellation: Cancellation | None = None,
    on_progress: OnProgress | None = None,
    clock: Clock = SYSTEM_CLOCK,
    sleep: AsyncSleep = sleep,
) -> ExecutionSummary:
    """Work on every datapoint and repeat that is not done, storing each as it ends.

    The order is datapoint by datapoint, each with all its repeats: the datapoints are
    read once and lazily, and an early stop leaves whole datapoints behind. Memory does
    not grow with their number.

    Whatever happens, what finished is in the sink before this returns or raises. When
    the task is cancelled, or ``cancellation`` asks for the end, items in flight are
    dropped and run again on a resume; on a spent budget or an abandoned candidate they
    finish.

    Args:
        candidate: Works on one item; what it raises becomes a FAILED record.
        datapoints: With unique ids.
        run_id: The run that results are stored under.
        candidate_name: For progress events.
        planned: Datapoints × repeats, the sum of the final counts.
        sink: Stores finished items, in a worker thread, many at a time.
        settings: Concurrency, limits and retries.
        done: Items that are not worked on again, with their statuses if known.
        resumed: Counts, passed and cost of ``done``, if known; otherwise counted from it.
        budget: Shared with other executions, charged here for each finished item.
        cancellation: Ends the execution from any thread.
        on_progress: Told on start and end and at most every 100 ms between, in the loop.
        clock: For records and durations.
        sleep: For waits between retries and for the requests-per-minute limit.

    Returns:
        The final account.

    Raises:
        StorageError: If the sink refused; what it took before stays stored.
        Exception: Whatever reading ``datapoints`` or ``on_progress`` raised.
    """
    ledger = Ledger(
        run_id=run_id,
        candidate=candidate_name,
        planned=planned,
        resumed=resumed if resumed is not None else tally_of(done),
        on_progress=on_progress,
        clock=clock,
    )
    execution = _Execution(
        items=_items(datapoints, run_id=run_id, repeats=settings.repeats, done=done),
        runner=ItemRunner(
            candidate, settings, clock, retrier_for(settings, clock=clock, sleep=sleep)
        ),
        ledger=ledger,
        planned=planned,
        budget=budget if budget is not None else Budget(),
        cancellation=cancellation if cancellation is not None else Cancellation(),
        pace=Pace(settings.requests_per_minute, clock=clock, sleep=sleep),
    )
    ledger.report(ProgressKind.STARTED)
    await execution.run(sink, run_id)
    summary = ledger.summary(stop_reason=execution.stop_reason)
    ledger.report(ProgressKind.FINISHED, message=summary.stop_reason)
    return summary


def _items(
    datapoints: Iterable[Datapoint], *, run_id: str, repeats: int, done: Done
) -> Iterator[WorkItem]:
    for datapoint in datapoints:
        for repeat in range(repeats):
            if ItemKey(datapoint.id, repeat) not in done:
                yield WorkItem(run_id, datapoint, repeat)


class _Execution:
    """The moving parts of one call of ``execute``."""

    def __init__(
        self,
        *,
        items: Iterator[WorkItem],
        runner: ItemRunner,
        ledger: Ledger,
        planned: int,
        budget: Budget,
        cancellation: Cancellation,
        pace: Pace,
    ) -> None:
        self.stop_reason: str | None = None
        self._items = items
        self._runner = runner
        self._ledger = ledger
        self._planned = planned
        self._budget = budget
        self._cancellation = cancellation
        self._pace = pace
        self._failures = 0
        self._ending = False
        self._workers: list[asyncio.Task[None]] = []

    async def run(self, sink: ResultSink, run_id: str) -> None:
        """Work until the plan is done or something ends it; leaves nothing running."""
        writer = GroupWriter(
            sink, run_id, on_stored=self._ledger.stored, on_failure=self._drop_workers
        )
        leave = self._cancellation.listen(self._from_any_thread(self._on_cancellation))
        try:
            count = min(self._runner.settings.concurrency, max(1, self._planned))
            self._workers = [asyncio.create_task(self._work(writer)) for _ in range(count)]
            await _first_failure(self._workers)
        finally:
            leave()
            self._drop_workers()
            try:
                await _ended(self._workers)
            finally:
                await writer.close()

    async def _work(self, writer: GroupWriter) -> None:
        while not self._must_stop():
            item = next(self._items, None)
            if item is None:
                return
            await self._pace.take()
            if self._must_stop():
                return
            result = await self._runner.finish(item)
            writer.add(result)
            self._account(result)
            await writer.room()

    def _must_stop(self) -> bool:
        if self.stop_reason is None and self._budget.exhausted:
            self.stop_reason = self._budget.describe()
        return self._ending or self.stop_reason is not None

    def _account(self, result: ItemResult) -> None:
        self._budget.charge(result.cost)
        if result.status is not ItemStatus.FAILED:
            self._failures = 0
            return
        self._failures += 1
        limit = self._runner.settings.abandon_after
        if self._failures == limit and self.stop_reason is None:
            self.stop_reason = (
                f"abandoned after {limit} consecutive failures; the last one: {result.error}"
            )
            self._ledger.report(ProgressKind.ABANDONED, message=self.stop_reason)

    def _on_cancellation(self) -> None:
        if self.stop_reason is None:
            self.stop_reason = self._cancellation.reason
        self._drop_workers()

    def _drop_workers(self) -> None:
        self._ending = True
        for worker in self._workers:
            if worker.cancelling() == 0:
                worker.cancel()

    @staticmethod
    def _from_any_thread(call: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()

        def listener() -> None:
            with contextlib.suppress(RuntimeError):  # the loop closed: there is nothing to end
                loop.call_soon_threadsafe(call)

        return listener


async def _first_failure(workers: list[asyncio.Task[None]]) -> None:
    """Wait until all workers ended or one raised; raise what it raised."""
    finished, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
    for worker in finished:
        if not worker.cancelled():
            worker.result()


async def _ended(workers: list[asyncio.Task[None]]) -> None:
    """Wait until no worker runs; what they raise was heard before or comes too late."""
    await asyncio.gather(*workers, return_exceptions=True)
