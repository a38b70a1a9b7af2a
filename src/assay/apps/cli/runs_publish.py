"""What ``assay runs publish`` does: results from elsewhere become an eval run of the gate."""

from dataclasses import dataclass
from pathlib import Path

from assay.apps.cli.gate_progress import outcome_text
from assay.apps.cli.output import OutputFormat, emit
from assay.apps.services.gate import Gate
from assay.apps.services.gate_publish import PublishOptions, case_file, publish, stored_run
from assay.apps.services.gate_suites import chosen_prompts
from assay.core.errors import InvalidInputError
from assay.experiments.client import Client
from assay.gate.jsonable import to_jsonable


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What one call of ``assay runs publish`` asks."""

    eval_type: str
    run_id: str | None = None
    cases: Path | None = None
    threshold: float | None = None
    pass_score: float | None = None
    candidate: str | None = None
    prompts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, before a ledger is opened or made for it."""
        if not self.eval_type.strip():
            raise InvalidInputError("--eval-type is empty; give the eval type a name.")
        if (self.run_id is None) == (self.cases is None):
            raise InvalidInputError("Give either the id of a stored run or --cases FILE.")


def publish_run(
    gate: Gate, client: Client, request: PublishRequest, *, output_format: OutputFormat
) -> int:
    """Log a stored run, or a file of cases, and print what it came to.

    Raises:
        InvalidInputError: What was given cannot be used.
        NotFoundError: There is no such run, prompt or version.
        LedgerError: The ledger cannot be written.
    """
    kind = gate.config.eval_type(request.eval_type)
    pass_score = kind.pass_score if request.pass_score is None else request.pass_score
    if request.cases is not None:
        found = case_file(request.cases, candidate=request.candidate, pass_score=pass_score)
    else:
        found = stored_run(client, request.run_id or "", pass_score=pass_score)
    options = PublishOptions(
        request.eval_type,
        threshold=request.threshold,
        prompts=chosen_prompts(gate, request.prompts),
    )
    result = publish(gate, found, options)
    emit(to_jsonable(result), output_format, render=lambda: outcome_text(result))
    return 0
