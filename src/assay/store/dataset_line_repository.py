"""A named dataset as a line of versions: listed, renamed, forgotten."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, func, select, update

from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.errors import ConflictError
from assay.core.runs import DEFAULT_PROJECT
from assay.store.dataset_repository import datapoint_of, held_by, version_of
from assay.store.repository import Repository
from assay.store.tables import datapoints, datasets, evaluations, runs


_CHUNK = 200


class DatasetLineRepository(Repository):
    """The versions of a named dataset as a line."""

    def dataset_versions(
        self, name: str, *, project: str = DEFAULT_PROJECT
    ) -> list[DatasetVersion]:
        """Return all versions of a name, oldest first; none if there is no such name."""
        query = select(datasets).where(datasets.c.project == project, datasets.c.name == name)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(datasets.c.version))
            return [version_of(row) for row in rows]

    def datapoint_ids(self, dataset_id: str) -> list[str]:
        """Return the ids of a version's datapoints in order; none if there is no such version."""
        query = select(datapoints.c.id).where(held_by(dataset_id))
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(datapoints.c.position)).scalars())

    def locate_datapoints(
        self, ids: Sequence[str], dataset_ids: Sequence[str]
    ) -> list[tuple[str, Datapoint]]:
        """Return (version id, datapoint) wherever one of ``ids`` is in one of the versions."""
        columns = (datasets.c.id.label("version_id"), datapoints.c.id, datapoints.c.content)
        shared = and_(
            datapoints.c.dataset_id == func.coalesce(datasets.c.rows_of, datasets.c.id),
            datapoints.c.position < datasets.c.size,
        )
        versions = sorted(set(dataset_ids))
        found: list[tuple[str, Datapoint]] = []
        with self._database.read() as connection:
            for first in range(0, len(versions), _CHUNK):
                within = datasets.c.id.in_(versions[first : first + _CHUNK])
                for start in range(0, len(ids), _CHUNK):
                    named = datapoints.c.id.in_(ids[start : start + _CHUNK])
                    query = select(*columns).join_from(datasets, datapoints, shared)
                    chosen = query.where(within, named).order_by(datasets.c.id)
                    rows = connection.execute(chosen)
                    found.extend((row.version_id, datapoint_of(row)) for row in rows)
        return found

    def rename_dataset(self, name: str, new_name: str, *, project: str = DEFAULT_PROJECT) -> None:
        """Give all versions of a name another, or raise ``ConflictError`` if that is taken."""
        if name == new_name:
            return
        here = datasets.c.project == project
        with self._database.write() as connection:
            for each in sorted((name, new_name)):
                self._database.lock(connection, "dataset", project, each)
            taken = select(datasets.c.id).where(here, datasets.c.name == new_name)
            if connection.execute(taken).first() is not None:
                raise ConflictError(
                    f"There is already a dataset {new_name!r}; choose another name."
                )
            change = update(datasets).where(here, datasets.c.name == name)
            connection.execute(change.values(name=new_name))

    def drop_dataset(self, name: str, *, kept_as: str, project: str = DEFAULT_PROJECT) -> int:
        """Forget the versions of a name; returns how many.

        Those that a run or an evaluation is over stay, under the name ``kept_as``, and with
        them those whose rows they share.
        """
        named = (datasets.c.project == project) & (datasets.c.name == name)
        used = select(runs.c.dataset_id).where(runs.c.dataset_id.is_not(None))
        judged = select(evaluations.c.dataset_id)
        in_use = datasets.c.id.in_(used) | datasets.c.id.in_(judged)
        with self._database.write() as connection:
            self._database.lock(connection, "dataset", project, name)
            kept = set(connection.execute(select(datasets.c.id).where(named, in_use)).scalars())
            shared = select(datasets.c.rows_of).where(named, in_use)
            kept.update(connection.execute(shared).scalars())
            known = set(connection.execute(select(datasets.c.id).where(named)).scalars())
            free = sorted(known - kept)
            for start in range(0, len(free), _CHUNK):
                gone = datasets.c.id.in_(free[start : start + _CHUNK])
                connection.execute(delete(datasets).where(gone))
            connection.execute(update(datasets).where(named).values(name=kept_as))
        return len(free)
