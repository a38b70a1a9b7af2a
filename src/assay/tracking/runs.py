"""Beginning a run: its experiment, params, dataset and linked prompts, each step repeatable."""

import json
from collections.abc import Sequence
from typing import Final

from assay.core.errors import ConflictError, LedgerError, NotFoundError
from assay.core.eval_runs import RunStart
from assay.tracking import limits
from assay.tracking.stored import Backend


LINKED_PROMPTS: Final = "mlflow.linkedPrompts"


def check_start(start: RunStart) -> dict[str, str]:
    """Return all tags of the run to be, once everything about it can be stored.

    Raises:
        InvalidInputError: Naming what MLflow cannot hold.
    """
    for key in start.params:
        limits.check_key(key, what="The param")
    tags = {**start.tags, **_linked_prompts(start.linked_prompts)}
    limits.check_tags(tags, what="The run tag", longest=limits.LONGEST_RUN_TAG)
    return tags


def begin_run(
    backend: Backend,
    start: RunStart,
    *,
    experiment: str,
    started_ms: int,
    existing: str | None = None,
) -> str:
    """Make a run, or complete ``existing``, and return its id.

    Raises:
        InvalidInputError: Before anything is written, if MLflow cannot hold it.
    """
    tags, params = check_start(start), limits.fitting_params(start.params)
    run_id = existing or backend.create_run(
        experiment, name=start.name, started_ms=started_ms, tags=tags
    )
    for keys in limits.in_batches(list(params), limits.PARAMS_PER_BATCH):
        backend.log_batch(run_id, params={key: params[key] for key in keys})
    if start.dataset_digest is not None:
        # MLflow holds 36 characters of a digest; the whole one is a tag of the run.
        digest = start.dataset_digest[: limits.LONGEST_DIGEST]
        backend.log_dataset(run_id, name=start.dataset_name or "dataset", digest=digest)
    return run_id


def experiment_id(backend: Backend, name: str) -> str:
    """Return the id of the active experiment ``name``, which is made if it is new.

    Raises:
        LedgerError: If it was deleted: MLflow keeps its name taken.
    """
    try:
        experiment, active = backend.find_experiment(name)
    except NotFoundError:
        try:
            return backend.create_experiment(name)
        except ConflictError:  # another process was quicker
            experiment, active = backend.find_experiment(name)
    if not active:
        raise LedgerError(
            f"The experiment {name!r} in {backend.uri} is deleted; to have it back: "
            f"mlflow experiments restore --experiment-id {experiment.id}"
        )
    return experiment.id


def _linked_prompts(linked: Sequence[tuple[str, int]]) -> dict[str, str]:
    if not linked:
        return {}
    entries = [{"name": name, "version": str(version)} for name, version in linked]
    return {LINKED_PROMPTS: json.dumps(entries)}
