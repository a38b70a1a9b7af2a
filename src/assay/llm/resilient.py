"""Retries and rate limits around a model that is asked over a network."""

from dataclasses import dataclass, replace

from assay.core.chat import ChatModel, ChatReply, ChatRequest
from assay.core.errors import ModelCallError
from assay.core.results import Attempt
from assay.kit.rate import Pace
from assay.kit.retry import Retrier


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests and tokens per minute of one provider, shared by its models."""

    requests: Pace
    tokens: Pace

    async def take(self) -> None:
        """Wait for the next request's turn."""
        await self.requests.take()
        await self.tokens.take(0)

    def charge(self, reply: ChatReply) -> None:
        """Count the tokens of a reply against the next requests."""
        usage = reply.usage
        self.tokens.charge((usage.input_tokens or 0) + (usage.output_tokens or 0))


@dataclass(frozen=True, slots=True)
class ResilientModel:
    """A model whose calls are paced and retried; a ``ChatModel``.

    Every try is kept in the reply's ``attempts``; an error that ends all of them says
    how many there were.
    """

    inner: ChatModel
    retrier: Retrier
    limits: Limits

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Ask until an answer comes or no retry is due.

        Raises:
            ModelCallError: The last error, with the number of tries.
        """
        attempts: list[Attempt] = []

        async def attempt(number: int) -> ChatReply:
            await self.limits.take()
            return await self._try(request, number, attempts)

        try:
            reply = await self.retrier.call(attempt)
        except ModelCallError as error:
            raise _after(error, tries=len(attempts)) from error
        self.limits.charge(reply)
        return replace(reply, attempts=tuple(attempts))

    async def aclose(self) -> None:
        """Close the inner model."""
        await self.inner.aclose()

    async def _try(self, request: ChatRequest, number: int, attempts: list[Attempt]) -> ChatReply:
        began = self.retrier.clock.monotonic()
        try:
            reply = await self.inner.complete(request)
        except ModelCallError as error:
            seconds = self.retrier.clock.monotonic() - began
            attempts.append(Attempt(number, seconds, error=str(error), status=error.status))
            raise
        attempts.append(Attempt(number, self.retrier.clock.monotonic() - began))
        return reply


def worth_a_retry(error: BaseException) -> bool:
    """Whether a model call's error says that another try may help."""
    return isinstance(error, ModelCallError) and error.retryable


def asked_wait(error: BaseException) -> float | None:
    """Return what the provider asked to wait, in seconds, or None."""
    return error.retry_after_seconds if isinstance(error, ModelCallError) else None


def _after(error: ModelCallError, *, tries: int) -> ModelCallError:
    if tries <= 1:
        return error
    return ModelCallError(
        f"{error} (after {tries} attempts)",
        retryable=error.retryable,
        retry_after_seconds=error.retry_after_seconds,
        status=error.status,
    )
