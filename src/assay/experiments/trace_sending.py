"""Spans to the server, over the connection that everything else goes over, or elsewhere."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Final

from assay.core.errors import InvalidInputError
from assay.experiments.connection import Connection, Reply, ServerAddress, connect
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.tracing.exporter import Send, SpansRefusedError


TRACES_PATH: Final = "/v1/traces"
SERVER: Final = "server"
FORWARD: Final = "forward"

_PROTOBUF = {"content-type": "application/x-protobuf", "accept": "application/x-protobuf"}
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 200


class TraceSender:
    """Sends OTLP requests to ``path`` of a connection's server."""

    def __init__(
        self, connection: Connection, *, path: str = TRACES_PATH, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock

    async def __call__(self, body: bytes) -> int:
        """Deliver one request and return how many of its spans were rejected.

        Raises:
            SpansRefusedError: If the server took none of them.
        """
        where = f"POST {self._connection.shown}{self._path}"
        try:
            reply = await self._connection.post(self._path, body, headers=_PROTOBUF)
        except ConnectionError as error:
            raise SpansRefusedError(f"{where} failed: {error}", retryable=True) from error
        if reply.status >= 300:
            raise SpansRefusedError(
                f"{where} was refused with {reply.status}: {reply.text[:_SHOWN]}",
                retryable=reply.status in _PASSING,
                retry_after_seconds=retry_after(reply.headers.get("retry-after"), self._clock),
            )
        if "html" in reply.headers.get("content-type", ""):
            told = f"{where} answered with a web page; give the address of a collector."
            raise SpansRefusedError(told, retryable=False)
        return rejected_spans(reply)


def rejected_spans(reply: Reply) -> int:
    """Return how many spans a collector says it rejected of those it was sent."""
    if not reply.content or "protobuf" not in reply.headers.get("content-type", ""):
        return 0
    from assay.tracing.answers import rejected_in

    return rejected_in(reply.content)


def retry_after(text: str | None, clock: Clock) -> float | None:
    """Return the seconds of a ``Retry-After`` header, given as number or date, or None."""
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock.now()).total_seconds())
    except (TypeError, ValueError):
        return None


@asynccontextmanager
async def senders(connection: Connection, forward_to: str | None) -> AsyncIterator[dict[str, Send]]:
    """Open the ways out for spans: the server, and a second collector if one is named."""
    async with AsyncExitStack() as stack:
        found: dict[str, Send] = {SERVER: TraceSender(connection)}
        if forward_to is not None:
            other = await stack.enter_async_context(connect(ServerAddress(url=forward_to)))
            found[FORWARD] = TraceSender(other, path="")
        yield found


def check_forward_to(forward_to: str | None) -> None:
    """Refuse what is no address of a collector.

    Raises:
        InvalidInputError: If it is no URL.
    """
    if forward_to is None:
        return
    if not isinstance(forward_to, str) or not forward_to.startswith(("http://", "https://")):
        raise InvalidInputError(
            f"forward_to is {forward_to!r}; give the whole URL that takes OTLP over HTTP, such "
            "as http://localhost:4318/v1/traces."
        )
