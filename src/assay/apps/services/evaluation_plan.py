"""From what a user asked to what will be run: opened models and one planned run for each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assay.core.chat import ChatModel
from assay.core.datasets import DatasetVersion
from assay.core.errors import InvalidModelError
from assay.core.runs import Run, RunKind, RunStatus
from assay.kit.ids import new_id


if TYPE_CHECKING:
    from assay.llm.gateway import Gateway


Gateways = Callable[[], "Gateway"]


def open_models(gateway: "Gateway", specs: Sequence[str]) -> list[ChatModel]:
    """Open every model, in order.

    Raises:
        InvalidModelError: If one cannot be opened, or one is named twice.
    """
    for index, spec in enumerate(specs):
        if spec in specs[:index]:
            raise InvalidModelError(f"Model {spec!r} is named twice; name each model once.")
    return [gateway.open(spec) for spec in specs]


def planned_runs(
    names: Sequence[str],
    specs: Sequence[str],
    *,
    settings: Mapping[str, Any],
    dataset: DatasetVersion,
    now: datetime,
) -> list[Run]:
    """Return one pending run per model; a name that two models share gives way to the spec."""
    return [
        Run(
            id=new_id(),
            project=dataset.project,
            name=name,
            kind=RunKind.BENCH,
            status=RunStatus.PENDING,
            created_at=now,
            updated_at=now,
            candidate=name if names.count(name) == 1 else spec,
            dataset_id=dataset.id,
            repeats=settings["repeats"],
            planned=dataset.size * settings["repeats"],
            configuration={"model": spec, **settings},
        )
        for name, spec in zip(names, specs, strict=True)
    ]
