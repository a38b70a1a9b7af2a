"""Answers are compressed on their way to other machines, not on their way around this one."""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send
from typing_extensions import override


_HERE = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_PASSED_ON = ("x-forwarded-for", "forwarded", "via")


def wants_gzip(scope: Scope) -> bool:
    """Return whether the caller takes gzip and is worth it: it, or who it asks for, is remote."""
    headers = Headers(scope=scope)
    if "gzip" not in headers.get("accept-encoding", ""):
        return False
    host = (scope.get("client") or ("",))[0]
    return host not in _HERE or any(name in headers for name in _PASSED_ON)


class Compression(GZipMiddleware):
    """Compresses what travels; over the loopback it would cost more time than it saves."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and not wants_gzip(scope):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
