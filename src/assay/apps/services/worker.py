"""The in-process worker: evaluations in the background of one event loop, some at a time."""

import asyncio

from assay.apps.services.evaluations import EvaluationService
from assay.core.errors import AssayError, ConflictError
from assay.core.runs import RunStatus
from assay.execution import Cancellation
from assay.kit.log import get_logger


class EvaluationWorker:
    """Runs evaluations in the background; a stopped one leaves them to be resumed.

    ``submit`` and ``cancel`` may be called from any thread, the rest in the loop.
    """

    def __init__(self, service: EvaluationService, *, parallel: int = 2) -> None:
        """Take the service and how many evaluations are worked on at once."""
        self._service = service
        self._parallel = parallel
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancellations: dict[str, Cancellation] = {}
        self._slots = asyncio.Semaphore(parallel)
        self._log = get_logger("worker")

    @property
    def running(self) -> int:
        """How many evaluations wait or are worked on here."""
        return len(self._tasks)

    async def start(self) -> None:
        """Begin, with what waits and what a dead process left behind."""
        self._loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(self._parallel)
        for evaluation in await asyncio.to_thread(self._service.interrupted):
            if evaluation.status is RunStatus.RUNNING:
                self._log.info("evaluation_left_behind", evaluation_id=evaluation.id)
            self._launch(evaluation.id)

    async def stop(self) -> None:
        """End all work in good order: what finished is stored, the rest stays pending."""
        self._loop = None
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def submit(self, evaluation_id: str) -> None:
        """Have an evaluation worked on.

        Raises:
            ConflictError: If this worker was not started or has been stopped.
        """
        loop = self._loop
        if loop is None:
            raise ConflictError(
                "This process runs no evaluations in the background; the evaluation is stored "
                "and starts with the next `assay up`."
            )
        loop.call_soon_threadsafe(self._launch, evaluation_id)

    def cancel(self, evaluation_id: str) -> None:
        """End an evaluation if it is worked on here."""
        cancellation = self._cancellations.get(evaluation_id)
        if cancellation is not None:
            cancellation.cancel("cancelled")

    def _launch(self, evaluation_id: str) -> None:
        if self._loop is None:
            return
        busy = self._tasks.get(evaluation_id)
        if busy is not None:  # its last steps; once they are done there is work again
            busy.add_done_callback(lambda _: self._launch(evaluation_id))
            return
        task = asyncio.create_task(self._run(evaluation_id), name=f"evaluation {evaluation_id}")
        self._tasks[evaluation_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(evaluation_id, None))

    async def _run(self, evaluation_id: str) -> None:
        cancellation = self._cancellations[evaluation_id] = Cancellation()
        try:
            async with self._slots:
                await self._service.run(evaluation_id, cancellation=cancellation)
        except AssayError as error:
            self._log.warning(
                "evaluation_stopped", evaluation_id=evaluation_id, code=error.code, error=str(error)
            )
        except Exception:  # noqa: BLE001  # a defect ends one evaluation, not the worker
            self._log.exception("evaluation_failed", evaluation_id=evaluation_id)
        finally:
            self._cancellations.pop(evaluation_id, None)
