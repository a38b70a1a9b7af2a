"""A model says which of two outputs is better, asked in both orders."""

import inspect
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
from assay.experiments.ready.judge import in_the_loop
from assay.experiments.ready.models import AnyModel, Asked, asked
from assay.experiments.ready.picking import at, made
from assay.experiments.scores import EvalResult
from assay.experiments.settings import Settings


POSITION_BIAS: Final = "the judge's choice followed the order of the two (position bias)"

_INSTRUCTIONS: Final = """You compare two answers to the same inputs.

What makes an answer better:
{criteria}

The order of the two says nothing about them. Reason first.
The JSON object has two keys: "reasoning" (a text) and "winner" ("first", "second" or "tie")."""
_WINNERS: Final = ("first", "second", "tie")
_SCORES: Final = {"win": 1.0, "tie": 0.5, "loss": 0.0}


def pairwise(
    criteria: str,
    *,
    model: AnyModel,
    baseline: str = "baseline",
    samples: int = 1,
    temperature: float | None = 0.0,
    cache: bool = True,
    **settings: Unpack[Settings],
) -> Evaluator[..., Any]:
    """Make an evaluator that asks a model whether the outputs beat a baseline's.

    The model is asked twice per sample, with the two answers in either order. Where the
    two replies disagree the choice followed the order, and the sample is a tie with that
    note. A win scores 1, a tie 0.5, a loss 0; the score is the mean over the samples.
    Unreadable replies are treated as by ``judge``.

    Args:
        criteria: What makes an answer better, in words.
        model: As for ``judge``.
        baseline: A dotted path to the other answer in the datapoint's ground truth or
            metadata. A datapoint without one is not applicable.
        samples: How often the model is asked in either order, at least 1.
        temperature: As for ``judge``.
        cache: As for ``judge``.
        settings: Of the evaluator.

    Raises:
        InvalidInputError: If an argument cannot be used.
    """
    if samples < 1:
        raise InvalidInputError(f"The judge's samples={samples}; it must be at least 1.")
    asking = asked(model, temperature=temperature, cache=cache)
    instructions = _INSTRUCTIONS.format(criteria=criteria.strip())

    def call(outputs: Any, inputs: Any, ground_truth: Any, metadata: Any, repeat: int = 0) -> Any:
        other = _other(baseline, ground_truth, metadata)
        if other is None:
            return None
        prompts = [
            prompt(instructions, {"inputs": inputs, "first": first, "second": second})
            for first, second in ((outputs, other), (other, outputs))
        ]
        begun = ask(asking, prompts, samples=samples, repeat=repeat)
        if any(inspect.isawaitable(answer) for answer in begun):
            return finish(prompts[0], begun)
        return _verdict(asking, prompts[0], begun)

    async def finish(messages: Sequence[ChatMessage], begun: Sequence[Any]) -> EvalResult:
        return _verdict(asking, messages, await answers(begun))

    return made(in_the_loop(call) if asking.asynchronous else call, settings, name="pairwise")


def _other(path: str, ground_truth: Any, metadata: Any) -> Any:
    for place in (ground_truth, metadata):
        if isinstance(place, Mapping) and path.split(".", maxsplit=1)[0] in place:
            return at(place, path, what="datapoint")
    return None


def _verdict(model: Asked, messages: Sequence[ChatMessage], given: Sequence[Any]) -> EvalResult:
    read_samples = [_sample(model, answer) for answer in given]
    details = account(model, messages, read_samples)
    problem = too_few(read_samples)
    pairs = list(zip(read_samples[::2], read_samples[1::2], strict=True))
    judged = [found for pair in pairs if (found := _outcome(*pair)) is not None]
    if problem is not None or not judged:
        return EvalResult(error=problem or "no pair of replies can be read", details=details)
    biased = sum(1 for _, note in judged if note is not None)
    outcomes = [outcome for outcome, _ in judged]
    score = statistics.fmean(_SCORES[outcome] for outcome in outcomes)
    first = read_samples[0].content
    return EvalResult(
        score=score,
        label="tie" if score == 0.5 else "win" if score > 0.5 else "loss",
        reason=POSITION_BIAS if biased else None if first is None else first["reasoning"],
        details={**details, "outcomes": outcomes, "position_bias": biased},
    )


def _sample(model: Asked, answer: Any) -> Sample:
    sample = read(model, answer, ("reasoning", "winner"))
    if sample.content is None:
        return sample
    winner = sample.content["winner"]
    if winner not in _WINNERS or not isinstance(sample.content["reasoning"], str):
        return refused(sample, f"the reply names no winner of {', '.join(_WINNERS)}: {winner!r}")
    return sample


def _outcome(straight: Sample, swapped: Sample) -> tuple[str, str | None] | None:
    """Return how the outputs did, with a note where the order decided; None if unreadable."""
    if straight.content is None or swapped.content is None:
        return None
    ours = {"first": "win", "second": "loss", "tie": "tie"}[straight.content["winner"]]
    again = {"first": "loss", "second": "win", "tie": "tie"}[swapped.content["winner"]]
    if ours == again:
        return ours, None
    if "tie" in {ours, again}:
        return "tie", None
    return "tie", POSITION_BIAS
