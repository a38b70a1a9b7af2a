"""May this prompt version go to production, and if so, take it there.

The gate fails closed: without a complete run of the very version there is no evidence, and
where the ledger cannot be read nothing moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assay.core.errors import NotFoundError
from assay.core.ledger import Ledger
from assay.gate.audit import Action, Standing, Surroundings, move_alias
from assay.gate.audit_entries import AuditRecord, read_chain
from assay.gate.config import GateConfig
from assay.gate.history import EvalLine, get_eval_experiments, newest_points
from assay.gate.jsonable import to_jsonable
from assay.gate.points import PROMPT_PARAM
from assay.gate.results import EvalStatus, Skipped, TrendPoint
from assay.gate.verdicts import below


PROMOTE = "promote"
FIRST_RUNS = 3


@dataclass(frozen=True, slots=True)
class PromotionEvalCheck:
    """One row of the gate: the latest complete run of a version, beside its threshold.

    Attributes:
        pass_rate: None where the run logged none: then it has not passed.
        gating: Whether it counts for the decision.
    """

    eval_type: str
    pass_rate: float | None
    threshold: float
    passed: bool
    run_id: str
    gating: bool = True


@dataclass(frozen=True, slots=True)
class PromotionResult:
    """What the gate says of one version.

    Attributes:
        from_version: Where the target alias points now; None where it does not exist.
        reason: One sentence: why it is allowed or not.
    """

    allowed: bool
    prompt_name: str
    from_alias: str
    to_alias: str
    version: int
    eval_results: tuple[PromotionEvalCheck, ...]
    blocking_evals: tuple[str, ...]
    justifying_run_ids: tuple[str, ...]
    reason: str = ""
    from_version: int | None = None
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promotion:
    """What the gate said and what was done.

    Attributes:
        executed: Whether the alias was moved by this call.
        already: Whether the alias pointed at the version before.
        audit: The record of the move, or of the earlier one if ``already``.
    """

    result: PromotionResult
    executed: bool
    already: bool = False
    audit: AuditRecord | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the result's fields with ``executed``, ``already`` and ``audit`` beside them."""
        done = {"executed": self.executed, "already": self.already}
        return {**to_jsonable(self.result), **done, "audit": to_jsonable(self.audit)}


def check_promotion_gate(
    ledger: Ledger,
    config: GateConfig,
    prompt_name: str,
    *,
    version: int | None = None,
    from_alias: str = "experiment",
    to_alias: str = "production",
) -> PromotionResult:
    """Ask whether a version may be promoted; nothing is changed.

    For every eval type with a complete run of this version, the latest such run must reach
    its threshold: the one stored on it, else the configured one. Types without are skipped
    with a warning. Without any, or if none of them gates, promotion is blocked.

    Args:
        ledger: Where runs and prompts are.
        config: The thresholds.
        prompt_name: The prompt.
        version: The version; None for the one ``from_alias`` points at.
        from_alias: Where it comes from.
        to_alias: Where it shall go.

    Raises:
        NotFoundError: The prompt, the version or ``from_alias`` does not exist.
        LedgerError: The ledger cannot be read.
    """
    wanted = _version(ledger, prompt_name, version=version, alias=from_alias)
    lines = get_eval_experiments(ledger, config)
    points = _points_with(ledger, lines, f"{PROMPT_PARAM}{prompt_name}", wanted, config=config)
    checks, skipped = _rows(lines, points, config=config, of=f"{prompt_name} v{wanted}")
    blocking = tuple(check.eval_type for check in checks if check.gating and not check.passed)
    evidence = any(check.gating for check in checks)
    return PromotionResult(
        allowed=evidence and not blocking,
        prompt_name=prompt_name,
        from_alias=from_alias,
        to_alias=to_alias,
        version=wanted,
        eval_results=tuple(checks),
        blocking_evals=blocking,
        justifying_run_ids=tuple(check.run_id for check in checks),
        reason=_reason(checks, blocking, evidence=evidence, of=f"{prompt_name} v{wanted}"),
        from_version=ledger.read_alias(prompt_name, to_alias),
        skipped=tuple(skipped),
        warnings=tuple(_newer(lines, points)),
    )


def _points_with(
    ledger: Ledger, lines: Sequence[EvalLine], param: str, version: int, *, config: GateConfig
) -> dict[str, list[TrendPoint]]:
    """Return the newest points with a version, newest first, in either way clients write it."""
    found: dict[str, list[TrendPoint]] = {line.eval_type: [] for line in lines}
    for written in (f"v{version}", str(version)):
        points = newest_points(
            ledger,
            lines,
            config=config,
            first=FIRST_RUNS,
            enough=lambda read: _latest_complete(read) is not None,
            params={param: written},
        )
        for eval_type, each in points.items():
            found[eval_type] += each
    for each in found.values():
        each.sort(key=lambda point: point.timestamp, reverse=True)
    return found


def execute_promotion(  # noqa: PLR0913  # what was decided, where, by whom and why
    ledger: Ledger,
    config: GateConfig,
    prompt_name: str,
    *,
    version: int | None = None,
    from_alias: str = "experiment",
    to_alias: str = "production",
    actor: str,
    reason: str = "",
    force: bool = False,
    around: Surroundings | None = None,
) -> Promotion:
    """Ask the gate and, if it says yes or is forced, move the alias with its audit.

    What an earlier call left behind is repaired first. An alias that is at the version
    already is left alone.

    Args:
        ledger: Where runs and prompts are.
        config: The thresholds.
        prompt_name: The prompt.
        version: The version; None for the one ``from_alias`` points at.
        from_alias: Where it comes from.
        to_alias: The alias to move.
        actor: Who wants it; it is written down.
        reason: Why; without one, what the gate said.
        force: Move it whatever the gate says; the audit says so.
        around: Time, ids and the process.

    Raises:
        ConflictError: Somebody else is moving the alias.
        NotFoundError: The prompt, the version or ``from_alias`` does not exist.
        LedgerError: The ledger cannot be read or written.
    """
    result = check_promotion_gate(
        ledger, config, prompt_name, version=version, from_alias=from_alias, to_alias=to_alias
    )
    if not result.allowed and not force:
        return Promotion(result, executed=False)
    action = Action(
        action=PROMOTE,
        to_version=result.version,
        actor=actor,
        reason=reason or result.reason,
        forced=force,
        justifying_run_ids=result.justifying_run_ids,
        gate=tuple(to_jsonable(check) for check in result.eval_results),
    )

    def decide(standing: Standing) -> Action | None:
        return None if standing.version == result.version else action

    done = move_alias(
        ledger, prompt_name, alias=to_alias, decide=decide, around=around or Surroundings()
    )
    if done is not None:
        return Promotion(result, executed=True, audit=done)
    tags = ledger.get_prompt(prompt_name).tags
    last = read_chain(tags, prompt_name=prompt_name, alias=to_alias).last
    return Promotion(result, executed=False, already=True, audit=last)


def _version(ledger: Ledger, prompt_name: str, *, version: int | None, alias: str) -> int:
    if version is not None:
        return ledger.get_version(prompt_name, version).version
    found = ledger.read_alias(prompt_name, alias)
    if found is None:
        known = ", ".join(sorted(ledger.get_prompt(prompt_name).aliases)) or "none"
        raise NotFoundError(
            f"The prompt {prompt_name!r} has no alias {alias!r}; there are: {known}. "
            "Name a version, or set the alias first."
        )
    return found


def _rows(
    lines: Sequence[EvalLine],
    points: dict[str, list[TrendPoint]],
    *,
    config: GateConfig,
    of: str,
) -> tuple[list[PromotionEvalCheck], list[Skipped]]:
    checks: list[PromotionEvalCheck] = []
    skipped: list[Skipped] = []
    for line in lines:
        found = points[line.eval_type]
        latest = _latest_complete(found)
        if latest is None:
            seen = (
                f"none of its {len(found)} runs with {of} is complete"
                if found
                else f"no run with {of}"
            )
            skipped.append(Skipped(line.eval_type, seen))
        else:
            checks.append(_row(latest, config))
    return checks, skipped


def _row(point: TrendPoint, config: GateConfig) -> PromotionEvalCheck:
    kind = config.eval_type(point.eval_type)
    threshold = point.threshold if point.threshold is not None else kind.threshold
    return PromotionEvalCheck(
        eval_type=point.eval_type,
        pass_rate=point.pass_rate,
        threshold=threshold,
        passed=point.pass_rate is not None and not below(point.pass_rate, threshold),
        run_id=point.run_id,
        gating=kind.gating,
    )


def _latest_complete(newest_first: Sequence[TrendPoint]) -> TrendPoint | None:
    return next((point for point in newest_first if point.eval_status is EvalStatus.COMPLETE), None)


def _newer(lines: Sequence[EvalLine], points: dict[str, list[TrendPoint]]) -> list[str]:
    """Warn where a run after the one that counts did not end well."""
    warnings: list[str] = []
    for line in lines:
        found = points[line.eval_type]
        if _latest_complete(found) is not None and found[0].eval_status is not EvalStatus.COMPLETE:
            ended = "is partial" if found[0].eval_status is EvalStatus.PARTIAL else "failed"
            warnings.append(
                f"{line.eval_type}: a newer run, {found[0].run_id}, {ended} and does not count."
            )
    return warnings


def _reason(
    checks: Sequence[PromotionEvalCheck], blocking: Sequence[str], *, evidence: bool, of: str
) -> str:
    if not evidence:
        return f"No evidence: no eval type that gates has a complete run with {of}."
    if blocking:
        return f"Below the threshold: {', '.join(blocking)}."
    gating = sum(check.gating for check in checks)
    return f"All {gating} eval types with {of} reach their thresholds."
