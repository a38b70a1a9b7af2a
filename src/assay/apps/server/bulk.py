"""Big JSON answers: written by orjson, with a validator so that they need not travel twice."""

from typing import Any

import orjson
from fastapi import Request, Response
from pydantic import BaseModel

from assay.apps.server.answer_cache import Answer
from assay.apps.server.compression import wants_gzip


_LARGE_BYTES = 1_000_000
"""From here on a body is compressed here, in a worker's thread, not between requests."""


def bulk_json(request: Request, value: Any) -> Response:
    """Answer ``value`` with an ETag, or 304 if the caller has it already; NaN becomes null."""
    return bulk_answer(request, Answer(json_text(value)))


def bulk_answer(request: Request, answer: Answer) -> Response:
    """Answer a JSON text with an ETag, or 304 if the caller has it already."""
    headers = {"ETag": answer.tag, "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    if answer.tag in (part.strip() for part in known.split(",")):
        return Response(status_code=304, headers=headers)
    body = answer.body
    if len(body) >= _LARGE_BYTES and wants_gzip(request.scope):
        body = answer.gzipped
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, media_type="application/json", headers=headers)


def json_text(value: Any) -> bytes:
    """Return the JSON text of a mapping or a model."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)


def _default(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
