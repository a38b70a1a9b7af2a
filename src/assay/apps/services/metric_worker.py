"""Judges, long jobs and housekeeping in the background of one event loop, one after the other."""

import asyncio
import contextlib
from collections.abc import Callable

from assay.apps.services.metric_scoring import MetricScoring
from assay.core.errors import AssayError
from assay.kit.log import get_logger


POLL_SECONDS = 2.0
"""Longest wait before looking for judgements that arriving events asked for."""


class MetricWorker:
    """Works on judgements and jobs; what waits when it stops is taken up by the next one.

    ``notify`` may be called from any thread, the rest in the loop.
    """

    def __init__(self, scoring: MetricScoring, *, tidy: Callable[[], object]) -> None:
        """Take what is worked on, and ``tidy``, which is called each round in a thread."""
        self._scoring = scoring
        self._tidy = tidy
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._log = get_logger("metric_worker")

    @property
    def started(self) -> bool:
        """Whether work is done in the background here."""
        return self._loop is not None

    async def start(self) -> None:
        """Begin, with what waits and what a dead process left behind."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._wake.set()
        self._task = asyncio.create_task(self._work(), name="metric worker")

    async def stop(self) -> None:
        """End; the step in progress may be repeated later and then changes nothing."""
        self._loop = None
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def notify(self) -> None:
        """Say that there may be work."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._wake.set)

    async def _work(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            self._wake.clear()
            try:
                for job_id in await asyncio.to_thread(self._scoring.waiting_jobs):
                    await self._scoring.run_job(job_id)
                await self._scoring.judge_waiting()
                await asyncio.to_thread(self._tidy)
            except AssayError as error:
                self._log.warning("scoring_stopped", code=error.code, error=str(error))
            except Exception:  # noqa: BLE001  # a defect ends one round, not the worker
                self._log.exception("scoring_failed")
