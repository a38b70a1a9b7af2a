"""What an eval type judges: a function, a model with a prompt, or a model on a bench task.

Each becomes work for the engine: an item in, a finished and scored item out.
"""

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from assay.apps.services.project_code import code_digest, load_function
from assay.bench.prompts import render
from assay.bench.runner import bench_candidate
from assay.bench.task import Task, load_task
from assay.core.chat import ChatMessage, ChatModel, ChatReply, ChatRequest
from assay.core.datasets import Datapoint
from assay.core.errors import InvalidSettingsError
from assay.core.prompts import PromptVersion
from assay.core.results import ItemKey, ItemResult
from assay.execution.items import Candidate, WorkItem
from assay.experiments.candidate import FunctionCandidate
from assay.experiments.evaluators import Evaluator
from assay.experiments.signatures import name_of
from assay.gate.config import EvalTypeConfig, ModelCandidate, TaskCandidate
from assay.kit.canonical_json import digest
from assay.kit.clock import Clock
from assay.kit.threads import DaemonThreads
from assay.tracing.tracer import Tracer


if TYPE_CHECKING:
    from assay.llm.gateway import Gateway

Evaluators = Sequence[Evaluator[..., Any]]
_ROLES = ("system", "user", "assistant")
_CHAT_SETTINGS = frozenset({"temperature", "max_tokens", "json_schema"})

_ITEM: ContextVar[WorkItem] = ContextVar("assay_gate_item")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What candidates are made with.

    Attributes:
        tracers: Gives the tracer of an item's session.
    """

    gateways: "Callable[[], Gateway]"
    threads: DaemonThreads
    clock: Clock
    tracers: Callable[[WorkItem], Tracer]


@dataclass(frozen=True, slots=True)
class PlannedCandidate:
    """A candidate that was found and checked, not yet opened.

    Attributes:
        name: As runs show it.
        digest: Of its code or settings; the versions of prompts are no part of it.
        open: Makes the engine's candidate, and closes what it holds.
        needs_scorers: Whether the eval type's scorers judge it; a task judges itself.
        abandon_after: How many failures in a row end the run, or None.
    """

    name: str
    digest: str
    open: Callable[[Workshop, Evaluators], AbstractAsyncContextManager[Candidate]]
    needs_scorers: bool = True
    abandon_after: int | None = None


def plan_candidate(kind: EvalTypeConfig, prompts: Mapping[str, PromptVersion]) -> PlannedCandidate:
    """Find what an eval type judges, inside ``project_imports``.

    Args:
        kind: The eval type.
        prompts: The active version of each prompt it names.

    Raises:
        InvalidSettingsError: If there is no candidate, or it cannot be used.
        InvalidTaskError: If a task file cannot be used.
    """
    where = f"eval type {kind.name!r}: candidate"
    match kind.candidate:
        case None:
            raise InvalidSettingsError(
                f"eval type {kind.name!r} cannot be run: it has no candidate; set "
                f"gate.eval_types.{kind.name}.candidate, or log its runs with any MLflow client."
            )
        case str() as reference:
            return _function(reference, prompts, where=where)
        case ModelCandidate() as model:
            return _model(model, prompts, where=where)
        case TaskCandidate() as task:
            return _task(task)


# --- functions ----------------------------------------------------------------------------------


def _function(
    reference: str, prompts: Mapping[str, PromptVersion], *, where: str
) -> PlannedCandidate:
    function = load_function(reference, where=where)
    bound = _with_prompts(function, {name: plain(found) for name, found in prompts.items()})

    @asynccontextmanager
    async def opened(workshop: Workshop, evaluators: Evaluators) -> AsyncIterator[Candidate]:
        yield _judged(bound, workshop, evaluators)

    name = digest({"function": reference, "code": code_digest(function)})
    return PlannedCandidate(name=reference, digest=name, open=opened)


def plain(prompt: PromptVersion) -> str | list[dict[str, str]]:
    """Return a prompt as functions get it: its text, or a list of messages."""
    if isinstance(prompt.template, str):
        return prompt.template
    return [dict(message) for message in prompt.template]


def _recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let each call be the root span of its case; what it traces itself hangs below."""
    from assay.tracing.decorator import trace

    return trace(name=name_of(function))(function)


def _with_prompts(function: Callable[..., Any], texts: Mapping[str, Any]) -> Callable[..., Any]:
    """Hand the prompts to a function that has a parameter for them."""
    try:
        wanted = "prompts" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some built-ins have no signature
        return function
    return functools.partial(function, prompts=texts) if wanted else function


def _judged(
    function: Callable[..., Any], workshop: Workshop, evaluators: Evaluators
) -> FunctionCandidate:
    return FunctionCandidate(
        _recorded(function),
        evaluators,
        threads=workshop.threads,
        clock=workshop.clock,
        tracers=workshop.tracers,
    )


# --- models -------------------------------------------------------------------------------------


def _model(
    candidate: ModelCandidate, prompts: Mapping[str, PromptVersion], *, where: str
) -> PlannedCandidate:
    unknown = sorted(set(candidate.settings) - _CHAT_SETTINGS)
    if unknown:
        raise InvalidSettingsError(
            f"{where}: unknown setting {unknown[0]!r}; known: model, prompt, "
            f"{', '.join(sorted(_CHAT_SETTINGS))}."
        )
    messages = _messages(candidate, prompts, where=where)

    @asynccontextmanager
    async def opened(workshop: Workshop, evaluators: Evaluators) -> AsyncIterator[Candidate]:
        async with _opened(workshop, candidate.model) as model:
            yield _ModelWork(model, messages, candidate.settings).judged(workshop, evaluators)

    settings = {key: candidate.settings[key] for key in sorted(candidate.settings)}
    described = {"model": candidate.model, "prompt": candidate.prompt, "settings": settings}
    return PlannedCandidate(
        name=candidate.model, digest=digest(described), open=opened, abandon_after=10
    )


def _messages(
    candidate: ModelCandidate, prompts: Mapping[str, PromptVersion], *, where: str
) -> list[tuple[str, str]]:
    """Return the roles and templates of the messages that the model is sent."""
    name = candidate.prompt
    if name is None:
        raise InvalidSettingsError(
            f'{where}: a model needs a prompt: {{ model = "{candidate.model}", prompt = "NAME" }}.'
        )
    template = prompts[name].template
    if isinstance(template, str):
        return [("user", template)]
    for message in template:
        if message.get("role") not in _ROLES:
            raise InvalidSettingsError(
                f"{where}: the prompt {name!r} has a message of the role "
                f"{message.get('role')!r}; known: {', '.join(_ROLES)}."
            )
    return [(message["role"], message.get("content", "")) for message in template]


@asynccontextmanager
async def _opened(workshop: Workshop, spec: str) -> AsyncIterator[ChatModel]:
    gateway = workshop.gateways()
    try:
        yield gateway.open(spec)
    finally:
        with contextlib.suppress(Exception):
            await gateway.aclose()


class _ModelWork:
    """Asks a model with a rendered prompt; what it cost goes into the item."""

    def __init__(
        self, model: ChatModel, messages: Sequence[tuple[str, str]], settings: Mapping[str, Any]
    ) -> None:
        self._model = model
        self._messages = messages
        self._settings = settings
        self._replies: dict[ItemKey, ChatReply] = {}

    def judged(self, workshop: Workshop, evaluators: Evaluators) -> Candidate:
        """Return the work with its scorers."""

        async def answer(inputs: Mapping[str, Any]) -> str:
            item = _ITEM.get()
            reply = await self._model.complete(self._request(item.datapoint, inputs, item.repeat))
            self._replies[item.key] = reply
            return reply.text

        inner = _judged(answer, workshop, evaluators)

        async def work(item: WorkItem) -> ItemResult:
            token = _ITEM.set(item)
            try:
                result = await inner(item)
            finally:
                _ITEM.reset(token)
                reply = self._replies.pop(item.key, None)
            return result if reply is None else _with_reply(result, reply)

        return work

    def _request(self, datapoint: Datapoint, inputs: Mapping[str, Any], repeat: int) -> ChatRequest:
        where = f"case {datapoint.id!r}"
        return ChatRequest(
            messages=tuple(
                ChatMessage(
                    cast("Literal['system', 'user', 'assistant']", role),
                    render(text, inputs, where=where),
                )
                for role, text in self._messages
            ),
            datapoint_id=datapoint.id,
            repeat=repeat,
            **self._settings,
        )


def _with_reply(result: ItemResult, reply: ChatReply) -> ItemResult:
    return replace(
        result,
        usage=reply.usage,
        cost=reply.cost,
        latency_seconds=None if reply.cached else reply.latency_seconds,
        finish_reason=reply.finish_reason,
        cached=reply.cached,
    )


# --- tasks --------------------------------------------------------------------------------------


def _task(candidate: TaskCandidate) -> PlannedCandidate:
    task: Task = load_task(candidate.task)

    @asynccontextmanager
    async def opened(workshop: Workshop, _evaluators: Evaluators) -> AsyncIterator[Candidate]:
        async with _opened(workshop, candidate.model) as model:
            yield bench_candidate(task, model)

    return PlannedCandidate(
        name=f"{candidate.model} on {task.name}",
        digest=digest({"model": candidate.model, "task": task.definition}),
        open=opened,
        needs_scorers=False,
        abandon_after=10,
    )
