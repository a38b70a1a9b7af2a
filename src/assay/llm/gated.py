"""A model that asks for leave before each call, as where a budget is to be kept."""

from collections.abc import Callable
from dataclasses import dataclass

from assay.core.chat import ChatModel, ChatReply, ChatRequest


@dataclass(frozen=True, slots=True)
class GatedModel:
    """A model behind a gate; a ``ChatModel``.

    Attributes:
        enter: Called before each call; what it raises stops the call.
    """

    inner: ChatModel
    enter: Callable[[], None]

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer ``request`` if the gate lets it pass.

        Raises:
            ModelCallError: If no answer came.
            Exception: Whatever the gate raises.
        """
        self.enter()
        return await self.inner.complete(request)

    async def aclose(self) -> None:
        """Close the inner model."""
        await self.inner.aclose()
