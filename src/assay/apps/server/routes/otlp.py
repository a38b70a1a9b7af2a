"""OTLP/HTTP: any OpenTelemetry exporter may send its spans here."""

from typing import Annotated

import anyio.to_thread
import orjson
from fastapi import APIRouter, Header, Request, Response

from assay.apps.server.access import Writer
from assay.apps.server.context import Context
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
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON_TYPE: {"schema": {"type": "object"}},
            PROTOBUF_TYPE: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_INVALID_ARGUMENT = 3


@router.post(
    "/v1/traces", summary="Take spans (OTLP/HTTP)", response_class=Response, openapi_extra=_BODY
)
@router.post(
    "/opentelemetry/v1/traces",
    summary="Take spans (OTLP/HTTP, other address)",
    response_class=Response,
    openapi_extra=_BODY,
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
        return _refusal(415, str(error), protobuf=False)
    body = await request.body()
    limit = context.settings.max_body_bytes

    def take() -> bytes:
        packed = unpack(body, encoding=content_encoding, limit=limit)
        export = decode_export(packed, protobuf=protobuf)
        foreign = ingest_spans(context.store, export.spans, project=access.project)
        return encode_export_answer(protobuf=protobuf, rejections=[*export.rejections, *foreign])

    try:
        answer = await anyio.to_thread.run_sync(take)
    except MalformedTracesError as error:
        return _refusal(400, str(error), protobuf=protobuf)
    except TracesTooLargeError as error:
        return _refusal(413, str(error), protobuf=protobuf)
    except UnsupportedTracesError as error:
        return _refusal(415, str(error), protobuf=protobuf)
    return Response(answer, media_type=PROTOBUF_TYPE if protobuf else JSON_TYPE)


def _refusal(status: int, message: str, *, protobuf: bool) -> Response:
    """Answer an error in the body's own format, as OTLP/HTTP says: a ``google.rpc.Status``."""
    if protobuf:
        content = encode_status(_INVALID_ARGUMENT, message)
        return Response(content, status_code=status, media_type=PROTOBUF_TYPE)
    body = orjson.dumps({"code": _INVALID_ARGUMENT, "message": message})
    return Response(body, status_code=status, media_type=JSON_TYPE)
