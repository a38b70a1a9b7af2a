"""A model judges by a rubric."""

import inspect
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final, Unpack

from assay.core.chat import ChatMessage
from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.asking import (
    Sample,
    account,
    answers,
    ask,
    prompt,
    read,
    refused,
    too_few,
)
from assay.experiments.ready.models import AnyModel, Asked, asked
from assay.experiments.ready.picking import made
from assay.experiments.scores import EvalResult
from assay.experiments.settings import Settings


BLOCKS: Final = ("inputs", "outputs", "ground_truth")

_INSTRUCTIONS: Final = """You judge the outputs of a system by a rubric.

Rubric:
{rubric}

Give a score from {low:g} (worst) to {high:g} (best), as the rubric says. Reason first.
The JSON object has two keys: "reasoning" (a text) and "score" (a number)."""


def judge(
    rubric: str,
    *,
    model: AnyModel,
    scale: tuple[float, float] = (0.0, 1.0),
    threshold: float | None = None,
    samples: int = 1,
    show: Sequence[str] = BLOCKS,
    temperature: float | None = 0.0,
    cache: bool = True,
    **settings: Unpack[Settings],
) -> Evaluator[..., Any]:
    """Make an evaluator that asks a model to score outputs by a rubric.

    The score is the mean over the samples. A reply that cannot be read is recorded as it
    came and never counts as a score; with half of them or more unreadable, the evaluator
    ends in an error. Replies, model, prompt hash and cost are kept in the score's details.

    Args:
        rubric: What is good and what is not, in words.
        model: A callable that is given a prompt (or ``messages``) and returns text, sync
            or async; a ``ChatModel``; or a specification such as ``openai:gpt-4o``.
        scale: The worst and the best score.
        threshold: The lowest score that passes; None to leave that to the settings.
        samples: How often the model is asked, at least 1.
        show: What the judge sees, of ``inputs``, ``outputs``, ``ground_truth``, ``metadata``.
        temperature: For a ``ChatModel`` or a specification; None for the provider's default.
        cache: For a specification: whether replies are kept and used again; see
            ``judge_model``.
        settings: Of the evaluator.

    Raises:
        InvalidInputError: If an argument cannot be used.
    """
    _check(scale, samples, show)
    asking = asked(model, temperature=temperature, cache=cache)
    instructions = _INSTRUCTIONS.format(rubric=rubric.strip(), low=scale[0], high=scale[1])

    def begin(values: Mapping[str, Any], repeat: int) -> tuple[tuple[ChatMessage, ...], list[Any]]:
        blocks = {name: values[name] for name in show if values[name] is not None}
        messages = prompt(instructions, blocks)
        return messages, ask(asking, [messages], samples=samples, repeat=repeat)

    def verdict(messages: Sequence[ChatMessage], given: Sequence[Any]) -> EvalResult:
        read_samples = [_sample(asking, answer, scale) for answer in given]
        return _verdict(asking, messages, samples=read_samples, threshold=threshold)

    def call(outputs: Any, inputs: Any, ground_truth: Any, metadata: Any, repeat: int = 0) -> Any:
        blocks = {
            "outputs": outputs,
            "inputs": inputs,
            "ground_truth": ground_truth,
            "metadata": metadata,
        }
        messages, begun = begin(blocks, repeat)
        if any(inspect.isawaitable(answer) for answer in begun):
            return finish(messages, begun)
        return verdict(messages, begun)

    async def finish(messages: Sequence[ChatMessage], begun: Sequence[Any]) -> EvalResult:
        return verdict(messages, await answers(begun))

    return made(in_the_loop(call) if asking.asynchronous else call, settings, name="judge")


def in_the_loop(call: Any) -> Any:
    """Return ``call``, which gives an awaitable, as a coroutine function."""

    async def judge(
        outputs: Any, inputs: Any, ground_truth: Any, metadata: Any, repeat: int = 0
    ) -> Any:
        outcome = call(outputs, inputs, ground_truth, metadata, repeat)
        return await outcome if inspect.isawaitable(outcome) else outcome

    return judge


def _check(scale: tuple[float, float], samples: int, show: Sequence[str]) -> None:
    if len(scale) != 2 or not all(map(math.isfinite, scale)) or not scale[0] < scale[1]:
        raise InvalidInputError(f"The judge's scale is {scale!r}; give (worst, best).")
    if samples < 1:
        raise InvalidInputError(f"The judge's samples={samples}; it must be at least 1.")
    known = (*BLOCKS, "metadata")
    unknown = [name for name in show if name not in known]
    if unknown or "outputs" not in show:
        raise InvalidInputError(
            f"The judge's show={tuple(show)!r}; take from {', '.join(known)}, with 'outputs'."
        )


def _sample(model: Asked, answer: Any, scale: tuple[float, float]) -> Sample:
    sample = read(model, answer, ("reasoning", "score"))
    if sample.content is None:
        return sample
    score, reasoning = sample.content["score"], sample.content["reasoning"]
    if not isinstance(reasoning, str):
        return refused(sample, f"the reply's reasoning is no text: {reasoning!r}")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return refused(sample, f"the reply's score is no number: {score!r}")
    if not scale[0] <= score <= scale[1]:
        return refused(
            sample, f"the reply's score {score} is not from {scale[0]:g} to {scale[1]:g}"
        )
    return sample


def _verdict(
    model: Asked,
    messages: Sequence[ChatMessage],
    *,
    samples: Sequence[Sample],
    threshold: float | None,
) -> EvalResult:
    details = account(model, messages, samples)
    problem = too_few(samples)
    if problem is not None:
        return EvalResult(error=problem, details=details)
    contents = [sample.content for sample in samples if sample.content is not None]
    score = statistics.fmean(content["score"] for content in contents)
    return EvalResult(
        score=score,
        passed=None if threshold is None else score >= threshold,
        reason=contents[0]["reasoning"],
        details=details,
    )
