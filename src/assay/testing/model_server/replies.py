"""The bytes the loopback model server sends."""

import json
from http import HTTPStatus
from typing import Any

from assay.testing.model_server.behaviour import Behaviour, Kind, Plan


def reply(plan: Plan, behaviour: Behaviour, *, key: str, model: str) -> bytes:
    """Return the whole HTTP response of an answering behaviour."""
    if behaviour.kind is Kind.STATUS:
        return error(behaviour.status, retry_after=behaviour.retry_after)
    if behaviour.kind is Kind.MALFORMED:
        return response(200, b'{"choices": [{"message": {"content": "cut o')
    body = completion(plan, behaviour, key=key, model=model)
    return response(200, json.dumps(body, separators=(",", ":")).encode())


def completion(plan: Plan, behaviour: Behaviour, *, key: str, model: str) -> dict[str, Any]:
    """Return the JSON of a chat completion."""
    text = behaviour.text if behaviour.text is not None else plan.text.replace("{key}", key)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if behaviour.kind is Kind.REFUSAL:
        message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    elif behaviour.tool_calls:
        message = {"role": "assistant", "content": None, "tool_calls": _tool_calls(behaviour)}
    usage: dict[str, Any] = {
        "prompt_tokens": plan.prompt_tokens,
        "completion_tokens": plan.completion_tokens,
        "total_tokens": plan.prompt_tokens + plan.completion_tokens,
    }
    if plan.cost_usd is not None:
        usage["cost"] = float(plan.cost_usd)
    finish = "length" if behaviour.kind is Kind.TRUNCATED else "stop"
    if "tool_calls" in message:
        finish = "tool_calls"
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": usage,
    }


def _tool_calls(behaviour: Behaviour) -> list[dict[str, Any]]:
    return [
        {"id": f"call-{number}", "type": "function", "function": {"name": name, "arguments": said}}
        for number, (name, said) in enumerate(behaviour.tool_calls)
    ]


def error(status: int, *, retry_after: str | None = None, message: str | None = None) -> bytes:
    """Return an HTTP response with an error body as providers send it."""
    text = message if message is not None else f"The loopback server was told to answer {status}."
    body = json.dumps({"error": {"message": text, "type": "loopback", "code": status}}).encode()
    extra = b"" if retry_after is None else b"retry-after: " + retry_after.encode() + b"\r\n"
    return response(status, body, extra=extra)


def response(status: int, body: bytes, *, extra: bytes = b"") -> bytes:
    """Return status line, headers and body; the connection stays open."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b\r\n%b" % (
        status,
        phrase.encode(),
        len(body),
        extra,
        body,
    )
