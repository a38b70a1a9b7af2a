"""``assay trend``, ``check``, ``promote``, ``rollback`` and ``run-evals``: the gate's commands."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from assay.apps.cli.gate_options import (
    Actor,
    CheckFormat,
    EvalType,
    TrackingUri,
)
from assay.apps.cli.options import Format
from assay.apps.cli.output import OutputFormat


if TYPE_CHECKING:
    from assay.apps.services.gate import Gate


PromptName = Annotated[str, typer.Argument(metavar="NAME", help="The prompt's name.")]


def with_gate(
    work: "Callable[[Gate], int]", *, tracking_uri: str | None, create: bool = False
) -> None:
    """Open the gate of this folder, do the work, and exit with its code."""
    from assay.apps.cli.interrupts import terminated_as_interrupted
    from assay.apps.cli.loading import settings_for
    from assay.apps.cli.output import say
    from assay.apps.services.gate import open_gate

    settings = settings_for(tracking_uri=tracking_uri)

    def warn(text: str) -> None:
        say(f"Warning: {text}")

    def making(ledger: str) -> None:
        say(f"Making the ledger {ledger}; MLflow takes 5 to 10 seconds for it, once.")

    with (
        terminated_as_interrupted(),
        open_gate(settings, create=create, warn=warn, on_create=making) as gate,
    ):
        code = work(gate)
    if code:
        raise typer.Exit(code)


def trend(
    eval_type: EvalType = None,
    limit: Annotated[
        int,
        typer.Option(
            min=1, max=1000, envvar="ASSAY_TREND_LIMIT", help="Newest runs per eval type."
        ),
    ] = 10,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Show where each eval type is heading, and what changed on the way."""
    from assay.apps.cli import gate_commands
    from assay.core.errors import NoLedgerError

    try:
        with_gate(
            lambda gate: gate_commands.trend(
                gate, eval_type=eval_type, limit=limit, output_format=output_format
            ),
            tracking_uri=tracking_uri,
        )
    except NoLedgerError as absence:
        gate_commands.no_trend(absence, output_format)


def check(
    eval_type: EvalType = None,
    run_id: Annotated[
        str | None,
        typer.Option("--run-id", envvar="ASSAY_CHECK_RUN_ID", help="Judge this run."),
    ] = None,
    require_evidence: Annotated[
        bool,
        typer.Option(
            "--require-evidence",
            envvar="ASSAY_REQUIRE_EVIDENCE",
            help="A regression that could be bad luck is a warning.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", envvar="ASSAY_STRICT", help="Exit 3 on inconclusive.")
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", envvar="ASSAY_CHECK_VERBOSE", help="Show every flipped case."),
    ] = False,
    tracking_uri: TrackingUri = None,
    output_format: Annotated[
        CheckFormat,
        typer.Option(
            "--format",
            "-f",
            envvar="ASSAY_CHECK_FORMAT",
            help="table for people, json for programs, junit and markdown for CI.",
        ),
    ] = CheckFormat.TABLE,
) -> None:
    """Check each eval type against its baseline; exit 1 on a regression."""
    from assay.apps.cli import gate_commands

    request = gate_commands.CheckRequest(
        eval_type=eval_type,
        run_id=run_id,
        require_evidence=require_evidence,
        strict=strict,
        verbose=verbose,
    )
    with_gate(
        lambda gate: gate_commands.check(gate, request, output_format=output_format),
        tracking_uri=tracking_uri,
    )


def promote(  # noqa: PLR0913  # one parameter per option
    name: PromptName,
    from_alias: Annotated[
        str,
        typer.Option(
            "--from-alias", envvar="ASSAY_FROM_ALIAS", help="Promote the version it points at."
        ),
    ] = "experiment",
    to_alias: Annotated[
        str, typer.Option("--to-alias", envvar="ASSAY_TO_ALIAS", help="The alias to move.")
    ] = "production",
    version: Annotated[
        int | None,
        typer.Option(
            "--version", min=1, envvar="ASSAY_PROMPT_VERSION", help="Promote this version instead."
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", envvar="ASSAY_FORCE", help="Skip the gate; the audit says that it was."
        ),
    ] = False,
    actor: Actor = None,
    reason: Annotated[
        str, typer.Option("--reason", envvar="ASSAY_PROMOTE_REASON", help="Why, for the audit.")
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", envvar="ASSAY_DRY_RUN", help="Show the gate, change nothing."),
    ] = False,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Move an alias to a new version if its evaluations allow it; exit 1 if they do not."""
    from assay.apps.cli import gate_commands
    from assay.apps.services.actor import acting

    request = gate_commands.PromoteRequest(
        prompt_name=name,
        version=version,
        from_alias=from_alias,
        to_alias=to_alias,
        actor=acting(actor),
        reason=reason,
        force=force,
        dry_run=dry_run,
    )
    with_gate(
        lambda gate: gate_commands.promote(gate, request, output_format=output_format),
        tracking_uri=tracking_uri,
    )


def rollback(
    name: PromptName,
    reason: Annotated[
        str, typer.Option("--reason", envvar="ASSAY_ROLLBACK_REASON", help="Why, for the audit.")
    ],
    alias: Annotated[
        str, typer.Option("--alias", envvar="ASSAY_ROLLBACK_ALIAS", help="The alias to move back.")
    ] = "production",
    actor: Actor = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Take an alias back to the version it had before; exit 1 if there is none."""
    from assay.apps.cli import gate_commands
    from assay.apps.services.actor import acting

    with_gate(
        lambda gate: gate_commands.rollback(
            gate,
            name,
            alias=alias,
            reason=reason,
            actor=acting(actor),
            output_format=output_format,
        ),
        tracking_uri=tracking_uri,
    )


def run_evals(
    suite: Annotated[
        str | None,
        typer.Option(
            "--suite",
            envvar="ASSAY_SUITE",
            help="A suite of the config, such as core (the default) or full.",
            show_default=False,
        ),
    ] = None,
    eval_type: Annotated[
        list[str] | None,
        typer.Option(
            "--eval-type",
            envvar="ASSAY_EVAL_TYPE",
            help="Run this one instead of a suite; may be repeated.",
            show_default=False,
        ),
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            "--prompt",
            metavar="NAME=VERSION",
            envvar="ASSAY_PROMPT",
            help="Use this version of a prompt; may be repeated.",
            show_default=False,
        ),
    ] = None,
    check_after: Annotated[
        bool,
        typer.Option(
            "--check/--no-check", envvar="ASSAY_CHECK", help="Check for regressions afterwards."
        ),
    ] = True,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, envvar="ASSAY_JOBS", help="Eval types at once.")
    ] = 4,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", envvar="ASSAY_VERBOSE", help="Show cases that do not pass as they come."
        ),
    ] = False,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Run eval types, log them, and check for regressions; exit 1 if one fails or regresses."""
    from assay.apps.cli import gate_running

    if suite is not None and eval_type:
        raise typer.BadParameter("Give --suite or --eval-type, not both.")
    request = gate_running.RunRequest(
        suite=suite,
        eval_types=tuple(eval_type or ()),
        prompts=tuple(prompt or ()),
        jobs=jobs,
        check=check_after,
        verbose=verbose,
    )
    with_gate(
        lambda gate: gate_running.run_evals(gate, request, output_format=output_format),
        tracking_uri=tracking_uri,
        create=True,
    )
