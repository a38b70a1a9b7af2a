"""What ``assay trend``, ``check``, ``promote`` and ``rollback`` do, over a gate that is open.

Each returns the exit code: 0 fine, 1 the gate says no, 2 no answer, 3 undecided; most of what
could not be answered is raised.
"""

from dataclasses import dataclass

from assay.apps.cli.gate_checks import check_view
from assay.apps.cli.gate_options import CheckFormat
from assay.apps.cli.gate_promotions import audit_text, done_view, gate_view
from assay.apps.cli.gate_trends import no_runs, trends_view
from assay.apps.cli.output import OutputFormat, emit, emit_bytes, emit_json, say, stdout_console
from assay.apps.services.gate import Gate
from assay.core.errors import NoLedgerError
from assay.gate.check import check_all_regressions
from assay.gate.jsonable import to_jsonable
from assay.gate.promotion import Promotion, check_promotion_gate, execute_promotion
from assay.gate.results import CheckResult
from assay.gate.rollback import PROMPT_CACHE_SECONDS, NothingToRollBackError, execute_rollback
from assay.gate.timeline import trend_summaries


FINE, NO, NO_ANSWER, UNDECIDED = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What one call of ``assay check`` asks."""

    eval_type: str | None = None
    run_id: str | None = None
    require_evidence: bool = False
    strict: bool = False
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class PromoteRequest:
    """What one call of ``assay promote`` asks."""

    prompt_name: str
    version: int | None = None
    from_alias: str = "experiment"
    to_alias: str = "production"
    actor: str = ""
    reason: str = ""
    force: bool = False
    dry_run: bool = False


def trend(gate: Gate, *, eval_type: str | None, limit: int, output_format: OutputFormat) -> int:
    """Print the timelines.

    Raises:
        NotFoundError: There is no such eval type.
        LedgerError: The ledger cannot be read.
    """
    summaries = trend_summaries(gate.ledger, gate.config, eval_type=eval_type, limit=limit)
    document = {"summaries": to_jsonable(summaries)}
    emit(document, output_format, render=lambda: trends_view(summaries, uri=gate.ledger.uri))
    return FINE


def no_trend(absence: NoLedgerError, output_format: OutputFormat) -> None:
    """Print that there are no timelines, for nothing was ever logged, and where that was seen."""
    emit({"summaries": []}, output_format, render=no_runs)
    say(f"Note: {absence}")


def check(gate: Gate, request: CheckRequest, *, output_format: CheckFormat) -> int:
    """Print the regression check.

    Raises:
        NotFoundError: There is no such eval type or run.
        LedgerError: The ledger cannot be read.
    """
    result = check_all_regressions(
        gate.ledger,
        gate.config,
        eval_type=request.eval_type,
        run_id=request.run_id,
        require_evidence=request.require_evidence,
    )
    _print_check(result, output_format, verbose=request.verbose)
    if result.has_regressions:
        return NO
    if request.run_id is not None and result.inconclusive and not result.reports:
        say(f"No answer: {result.skipped[0].reason}.")
        return NO_ANSWER
    return UNDECIDED if request.strict and result.inconclusive else FINE


def _print_check(result: CheckResult, output_format: CheckFormat, *, verbose: bool) -> None:
    if output_format is CheckFormat.JSON:
        emit_json(to_jsonable(result))
    elif output_format is CheckFormat.TABLE:
        stdout_console().print(check_view(result, verbose=verbose))
    else:
        from assay.gate.reports import to_junit, to_markdown

        make = to_junit if output_format is CheckFormat.JUNIT else to_markdown
        emit_bytes(make(result).encode())


def promote(gate: Gate, request: PromoteRequest, *, output_format: OutputFormat) -> int:
    """Print the gate's table, then move the alias if the gate allows it or is forced.

    Raises:
        ConflictError: Somebody else is moving the alias.
        NotFoundError: The prompt, the version or the alias does not exist.
        LedgerError: The ledger cannot be read or written.
    """
    if request.force and not request.dry_run:
        say(f"WARNING: --force: {request.prompt_name} is promoted whatever the gate says.")
    promotion = _asked(gate, request) if request.dry_run else _promoted(gate, request)
    result = promotion.result
    if output_format is OutputFormat.JSON:
        emit_json(promotion.to_json())
    else:
        console = stdout_console()
        console.print(gate_view(result))
        done = done_view(promotion, dry_run=request.dry_run, forced=request.force)
        console.print(done, soft_wrap=True)
    through = result.allowed or (request.force and not request.dry_run)
    return FINE if through else NO


def _asked(gate: Gate, request: PromoteRequest) -> Promotion:
    result = check_promotion_gate(
        gate.ledger,
        gate.config,
        request.prompt_name,
        version=request.version,
        from_alias=request.from_alias,
        to_alias=request.to_alias,
    )
    return Promotion(result, executed=False)


def _promoted(gate: Gate, request: PromoteRequest) -> Promotion:
    return execute_promotion(
        gate.ledger,
        gate.config,
        request.prompt_name,
        version=request.version,
        from_alias=request.from_alias,
        to_alias=request.to_alias,
        actor=request.actor,
        reason=request.reason,
        force=request.force,
    )


def rollback(
    gate: Gate,
    prompt_name: str,
    *,
    alias: str,
    reason: str,
    actor: str,
    output_format: OutputFormat,
) -> int:
    """Take an alias back to the version it had before.

    Raises:
        ConflictError: Somebody else is moving the alias.
        NotFoundError: There is no such prompt.
        LedgerError: The ledger cannot be read or written.
    """
    try:
        record = execute_rollback(
            gate.ledger, gate.config, prompt_name, alias=alias, reason=reason, actor=actor
        )
    except NothingToRollBackError as error:
        say(str(error))
        return NO
    emit(to_jsonable(record), output_format, render=lambda: f"Rolled back {audit_text(record)}")
    if record.note:
        say(
            "An earlier call had begun this rollback; it was finished, and there was no second one."
        )
    say(
        f"Other processes may serve v{record.from_version} for another {PROMPT_CACHE_SECONDS} s: "
        "that is how long MLflow's clients keep a prompt."
    )
    return FINE
