"""What ``assay run-evals`` does: run, show as it goes, then check what was run."""

from dataclasses import dataclass
from typing import Any

from assay.apps.cli.gate_checks import check_view
from assay.apps.cli.gate_progress import SuiteView
from assay.apps.cli.output import OutputFormat, emit_json, say, stdout_console
from assay.apps.services.gate import Gate
from assay.apps.services.gate_suites import check_of, chosen_prompts, run_suite
from assay.gate.jsonable import to_jsonable
from assay.gate.results import CheckResult
from assay.gate.suite_plan import suite_members
from assay.gate.suite_results import Outcome, SuiteResult


FINE, NO, NO_ANSWER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What one call of ``assay run-evals`` asks."""

    suite: str | None = None
    eval_types: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    jobs: int = 4
    check: bool = True
    verbose: bool = False


def run_evals(gate: Gate, request: RunRequest, *, output_format: OutputFormat) -> int:
    """Run eval types and print what they came to.

    Returns:
        0 if all passed and none regressed, 1 if one failed or regressed, 2 if one had no
        answer.

    Raises:
        InvalidInputError: A suite or an eval type is not declared.
        NotFoundError: A prompt, a version or an alias does not exist.
        LedgerError: The ledger cannot be read or written.
        KeyboardInterrupt: After Ctrl-C; the runs are closed.
    """
    suite = None if request.eval_types else request.suite or "core"
    names = request.eval_types if suite is None else suite_members(gate.config, suite)
    prompts = chosen_prompts(gate, request.prompts)
    with SuiteView(output_format, verbose=request.verbose) as view:
        result = run_suite(
            gate,
            names,
            suite=suite,
            jobs=request.jobs,
            prompts=prompts,
            on_progress=view.update,
        )
    checked = check_of(gate, result.results) if request.check else None
    if output_format is OutputFormat.JSON:
        emit_json(suite_document(result, checked))
    else:
        _print(result, checked, verbose=request.verbose)
    return exit_code(result, checked)


def suite_document(result: SuiteResult, checked: CheckResult | None) -> dict[str, Any]:
    """Return a suite with its check as JSON."""
    found: dict[str, Any] = to_jsonable(result)
    return {**found, "passed": result.passed, "check": to_jsonable(checked)}


def exit_code(result: SuiteResult, checked: CheckResult | None) -> int:
    """Return 1 where one failed or regressed, else 2 where one had no answer, else 0."""
    outcomes = {each.outcome for each in result.results}
    if Outcome.FAIL in outcomes or (checked is not None and checked.has_regressions):
        return NO
    return NO_ANSWER if Outcome.ERROR in outcomes or not result.results else FINE


def _print(result: SuiteResult, checked: CheckResult | None, *, verbose: bool) -> None:
    console = stdout_console()
    if checked is not None:
        console.print(check_view(checked, verbose=verbose))
    passed = sum(each.outcome is Outcome.PASS for each in result.results)
    say(f"{passed} of {len(result.results)} passed in {result.duration_seconds:.1f} s")
