"""Running suites of one project: which eval types, with which prompts, and what they came to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from assay.apps.services.core_suite import SUITE, SuiteMark, SuiteState, write_mark
from assay.apps.services.eval_runner import EngineRunner
from assay.apps.services.gate import Gate, gateways_of_project
from assay.apps.services.gate_prompts import find_version
from assay.core.errors import AssayError, InvalidInputError
from assay.core.prompts import PromptVersion
from assay.gate.check import check_all_regressions
from assay.gate.config import EvalTypeConfig
from assay.gate.results import CheckResult, Skipped
from assay.gate.suite_results import EvalResult, OnProgress, SuiteResult
from assay.gate.suites import run_eval_suite


DEFAULT_JOBS = 4


def _ignore(_progress: object) -> None:
    """Hear and do nothing."""


def runner_of(gate: Gate) -> EngineRunner:
    """Return what runs the project's eval types."""
    return EngineRunner(
        folder=gate.folder,
        gateways=gateways_of_project(gate),
        log_traces=gate.ledger.log_traces if gate.config.traces else None,
    )


def run_suite(
    gate: Gate,
    eval_types: Iterable[str],
    *,
    suite: str | None = None,
    jobs: int = DEFAULT_JOBS,
    prompts: Mapping[str, PromptVersion] | None = None,
    on_progress: OnProgress = _ignore,
    cancelled: Callable[[], bool] = lambda: False,
) -> SuiteResult:
    """Run eval types by the engine and log each; see ``gate.run_eval_suite``.

    Raises:
        InvalidInputError: An eval type is not declared.
        NotFoundError: A prompt, or its alias, does not exist.
        LedgerError: The ledger cannot be read or written.
    """
    return run_eval_suite(
        gate.ledger,
        gate.config,
        eval_types,
        run_eval=runner_of(gate),
        on_progress=on_progress,
        jobs=jobs,
        prompts=prompts,
        suite=suite,
        cancelled=cancelled,
    )


def check_of(gate: Gate, results: Sequence[EvalResult]) -> CheckResult | None:
    """Check the eval types that were just run and can be judged; None if there are none."""
    names = [result.eval_type for result in results if result.pass_rate is not None]
    if not names:
        return None
    return check_all_regressions(gate.ledger, gate.config, eval_types=names)


def chosen_prompts(gate: Gate, choices: Iterable[str]) -> dict[str, PromptVersion]:
    """Read ``NAME=VERSION`` (a number or an alias) for each prompt to be used.

    Raises:
        InvalidInputError: If one is not of that form.
        NotFoundError: If there is no such prompt or version.
    """
    found: dict[str, PromptVersion] = {}
    for choice in choices:
        name, mark, version = choice.partition("=")
        if not (name and mark and version):
            raise InvalidInputError(
                f"{choice!r} is no NAME=VERSION; write for instance --prompt assistant=3."
            )
        found[name] = find_version(gate.ledger, name, version)
    return found


@dataclass(frozen=True, slots=True)
class CorePlan:
    """Which eval types of the core suite a new prompt version is tried with.

    Attributes:
        skipped: Those that cannot be run yet, and why.
    """

    eval_types: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()


def plan_core(gate: Gate, prompt_name: str) -> CorePlan:
    """Choose the eval types of the core suite that use a prompt; all where none says so.

    Those are left out that are not declared, or need another prompt that is not there yet.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    config = gate.config
    members = config.suites.get(SUITE, ())
    kinds = [config.eval_types[name] for name in members if name in config.eval_types]
    users = [kind for kind in kinds if prompt_name in kind.prompts]
    wanted = users or kinds
    aliases = {prompt.name: prompt.aliases for prompt in gate.ledger.list_prompts()}
    absent = {
        kind.name: [
            name
            for name in kind.prompts
            if name != prompt_name and config.prompt_alias not in aliases.get(name, {})
        ]
        for kind in wanted
    }
    return CorePlan(
        tuple(kind.name for kind in wanted if not absent[kind.name]),
        tuple(
            _waiting(kind, absent[kind.name], config.prompt_alias)
            for kind in wanted
            if absent[kind.name]
        ),
    )


def _waiting(kind: EvalTypeConfig, absent: Sequence[str], alias: str) -> Skipped:
    names = ", ".join(f"{name}@{alias}" for name in absent)
    return Skipped(kind.name, f"it also needs {names}, which is not there yet")


def run_core(
    gate: Gate,
    version: PromptVersion,
    plan: CorePlan,
    *,
    mark: SuiteMark,
    jobs: int = DEFAULT_JOBS,
    on_progress: OnProgress = _ignore,
) -> SuiteResult:
    """Run the core suite with a new version; the version's mark says how it ended.

    Args:
        gate: The project.
        version: The new version; other prompts are those of the alias ``prompt_alias``.
        plan: What to run; at least one eval type.
        mark: The mark that is on the version, of state ``running``.
        jobs: How many eval types run at once.
        on_progress: Hears what happens.

    Raises:
        AssayError: The suite could not be run; the mark says so if it can be written.
    """
    try:
        result = run_suite(
            gate,
            plan.eval_types,
            suite=SUITE,
            jobs=jobs,
            prompts={version.name: version},
            on_progress=on_progress,
        )
    except BaseException as error:
        _mark_failed(gate, version, mark, str(error) or type(error).__name__)
        raise
    runs = tuple(each.run_id for each in result.results if each.run_id is not None)
    write_mark(gate.ledger, version, replace(mark, state=SuiteState.DONE, run_ids=runs))
    return result


def _mark_failed(gate: Gate, version: PromptVersion, mark: SuiteMark, why: str) -> None:
    with suppress(AssayError):
        failed = replace(mark, state=SuiteState.FAILED, why=why[:1000])
        write_mark(gate.ledger, version, failed)
