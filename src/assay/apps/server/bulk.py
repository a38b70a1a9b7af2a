"""Big JSON answers: written by orjson, with a validator so that they need not travel twice."""

import hashlib
from typing import Any

import orjson
from fastapi import Request, Response
from pydantic import BaseModel


def bulk_json(request: Request, value: Any) -> Response:
    """Answer ``value`` with an ETag, or 304 if the caller has it already; NaN becomes null."""
    body = orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    if tag in (part.strip() for part in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _default(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
