"""OTLP/HTTP: any OpenTelemetry exporter may send its spans here."""

from collections.abc import Mapping
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Request, Response

from assay.apps.server.access import Writer
from assay.apps.server.context import Context
from assay.apps.server.problems import problem_response
from assay.apps.server.request_ids import request_id_of
from assay.apps.services.ingestion import ingest_spans
from assay.tracing.otlp.decoding import (
    JSON_TYPE,
    PROTOBUF_TYPE,
    TracesTooLargeError,
    UnsupportedTracesError,
    decode_export,
    encode_export_answer,
    is_protobuf,
    unpack,
)
from assay.tracing.otlp.status import encode_status
from assay.tracing.otlp.values import MalformedTracesError


router = APIRouter(tags=["traces"])
_ANSWER: Mapping[str, Any] = {
    "description": "Stored; `partialSuccess` tells what of it was rejected and why.",
    "content": {
        JSON_TYPE: {
            "schema": {
                "type": "object",
                "properties": {
                    "partialSuccess": {
                        "type": "object",
                        "properties": {
                            "rejectedSpans": {"type": "string"},
                            "errorMessage": {"type": "string"},
                        },
                    }
                },
            }
        },
        PROTOBUF_TYPE: {"schema": {"type": "string", "format": "binary"}},
    },
}
_TALK = {
    "responses": {"200": _ANSWER},
    "requestBody": {
        "required": True,
        "content": {
            JSON_TYPE: {"schema": {"type": "object"}},
            PROTOBUF_TYPE: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}
_INVALID_ARGUMENT = 3
_STATUSES: Mapping[type[Exception], int] = {
    MalformedTracesError: 400,
    TracesTooLargeError: 413,
    UnsupportedTracesError: 415,
}
_CODES = {400: "bad_request", 413: "too_large", 415: "unsupported_media_type"}


@router.post(
    "/v1/traces", summary="Take spans (OTLP/HTTP)", response_class=Response, openapi_extra=_TALK
)
@router.post(
    "/opentelemetry/v1/traces",
    summary="Take spans (OTLP/HTTP, other address)",
    response_class=Response,
    openapi_extra=_TALK,
)
async def take_traces(
    request: Request,
    context: Context,
    access: Writer,
    content_type: Annotated[str, Header(max_length=200)] = "",
    content_encoding: Annotated[str, Header(max_length=200)] = "",
) -> Response:
    """Store spans durably, then say how many were rejected and why."""
    try:
        protobuf = is_protobuf(content_type)
    except UnsupportedTracesError as error:
        return _refusal(request, 415, str(error), protobuf=False)
    body = await request.body()
    limit = context.settings.max_body_bytes

    def take() -> bytes:
        packed = unpack(body, encoding=content_encoding, limit=limit)
        export = decode_export(packed, protobuf=protobuf)
        foreign = ingest_spans(context.store, export.spans, project=access.project)
        return encode_export_answer(protobuf=protobuf, rejections=[*export.rejections, *foreign])

    try:
        answer = await anyio.to_thread.run_sync(take)
    except (MalformedTracesError, TracesTooLargeError, UnsupportedTracesError) as error:
        return _refusal(request, _STATUSES[type(error)], str(error), protobuf=protobuf)
    return Response(answer, media_type=PROTOBUF_TYPE if protobuf else JSON_TYPE)


def _refusal(request: Request, status: int, message: str, *, protobuf: bool) -> Response:
    """Answer an error in the body's own format: ``google.rpc.Status``, or a problem document."""
    if protobuf:
        content = encode_status(_INVALID_ARGUMENT, message)
        return Response(content, status_code=status, media_type=PROTOBUF_TYPE)
    return problem_response(
        status,
        message,
        code=_CODES[status],
        instance=request.url.path,
        request_id=request_id_of(request.scope),
    )
