"""Tasks: checked by the bench, stored as versions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.bench.task import Task, load_task, parse_definition, parse_task
from assay.core.errors import InvalidTaskError
from assay.core.ports import TaskStore
from assay.core.runs import DEFAULT_PROJECT, TaskVersion
from assay.core.wire.rest import TaskProblem, TaskValidation
from assay.kit.canonical_json import canonical_json


_FAULT = re.compile(
    r"(?P<source>.*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?: (?:(?P<key>[\w.\[\]]+): )?(?P<message>.+)"
)


@dataclass(frozen=True, slots=True)
class TaskText:
    """A task as it came: text with the name of its source, or a definition."""

    text: str
    source: str
    definition: Mapping[str, Any] | None = None

    @classmethod
    def of_definition(cls, definition: Mapping[str, Any]) -> "TaskText":
        """Return the text of a JSON definition.

        Raises:
            NotJsonError: If it is not JSON.
        """
        return cls(text=canonical_json(definition), source="task", definition=definition)

    def parse(self) -> Task:
        """Return the task.

        Raises:
            InvalidTaskError: One line per fault.
        """
        if self.definition is not None:
            return parse_definition(dict(self.definition), source=self.source)
        return parse_task(self.text, source=self.source)


class TaskService:
    """Checks and stores tasks."""

    def __init__(self, store: TaskStore) -> None:
        """Take the store."""
        self._store = store

    def validate(self, task: TaskText) -> TaskValidation:
        """Return whether ``task`` can be used, and every fault that can be named."""
        try:
            parsed = task.parse()
        except InvalidTaskError as error:
            faults = [fault_of(line) for line in str(error).splitlines() if line]
            return TaskValidation(valid=False, errors=faults)
        return TaskValidation(valid=True, definition=parsed.definition)

    def add(self, task: TaskText, *, project: str = DEFAULT_PROJECT) -> TaskVersion:
        """Store a task, or return the stored version with the same definition.

        Raises:
            InvalidTaskError: One line per fault.
        """
        return self._add(task.parse(), project)

    def add_file(self, path: Path, *, project: str = DEFAULT_PROJECT) -> TaskVersion:
        """Store the task of a file.

        Raises:
            InvalidTaskError: If the file cannot be read, or one line per fault.
        """
        return self._add(load_task(path), project)

    def _add(self, task: Task, project: str) -> TaskVersion:
        return self._store.add_task(task.name, task.definition, project=project)


def fault_of(line: str) -> TaskProblem:
    """Read one line of an ``InvalidTaskError`` back into its parts."""
    found = _FAULT.fullmatch(line)
    if found is None:
        return TaskProblem(message=line)
    place = {name: found[name] for name in ("line", "column")}
    return TaskProblem(
        message=found["message"],
        line=None if place["line"] is None else int(place["line"]),
        column=None if place["column"] is None else int(place["column"]),
        key=found["key"],
    )
