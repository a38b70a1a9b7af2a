"""Serving over HTTP: bind, say where, answer until told to stop, stop in good order."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from assay.apps.server.app import create_app
from assay.apps.server.binding import check_binding
from assay.apps.server.context import AppContext
from assay.apps.settings import Settings
from assay.core.errors import StorageError
from assay.kit.atomic_files import write_atomic
from assay.kit.errors import AssayError


_BACKLOG = 2048
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class PortInUseError(AssayError):
    """The address cannot be bound."""

    code = "port_in_use"


def serve(settings: Settings, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; returns when everything has ended in good order.

    Args:
        settings: Where to listen, and all limits.
        on_ready: Told the URL once requests are answered.

    Raises:
        PortInUseError: If the address cannot be bound.
        InvalidSettingsError: If the host is not loopback and there is no API key.
        StorageError: If the database cannot be opened.
    """
    check_binding(settings)
    app = create_app(settings)
    with _bound(settings.host, settings.port) as listener:
        url = _url(settings.host, listener.getsockname()[1])
        asyncio.run(_serve(app, settings, listener=listener, url=url, on_ready=on_ready))


async def _serve(
    app: FastAPI,
    settings: Settings,
    *,
    listener: socket.socket,
    url: str,
    on_ready: Callable[[str], None] | None,
) -> None:
    async with app.router.lifespan_context(app):  # its errors reach the caller as they are
        server = _Server(_config(app, settings))
        with _announced(settings.data_dir, url), _stopped_by_signals(server, app.state.context):
            server.when_started(on_ready, url)
            await server.serve(sockets=[listener])


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
        backlog=_BACKLOG,
    )


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to its caller and says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ready: Callable[[], None] | None = None

    def when_started(self, on_ready: Callable[[str], None] | None, url: str) -> None:
        if on_ready is not None:
            self._ready = lambda: on_ready(url)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        gc.freeze()  # what is loaded stays: no big answer need wait while it is looked through
        if self.started and self._ready is not None:
            self._ready()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _stopped_by_signals(server: uvicorn.Server, context: AppContext) -> Iterator[None]:
    """Let the first signal ask for the end and the second one insist."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True
        context.stopping.set()

    installed: list[signal.Signals] = []
    with contextlib.suppress(RuntimeError, ValueError):  # not in the main thread: no signals
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop)
            installed.append(number)
    try:
        yield
    finally:
        for number in installed:
            loop.remove_signal_handler(number)


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortInUseError(f"The host {host!r} cannot be bound: {error.strerror}.") from error
    with contextlib.closing(listener):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as error:
            raise PortInUseError(
                f"Port {port} on {host} cannot be bound: {error.strerror}. Stop what uses it, or "
                f"choose another one with --port (0 takes any free one)."
            ) from error
        yield listener


@contextmanager
def _announced(data_dir: Path, url: str) -> Iterator[None]:
    """Keep ``server.json`` in the data folder while the server runs."""
    place = data_dir / "server.json"
    mine = orjson.dumps({"pid": os.getpid(), "url": url})
    try:
        write_atomic(place, mine)
    except OSError as error:
        raise StorageError(f"{place} cannot be written: {error.strerror}.") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if place.read_bytes() == mine:
                place.unlink()


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # shown, not bound
    return f"http://{f'[{shown}]' if ':' in shown and not shown.startswith('[') else shown}:{port}"
