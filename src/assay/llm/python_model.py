"""Any callable as a model: ``python:module:function``."""

import asyncio
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from assay.core.chat import ChatReply, ChatRequest
from assay.core.errors import InvalidModelError, ModelCallError
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.redaction import redact
from assay.kit.threads import DaemonThreads


@dataclass(frozen=True, slots=True)
class PythonModel:
    """A callable behind the gateway; a ``ChatModel``.

    It is given the prompt as text, or the ``ChatRequest`` if its first parameter is
    annotated so, and returns text or a ``ChatReply``. Synchronous ones run in a thread.
    """

    name: str
    function: Callable[[Any], Any]
    wants_request: bool
    threads: DaemonThreads
    clock: Clock = SYSTEM_CLOCK

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Call the function.

        Raises:
            ModelCallError: If it raises or returns neither text nor a reply.
        """
        given = request if self.wants_request else prompt_text(request)
        began = self.clock.monotonic()
        try:
            answer = await self._call(given)
        except ModelCallError:
            raise
        except Exception as error:
            raise ModelCallError(
                redact(f"{self.name} raised {type(error).__name__}: {error}")
            ) from error
        if isinstance(answer, ChatReply):
            return answer
        if not isinstance(answer, str):
            raise ModelCallError(
                f"{self.name} returned {type(answer).__name__}; it must return text or a ChatReply."
            )
        return ChatReply(answer, self.name, latency_seconds=self.clock.monotonic() - began)

    async def aclose(self) -> None:
        """Release nothing."""

    async def _call(self, given: str | ChatRequest) -> Any:
        if inspect.iscoroutinefunction(self.function):
            return await self.function(given)
        future = self.threads.submit(lambda: self.function(given))
        answer = await asyncio.wrap_future(future)
        return await answer if inspect.isawaitable(answer) else answer


def load_python_model(reference: str, *, clock: Clock = SYSTEM_CLOCK) -> PythonModel:
    """Import ``module:function`` and return it as a model.

    Raises:
        InvalidModelError: If there is no such module or function, saying what there is.
    """
    module_name, _, path = reference.partition(":")
    module = _module(module_name)
    function: Any = module
    for part in path.split("."):
        if not hasattr(function, part):
            raise InvalidModelError(
                f"Module {module_name!r} has no {path!r}. It has: {_callables(module)}."
            )
        function = getattr(function, part)
    if not callable(function):
        raise InvalidModelError(f"{reference} is of type {type(function).__name__}, not callable.")
    return PythonModel(
        name=reference,
        function=function,
        wants_request=_wants_request(function),
        threads=DaemonThreads(f"assay-{path}"),
        clock=clock,
    )


def prompt_text(request: ChatRequest) -> str:
    """Return the messages as one text, separated by blank lines."""
    return "\n\n".join(message.content for message in request.messages)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise InvalidModelError(
            f"There is no module {error.name!r} (for model python:{name}:…). Install it, or put "
            "its folder on PYTHONPATH."
        ) from error
    except Exception as error:
        raise InvalidModelError(
            redact(f"Module {name!r} cannot be imported: {type(error).__name__}: {error}")
        ) from error


def _callables(module: Any) -> str:
    names = [
        name for name, value in vars(module).items() if callable(value) and not name.startswith("_")
    ]
    return ", ".join(sorted(names)[:10]) if names else "no callables"


def _wants_request(function: Callable[..., Any]) -> bool:
    try:
        hints = get_type_hints(function)
        first = next(iter(inspect.signature(function).parameters), None)
    except (NameError, TypeError, ValueError):
        return False
    return first is not None and hints.get(first) is ChatRequest
