"""``assay runs``: list, show and compare runs, asked of the server or the embedded one."""

from typing import Annotated

import typer

from assay.apps.cli.options import DataDir, Format, Limit, ServerUrl
from assay.apps.cli.output import OutputFormat
from assay.core.runs import RunKind, RunStatus


app = typer.Typer(no_args_is_help=True, help="Look at runs of experiments and benches.")


@app.command("list")
def list_runs(
    kind: Annotated[
        RunKind | None, typer.Option(envvar="ASSAY_RUNS_KIND", help="What made the runs.")
    ] = None,
    status: Annotated[
        RunStatus | None,
        typer.Option(envvar="ASSAY_RUNS_STATUS", help="Where the runs stand."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(envvar="ASSAY_RUNS_NAME", help="Part of the name.")
    ] = None,
    limit: Limit = 20,
    data_dir: DataDir = None,
    server_url: ServerUrl = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """List runs, newest first."""
    from assay.apps.cli import runs_view

    query = {
        "kind": None if kind is None else kind.value,
        "status": None if status is None else status.value,
        "name": name,
        "limit": limit,
    }
    runs_view.list_runs(query, runs_view.connect(data_dir, server_url), output_format)


@app.command()
def show(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="The id of a run or of an evaluation.")
    ],
    data_dir: DataDir = None,
    server_url: ServerUrl = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Show one run with its aggregates; of an evaluation, its runs."""
    from assay.apps.cli import runs_view

    runs_view.show(run_id, runs_view.connect(data_dir, server_url), output_format)


@app.command()
def compare(
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new run's id.")],
    old: Annotated[str, typer.Argument(metavar="OLD", help="The old run's id.")],
    data_dir: DataDir = None,
    server_url: ServerUrl = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Compare a new run with an old one, paired datapoint by datapoint."""
    from assay.apps.cli import runs_view

    runs_view.compare(new, old, runs_view.connect(data_dir, server_url), output_format)
