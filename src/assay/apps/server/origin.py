"""Where a request may come from: the right host name, and no foreign page.

Checking the host stops DNS rebinding: a page of another name that resolves to this
machine. Checking the origin stops a foreign page's forms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request


LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Refusal = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """Which host names are answered to; None for any."""

    hosts: frozenset[str] | None

    def refusal(self, request: Request) -> Refusal | None:
        """Return status, code and reason why ``request`` is refused, or None."""
        host = request.headers.get("host", "")
        if self.hosts is not None and host_name(host) not in self.hosts:
            known = ", ".join(sorted(self.hosts))
            return 403, "foreign_host", f"This server answers to {known}, not to {host[:200]!r}."
        if request.method not in _SAFE and _foreign(request, host):
            return 403, "foreign_origin", "Pages of another origin may change nothing here."
        return None


def allowed_hosts(host: str, *, extra: Iterable[str], loopback: bool) -> frozenset[str] | None:
    """Return the names a server bound to ``host`` answers to; None for any."""
    named = frozenset(name.strip().lower() for name in extra if name.strip())
    if loopback:
        return LOOPBACK_NAMES | named | {host.lower()}
    return named | LOOPBACK_NAMES | {host.lower()} if named else None


def host_name(header: str) -> str:
    """Return the host of a ``Host`` header, without port and brackets, in lower case."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _foreign(request: Request, host: str) -> bool:
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "cross-site"
    try:
        return urlsplit(origin).netloc.lower() != host.lower()
    except ValueError:
        return True
