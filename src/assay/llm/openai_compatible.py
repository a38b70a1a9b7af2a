"""Any endpoint that speaks OpenAI's chat completions, over the ``openai`` client.

The client's own retries are off: attempts are ours. Its reply is read from the raw JSON,
so that a billed cost is exactly the number that was sent.
"""

import asyncio
import itertools
import json
import math
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay.core.chat import ChatReply, ChatRequest
from assay.core.costs import Cost, CostSource, Usage
from assay.core.errors import ModelCallError
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.extras import require_extra
from assay.kit.redaction import redact
from assay.llm.pricing import PriceOverrides, price


if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError, AsyncOpenAI


RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
LONGEST_MESSAGE = 1000
CONNECTIONS_PER_POOL = 25

_OWN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where calls go, with the key that was configured for exactly this place."""

    base_url: str
    api_key: str | None = field(default=None, repr=False)

    @property
    def routes(self) -> bool:
        """Whether it is OpenRouter, which says what a call was billed when asked."""
        host = urlsplit(self.base_url).hostname or ""
        return host == "openrouter.ai" or host.endswith(".openrouter.ai")


class ClientRing:
    """Clients of one endpoint, used in turn.

    The HTTP client looks through all its connections at each request and each reply;
    several small pools keep that short where hundreds of calls are in flight.
    """

    def __init__(self, clients: Sequence["AsyncOpenAI"]) -> None:
        self._clients = clients
        self._turns = itertools.cycle(clients)

    def next(self) -> "AsyncOpenAI":
        """Return the client whose turn it is."""
        return next(self._turns)

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(client.close() for client in self._clients))


def open_clients(endpoint: Endpoint, *, connections: int, timeout_seconds: float) -> ClientRing:
    """Return clients for one endpoint, with pools for so many connections at once.

    Nothing is read from the environment but proxies: without a configured key none is sent.

    Raises:
        MissingExtraError: If the ``openai`` package is not installed.
    """
    openai = require_extra("llm", "openai", purpose="Calling an OpenAI-compatible endpoint")
    import httpx2

    async def keep_ours(request: httpx2.Request) -> None:
        keep_own_headers(request.headers, keyed=endpoint.api_key is not None)

    def client() -> "AsyncOpenAI":
        opened: AsyncOpenAI = openai.AsyncOpenAI(
            api_key=endpoint.api_key if endpoint.api_key is not None else "none",
            admin_api_key="",
            base_url=endpoint.base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                verify=trust,
                timeout=timeout_seconds,
                follow_redirects=False,
                event_hooks={"request": [keep_ours]},
                limits=limits,
            ),
        )
        return opened

    trust = httpx2.create_ssl_context()
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    return ClientRing([client() for _ in range(math.ceil(connections / CONNECTIONS_PER_POOL))])


def keep_own_headers(headers: MutableMapping[str, str], *, keyed: bool) -> None:
    """Take out what the client adds from the environment, and the key where none belongs.

    It would add an organisation, a project and any header that a variable names; they
    were meant for OpenAI, not for every endpoint.
    """
    foreign = [
        name
        for name in headers
        if not (name.lower() in _OWN_HEADERS or name.lower().startswith("x-stainless-"))
        or (name.lower() == "authorization" and not keyed)
    ]
    for name in foreign:
        del headers[name]


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """One model of one endpoint, asked once per call; a ``ChatModel`` without retries.

    Attributes:
        timeout_seconds: From sending to the last byte, so that a slow drip ends too.
        overrides: The user's own prices.
    """

    name: str
    endpoint: Endpoint
    clients: ClientRing = field(repr=False)
    timeout_seconds: float = 60.0
    overrides: PriceOverrides | None = None
    clock: Clock = SYSTEM_CLOCK

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Send the request once.

        Raises:
            ModelCallError: If no usable answer came, saying whether another try may help.
        """
        began = self.clock.monotonic()
        raw = await self._post(request_body(self.name, request, routes=self.endpoint.routes))
        latency = self.clock.monotonic() - began
        reply = _decoded(raw.content, self._where())
        return self._read(reply, latency=latency)

    async def aclose(self) -> None:
        """Release nothing; the client is shared and the gateway closes it."""

    async def _post(self, body: Mapping[str, Any]) -> "httpx2.Response":
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self.clients.next().post(
                    "/chat/completions", cast_to=httpx2.Response, body=body
                )
        except openai.APIStatusError as error:
            raise _refused(error, self._where(), self.clock) from error
        except (TimeoutError, openai.APITimeoutError) as error:
            raise ModelCallError(
                f"{self._where()} gave no answer within {self.timeout_seconds:g} s.", retryable=True
            ) from error
        except openai.APIConnectionError as error:
            cause = error.__cause__ if error.__cause__ is not None else error
            raise ModelCallError(
                redact(f"{self._where()}: {type(cause).__name__}: {cause}"), retryable=True
            ) from error

    def _where(self) -> str:
        return f"Model {self.name!r} at {redact(self.endpoint.base_url)}"

    def _read(self, reply: Mapping[str, Any], *, latency: float) -> ChatReply:
        choices = reply.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise _no_choices(reply, self._where())
        message = choices[0].get("message") or {}
        usage = read_usage(reply.get("usage") or {})
        return ChatReply(
            text=_text(message.get("content")),
            model=self.name,
            finish_reason=choices[0].get("finish_reason"),
            refusal=message.get("refusal"),
            usage=usage,
            cost=self._cost(reply, usage),
            latency_seconds=latency,
        )

    def _cost(self, reply: Mapping[str, Any], usage: Usage) -> Cost:
        billed = _billed(reply.get("usage") or {})
        if billed is not None:
            return Cost(billed, CostSource.BILLED)
        return price(self.name, usage, overrides=self.overrides, endpoint=self.endpoint.base_url)


def request_body(name: str, request: ChatRequest, *, routes: bool = False) -> dict[str, Any]:
    """Return the JSON body of a request; what is None is left to the provider."""
    body: dict[str, Any] = {
        "model": name,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    if request.json_schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": dict(request.json_schema)},
        }
    if routes:
        body["usage"] = {"include": True}
    return {**body, **request.extra}


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Read the tokens of a reply; what the provider did not say is None."""
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    return Usage(
        input_tokens=_tokens(usage.get("prompt_tokens")),
        output_tokens=_tokens(usage.get("completion_tokens")),
        cache_read_tokens=_tokens(prompt.get("cached_tokens")),
        cache_write_tokens=_tokens(prompt.get("cache_write_tokens")),
        reasoning_tokens=_tokens(completion.get("reasoning_tokens")),
    )


def retry_after_seconds(value: str | None, *, clock: Clock) -> float | None:
    """Read a ``Retry-After`` header: seconds or an HTTP date (RFC 9110, section 10.2.3).

    Returns:
        Seconds, at least 0, or None if there is no header or it says nothing readable.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, clock)
    return max(0.0, seconds) if seconds < float("inf") else None


def _until(value: str, clock: Clock) -> float | None:
    from email.utils import parsedate_to_datetime  # slow to load and seldom needed

    try:
        return max(0.0, (parsedate_to_datetime(value) - clock.now()).total_seconds())
    except (TypeError, ValueError):
        return None


def is_retryable(status: int) -> bool:
    """Whether an HTTP status says that the same call may succeed later."""
    return status in RETRYABLE_STATUSES or 500 <= status <= 599


def _refused(error: "APIStatusError", where: str, clock: Clock) -> ModelCallError:
    status = error.status_code
    return ModelCallError(
        f"{where} answered {status}: {_message(error)}",
        retryable=is_retryable(status),
        retry_after_seconds=retry_after_seconds(
            error.response.headers.get("retry-after"), clock=clock
        ),
        status=status,
    )


def _message(error: Any) -> str:
    body = error.body
    text = body.get("message") if isinstance(body, Mapping) else None
    if not isinstance(text, str):
        text = error.message
    return redact(text)[:LONGEST_MESSAGE]


def _decoded(content: bytes, where: str) -> Mapping[str, Any]:
    try:
        reply = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ModelCallError(
            f"{where} answered something that is not JSON: {redact(repr(content[:200]))}",
            retryable=True,
            status=200,
        ) from error
    if not isinstance(reply, Mapping):
        raise ModelCallError(f"{where} answered no JSON object.", retryable=True, status=200)
    return reply


def _no_choices(reply: Mapping[str, Any], where: str) -> ModelCallError:
    """Some routers answer 200 with an error inside; its code counts as the status."""
    error = reply.get("error")
    if not isinstance(error, Mapping):
        return ModelCallError(f"{where} answered without choices.", retryable=True, status=200)
    code = error.get("code")
    status = code if isinstance(code, int) else None
    return ModelCallError(
        f"{where} answered an error: {redact(str(error.get('message')))[:LONGEST_MESSAGE]}",
        retryable=status is not None and is_retryable(status),
        status=status,
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not isinstance(content, list):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "".join(part for part in parts if isinstance(part, str))


def _tokens(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _billed(usage: Mapping[str, Any]) -> Decimal | None:
    value = usage.get("cost")
    if not isinstance(value, int | Decimal | str) or isinstance(value, bool):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None
