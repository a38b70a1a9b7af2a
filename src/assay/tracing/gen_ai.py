"""What OpenTelemetry's conventions for generative AI want to know, read off a call.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from collections.abc import Mapping
from typing import Any, Final

from assay.tracing import attributes as names


_REQUEST: Final = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "max_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
}
_INPUT_TOKENS = ("input_tokens", "prompt_tokens")
_OUTPUT_TOKENS = ("output_tokens", "completion_tokens")


def request_attributes(
    event_type: str, name: str, arguments: Mapping[str, Any]
) -> dict[str, str | int | float]:
    """Return the attributes of a call to a model or a tool, by its arguments' names."""
    if event_type == "tool":
        return {names.GEN_AI_OPERATION: "execute_tool", names.GEN_AI_TOOL: name}
    if event_type != "model":
        return {}
    found: dict[str, str | int | float] = {names.GEN_AI_OPERATION: "chat"}
    if isinstance(model := arguments.get("model"), str):
        found[names.GEN_AI_REQUEST_MODEL] = model
    for argument, attribute in _REQUEST.items():
        value = arguments.get(argument)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[attribute] = value
    return found


def response_attributes(event_type: str, answer: Any) -> dict[str, str | int]:
    """Return what an answer of a model says about itself, as mapping or as object."""
    if event_type != "model":
        return {}
    found: dict[str, str | int] = {}
    for part, attribute in (
        ("model", names.GEN_AI_RESPONSE_MODEL),
        ("id", names.GEN_AI_RESPONSE_ID),
    ):
        if isinstance(text := _part(answer, part), str):
            found[attribute] = text
    usage = _part(answer, "usage")
    for parts, attribute in (
        (_INPUT_TOKENS, names.GEN_AI_INPUT_TOKENS),
        (_OUTPUT_TOKENS, names.GEN_AI_OUTPUT_TOKENS),
    ):
        for part in parts:
            count = _part(usage, part)
            if isinstance(count, int) and not isinstance(count, bool):
                found[attribute] = count
    return found


def _part(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - a property of the user's object may raise anything
        return None
