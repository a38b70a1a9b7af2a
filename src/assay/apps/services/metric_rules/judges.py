"""The judge: a model asked with a rubric, its answer read strictly."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.core.chat import ChatRequest
from assay.core.event_queries import as_text
from assay.core.events import Event
from assay.core.scores import Score
from assay.experiments.ready.asking import prompt


MAX_SHOWN = 100_000
"""Most characters of each part that the judge is shown."""


class JudgeAnswerError(ValueError):
    """The judge's answer is not of the form asked for."""


class JudgeSettings(BaseModel):
    """Whom to ask what: a model, a rubric, the form of the answer, and how much of it.

    The limits are for one day (UTC); None is no limit. Calls never pass theirs, the cost may,
    by what the last call cost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(min_length=1, max_length=1000)
    rubric: str = Field(min_length=1, max_length=100_000)
    answer: Literal["score", "verdict", "label"] = "score"
    min: float = Field(default=0.0, allow_inf_nan=False)
    max: float = Field(default=1.0, allow_inf_nan=False)
    labels: list[str] = Field(default_factory=list, max_length=100)
    max_calls_per_day: int | None = Field(default=None, ge=0, le=2**53)
    max_usd_per_day: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _complete(self) -> "JudgeSettings":
        if self.answer == "label" and not self.labels:
            raise ValueError("a judge that answers with a label needs 'labels'")
        if self.min >= self.max:
            raise ValueError("'min' must be below 'max'")
        return self


def judge_request(event: Event, value: Any, *, settings: Mapping[str, Any]) -> ChatRequest:
    """Return what the judge is asked about one value of one event."""
    shown = {
        "inputs": dict(event.inputs),
        "answer": value,
        "ground_truth": event.feedback.get("ground_truth"),
    }
    instructions = (
        f"You judge the answer of an AI system by a rubric.\n\nRubric:\n{settings['rubric']}\n\n"
        f"The JSON object is {_form(settings)}"
    )
    return ChatRequest(
        messages=prompt(
            instructions,
            {
                name: (as_text(part) or "")[:MAX_SHOWN]
                for name, part in shown.items()
                if part is not None
            },
        ),
        temperature=0.0,
        datapoint_id=event.datapoint_id or event.id,
    )


def _form(settings: Mapping[str, Any]) -> str:
    kind = settings["answer"]
    if kind == "verdict":
        return '{"passed": true or false, "reason": "why"}'
    if kind == "label":
        return f'{{"label": one of {json.dumps(settings["labels"])}, "reason": "why"}}'
    return f'{{"score": a number from {settings["min"]} to {settings["max"]}, "reason": "why"}}'


def judge_score(text: str, settings: Mapping[str, Any], *, name: str) -> Score:
    """Return the score that a judge's reply gives.

    Raises:
        JudgeAnswerError: If the reply is not of the form asked for; it is never guessed at.
    """
    try:
        answer = json.loads(_unfenced(text))
    except (ValueError, RecursionError) as error:
        raise JudgeAnswerError(f"The judge's reply is not JSON: {text[:200]!r}.") from error
    if not isinstance(answer, dict):
        raise JudgeAnswerError(f"The judge's reply is no JSON object: {text[:200]!r}.")
    reason = as_text(answer.get("reason"))
    kind = settings["answer"]
    if kind == "verdict" and isinstance(answer.get("passed"), bool):
        passed = answer["passed"]
        return Score(name, value=float(passed), passed=passed, reason=reason)
    if kind == "label" and answer.get("label") in settings["labels"]:
        return Score(name, label=answer["label"], reason=reason)
    if kind == "score" and _in_range(answer.get("score"), settings):
        return Score(name, value=float(answer["score"]), reason=reason)
    raise JudgeAnswerError(f"The judge's reply is not {_form(settings)}: {text[:200]!r}.")


def _in_range(score: Any, settings: Mapping[str, Any]) -> bool:
    if isinstance(score, bool) or not isinstance(score, int | float):
        return False
    return bool(settings["min"] <= score <= settings["max"])


def _unfenced(text: str) -> str:
    """Return a reply without the code fence that models like to put around JSON."""
    lines = text.strip().splitlines()
    if len(lines) >= 3 and lines[0].startswith("```") and lines[-1] == "```":
        return "\n".join(lines[1:-1])
    return text
