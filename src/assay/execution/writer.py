"""Group commit: one writer stores all finished items that wait, in one worker thread."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from assay.core.ports import ResultSink
from assay.core.results import ItemResult


BACKLOG = 512


class GroupWriter:
    """Takes finished items and stores them in batches; one per execution.

    While one batch is being committed the next one gathers, so that the event loop never
    waits for the disk and a slow sink slows the workers down instead of filling memory.
    An item counts as stored when ``on_stored`` hears of it, after the sink returned.
    """

    def __init__(
        self,
        sink: ResultSink,
        run_id: str,
        *,
        on_stored: Callable[[Sequence[ItemResult]], None],
        on_failure: Callable[[], None],
        backlog: int = BACKLOG,
    ) -> None:
        self._sink = sink
        self._run_id = run_id
        self._on_stored = on_stored
        self._on_failure = on_failure
        self._backlog = backlog
        self._waiting: list[ItemResult] = []
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="assay-writer")
        self._task = asyncio.create_task(self._write_all())

    def add(self, result: ItemResult) -> None:
        """Hand over a finished item; never waits, so that nothing finished is lost."""
        self._waiting.append(result)
        self._work.set()
        if len(self._waiting) >= self._backlog:
            self._room.clear()

    async def room(self) -> None:
        """Wait until the backlog is small enough for the next item."""
        if not self._room.is_set():
            await self._room.wait()

    async def close(self) -> None:
        """Store what waits, then end.

        It is carried to its end even if the caller is cancelled meanwhile.

        Raises:
            Exception: Whatever the sink raised; the batch it refused is not stored.
        """
        self._closing = True
        self._work.set()
        try:
            await _see_through(self._task)
        finally:
            self._thread.shutdown(wait=False)

    async def _write_all(self) -> None:
        """Write until ``close``; whoever cancels every task of a loop does not end this one."""
        try:
            while not await self._written():
                pass
        except Exception:
            self._room.set()
            self._on_failure()
            raise

    async def _written(self) -> bool:
        """Write what comes; return whether that was all, and no cancellation."""
        try:
            while await self._gathered():
                batch, self._waiting = self._waiting, []
                self._work.clear()
                self._room.set()
                await self._write(batch)
        except asyncio.CancelledError:
            return False
        return True

    async def _gathered(self) -> bool:
        if not self._waiting and not self._closing:
            await self._work.wait()
        return bool(self._waiting)

    async def _write(self, batch: Sequence[ItemResult]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._sink.write_results, self._run_id, batch)
        except asyncio.CancelledError:  # it may be stored; storing it again changes nothing
            self._waiting = [*batch, *self._waiting]
            raise
        self._on_stored(batch)


async def _see_through(task: asyncio.Task[None]) -> None:
    """Wait for ``task`` to its end; a cancellation meanwhile is raised after it."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and task.exception() is None:
        raise cancelled
    task.result()
