"""Tasks: store, check, list and show."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from assay.apps.server.access import Reader, Writer, check_owned
from assay.apps.server.context import Context
from assay.apps.server.idempotency import Idempotent
from assay.apps.server.paging import Paged, Search
from assay.apps.server.strict_json import StrictRoute
from assay.apps.services.tasks import TaskText
from assay.apps.services.uploads import plain_name
from assay.apps.services.views import task_view
from assay.core.wire.rest import PageView, TaskBody, TaskValidation, TaskView


router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=StrictRoute)

MAX_TASK_BYTES = 1024 * 1024
_FILE_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/TaskBody"}},
            "multipart/form-data": {"schema": _FILE_FORM},
        },
    }
}


async def task_text(request: Request) -> TaskText:
    """Read a task from a JSON body or an uploaded file."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _uploaded(request)
    try:
        body = TaskBody.model_validate(await request.json())
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from error
    except ValueError as error:
        raise _malformed(f"is not JSON: {error}") from error
    if body.definition is not None:
        return TaskText.of_definition(body.definition)
    return TaskText(text=body.text or "", source="task")


async def _uploaded(request: Request) -> TaskText:
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise _malformed("needs a file in the field 'file'")
        name, data = plain_name(file.filename or "task.yaml"), await file.read(MAX_TASK_BYTES + 1)
    if len(data) > MAX_TASK_BYTES:
        raise _malformed(f"is larger than {MAX_TASK_BYTES} bytes")
    try:
        return TaskText(text=data.decode("utf-8-sig"), source=name)
    except UnicodeDecodeError as error:
        raise _malformed("is not UTF-8 text") from error


def _malformed(message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("body",), "msg": message, "type": "value_error"}])


Task = Annotated[TaskText, Depends(task_text)]


@router.post(
    "", status_code=201, summary="Store a task", response_model=TaskView, openapi_extra=_BODY
)
def create_task(context: Context, access: Writer, task: Task, once: Idempotent) -> Any:
    """Store a new version, or return the existing version with the same definition."""
    return once.answer(
        {"text": task.text},
        lambda: task_view(context.tasks.add(task, project=access.project)),
    )


@router.post("/validate", summary="Check a task without storing it", openapi_extra=_BODY)
def validate_task(context: Context, _access: Reader, task: Task) -> TaskValidation:
    """Return every fault that can be named, with its line and key."""
    return context.tasks.validate(task)


@router.get("", summary="List tasks")
def list_tasks(
    context: Context, access: Reader, paged: Paged, search: Search = None
) -> PageView[TaskView]:
    """Return one page of the newest version of each task."""
    page = context.store.list_tasks(paged.listing(project=access.project, search=search))
    return paged.view(page, task_view)


@router.get("/{task_id}", summary="Show a task")
def show_task(context: Context, access: Reader, task_id: str) -> TaskView:
    """Return one version of a task."""
    task = context.store.get_task(task_id)
    check_owned(task, access, noun="task")
    return task_view(task)
