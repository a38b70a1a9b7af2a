"""OpenInference's lists, which wrap each member once more than the thing itself does.

``llm.input_messages.0.message.tool_calls.1.tool_call.function.name`` is the name in the
second tool call of the first message. https://arize-ai.github.io/openinference/spec/
"""

import re
from collections.abc import Mapping
from typing import Any, Final


WRAPPING: Final = frozenset(
    {"llm", "retrieval", "reranker", "embedding", "evaluations", "annotations"}
)
"""First part of the attributes that hold such lists."""

MIME_TYPES: Final[Mapping[str, str]] = {
    "input.value": "input.mime_type",
    "output.value": "output.mime_type",
}
"""Attributes whose text is JSON or not, and the one that says so."""

_WRAPPER: Final = re.compile(
    r"(?<=\.)(\d+)\.(?:message|tool_call|message_content|document|embedding|prompt|completion"
    r"|evaluation|annotation|tool\.json_schema|tool)(?=\.|$)"
)
_SCALARS: Final = (bool, int, float, str)
_JSON_TEXTS: Final = (
    ".tool.json_schema",
    ".document.metadata",
    ".evaluation.metadata",
    ".annotation.metadata",
    "llm.prompt_template.variables",
)


def unwrapped(key: str) -> str:
    """Return an attribute's name without the wrappers.

    ``llm.input_messages.0.message.role`` becomes ``llm.input_messages.0.role``, and the
    parts of a message, its ``contents``, are its ``content`` as model interfaces have it.
    """
    return _WRAPPER.sub(r"\1", key).replace(".contents.", ".content.")


def is_json_text(key: str) -> bool:
    """Return whether the convention says that this attribute's text is JSON."""
    return key.endswith(_JSON_TEXTS)


def scores_of(feedback: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evaluations and annotations that a span carries as metrics, by name."""
    found: dict[str, Any] = {}
    for results in (feedback.get("evaluations"), feedback.get("annotations")):
        for each in results if isinstance(results, list) else ():
            if isinstance(each, dict) and isinstance(name := each.get("name"), str):
                found.update(_metrics(each, name))
    return found


def _metrics(result: Mapping[str, Any], name: str) -> dict[str, Any]:
    known = {key: value for key, value in result.items() if isinstance(value, _SCALARS)}
    parts = {
        name: known.get("score", known.get("label")),
        f"{name}_label": known.get("label") if "score" in known else None,
        f"{name}_explanation": known.get("explanation"),
    }
    return {key: value for key, value in parts.items() if value is not None}


def covers(whole: Any, part: Any) -> bool:
    """Return whether ``whole`` says all that ``part`` says, and perhaps more."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and covers(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(covers, whole, part))
    return bool(whole == part)
