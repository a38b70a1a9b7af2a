"""``/docs``: the API on one page, without scripts and without anything from elsewhere."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse


router = APIRouter(include_in_schema=False)

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Assay API</title><style>
:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem;
margin: 2rem auto; padding: 0 1rem } code { font-family: ui-monospace, monospace }
section { border-top: 1px solid #8884; padding: .5rem 0 } h3 { margin: .25rem 0; font-size: 1rem }
p { margin: .25rem 0 } td, th { text-align: left; padding: 0 1rem 0 0; vertical-align: top }
</style></head><body><h1>Assay API</h1>
<p>The machine-readable form is <a href="/openapi.json">openapi.json</a>. Errors are problem
documents (RFC 9457). Beyond loopback every request carries
<code>Authorization: Bearer KEY</code>.</p>
"""


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Show every operation with its parameters."""
    document: dict[str, Any] = request.app.openapi()
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_section(method, path, operation))
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in by_tag.items())
    return HTMLResponse(f"{_HEAD}{body}</body></html>")


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(_row(parameter) for parameter in operation.get("parameters", []))
    table = f"<table><tr><th>parameter</th><th>in</th><th></th></tr>{rows}</table>" if rows else ""
    return (
        f"<section><h3><code>{escape(method.upper())} {escape(path)}</code></h3>"
        f"<p>{escape(operation.get('summary', ''))}. {escape(operation.get('description', ''))}</p>"
        f"{table}</section>"
    )


def _row(parameter: dict[str, Any]) -> str:
    note = parameter.get("description") or ("required" if parameter.get("required") else "")
    cells = (f"<code>{escape(parameter['name'])}</code>", escape(parameter["in"]), escape(note))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
