"""One item from start to finished record: timeout, retries, and every error a record."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from assay.core.errors import AssayError, ModelCallError
from assay.core.results import Attempt, ItemResult, ItemStatus
from assay.execution.items import Candidate, ExecutionSettings, WorkItem
from assay.kit.clock import AsyncSleep, Clock
from assay.kit.errors import told_by
from assay.kit.redaction import redact
from assay.kit.retry import Retrier, RetryPolicy


LONGEST_ERROR = 4000


class WrongResultError(AssayError):
    """A candidate returned something that cannot be the result of its item."""

    code = "wrong_result"


@dataclass(frozen=True, slots=True)
class ItemRunner:
    """Works on single items for one execution; nothing a candidate raises leaves it."""

    candidate: Candidate
    settings: ExecutionSettings
    clock: Clock
    retrier: Retrier

    async def finish(self, item: WorkItem) -> ItemResult:
        """Return the finished record of ``item``; only a cancellation from outside is raised."""
        began = self.clock.monotonic()
        started_at = self.clock.now()
        attempts: list[Attempt] = []
        try:
            result = await self._within_time(item, attempts)
        except asyncio.CancelledError as error:
            if _cancelled_from_outside():
                raise
            result = _failed(item, error, attempts)
        except Exception as error:  # noqa: BLE001  # a failed item is a record, not a broken run
            result = _failed(item, error, attempts)
        return self._stamped(result, began=began, started_at=started_at, attempts=attempts)

    async def _within_time(self, item: WorkItem, attempts: list[Attempt]) -> ItemResult:
        seconds = self.settings.timeout_seconds
        if seconds is None:
            return await self._with_retries(item, attempts)
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await self._with_retries(item, attempts)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimeoutError(f"no result within the item's limit of {seconds:g} s") from error

    async def _with_retries(self, item: WorkItem, attempts: list[Attempt]) -> ItemResult:
        if self.settings.retries == 0:
            return _checked(await self.candidate(item), item)

        async def attempt(number: int) -> ItemResult:
            began = self.clock.monotonic()
            try:
                result = _checked(await self.candidate(item), item)
            except Exception as error:
                seconds = self.clock.monotonic() - began
                attempts.append(Attempt(number, seconds, error=describe(error)))
                raise
            attempts.append(Attempt(number, self.clock.monotonic() - began))
            return result

        return await self.retrier.call(attempt)

    def _stamped(
        self, result: ItemResult, *, began: float, started_at: datetime, attempts: list[Attempt]
    ) -> ItemResult:
        return replace(
            result,
            started_at=result.started_at if result.started_at is not None else started_at,
            duration_seconds=self.clock.monotonic() - began,
            attempts=result.attempts or tuple(attempts),
        )


def retrier_for(settings: ExecutionSettings, *, clock: Clock, sleep: AsyncSleep) -> Retrier:
    """Return the retrier of plain functions under ``settings``."""
    return Retrier(
        RetryPolicy(retries=settings.retries), worth=_worth_a_retry, clock=clock, sleep=sleep
    )


def describe(error: BaseException) -> str:
    """Return class and message of ``error``, redacted and at most 4,000 characters long."""
    text = redact(told_by(error))
    return text if len(text) <= LONGEST_ERROR else f"{text[:LONGEST_ERROR]} …"


def _worth_a_retry(error: BaseException) -> bool:
    if isinstance(error, ModelCallError):
        return error.retryable
    return not isinstance(error, AssayError)


def _cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _checked(result: ItemResult, item: WorkItem) -> ItemResult:
    if not isinstance(result, ItemResult):
        raise WrongResultError(
            f"The candidate returned {type(result).__name__} for {item.key}, not an ItemResult."
        )
    if result.key != item.key:
        raise WrongResultError(f"The candidate returned {result.key} for {item.key}.")
    if result.status is ItemStatus.SKIPPED:
        raise WrongResultError(f"The candidate called {item.key} skipped; it was worked on.")
    return result


def _failed(item: WorkItem, error: BaseException, attempts: list[Attempt]) -> ItemResult:
    return ItemResult(item.key, ItemStatus.FAILED, error=describe(error), attempts=tuple(attempts))
