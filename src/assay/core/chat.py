"""Chat completions: what is asked of a model and what comes back, vendor-free."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from assay.core.costs import NO_COST, NO_USAGE, Cost, Usage
from assay.core.results import Attempt


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request to a model.

    Attributes:
        messages: The conversation so far, at least one message.
        temperature: At least 0, or None for the provider's default.
        max_tokens: A cap on output tokens, or None.
        json_schema: Asks for structured output of this schema, or None.
        extra: Further provider parameters, passed on as they are.
        datapoint_id: Which datapoint it is for; recorded replies are found by it.
        repeat: Which repeat, from 0; part of the cache key.
    """

    messages: tuple[ChatMessage, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    json_schema: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    datapoint_id: str | None = None
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a model answered.

    Attributes:
        text: The answer; empty if the model said nothing.
        finish_reason: As the provider gave it (``stop``, ``length``, ``content_filter``).
        refusal: The model's refusal text, or None.
        latency_seconds: Of the successful attempt; None if unknown or from the cache.
    """

    text: str
    model: str
    finish_reason: str | None = None
    refusal: str | None = None
    usage: Usage = NO_USAGE
    cost: Cost = NO_COST
    latency_seconds: float | None = None
    attempts: tuple[Attempt, ...] = ()
    cached: bool = False

    @property
    def truncated(self) -> bool:
        """Whether the answer was cut off by a token cap."""
        return self.finish_reason in {"length", "max_tokens", "MAX_TOKENS"}

    @property
    def refused(self) -> bool:
        """Whether the model or its provider declined to answer."""
        return self.refusal is not None or self.finish_reason in {"content_filter", "refusal"}


class ChatModel(Protocol):
    """One model behind the gateway; safe to call from many tasks of one event loop."""

    @property
    def name(self) -> str:
        """The name shown to people and stored with results."""
        ...

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer ``request``.

        Raises:
            ModelCallError: If no answer came after all permitted attempts.
        """
        ...

    async def aclose(self) -> None:
        """Release connections; the model is not used afterwards."""
        ...
