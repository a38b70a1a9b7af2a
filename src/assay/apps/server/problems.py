"""Every error as a problem document (RFC 9457), with nothing internal in it."""

import errno
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from assay.apps.server.request_ids import request_id_of
from assay.core.errors import AssayError
from assay.kit.log import get_logger
from assay.kit.redaction import redact


MEDIA_TYPE = "application/problem+json"

_STATUSES: Mapping[str, int] = {
    "not_found": 404,
    "conflict": 409,
    "idempotency": 409,
    "gate_not_configured": 409,
    "gate_misconfigured": 409,
    "nothing_to_roll_back": 409,
    "unauthorized": 401,
    "forbidden": 403,
    "storage": 503,
    "ledger": 503,
    "model_call": 502,
    "server": 502,
    "missing_extra": 501,
}
_CODES: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "too_large",
    415: "unsupported_media_type",
}


class UnauthorizedError(AssayError):
    """The request carries no key, or one that opens nothing."""

    code = "unauthorized"


class ForbiddenError(AssayError):
    """The request may not do this."""

    code = "forbidden"


class IdempotencyError(AssayError):
    """An idempotency key was used before, for another request."""

    code = "idempotency"


def problem_response(
    status: int,
    detail: str,
    *,
    code: str,
    instance: str,
    request_id: str | None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem document as a response."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": redact(detail),
        "code": code,
        "instance": instance,
        "request_id": request_id,
        "errors": errors,
    }
    return Response(
        orjson.dumps(document),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def status_of(error: AssayError) -> int:
    """Return the HTTP status for an error; what is wrong with the input is 422."""
    return _STATUSES.get(error.code, 422)


def add_problem_handlers(app: FastAPI) -> None:
    """Make ``app`` answer every error as a problem document."""
    app.add_exception_handler(AssayError, _on_assay_error)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(OSError, _on_disk)


def unhandled(request: Request, error: Exception) -> Response:
    """Log a defect with its trace and answer it without internals."""
    get_logger("server").error(
        "request_failed",
        exc_info=error,
        method=request.method,
        path=request.url.path,
    )
    return _answer(
        request,
        500,
        "The server made a mistake; its log has the details under this request id.",
        code="internal",
    )


def _answer(
    request: Request,
    status: int,
    detail: str,
    *,
    code: str,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return problem_response(
        status,
        detail,
        code=code,
        instance=request.url.path,
        request_id=request_id_of(request.scope),
        errors=errors,
        headers=headers,
    )


async def _on_assay_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, AssayError):
        raise TypeError(type(error).__name__)
    status = status_of(error)
    if status >= 500:
        get_logger("server").error("request_refused", code=error.code, detail=str(error))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return _answer(request, status, str(error), code=error.code, headers=headers)


async def _on_malformed(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        {"location": [str(part) for part in fault["loc"]], "message": fault["msg"]}
        for fault in faults
    ]
    places = "; ".join(f"{'.'.join(fault['location'])}: {fault['message']}" for fault in errors[:5])
    return _answer(
        request, 422, f"The request is malformed: {places}.", code="invalid_request", errors=errors
    )


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(type(error).__name__)
    status = error.status_code
    detail = str(error.detail)
    if status == 404 and detail == "Not Found":
        detail = f"Nothing lives at {request.url.path}; /docs lists every address."
    elif status == 405:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.method} is not possible at {request.url.path}; allowed: {allowed}."
    return _answer(
        request, status, detail, code=_CODES.get(status, "http_error"), headers=error.headers
    )


async def _on_disk(request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
        get_logger("server").error("disk_refused", reason=error.strerror)
        detail = f"The disk refused: {error.strerror}. Nothing of this request was stored."
        return _answer(request, 507, detail, code="storage")
    return unhandled(request, error)
