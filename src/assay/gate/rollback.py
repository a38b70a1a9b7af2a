"""Takes an alias back to the version it had before, with its audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.core.errors import ConflictError, InvalidInputError
from assay.core.ledger import Ledger
from assay.gate.audit import Action, Standing, Surroundings, move_alias
from assay.gate.audit_entries import AuditChain, AuditRecord, AuditState, read_chain
from assay.gate.config import GateConfig
from assay.gate.history import get_eval_experiments
from assay.gate.points import PROMPT_PARAM, read_point
from assay.gate.results import EvalStatus, TrendPoint


ROLLBACK = "rollback"

PROMPT_CACHE_SECONDS = 60
"""How long other processes may go on serving the old version: MLflow's cache of aliases."""

_VERSIONS_SEARCHED = 10
_RUNS_SEARCHED = 3


class NothingToRollBackError(ConflictError):
    """There is no previous version: the answer is no, and nothing went wrong."""

    code = "nothing_to_roll_back"


class FoundIn(StrEnum):
    """Where the previous version was found."""

    LEDGER = "ledger"
    RUNS = "runs"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class PreviousVersion:
    """The version an alias goes back to, and how it is known."""

    version: int
    found_in: FoundIn


def find_previous_version(
    ledger: Ledger, config: GateConfig, prompt_name: str, *, alias: str = "production"
) -> PreviousVersion | None:
    """Return the version that an alias had before the current one, or None.

    Looked for in the audit ledger; without an entry there, the most recent complete run of
    any eval type with a lower version (of the ten next lower ones); without one, the next
    lower version. Versions that were deleted do not count.

    Raises:
        NotFoundError: There is no such prompt.
        LedgerError: The ledger cannot be read.
    """
    tags = ledger.get_prompt(prompt_name).tags
    chain = read_chain(tags, prompt_name=prompt_name, alias=alias)
    current = ledger.read_alias(prompt_name, alias)
    return _previous(ledger, config, prompt_name, chain=chain, current=current)


def execute_rollback(
    ledger: Ledger,
    config: GateConfig,
    prompt_name: str,
    *,
    alias: str = "production",
    reason: str,
    actor: str,
    around: Surroundings | None = None,
) -> AuditRecord:
    """Move an alias back to its previous version, with its audit.

    What an earlier call left behind is repaired first. If that is a rollback, to finish it is the
    answer: who asks again after a failure does not mean to go back twice. The newest complete run of the version that is left, or else of
    the one that is gone back to, carries the audit's tags.

    Raises:
        NothingToRollBackError: There is no previous version.
        InvalidInputError: The reason is empty.
        ConflictError: Somebody else is moving the alias.
        NotFoundError: There is no such prompt.
        LedgerError: The ledger cannot be read or written.
    """
    if not reason.strip():
        raise InvalidInputError("A rollback needs a reason; it is written into the audit.")

    begun: AuditRecord | None = None

    def decide(standing: Standing) -> Action | None:
        nonlocal begun
        left = standing.finished
        begun = left if left is not None and left.action == ROLLBACK else None
        if begun is not None:
            return None
        current = standing.version
        previous = _previous(ledger, config, prompt_name, chain=standing.chain, current=current)
        if previous is None or current is None:
            raise NothingToRollBackError(_nothing(prompt_name, alias, current))
        runs = _newest_runs(ledger, config, prompt_name, versions=[current])
        runs = runs or _newest_runs(ledger, config, prompt_name, versions=[previous.version])
        return Action(
            action=ROLLBACK,
            to_version=previous.version,
            actor=actor,
            reason=reason,
            justifying_run_ids=tuple(point.run_id for point in runs[:1]),
        )

    record = move_alias(
        ledger, prompt_name, alias=alias, decide=decide, around=around or Surroundings()
    )
    if record is None and begun is not None:
        tags = ledger.get_prompt(prompt_name).tags
        record = read_chain(tags, prompt_name=prompt_name, alias=alias).find(begun)
    if record is None or record.state is not AuditState.DONE:
        raise ConflictError(
            f"{prompt_name}@{alias} was moved in the meantime; look at its history."
        )
    return record


def previous_in_ledger(chain: AuditChain, current: int) -> list[int]:
    """Return the versions the alias had before ``current``, the nearest first.

    Promotions pile versions up and a rollback takes from the pile again, so that going back
    twice goes back two versions, and never to the version that was just left. A version that
    the ledger knows nothing of lies on top of the pile; a rollback to one that is not in the
    pile, because nothing there exists any more, went below all of it.

    Example:
        After 1 → 2 → 3 and a rollback to 2, the previous version is 1, not 3.
    """
    pile: list[int] = []
    for record in chain.done:
        _arrive(pile, record.from_version)
        if record.action == ROLLBACK:
            below = pile[: _last(pile, record.to_version)] if record.to_version in pile else []
            pile = [*below, record.to_version]
        else:
            _arrive(pile, record.to_version)
    if current in pile:
        del pile[_last(pile, current) :]
    return [version for version in reversed(pile) if version != current]


def _arrive(pile: list[int], version: int | None) -> None:
    if version is not None and pile[-1:] != [version]:
        pile.append(version)


def _last(pile: Sequence[int], version: int) -> int:
    return len(pile) - 1 - pile[::-1].index(version)


def _previous(
    ledger: Ledger,
    config: GateConfig,
    prompt_name: str,
    *,
    chain: AuditChain,
    current: int | None,
) -> PreviousVersion | None:
    if current is None:
        return None
    existing = {known.version for known in ledger.list_versions(prompt_name)}
    for version in previous_in_ledger(chain, current):
        if version in existing:
            return PreviousVersion(version, FoundIn.LEDGER)
    lower = sorted((version for version in existing if version < current), reverse=True)
    runs = _newest_runs(ledger, config, prompt_name, versions=lower[:_VERSIONS_SEARCHED])
    for point in runs:
        found_version = point.prompt_versions.get(prompt_name)
        if isinstance(found_version, int):
            return PreviousVersion(found_version, FoundIn.RUNS)
    return PreviousVersion(lower[0], FoundIn.REGISTRY) if lower else None


def _newest_runs(
    ledger: Ledger, config: GateConfig, prompt_name: str, *, versions: Sequence[int]
) -> list[TrendPoint]:
    """Return the newest complete runs with one of these versions, newest first."""
    lines = get_eval_experiments(ledger, config) if versions else []
    kinds = {line.experiment.id: config.eval_type(line.eval_type) for line in lines}
    found: list[TrendPoint] = []
    for written in (form.format(version) for form in ("v{}", "{}") for version in versions):
        pages = ledger.latest_runs(
            [line.experiment for line in lines],
            limit=_RUNS_SEARCHED,
            params={PROMPT_PARAM + prompt_name: written},
        )
        for experiment_id, runs in pages.items():
            points = [
                read_point(run, kinds[experiment_id], confidence=config.confidence) for run in runs
            ]
            found += [
                point for point in points if point and point.eval_status is EvalStatus.COMPLETE
            ]
    return sorted(found, key=lambda point: point.timestamp, reverse=True)


def _nothing(prompt_name: str, alias: str, current: int | None) -> str:
    if current is None:
        return f"The alias {alias!r} of {prompt_name!r} does not exist: nothing to roll back."
    return (
        f"{prompt_name}@{alias} is at version {current} and there is no previous version to go "
        "back to."
    )
