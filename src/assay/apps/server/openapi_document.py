"""The OpenAPI document: FastAPI's, plus the problem documents and bodies it cannot see."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from assay.core.wire.rest import Problem, TaskBody


_PROBLEM = {
    "description": "A problem document.",
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    },
}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": _PROBLEM,
    "5XX": _PROBLEM,
    422: {**_PROBLEM, "description": "What was sent cannot be used."},
}


def openapi_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what makes the document of ``app``, once."""

    def make() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                routes=app.routes,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for model in (Problem, TaskBody):
                schemas[model.__name__] = model.model_json_schema(
                    ref_template="#/components/schemas/{model}"
                )
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    return make
