"""JSON requests to an MLflow server: few, quick, and clear when they fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpx2
import orjson

from assay.core.errors import LedgerError, NotFoundError
from assay.kit.clock import sleep_blocking
from assay.tracking.faults import UnreachableError, refuse, shorten


CONNECT_SECONDS: Final = 3.0
_WAITS_SECONDS: Final = (0.1, 0.4)
_PASSING: Final = frozenset({429, 502, 503, 504})
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_API: Final = "/api/2.0/mlflow/"


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """Where an MLflow server is and how to be let in.

    Attributes:
        url: Its base, without credentials.
        shown: The base as messages name it.
    """

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    timeout_seconds: float = 10.0
    transport: httpx2.BaseTransport | None = None

    @property
    def hint(self) -> str:
        """What to start when nobody answers."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 5000
        place = host if host in _LOOPBACK else "0.0.0.0"  # noqa: S104  # part of a message
        return (
            f"start it with: mlflow server --backend-store-uri sqlite:///mlflow.db "
            f"--host {place} --port {port}"
        )


class RestClient:
    """One pool of connections to one server; safe to use from many threads."""

    def __init__(self, access: ServerAccess) -> None:
        self._access = access
        self._client = httpx2.Client(
            base_url=access.url,
            timeout=httpx2.Timeout(
                access.timeout_seconds, connect=min(CONNECT_SECONDS, access.timeout_seconds)
            ),
            headers=_headers(access),
            auth=_basic(access),
            transport=access.transport,
            # A proxy from the environment must not be asked for what runs on this machine.
            trust_env=(urlsplit(access.url).hostname or "") not in _LOOPBACK,
        )

    @property
    def uri(self) -> str:
        """The server's base URL, without credentials."""
        return self._access.url

    def get(self, endpoint: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """Read from an endpoint below ``/api/2.0/mlflow/``."""
        return self._json("GET", endpoint, query=query, again=True)

    def post(self, endpoint: str, body: Mapping[str, Any], *, again: bool) -> dict[str, Any]:
        """Send a body; ``again`` says that doing it twice is the same as once."""
        return self._json("POST", endpoint, body=orjson.dumps(body), again=again)

    def download(self, path: str, query: Mapping[str, Any] | None = None) -> bytes:
        """Return the bytes at a path of the server, or raise ``NotFoundError``."""
        reply = self._send("GET", path, query=query, again=True)
        if reply.status_code == httpx2.codes.NOT_FOUND:
            raise NotFoundError(f"{self.uri} has no file at {path}.")
        if not reply.is_success:
            self._refuse(reply)
        return reply.content

    def upload(self, path: str, data: bytes) -> None:
        """Put bytes at a path of the server."""
        reply = self._send("PUT", path, body=data, again=True)
        if not reply.is_success:
            self._refuse(reply)

    def send_traces(self, otlp: bytes, headers: Mapping[str, str]) -> None:
        """Send an OTLP request; spans that are there already are replaced by the same."""
        reply = self._send("POST", "/v1/traces", body=otlp, headers=headers, again=True)
        if not reply.is_success:
            self._refuse(reply)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _json(self, method: str, endpoint: str, **options: Any) -> dict[str, Any]:
        reply = self._send(method, f"{_API}{endpoint}", **options)
        if not reply.is_success:
            self._refuse(reply)
        try:
            answer = orjson.loads(reply.content)
        except orjson.JSONDecodeError as error:
            raise LedgerError(
                f"{self.uri} answers, but not as an MLflow server does; check the URL."
            ) from error
        if not isinstance(answer, dict):
            raise LedgerError(f"{self.uri} answers, but not as an MLflow server does.")
        return answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        again: bool,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        for wait in _WAITS_SECONDS if again else ():
            try:
                return self._once(method, path, query=query, body=body, headers=headers)
            except (_AbsentError, _SilentError):
                raise
            except UnreachableError:
                sleep_blocking(wait)
        return self._once(method, path, query=query, body=body, headers=headers)

    def _once(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> httpx2.Response:
        if headers is None and body is not None:
            headers = {"content-type": "application/json"}
        try:
            reply = self._client.request(method, path, params=query, content=body, headers=headers)
        except httpx2.ConnectError as error:
            raise _AbsentError(
                f"No MLflow server answers at {self.uri} ({shorten(str(error))}); "
                f"{self._access.hint}"
            ) from error
        except httpx2.HTTPError as error:
            silent = isinstance(error, httpx2.TimeoutException)
            raise (_SilentError if silent else UnreachableError)(
                f"The MLflow server at {self.uri} gave no answer "
                f"({type(error).__name__}: {shorten(str(error))}); see whether it still runs, or "
                f"{self._access.hint}"
            ) from error
        if reply.status_code in _PASSING:
            raise UnreachableError(
                f"The MLflow server at {self.uri} is busy, or its database is away "
                f"(HTTP {reply.status_code}): {shorten(_error_of(reply)[1] or reply.text)}"
            )
        return reply

    def _refuse(self, reply: httpx2.Response) -> NoReturn:
        if reply.status_code in {401, 403}:
            raise LedgerError(
                f"The MLflow server at {self.uri} does not let us in (HTTP {reply.status_code}): "
                f"{shorten(reply.text)} Check the user name and password, or the token."
            )
        code, message = _error_of(reply)
        if code is None:
            raise LedgerError(
                f"{self.uri} answered HTTP {reply.status_code}, but not as an MLflow server does; "
                f"check the URL: {shorten(reply.text)}"
            )
        refuse(self.uri, code, message)


class _AbsentError(UnreachableError):
    """No connection at all: nothing was sent, and nobody is there to try again."""


class _SilentError(UnreachableError):
    """No answer within the time limit: waiting as long again would only delay saying so."""


def _headers(access: ServerAccess) -> dict[str, str]:
    return {} if access.token is None else {"authorization": f"Bearer {access.token}"}


def _basic(access: ServerAccess) -> httpx2.BasicAuth | None:
    if access.token is not None or access.username is None:
        return None
    return httpx2.BasicAuth(access.username, access.password or "")


def _error_of(reply: httpx2.Response) -> tuple[str | None, str]:
    try:
        answer = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        return None, ""
    if not isinstance(answer, dict) or not isinstance(answer.get("error_code"), str):
        return None, ""
    return answer["error_code"], str(answer.get("message", ""))
