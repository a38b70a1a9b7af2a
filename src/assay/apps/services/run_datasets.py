"""Which version of a managed dataset a run is over: pinned when the run is made, for good."""

from assay.apps.services.managed_datasets import ManagedDatasetService
from assay.core.errors import NotFoundError
from assay.core.external_ids import MANAGED_DATASET_KEY, is_external
from assay.core.managed_datasets import ManagedDataset
from assay.core.wire.runs import RunCreate, RunUpdate


def pinned(service: ManagedDatasetService, body: RunCreate, *, project: str) -> RunCreate:
    """Return ``body`` over the version it names of its dataset, by default the current one.

    The dataset's own id moves to the metadata and is shown again as the run's dataset. An
    id that names no managed dataset stays as it is.

    Raises:
        NotFoundError: If the dataset has no such version, or is another project's.
    """
    dataset = _managed(service, body.dataset_id, project)
    if dataset is None:
        _refuse_foreign(service, body.dataset_id, project)
        return body
    version = service.version(dataset, body.dataset_version_id)
    metadata = {
        **body.metadata,
        MANAGED_DATASET_KEY: dataset.id,
        "dataset_version": version.version,
    }
    return body.model_copy(update={"dataset_id": version.id, "metadata": metadata})


def still_pinned(service: ManagedDatasetService, body: RunUpdate, *, project: str) -> RunUpdate:
    """Return ``body`` without a managed dataset's id: what a run is over does not move.

    Raises:
        NotFoundError: If the dataset is another project's.
    """
    if _managed(service, body.dataset_id, project) is None:
        _refuse_foreign(service, body.dataset_id, project)
        return body
    return body.model_copy(update={"dataset_id": None})


def versions_of(
    service: ManagedDatasetService, dataset_id: str | None, *, project: str
) -> tuple[str, ...] | None:
    """Return the ids of all versions of a managed dataset, or None if the id names none."""
    dataset = _managed(service, dataset_id, project)
    return None if dataset is None else tuple(each.id for each in service.versions(dataset))


def _refuse_foreign(service: ManagedDatasetService, dataset_id: str | None, project: str) -> None:
    """Refuse another project's dataset, whose datapoints the run would show."""
    if dataset_id is None:
        return
    try:
        owner = service.resolve(dataset_id).project
    except NotFoundError:  # it names nothing that is kept here, and shows nothing
        return
    if owner != project:
        raise NotFoundError.of_id("dataset", dataset_id)


def _managed(
    service: ManagedDatasetService, dataset_id: str | None, project: str
) -> ManagedDataset | None:
    if dataset_id is None or is_external(dataset_id):
        return None
    try:
        dataset = service.get(dataset_id)
    except NotFoundError:
        return None
    return dataset if dataset.project == project else None
