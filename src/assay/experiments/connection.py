"""One long-lived connection to a server, or to the same application in this process.

Embedded and served differ in the transport alone. The application is found by name at
run time, so that importing the SDK loads no server.
"""

import importlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from assay.core.errors import InvalidInputError, MissingExtraError, NotFoundError, ServerError
from assay.experiments.lifespan import Application, lifespan
from assay.kit.clock import AsyncSleep, sleep
from assay.kit.redaction import redact
from assay.kit.retry import Retrier, RetryPolicy


if TYPE_CHECKING:
    import httpx2


EMBEDDED_APPLICATION: Final = "assay.apps.server.embedded:application"
EMBEDDED_URL: Final = "http://embedded.assay"
DEFAULT_TIMEOUT_SECONDS: Final = 60.0

_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})
_PASSING = frozenset({429, 502, 503, 504})
_LONGEST_DETAIL = 500
_LONGEST_WAIT_SECONDS = 5.0
_PATIENCE = 4
_CREDENTIALS = re.compile(r"(://)[^/?#]*@")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server is.

    Attributes:
        url: Its base URL, or None for the application in this process.
        api_key: Sent as a bearer token, or None.
        data_dir: The embedded application's data folder, or None for its default.
        timeout_seconds: For one request, above 0.
        application: Where the embedded application is found, ``module:callable``; it takes
            ``data_dir=`` and returns an ASGI application.
        transport: Used instead of the network, as in tests.
        retries: How often an idempotent request is tried again when the server is away; one
            that brings results four times as often, so that a restart of the server, which
            takes some seconds, costs none.
        sleep: Waits between tries.
        url_from: The setting that named the URL, as messages say it; None if a caller did.
        api_key_from: The same of the key.
    """

    url: str | None = field(default=None, repr=False)  # it may hold a password
    api_key: str | None = field(default=None, repr=False)
    data_dir: Path | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    application: str = EMBEDDED_APPLICATION
    transport: "httpx2.AsyncBaseTransport | None" = None
    retries: int = 3
    sleep: AsyncSleep = sleep
    url_from: str | None = None
    api_key_from: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no address of a server."""
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise InvalidInputError(
                f"The server URL {self.shown!r}{_of(self.url_from)} must start with http:// or "
                "https://."
            )
        if self.api_key is not None and not _fits_header(self.api_key):
            raise InvalidInputError(
                f"The API key{_of(self.api_key_from)} holds what no header may hold, such as a line break or spaces at its "
                "end, or is empty; it is not shown here. Give it as it was issued."
            )
        if not self.timeout_seconds > 0:
            raise InvalidInputError(
                f"timeout_seconds is {self.timeout_seconds}; it must be above 0."
            )

    @property
    def shown(self) -> str:
        """The address as messages name it, without what opens it."""
        if self.url is None:
            return "the embedded application"
        return redact(_CREDENTIALS.sub(r"\1", self.url))

    @property
    def way_without(self) -> str:
        """How to work without this server, as messages say it."""
        if self.url_from is None:
            return "leave server_url out to work without one"
        return f"take {self.url_from} away, or give data_dir=, to work without one"

    @property
    def way_in(self) -> str:
        """How to be let in by this server, as messages say it."""
        if self.api_key is None:
            return "Give api_key= a valid key, or set ASSAY_API_KEY."
        if self.api_key_from is None:
            return "Give api_key= a valid key."
        return f"The key is that of {self.api_key_from}; set that, or api_key=, to a valid one."


def _of(setting: str | None) -> str:
    return "" if setting is None else f" of {setting}"


def _fits_header(key: str) -> bool:
    return key.isascii() and key.isprintable() and key == key.strip() != ""


class PassingError(ServerError):
    """The server is away or busy; the same request may succeed soon."""


class TooLargeError(ServerError):
    """The server, or what stands before it, takes no body of that size."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text, what is no text replaced."""
        return self.content.decode(errors="replace")


class Connection:
    """Sends requests over one HTTP client with a pool of kept-alive connections."""

    def __init__(self, client: "httpx2.AsyncClient", address: ServerAddress) -> None:
        self._client = client
        self._address = address
        self._retrier = Retrier(
            RetryPolicy(retries=address.retries, longest_wait_seconds=_LONGEST_WAIT_SECONDS),
            worth=lambda error: isinstance(error, PassingError),
            sleep=address.sleep,
        )
        patience = replace(self._retrier.policy, retries=_PATIENCE * address.retries)
        self._patient = replace(self._retrier, policy=patience)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        idempotent: bool | None = None,
        patient: bool = False,
    ) -> Any:
        """Send one request and return the JSON of its answer.

        Args:
            method: Such as ``GET``.
            path: From the server's root, such as ``/v1/runs``.
            params: The query; entries that are None are left out.
            body: JSON text.
            idempotent: Whether it may be sent again; by default what HTTP says of ``method``.
            patient: Whether to go on trying for as long as a server takes to restart.

        Raises:
            NotFoundError: If the server has no such thing.
            ServerError: If it cannot be reached, refuses, or answers no JSON.
        """
        query = {key: value for key, value in (params or {}).items() if value is not None}

        async def attempt(_number: int) -> Any:
            where = self._where(method, path)
            return _answer(await self._send(method, path, params=query, content=body), where)

        again = method in _IDEMPOTENT if idempotent is None else idempotent
        retrier = self._patient if patient else self._retrier
        return await (retrier.call(attempt) if again else attempt(1))

    async def download(self, path: str, *, params: Mapping[str, Any] | None = None) -> bytes:
        """Return what a GET answers, whatever its form.

        Raises:
            NotFoundError: If the server has no such thing.
            ServerError: If it cannot be reached or refuses.
        """
        query = {key: value for key, value in (params or {}).items() if value is not None}

        async def attempt(_number: int) -> bytes:
            return (await self._send("GET", path, params=query)).content

        return await self._retrier.call(attempt)

    async def upload(
        self, path: str, filename: str, content: bytes, *, fields: Mapping[str, str]
    ) -> Any:
        """Post a file as a form and return the JSON of the answer.

        Raises:
            ServerError: If the server cannot be reached, refuses, or answers no JSON.
        """
        import httpx2

        form = httpx2.Request(
            "POST", EMBEDDED_URL, files={"file": (filename, content)}, data=dict(fields)
        )
        headers = {"content-type": form.headers["content-type"]}
        response = await self._send("POST", path, content=form.read(), headers=headers)
        return _answer(response, self._where("POST", path))

    @property
    def shown(self) -> str:
        """The server as messages name it."""
        return self._address.shown

    async def post(self, path: str, body: bytes, *, headers: Mapping[str, str]) -> Reply:
        """Send a body that is not JSON, once, and return the answer whatever it says.

        Raises:
            ConnectionError: If no answer came.
        """
        import httpx2

        try:
            response = await self._client.post(path, content=body, headers=dict(headers))
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise ConnectionError(str(error) or type(error).__name__) from error
        return Reply(response.status_code, dict(response.headers), response.content)

    async def _send(self, method: str, path: str, **parts: Any) -> "httpx2.Response":
        """Send one request and return its answer, which is no refusal."""
        import httpx2

        where = self._where(method, path)
        try:
            response = await self._client.request(method, path, **parts)
        except httpx2.TimeoutException as error:
            raise PassingError(
                f"{where} gave no answer within {self._address.timeout_seconds:g} s; "
                "raise timeout_seconds or look at the server's load."
            ) from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise PassingError(
                f"{where} failed: {redact(str(error)) or type(error).__name__}. Is the server running there? "
                f"Start one with `assay up`, or {self._address.way_without}."
            ) from error
        _check(response, where, self._address)
        return response

    def _where(self, method: str, path: str) -> str:
        return f"{method} {self._address.shown}{path}"


@asynccontextmanager
async def connect(address: ServerAddress) -> AsyncIterator[Connection]:
    """Open a connection for the running event loop, and close it at the end.

    Raises:
        MissingExtraError: If the embedded application is not installed.
    """
    import httpx2

    headers = {"content-type": "application/json", "accept": "application/json"}
    if address.api_key is not None:
        headers["authorization"] = f"Bearer {address.api_key}"
    async with (
        _transport(address) as transport,
        httpx2.AsyncClient(
            base_url=EMBEDDED_URL if address.url is None else address.url,
            headers=headers,
            timeout=address.timeout_seconds,
            transport=transport,
            verify=address.url is not None and address.url.startswith("https://"),
        ) as client,
    ):
        yield Connection(client, address)


@asynccontextmanager
async def _transport(address: ServerAddress) -> "AsyncIterator[httpx2.AsyncBaseTransport | None]":
    import httpx2

    if address.transport is not None or address.url is not None:
        yield address.transport
        return
    application = _load(address.application)(data_dir=address.data_dir)
    async with lifespan(application):
        yield httpx2.ASGITransport(application)


def _load(entry: str) -> Callable[..., Application]:
    module, _, name = entry.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise MissingExtraError(
            f"The embedded application {entry} cannot be loaded ({error}). Install Assay with its "
            "server, or name a running one: server_url='http://...'."
        ) from error
    application: Callable[..., Application] = found
    return application


def _check(response: "httpx2.Response", where: str, address: ServerAddress) -> None:
    """Raise what an answer that is a refusal says."""
    status = response.status_code
    if status == 404:
        raise NotFoundError(f"{where} found nothing: {_detail(response)}")
    if status in _PASSING:
        raise PassingError(f"{where} was turned away with {status}: {_detail(response)}")
    if status in {401, 403}:
        raise ServerError(
            f"{where} was refused with {status}: {_detail(response)} {address.way_in}"
        )
    if status == 413:
        raise TooLargeError(f"{where} was refused with {status}: {_detail(response)}")
    if status >= 300:
        raise ServerError(f"{where} was refused with {status}: {_detail(response)}")


def _answer(response: "httpx2.Response", where: str) -> Any:
    if not response.content:
        return None
    try:
        return orjson.loads(response.content)
    except ValueError as error:
        raise ServerError(
            f"{where} answered {response.status_code} without JSON ({response.content[:80]!r}); "
            "does the URL name an Assay server?"
        ) from error


def _detail(response: "httpx2.Response") -> str:
    """Return what a problem document says, or the beginning of the body."""
    try:
        document = response.json()
    except ValueError:
        document = None
    if isinstance(document, Mapping):
        for key in ("detail", "message", "title"):
            if isinstance(document.get(key), str):
                return str(document[key])[:_LONGEST_DETAIL]
    return response.text[:_LONGEST_DETAIL] or "no explanation."
