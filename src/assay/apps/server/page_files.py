"""The page: built files from one folder, and ``index.html`` for its own addresses."""

from pathlib import Path

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send


PAGE_DIR = Path(__file__).parent / "page"
_API = ("/api/", "/v1/", "/health/", "/metrics", "/openapi.json", "/docs")
_IMMUTABLE = "public, max-age=31536000, immutable"
_ABSENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Assay</title></head>
<body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto">
<h1>Assay is running, but its page is not built</h1>
<p>Build it with <code>make page</code> and start again.</p>
<p>The <a href="/docs">API</a> works without it.</p>
</body></html>
"""


class PageFiles:
    """Answers what browsers ask for; everything else goes to the application."""

    def __init__(self, app: ASGIApp, *, folder: Path) -> None:
        """Wrap ``app`` with the page built in ``folder``."""
        self._app = app
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or _is_api(scope):
            await self._app(scope, receive, send)
            return
        accepts = Headers(scope=scope).get("accept", "")
        response = await anyio.to_thread.run_sync(self._find, scope["path"], "text/html" in accepts)
        await (response or self._app)(scope, receive, send)

    def _find(self, path: str, html: bool) -> Response | None:  # called by a thread pool
        file = self._file(path)
        if file is not None:
            hashed = path.startswith("/assets/")
            return FileResponse(
                file, headers={"Cache-Control": _IMMUTABLE if hashed else "no-cache"}
            )
        if not (html or path == "/") or path.startswith("/assets/"):
            return None
        index = self._folder / "index.html"
        if index.is_file():
            return FileResponse(index, headers={"Cache-Control": "no-cache"})
        return HTMLResponse(_ABSENT, headers={"Cache-Control": "no-store"})

    def _file(self, path: str) -> Path | None:
        """Return the file at ``path``, if it is a plain file that lies in the folder."""
        try:
            file = (self._folder / path.lstrip("/")).resolve()
            inside = file.is_relative_to(self._folder) and file.is_file()
        except (OSError, ValueError):  # too long a name, a null character
            return None
        return file if inside else None


def _is_api(scope: Scope) -> bool:
    path = str(scope["path"])
    return path.startswith(_API) or path in {"/api", "/v1"}
