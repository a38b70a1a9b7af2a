"""Big JSON answers: written by orjson, with a validator so that they need not travel twice."""

from collections.abc import AsyncIterator, Mapping
from itertools import count
from typing import Any

import orjson
from fastapi import Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from assay.apps.server.answer_cache import Answer
from assay.apps.server.compression import wants_gzip


_PIECE_BYTES = 256 * 1024
_LARGE_BYTES = 1_000_000
"""From here on a body is compressed here, in a worker's thread, not between requests."""


class InPieces(Response):
    """An answer sent some of it at a time, each when the last is on its way.

    A whole one of 70 MB would be copied twice for the socket: five times as long. What is
    not made yet is made by a worker's thread while the other side reads what was sent.
    """

    def __init__(self, answer: Answer, *, headers: Mapping[str, str]) -> None:
        """Take what to send; its length is told where it is known."""
        super().__init__(media_type="application/json", headers=headers)
        self._answer = answer
        del self.headers["content-length"]
        if answer.whole:
            self.headers["content-length"] = str(answer.size)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        async for piece in self._pieces():
            body = memoryview(piece)
            for place in range(0, len(body), _PIECE_BYTES):
                part = bytes(body[place : place + _PIECE_BYTES])
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    async def _pieces(self) -> AsyncIterator[bytes]:
        answer = self._answer
        for number in count():
            ready = answer.whole
            piece = answer.piece(number) if ready else await run_in_threadpool(answer.piece, number)
            if piece is None:
                return
            yield piece


def bulk_json(request: Request, value: Any) -> Response:
    """Answer ``value`` with an ETag, or 304 if the caller has it already; NaN becomes null."""
    return bulk_answer(request, Answer([json_text(value)]))


def bulk_answer(request: Request, answer: Answer) -> Response:
    """Answer a JSON text with an ETag, or 304 if the caller has it already."""
    headers = {"ETag": answer.tag, "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    if answer.tag in (part.strip() for part in known.split(",")):
        return Response(status_code=304, headers=headers)
    if wants_gzip(request.scope) and answer.size >= _LARGE_BYTES:
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return InPieces(Answer([answer.gzipped]), headers=headers)
    return InPieces(answer, headers=headers)


def json_text(value: Any) -> bytes:
    """Return the JSON text of a mapping or a model."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)


def _default(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
