"""The models that judges ask: any callable, a ``ChatModel``, or a specification by name."""

import asyncio
import importlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeGuard
from weakref import WeakKeyDictionary

from assay.core.chat import ChatMessage, ChatModel, ChatReply, ChatRequest
from assay.core.errors import InvalidInputError, MissingExtraError, ModelCallError
from assay.execution.blocking import run_blocking
from assay.execution.call_budget import CallBudget
from assay.experiments.judge_account import current_account, take_call
from assay.experiments.signatures import name_of


GATEWAY: Final = "assay.apps.services.judges:open_gateway"
"""Where the gateway to hosted models is found at run time; importing the SDK loads none."""

AnyModel = str | ChatModel | Callable[..., Any]
"""A specification, a model, or a callable that is given a prompt and returns text."""


class _Gateway(Protocol):
    """What opens models and closes their connections."""

    def open(self, spec: str, *, before_call: Callable[[], None] | None = None) -> ChatModel:
        """Return the model that ``spec`` names."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


@dataclass
class _Opened:
    """A gateway of one event loop, and how many calls are using it."""

    gateway: _Gateway
    model: ChatModel
    calls: int = 0


@dataclass
class SpecModel:
    """A model by its specification; a ``ChatModel`` that works in any event loop.

    Connections belong to an event loop. They are opened for the first call in it and
    closed when no call is under way any more, so that none outlives an experiment.
    """

    name: str
    open_gateway: Callable[[], _Gateway]
    _opened: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Opened]" = field(
        default_factory=WeakKeyDictionary, repr=False
    )

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer ``request``.

        Raises:
            ModelCallError: If no answer came after all permitted attempts.
        """
        async with self._using() as model:
            return await model.complete(request)

    async def aclose(self) -> None:
        """Release nothing; connections close by themselves."""

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[ChatModel]:
        loop = asyncio.get_running_loop()
        opened = self._opened.get(loop)
        if opened is None:
            gateway = self.open_gateway()
            opened = self._opened[loop] = _Opened(
                gateway, gateway.open(self.name, before_call=take_call)
            )
        opened.calls += 1
        try:
            yield opened.model
        finally:
            opened.calls -= 1
            if opened.calls == 0:
                del self._opened[loop]
                await opened.model.aclose()
                await opened.gateway.aclose()


def judge_model(spec: str, *, cache: bool = True, gateway: str = GATEWAY) -> ChatModel:
    """Return the model that ``spec`` names, such as ``openai:gpt-4o``.

    Keys and limits come from the application's settings, as for every other command.

    Args:
        spec: ``openai:NAME[@URL]``, ``python:MODULE:FUNCTION`` or ``recorded:FILE#NAME``.
        cache: Whether replies that come over the network are kept in the data folder, so
            that the same question is paid for once. Samples and repeats are questions of
            their own.
        gateway: Where the gateway is found, ``module:callable``.

    Raises:
        InvalidModelError: If it names nothing that can be called.
        MissingExtraError: If the application or the provider's package is not installed.
    """
    module, _, name = gateway.partition(":")
    try:
        made: Callable[..., _Gateway] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise MissingExtraError(
            f"The gateway {gateway} cannot be loaded ({error}). Give the judge a callable as its "
            "model instead."
        ) from error

    def open_gateway() -> _Gateway:
        return made(cache=cache)

    async def check() -> None:
        opened = open_gateway()
        try:
            opened.open(spec)
        finally:
            await opened.aclose()

    run_blocking(check())
    return SpecModel(spec, open_gateway)


@dataclass(frozen=True, slots=True)
class Asked:
    """Any model, asked in one way.

    Attributes:
        name: As results show it.
        asynchronous: Whether ``ask`` gives an awaitable, as far as can be told before.
    """

    name: str
    asynchronous: bool
    model: Any
    temperature: float | None = None
    wants_messages: bool = False

    def ask(self, messages: Sequence[ChatMessage], *, sample: int) -> Any:
        """Return the model's answer, or an awaitable for it, charged to the run's account.

        Raises:
            BudgetSpentError: If the run's judges may make no further call.
        """
        account = current_account()
        if account is None:
            return self._asked(messages, sample=sample)
        if not isinstance(self.model, SpecModel):  # which takes a call only where one is made
            account.take()
        answer = self._asked(messages, sample=sample)
        if inspect.isawaitable(answer):
            return self._charged(answer, account)
        account.charge(self.reply(answer))
        return answer

    async def _charged(self, pending: Awaitable[Any], account: CallBudget) -> Any:
        answer = await pending
        account.charge(self.reply(answer))
        return answer

    def _asked(self, messages: Sequence[ChatMessage], *, sample: int) -> Any:
        if _is_chat_model(self.model):
            return self.model.complete(
                ChatRequest(tuple(messages), temperature=self.temperature, repeat=sample)
            )
        if self.wants_messages:
            return self.model([{"role": part.role, "content": part.content} for part in messages])
        return self.model("\n\n".join(part.content for part in messages))

    def reply(self, answer: Any) -> ChatReply:
        """Return an answer as a reply.

        Raises:
            ModelCallError: If it is neither text nor a reply.
        """
        if isinstance(answer, ChatReply):
            return answer
        if isinstance(answer, str):
            return ChatReply(answer, self.name)
        raise ModelCallError(
            f"The model {self.name} returned {type(answer).__name__}; it must return text or a "
            "ChatReply."
        )


def asked(model: AnyModel, *, temperature: float | None, cache: bool = True) -> Asked:
    """Return ``model`` as something that can be asked.

    A callable whose first parameter is called ``messages`` is given a list of
    ``{"role", "content"}``, any other the prompt as text.

    Raises:
        InvalidInputError: If it is no model.
    """
    if isinstance(model, str):
        model = judge_model(model, cache=cache)
    if _is_chat_model(model):
        return Asked(model.name, asynchronous=True, model=model, temperature=temperature)
    if not callable(model):
        raise InvalidInputError(
            f"The judge's model is of type {type(model).__name__}; give a callable that is given "
            "a prompt and returns text, a ChatModel, or a specification such as 'openai:gpt-4o'."
        )
    method = getattr(model, "__call__", None)  # noqa: B004 - the method itself is looked at
    asynchronous = inspect.iscoroutinefunction(model) or inspect.iscoroutinefunction(method)
    wants = _first_parameter(model) == "messages"
    return Asked(name_of(model), asynchronous, model, wants_messages=wants)


async def gathered(answers: Sequence[Any]) -> list[Any]:
    """Wait for what must be awaited; what a call raised takes its answer's place."""

    async def one(answer: Any) -> Any:
        return await answer if isinstance(answer, Awaitable) else answer

    return await asyncio.gather(*map(one, answers), return_exceptions=True)


def _is_chat_model(model: Any) -> TypeGuard[ChatModel]:
    return callable(getattr(model, "complete", None)) and isinstance(
        getattr(model, "name", None), str
    )


def _first_parameter(function: Callable[..., Any]) -> str | None:
    try:
        return next(iter(inspect.signature(function).parameters), None)
    except (TypeError, ValueError):  # some built-ins have no signature
        return None
