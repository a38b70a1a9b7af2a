"""Answers that are files to keep: lines of JSON or of CSV, sent while they are made."""

from collections.abc import Iterable
from typing import Any, Final, Literal

from fastapi.responses import StreamingResponse

from assay.apps.services.uploads import ascii_name


FileFormat = Literal["jsonl", "csv"]
_TYPES: Final = {"jsonl": "application/x-ndjson", "csv": "text/csv"}
FILE_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in _TYPES.values()}}
}
"""What the document says of a route that answers with such a file."""


def file_answer(lines: Iterable[bytes], *, stem: str, format: FileFormat) -> StreamingResponse:  # noqa: A002  # as the query calls it
    """Send ``lines`` as a file called after ``stem``, in plain ASCII."""
    filename = f"{ascii_name(stem, default='file')}.{format}"
    return StreamingResponse(
        lines,
        media_type=f"{_TYPES[format]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
