"""Which models may be named over HTTP: nobody reads files, runs code or probes a network by it."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

from assay.apps.server.access import Access
from assay.apps.server.context import AppContext
from assay.apps.settings import Settings
from assay.core.errors import InvalidModelError
from assay.llm.gateway import parse_model_spec


Resolver = Callable[[str], Sequence[str]]


def check_asked(context: AppContext, access: Access, specs: Sequence[str]) -> None:
    """Refuse models that the asker must not name, or recordings of another project.

    Raises:
        InvalidModelError: Saying what is allowed and which setting allows more.
    """
    check_models(
        specs,
        settings=context.settings,
        serves_loopback=context.serves_loopback,
        has_recording=partial(context.recordings.has, project=access.project),
    )


def addresses_of(host: str) -> Sequence[str]:
    """Return the IP addresses of ``host``; none if it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple({str(entry[4][0]) for entry in found})


def check_models(
    specs: Sequence[str],
    *,
    settings: Settings,
    serves_loopback: bool,
    has_recording: Callable[[str], bool],
    resolve: Resolver = addresses_of,
) -> None:
    """Refuse what must not be named over HTTP; ``has_recording`` knows the asker's recordings.

    Raises:
        InvalidModelError: Saying what is allowed and which setting allows more.
    """
    private = settings.allow_private_endpoints
    allow_private = serves_loopback if private is None else private
    for text in specs:
        spec = parse_model_spec(text)
        if spec.provider == "recorded":
            _check_recording(text, spec.source or "", has_recording)
        elif spec.provider == "python" and not settings.allow_python_models:
            raise InvalidModelError(
                f"Model {text!r} runs code on the server, which is switched off; "
                "allow_python_models = true allows it."
            )
        elif spec.provider == "openai" and spec.source is not None and not allow_private:
            _check_public(text, spec.source, resolve)


def _check_recording(text: str, source: str, has_recording: Callable[[str], bool]) -> None:
    if not has_recording(source):
        raise InvalidModelError(
            f"Model {text!r} must name an uploaded recording: recorded:RECORDING_ID#NAME; "
            "upload the file to /api/v1/recordings first."
        )


def _check_public(text: str, url: str, resolve: Resolver) -> None:
    host = urlsplit(url).hostname or ""
    addresses = resolve(host)
    if not addresses or not all(_is_public(address) for address in addresses):
        raise InvalidModelError(
            f"Model {text!r} is at a private or unknown address, which is refused here; "
            "allow_private_endpoints = true allows it."
        )


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast
