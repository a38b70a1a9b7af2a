"""Around every request: its id, its log line, its metrics, limits and security headers.

Written as plain ASGI, so that streams stay streams.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.apps.server.metrics import ServerMetrics
from assay.apps.server.origin import OriginPolicy
from assay.apps.server.problems import problem_response, unhandled
from assay.apps.server.request_ids import HEADER, assign_request_id, request_id_of
from assay.kit.clock import Clock
from assay.kit.log import get_logger


PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"content-security-policy", PAGE_POLICY.encode()),
)


_CLIENT_GONE = 499
"""Noted where a client left before its request was whole; no defect of ours."""

_DIGITS = 18
"""Most that a size has; Python reads no number of some thousand."""


class Observer:
    """Gives each request an id, logs and counts it, and answers defects without internals."""

    def __init__(
        self, app: ASGIApp, *, metrics: ServerMetrics, clock: Clock, quiet: bool = False
    ) -> None:
        """Wrap ``app``; ``quiet`` leaves requests out of the log, as inside the SDK's process."""
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._quiet = quiet
        self._log = get_logger("server")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = assign_request_id(scope)
        started = self._clock.monotonic()
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = _with_headers(message, request_id)
            await send(message)

        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, observed)
            except ClientDisconnect:  # nobody is there any more to be answered
                status = status or _CLIENT_GONE
            except Exception as error:  # noqa: BLE001  # the last door: logged and answered
                response = unhandled(Request(scope), error)
                if status == 0:
                    await response(scope, receive, observed)
            finally:
                self._note(scope, status, self._clock.monotonic() - started)

    def _note(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 8 else "?"
        self._metrics.requests.labels(method, route, str(status)).inc()
        if not route.endswith("/events"):
            self._metrics.seconds.labels(method, route).observe(seconds)
        if self._quiet:
            return
        self._log.info(
            "request",
            method=method,
            path=scope["path"],
            status=status,
            seconds=round(seconds, 6),
            request_id=request_id_of(scope),
        )


def _with_headers(message: Message, request_id: str) -> Message:
    headers = list(message.get("headers", []))
    present = {name.lower() for name, _ in headers}
    headers += [pair for pair in _HEADERS if pair[0] not in present]
    headers.append((HEADER.lower().encode(), request_id.encode()))
    return {**message, "headers": headers}


class Guard:
    """Refuses foreign hosts and origins, bad addresses, and bodies that are too large or slow."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        origins: OriginPolicy,
        max_body_bytes: int,
        max_json_bytes: int,
        idle_seconds: float,
    ) -> None:
        """Wrap ``app`` with its limits; ``idle_seconds`` is for one piece of a body."""
        self._app = app
        self._origins = origins
        self._max_body_bytes = max_body_bytes
        self._max_json_bytes = max_json_bytes
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._origins.refusal(request) or _bad_address(scope)
        limit = self._limit(request)
        declared = request.headers.get("content-length", "0")
        large = declared.isdecimal() and (len(declared) > _DIGITS or int(declared) > limit)
        if refusal is None and large:
            refusal = (413, "too_large", _too_large(limit))
        if refusal is not None:
            status, code, detail = refusal
            response = problem_response(
                status,
                detail,
                code=code,
                instance=request.url.path,
                request_id=request_id_of(scope),
                headers={"Connection": "close"} if status == 413 else None,
            )
            await response(scope, receive, send)
            return
        await self._app(scope, self._bounded(receive, limit), send)

    def _limit(self, request: Request) -> int:
        kind = request.headers.get("content-type", "")
        uploads = kind.startswith("multipart/form-data")
        return self._max_body_bytes if uploads else min(self._max_json_bytes, self._max_body_bytes)

    def _bounded(self, receive: Receive, limit: int) -> Receive:
        taken = 0
        complete = False

        async def bounded() -> Message:
            nonlocal taken, complete
            if complete:  # from here on only a disconnect is awaited, for as long as it takes
                return await receive()
            try:
                async with asyncio.timeout(self._idle_seconds):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The request's body stopped coming.") from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > limit:
                raise HTTPException(413, _too_large(limit))
            return message

        return bounded


def _too_large(limit: int) -> str:
    return f"The body is larger than the {limit} bytes taken here."


def _bad_address(scope: Scope) -> tuple[int, str, str] | None:
    if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
        return 400, "bad_request", "The address holds a null character."
    return None
