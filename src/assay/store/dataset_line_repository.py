"""A named dataset as a line of versions: listed, renamed, forgotten."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from assay.core.datasets import Datapoint, DatasetVersion
from assay.core.errors import ConflictError
from assay.core.runs import DEFAULT_PROJECT
from assay.store.dataset_repository import datapoint_of, version_of
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
        query = select(datapoints.c.id).where(datapoints.c.dataset_id == dataset_id)
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(datapoints.c.position)).scalars())

    def locate_datapoints(
        self, ids: Sequence[str], dataset_ids: Sequence[str]
    ) -> list[tuple[str, Datapoint]]:
        """Return (version id, datapoint) wherever one of ``ids`` is in one of the versions."""
        columns = (datapoints.c.dataset_id, datapoints.c.id, datapoints.c.content)
        found: list[tuple[str, Datapoint]] = []
        with self._database.read() as connection:
            for first in range(0, len(dataset_ids), _CHUNK):
                within = datapoints.c.dataset_id.in_(dataset_ids[first : first + _CHUNK])
                for start in range(0, len(ids), _CHUNK):
                    named = datapoints.c.id.in_(ids[start : start + _CHUNK])
                    query = select(*columns).where(within, named)
                    rows = connection.execute(query.order_by(datapoints.c.dataset_id))
                    found.extend((row.dataset_id, datapoint_of(row)) for row in rows)
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

        Those that a run or an evaluation is over stay, under the name ``kept_as``.
        """
        named = (datasets.c.project == project) & (datasets.c.name == name)
        used = select(runs.c.dataset_id).where(runs.c.dataset_id.is_not(None))
        judged = select(evaluations.c.dataset_id)
        with self._database.write() as connection:
            self._database.lock(connection, "dataset", project, name)
            free = named & datasets.c.id.not_in(used) & datasets.c.id.not_in(judged)
            ids = list(connection.execute(select(datasets.c.id).where(free)).scalars())
            connection.execute(delete(datasets).where(datasets.c.id.in_(ids)))
            connection.execute(update(datasets).where(named).values(name=kept_as))
        return len(ids)
