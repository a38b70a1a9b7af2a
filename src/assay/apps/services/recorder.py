"""Keeping progress: the latest figures of each run, stored and announced at a bounded rate."""

import asyncio
import threading
from collections.abc import Callable, Sequence

from assay.apps.services.progress import evaluation_progress, with_progress
from assay.core.ports import Store
from assay.core.progress import Progress
from assay.core.runs import Evaluation, Run, RunStatus
from assay.kit.clock import AsyncSleep, Clock


class ProgressRecorder:
    """Stores the progress of one evaluation's runs, at most once per interval.

    ``note`` is called in the event loop and only remembers; ``flush`` runs in a thread.
    """

    def __init__(
        self, store: Store, evaluation: Evaluation, runs: Sequence[Run], *, clock: Clock
    ) -> None:
        """Take the evaluation and its runs as they were when the work began."""
        self._store = store
        self._evaluation = evaluation
        self._runs = {run.id: run for run in runs}
        self._news: dict[str, Progress] = {}
        self._guard = threading.Lock()
        self._clock = clock

    @property
    def runs(self) -> list[Run]:
        """The runs with the figures that were stored last, in their order."""
        return list(self._runs.values())

    def note(self, progress: Progress) -> None:
        """Remember the latest figures of a run."""
        with self._guard:
            self._news[progress.run_id] = progress

    def flush(self) -> bool:
        """Store and announce what is new; returns whether anything was."""
        with self._guard:
            news, self._news = self._news, {}
        if not news:
            return False
        now = self._clock.now()
        for run_id, progress in news.items():
            run = with_progress(self._runs[run_id], progress, now=now)
            self._runs[run_id] = self._store.save_run(run)
        view = evaluation_progress(self._evaluation, self.runs)
        self._store.append_event(self._evaluation.id, "progress", view.model_dump(mode="json"))
        return True

    def cancelled_elsewhere(self) -> bool:
        """Return whether another process asked for the end."""
        return self._store.get_evaluation(self._evaluation.id).status is RunStatus.CANCELLED

    async def keep(
        self, *, every_seconds: float, sleep: AsyncSleep, on_cancel: Callable[[], None]
    ) -> None:
        """Flush again and again until cancelled."""
        while True:
            await sleep(every_seconds)
            await asyncio.to_thread(self.flush)
            if await asyncio.to_thread(self.cancelled_elsewhere):
                on_cancel()
