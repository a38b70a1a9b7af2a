"""``assay prompts``: versions of prompts, what they are called, and who moved what."""

from pathlib import Path
from typing import Annotated

import typer

from assay.apps.cli.gate import PromptName, with_gate
from assay.apps.cli.gate_options import Actor, TrackingUri
from assay.apps.cli.options import Format
from assay.apps.cli.output import OutputFormat


app = typer.Typer(no_args_is_help=True, help="Prompts: versions, aliases and their history.")


@app.command()
def register(  # noqa: PLR0913  # one parameter per option
    name: PromptName,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The text, or a .json list of messages; - for standard input."
        ),
    ],
    message: Annotated[
        str,
        typer.Option("--message", "-m", envvar="ASSAY_PROMPT_MESSAGE", help="What changed."),
    ] = "",
    alias: Annotated[
        str | None,
        typer.Option(
            "--alias",
            envvar="ASSAY_PROMPT_ALIAS",
            help="Point this alias at it; by default the one of [gate] prompt_alias.",
            show_default=False,
        ),
    ] = None,
    no_alias: Annotated[
        bool, typer.Option("--no-alias", envvar="ASSAY_NO_ALIAS", help="Point no alias at it.")
    ] = False,
    run_evals: Annotated[
        bool,
        typer.Option(
            "--run-evals/--no-run-evals",
            envvar="ASSAY_RUN_EVALS",
            help="Run the core suite with it at once.",
        ),
    ] = True,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, envvar="ASSAY_JOBS", help="Eval types at once.")
    ] = 4,
    actor: Actor = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Store a new version and run the core suite with it."""
    from assay.apps.cli import gate_registering
    from assay.apps.services.actor import acting

    request = gate_registering.RegisterRequest(
        name=name,
        file=file,
        message=message,
        alias=alias,
        no_alias=no_alias,
        run_evals=run_evals,
        jobs=jobs,
        actor=acting(actor),
    )
    with_gate(
        lambda gate: gate_registering.register(gate, request, output_format=output_format),
        tracking_uri=tracking_uri,
        create=True,
    )


@app.command("list")
def list_prompts(
    tracking_uri: TrackingUri = None, output_format: Format = OutputFormat.TABLE
) -> None:
    """List prompts with their aliases."""
    from assay.apps.cli import gate_prompts_view

    with_gate(
        lambda gate: gate_prompts_view.list_prompts(gate, output_format), tracking_uri=tracking_uri
    )


@app.command()
def show(
    name: PromptName,
    version: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION]", help="A number or an alias; the newest if absent."),
    ] = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Show one version with its text."""
    from assay.apps.cli import gate_prompts_view

    with_gate(
        lambda gate: gate_prompts_view.show(gate, name, version, output_format=output_format),
        tracking_uri=tracking_uri,
    )


@app.command()
def diff(
    name: PromptName,
    before: Annotated[str, typer.Argument(metavar="FROM", help="A number or an alias.")],
    after: Annotated[
        str | None,
        typer.Argument(metavar="[TO]", help="A number or an alias; the newest if absent."),
    ] = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Compare the texts of two versions."""
    from assay.apps.cli import gate_prompts_view

    with_gate(
        lambda gate: gate_prompts_view.diff(
            gate, name, before=before, after=after, output_format=output_format
        ),
        tracking_uri=tracking_uri,
    )


@app.command()
def history(
    name: PromptName,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Show every version, and every promotion and rollback."""
    from assay.apps.cli import gate_prompts_view

    with_gate(
        lambda gate: gate_prompts_view.history(gate, name, output_format=output_format),
        tracking_uri=tracking_uri,
    )
