"""The running account of an execution: counts, cost, remaining time, progress events."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from assay.core.progress import Progress, ProgressKind
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.execution.items import ExecutionSummary, Tally
from assay.kit.clock import Clock


REPORT_EVERY_SECONDS = 0.1

OnProgress = Callable[[Progress], None]


class Ledger:
    """Counts what is stored and tells ``on_progress``, at most every 100 ms.

    Only stored items count, so that an event never promises what a crash takes back.
    """

    def __init__(
        self,
        *,
        run_id: str,
        candidate: str,
        planned: int,
        resumed: Tally,
        on_progress: OnProgress | None,
        clock: Clock,
    ) -> None:
        self._run_id = run_id
        self._candidate = candidate
        self._planned = planned
        self._counts = Counter(resumed.counts)
        self._resumed = sum(resumed.counts.values())
        self._passed = resumed.passed
        self._cost_usd = resumed.cost_usd
        self._unknown = 0
        self._on_progress = on_progress
        self._clock = clock
        self._began = clock.monotonic()
        self._reported = self._began

    def stored(self, batch: Iterable[ItemResult]) -> None:
        """Count a batch that the sink has stored, and report if it is time."""
        for result in batch:
            self._counts[result.status] += 1
            self._passed += result.passed is True
            if result.cost.amount_usd is None:
                self._unknown += 1
            else:
                self._cost_usd += result.cost.amount_usd
        if self._clock.monotonic() - self._reported >= REPORT_EVERY_SECONDS:
            self.report(ProgressKind.ADVANCED)

    def report(self, kind: ProgressKind, *, message: str | None = None) -> None:
        """Tell the listener, if there is one, where the execution stands."""
        self._reported = self._clock.monotonic()
        if self._on_progress is None:
            return
        elapsed = self._reported - self._began
        self._on_progress(
            Progress(
                kind=kind,
                run_id=self._run_id,
                candidate=self._candidate,
                planned=self._planned,
                counts={status.value: count for status, count in self._counts.items()},
                passed=self._passed,
                cost_usd=self._cost_usd,
                elapsed_seconds=elapsed,
                remaining_seconds=self._remaining(elapsed),
                message=message,
            )
        )

    def summary(self, *, stop_reason: str | None) -> ExecutionSummary:
        """Return the final account; what was planned and never ended is skipped.

        A reason to stop that left nothing undone is none.
        """
        counts: dict[ItemStatus, int] = dict(self._counts)
        skipped = max(0, self._planned - self._counts.total())
        if skipped:
            counts[ItemStatus.SKIPPED] = skipped
        return ExecutionSummary(
            run_id=self._run_id,
            planned=self._planned,
            counts=counts,
            passed=self._passed,
            cost_usd=self._cost_usd,
            stop_reason=stop_reason if skipped else None,
            elapsed_seconds=self._clock.monotonic() - self._began,
            unknown_costs=self._unknown,
        )

    def _remaining(self, elapsed: float) -> float | None:
        ended = self._counts.total()
        fresh = ended - self._resumed
        if fresh <= 0:
            return None
        return elapsed / fresh * max(0, self._planned - ended)


def tally_of(done: Mapping[ItemKey, ItemStatus] | AbstractSet[ItemKey]) -> Tally:
    """Return what is known of finished items; keys without a status count as scored."""
    if isinstance(done, Mapping):
        return Tally(Counter(done.values()))
    return Tally({ItemStatus.SCORED: len(done)} if done else {})
