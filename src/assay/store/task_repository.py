"""Tasks: versions are stored once per definition and never changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy import insert as insert_into

from assay.core.errors import NotFoundError
from assay.core.ports import Listing, Page
from assay.core.runs import DEFAULT_PROJECT, TaskVersion
from assay.kit.ids import new_id
from assay.store.encoding import checked_digest
from assay.store.repository import Repository, containing, sorting
from assay.store.tables import tasks


_SORTABLE = ("created_at", "name", "version")


class TaskRepository(Repository):
    """Versioned tasks."""

    def add_task(
        self, name: str, definition: Mapping[str, Any], *, project: str = DEFAULT_PROJECT
    ) -> TaskVersion:
        """Store a new version, or return the existing version with the same definition."""
        content = checked_digest(definition)
        named = (tasks.c.project == project, tasks.c.name == name)
        with self._database.write() as connection:
            self._database.lock(connection, "task", project, name)
            same = select(tasks).where(*named, tasks.c.digest == content)
            existing = connection.execute(same).first()
            if existing is not None:
                return _task(existing)
            newest = connection.execute(select(func.max(tasks.c.version)).where(*named)).scalar()
            task = TaskVersion(
                id=new_id(clock=self._clock),
                project=project,
                name=name,
                version=1 if newest is None else newest + 1,
                digest=content,
                definition=dict(definition),
                created_at=self._clock.now(),
            )
            self._ensure_projects(connection, [project])
            connection.execute(
                insert_into(tasks), {column.name: getattr(task, column.name) for column in tasks.c}
            )
        return task

    def get_task(self, task_id: str) -> TaskVersion:
        """Return a version by id, or raise ``NotFoundError``."""
        with self._database.read() as connection:
            row = connection.execute(select(tasks).where(tasks.c.id == task_id)).first()
            if row is None:
                raise NotFoundError.of_id("task", task_id)
        return _task(row)

    def list_tasks(self, listing: Listing | None = None) -> Page[TaskVersion]:
        """Return one page of the newest version of each task."""
        listing = listing or Listing()
        newest = select(tasks.c.project, tasks.c.name, func.max(tasks.c.version)).group_by(
            tasks.c.project, tasks.c.name
        )
        query = select(tasks).where(
            tuple_(tasks.c.project, tasks.c.name, tasks.c.version).in_(newest)
        )
        if listing.project is not None:
            query = query.where(tasks.c.project == listing.project)
        if listing.search:
            query = query.where(containing(listing.search, tasks.c.name))
        order = sorting(tasks, listing, fields=_SORTABLE)
        return self._page(query, listing, sorting=order, build=_task)


def _task(row: Row[Any]) -> TaskVersion:
    return TaskVersion(**row._asdict())
