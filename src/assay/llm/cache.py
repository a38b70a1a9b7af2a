"""Replies kept by request, repeat and model: asked again, they cost nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from assay.core.chat import ChatModel, ChatReply, ChatRequest
from assay.core.costs import CACHE_HIT_COST, Usage
from assay.core.ports import ResponseCache
from assay.kit.canonical_json import digest
from assay.kit.threads import DaemonThreads


FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A model whose replies are kept; a ``ChatModel``.

    A hit costs 0 with the source ``cache``, has no latency and no attempts. The repeat is
    part of the key, so that repeats stay independent answers.

    Attributes:
        identity: Names the model and its endpoint; part of the key.
    """

    inner: ChatModel
    cache: ResponseCache
    identity: str
    threads: DaemonThreads = field(default_factory=lambda: DaemonThreads("assay-cache"))

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the kept reply, or ask and keep what comes.

        Raises:
            ModelCallError: If nothing is kept and no answer came; errors are not kept.
        """
        key = cache_key(self.identity, request)
        kept = await self._in_thread(lambda: self.cache.get_response(key))
        if kept is not None and kept.get("format_version") == FORMAT_VERSION:
            return _hit(kept)
        reply = await self.inner.complete(request)
        await self._in_thread(lambda: self.cache.put_response(key, _kept(reply)))
        return reply

    async def aclose(self) -> None:
        """Close the inner model; the cache belongs to whoever opened it."""
        self.threads.close()
        await self.inner.aclose()

    async def _in_thread(self, call: Any) -> Any:
        return await asyncio.wrap_future(self.threads.submit(call))


def cache_key(identity: str, request: ChatRequest) -> str:
    """Return 64 hex digits for a model and everything of a request that shapes its reply.

    The datapoint is left out: the same question is the same question.
    """
    return digest(
        {
            "model": identity,
            "messages": [[message.role, message.content] for message in request.messages],
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
            "json_schema": None if request.json_schema is None else dict(request.json_schema),
            "extra": dict(request.extra),
            "repeat": request.repeat,
        }
    )


def _kept(reply: ChatReply) -> Mapping[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "text": reply.text,
        "model": reply.model,
        "finish_reason": reply.finish_reason,
        "refusal": reply.refusal,
        "usage": asdict(reply.usage),
    }


def _hit(kept: Mapping[str, Any]) -> ChatReply:
    return ChatReply(
        text=kept["text"],
        model=kept["model"],
        finish_reason=kept["finish_reason"],
        refusal=kept["refusal"],
        usage=Usage(**kept["usage"]),
        cost=CACHE_HIT_COST,
        cached=True,
    )
