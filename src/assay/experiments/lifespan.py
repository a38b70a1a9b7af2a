"""The ASGI lifespan protocol: start an application in this process and stop it again.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from assay.core.errors import AssayError, ServerError


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_END_SECONDS = 1.0
"""How long an application that has failed may take to end."""


@asynccontextmanager
async def lifespan(application: Application) -> AsyncIterator[None]:
    """Start ``application`` on entry and stop it on exit, in one task of its own.

    Raises:
        AssayError: What the application died of, if it explains itself.
        ServerError: If the application says that it cannot start.
    """
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: Message = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.ensure_future(application(scope, inbox.get, outbox.put))
    try:
        await _exchange(task, inbox, outbox, phase="startup")
        try:
            yield
        finally:
            await _exchange(task, inbox, outbox, phase="shutdown")
    except BaseException:
        task.cancel()  # it may wait for what is never said any more
        raise
    finally:
        await asyncio.wait({task})


async def _exchange(
    task: "asyncio.Future[None]",
    inbox: asyncio.Queue[Message],
    outbox: asyncio.Queue[Message],
    *,
    phase: str,
) -> None:
    """Ask for one phase and wait until it is done or the application has ended."""
    await inbox.put({"type": f"lifespan.{phase}"})
    answer = asyncio.ensure_future(outbox.get())
    both: set[asyncio.Future[Any]] = {answer, task}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if answer.done():
        message = answer.result()
        if message["type"] == f"lifespan.{phase}.failed":
            await _raise_own_error(task)
            reason = str(message.get("message", "")).strip().splitlines() or ["no reason given"]
            raise ServerError(f"The embedded application failed at {phase}: {reason[-1]}")
        return
    answer.cancel()
    task.result()


async def _raise_own_error(task: "asyncio.Future[None]") -> None:
    """Raise what the application died of, if that is an error that explains itself."""
    await asyncio.wait({task}, timeout=_END_SECONDS)
    if task.done() and isinstance(error := task.exception(), AssayError):
        raise error
