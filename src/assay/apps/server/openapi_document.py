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
            _require_all(document, "/api/gate")
            app.openapi_schema = document
        return app.openapi_schema

    return make


def _require_all(document: dict[str, Any], prefix: str) -> None:
    """Say of the answers under ``prefix`` that no field is ever left out.

    They are dataclasses, written whole: a default is what a field may be, not whether it is.
    """
    schemas = document["components"]["schemas"]
    operations = (
        operation
        for path, item in document["paths"].items()
        if path.startswith(prefix)
        for operation in item.values()
    )
    answers = (
        answer.get("content", {}).get("application/json", {})
        for operation in operations
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    )
    waiting, done = [name for answer in answers for name in _references(answer)], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in done:
            done.add(name)
            schema = schemas[name]
            if "properties" in schema:
                schema["required"] = list(schema["properties"])
            waiting += _references(schema)


def _references(node: Any) -> list[str]:
    """Return the names of the schemas that ``node`` refers to."""
    if isinstance(node, dict):
        own = [node["$ref"].rpartition("/")[2]] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in _references(value)]
    return [name for item in node for name in _references(item)] if isinstance(node, list) else []
