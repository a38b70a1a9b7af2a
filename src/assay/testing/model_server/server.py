"""The loopback model server on a thread of this process."""

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

from assay.testing.model_server.behaviour import Plan
from assay.testing.model_server.call_log import CallLog
from assay.testing.model_server.protocol import ModelProtocol


HOST = "127.0.0.1"


async def serve(plan: Plan, log: CallLog, *, port: int = 0) -> asyncio.Server:
    """Listen on the loopback interface; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: ModelProtocol(plan, log), HOST, port, backlog=1024)


def port_of(server: asyncio.Server) -> int:
    """Return the port a server listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


class ModelServer:
    """A context manager: an OpenAI-compatible model server while it is open.

    ::

        with ModelServer(Plan(latency_seconds=0.01)) as server:
            model = gateway.open(f"openai:any@{server.base_url}")
    """

    def __init__(
        self, plan: Plan | None = None, *, log_path: Path | None = None, port: int = 0
    ) -> None:
        self.plan = plan if plan is not None else Plan()
        self.calls = CallLog(log_path)
        self._asked_port = port
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()
        self._thread = threading.Thread(target=self._run, name="assay-model-server", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._ready.result()[2]

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        return f"http://{HOST}:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        loop, stop, _ = self._ready.result()
        loop.call_soon_threadsafe(stop.set)
        self._thread.join()
        self.calls.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        server = await serve(self.plan, self.calls, port=self._asked_port)
        stop = asyncio.Event()
        self._ready.set_result((asyncio.get_running_loop(), stop, port_of(server)))
        await stop.wait()
        server.close()
