"""The services of one data folder, opened for one command."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from assay.apps.services.composition import Services, open_services
from assay.apps.settings import Settings
from assay.core.errors import NotFoundError
from assay.core.runs import Evaluation


@contextmanager
def open_workbench(settings: Settings) -> Iterator[Services]:
    """Open the services that the settings name, and close their store at the end.

    Raises:
        StorageError: If the database cannot be opened.
    """
    services = open_services(settings)
    try:
        yield services
    finally:
        services.store.close()


def stored_evaluation(services: Services, run_id: str) -> Evaluation:
    """Return the evaluation with this id, or the one that a model's run is part of.

    Raises:
        NotFoundError: If there is neither.
    """
    try:
        return services.store.get_evaluation(run_id)
    except NotFoundError:
        with contextlib.suppress(NotFoundError):
            run = services.store.get_run(run_id)
            if run.evaluation_id is not None:
                return services.store.get_evaluation(run.evaluation_id)
        raise
