"""``assay runs``: list, show and compare runs, asked of the server or the embedded one."""

from pathlib import Path
from typing import Annotated

import typer

from assay.apps.cli.gate import with_gate
from assay.apps.cli.gate_options import TrackingUri
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


@app.command()
def publish(  # noqa: PLR0913  # one parameter per option
    eval_type: Annotated[
        str,
        typer.Option(
            "--eval-type", envvar="ASSAY_EVAL_TYPE", help="As a run of this eval type of the gate."
        ),
    ],
    run_id: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="The id of a stored run.")
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option(
            "--cases",
            envvar="ASSAY_CASES",
            help="Instead of a run, a .json or .jsonl file of {case_id, passed, score, ...}.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, envvar="ASSAY_THRESHOLD", help="Instead of the eval type's, a ratio."
        ),
    ] = None,
    pass_score: Annotated[
        float | None,
        typer.Option(
            envvar="ASSAY_PASS_SCORE", help="Where only a score is given, what passes from on."
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option(envvar="ASSAY_CANDIDATE", help="What was judged, of a file of cases."),
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(
            "--prompt",
            metavar="NAME=VERSION",
            envvar="ASSAY_PROMPT",
            help="A prompt version that was active; may be repeated.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    server_url: ServerUrl = None,
    tracking_uri: TrackingUri = None,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Log a stored run, or a report of cases, as an eval run of the gate."""
    from assay.apps.cli import runs_publish, runs_view

    request = runs_publish.PublishRequest(
        eval_type=eval_type,
        run_id=run_id,
        cases=cases,
        threshold=threshold,
        pass_score=pass_score,
        candidate=candidate,
        prompts=tuple(prompt or ()),
    )
    client = runs_view.connect(data_dir, server_url)
    with_gate(
        lambda gate: runs_publish.publish_run(gate, client, request, output_format=output_format),
        tracking_uri=tracking_uri,
        create=True,
    )
