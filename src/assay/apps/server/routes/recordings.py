"""Recordings: upload, list and show files of recorded answers."""

from typing import Annotated, Any

from fastapi import APIRouter, File, UploadFile

from assay.apps.server.access import Reader, Writer
from assay.apps.server.context import Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.core.wire.rest import PageView, RecordingView


router = APIRouter(prefix="/recordings", tags=["recordings"], route_class=StrictRoute)


@router.post("", status_code=201, summary="Upload recorded answers", response_model=RecordingView)
def create_recording(
    context: Context,
    access: Writer,
    once: Idempotent,
    file: Annotated[UploadFile, File(description="JSON Lines, one answer per line.")],
) -> Any:
    """Check and store the file; the same content is stored once."""
    return once.answer(
        {"file": once.digest_of(file.file)},
        lambda: context.recordings.add(
            file.file, name=file.filename or "answers.jsonl", project=access.project
        ),
    )


@router.get("", summary="List recordings")
def list_recordings(
    context: Context, access: Reader, paged: Paged, search: Search = None
) -> PageView[RecordingView]:
    """Return one page of recordings, newest first."""
    found = context.recordings.list(search=search, project=access.project)
    part = found[paged.offset : paged.offset + paged.limit]
    return paged.views(part, total=len(found))


@router.get("/{recording_id}", summary="Show a recording")
def show_recording(context: Context, access: Reader, recording_id: str) -> RecordingView:
    """Return one recording with its models."""
    return context.recordings.get(recording_id, project=access.project)
