"""Which run an execution belongs to, apart from ``evaluate``."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ExperimentContext:
    """The run and the dataset that every datapoint of an execution belongs to.

    Attributes:
        run_id: The run.
        dataset_id: Its dataset, managed or external.
        run_name: What people call the run, or None.
        source: Where its sessions come from, as their events say.
        metadata: Anything else to know about it, as JSON.
    """

    run_id: str
    dataset_id: str
    _: KW_ONLY
    run_name: str | None = None
    source: str = "evaluation"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def to_tracer_config(self, datapoint_id: str) -> dict[str, Any]:
        """Return what the tracer of one datapoint is set up with."""
        return {
            "is_evaluation": True,
            "run_id": self.run_id,
            "dataset_id": self.dataset_id,
            "datapoint_id": datapoint_id,
            "source": self.source,
        }
