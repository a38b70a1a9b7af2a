"""What ``assay prompts register`` does: store, point the alias, run the core suite at once."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.apps.cli.gate_progress import SuiteView
from assay.apps.cli.gate_running import suite_document
from assay.apps.cli.output import OutputFormat, emit_json, say
from assay.apps.services.core_suite import SUITE, SuiteMark, SuiteState, started
from assay.apps.services.gate import Gate
from assay.apps.services.gate_prompts import parse_template, read_template
from assay.apps.services.gate_prompts import register as store_version
from assay.apps.services.gate_suites import CorePlan, plan_core, run_core
from assay.core.prompts import ChatTemplate, PromptVersion
from assay.gate.suite_results import SuiteResult
from assay.kit.clock import SYSTEM_CLOCK


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """What one call of ``assay prompts register`` asks."""

    name: str
    file: Path
    message: str = ""
    alias: str | None = None
    no_alias: bool = False
    run_evals: bool = True
    jobs: int = 4
    actor: str = ""


def register(gate: Gate, request: RegisterRequest, *, output_format: OutputFormat) -> int:
    """Store a new version; its core suite starts before this returns and is shown live.

    The answer is about the registration: whether the suite passed is the gate's to say.

    Raises:
        InvalidInputError: The file cannot be used.
        LedgerError: The ledger cannot be read or written.
    """
    alias = None if request.no_alias else request.alias or gate.config.prompt_alias
    template = _template(request.file)
    plan = plan_core(gate, request.name) if request.run_evals else CorePlan(())
    mark = _mark(request, plan)
    version = store_version(
        gate.ledger, request.name, template, message=request.message, alias=alias, mark=mark
    )
    pointed = "" if alias is None else f", and {alias} points at it"
    _tell(f"Registered {version.name} v{version.version}{pointed}.", output_format)
    result = _run(gate, version, plan, mark=mark, request=request, output_format=output_format)
    if output_format is OutputFormat.JSON:
        emit_json(_document(version, alias, plan, result))
    return 0


def _template(file: Path) -> str | ChatTemplate:
    if str(file) == "-":
        return parse_template(sys.stdin.read(), source="standard input")
    return read_template(file)


def _mark(request: RegisterRequest, plan: CorePlan) -> SuiteMark:
    now = SYSTEM_CLOCK.now()
    if plan.eval_types:
        return started(request.actor, at=now)
    why = "nothing to run" if request.run_evals else "registered with --no-run-evals"
    return SuiteMark(SuiteState.SKIPPED, started_at=now, by=request.actor, why=why)


def _tell(text: str, output_format: OutputFormat) -> None:
    """Print a line for people; to standard error where a document is on standard output."""
    if output_format is OutputFormat.JSON:
        say(text)
    else:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _run(
    gate: Gate,
    version: PromptVersion,
    plan: CorePlan,
    *,
    mark: SuiteMark,
    request: RegisterRequest,
    output_format: OutputFormat,
) -> SuiteResult | None:
    for skip in plan.skipped:
        say(f"{skip.eval_type} is not run: {skip.reason}.")
    if not plan.eval_types:
        if request.run_evals and not plan.skipped:
            say(f"No eval type of the suite {SUITE!r} is declared, so nothing was run.")
        return None
    _tell(f"Running the suite {SUITE!r} with it:", output_format)
    with SuiteView(output_format) as view:
        result = run_core(
            gate, version, plan, mark=mark, jobs=request.jobs, on_progress=view.update
        )
    if not result.passed:
        _tell(f"Not everything passed; ask: assay promote {version.name} --dry-run", output_format)
    return result


def _document(
    version: PromptVersion, alias: str | None, plan: CorePlan, result: SuiteResult | None
) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": version.version,
        "alias": alias,
        "skipped": [{"eval_type": s.eval_type, "reason": s.reason} for s in plan.skipped],
        "suite": None if result is None else suite_document(result, None),
    }
