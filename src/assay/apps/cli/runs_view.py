"""What ``assay runs`` asks of the server and how it shows the answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.cli.figures import MISSING, percent
from assay.apps.cli.grid import Column, Grid
from assay.apps.cli.loading import settings_for
from assay.apps.cli.output import OutputFormat, emit, emit_json, say, stdout_console
from assay.core.errors import NotFoundError
from assay.core.wire.runs import RunList, RunListEntry
from assay.experiments.client import Client


if TYPE_CHECKING:
    from rich.table import Table


_MOST_MODELS = 1000


def connect(data_dir: Path | None, server_url: str | None) -> Client:
    """Return a client for the server that the settings name, embedded without one."""
    settings = settings_for(data_dir=data_dir, server_url=server_url)
    key = settings.api_key
    return Client(
        server_url=settings.server_url,
        api_key=None if key is None else key.get_secret_value(),
        data_dir=settings.data_dir,
    )


def list_runs(query: dict[str, Any], client: Client, output_format: OutputFormat) -> None:
    """Print one page of runs, newest first."""
    document = client.runs.list(**query)
    emit(document, output_format, render=lambda: _runs_table(RunList.model_validate(document)))


def _runs_table(page: RunList, *, order: str = ", newest first") -> "Grid | str":
    runs = page.evaluations
    if not runs:
        return "No runs yet. Make some: assay demo, assay bench run, or evaluate() from Python."
    return Grid(
        title=f"{len(runs)} of {page.pagination.total} runs{order}",
        columns=[
            Column("run", [run.id for run in runs], right=False),
            Column("name", [run.name for run in runs], right=False, folds=True),
            Column("kind", [run.kind for run in runs], right=False, yields=3),
            Column("candidate", [run.candidate for run in runs], right=False, yields=4),
            Column("status", [run.status for run in runs], right=False),
            Column("ended", [_ended(run) for run in runs], yields=1),
            Column("pass rate", [_pass_rate(run) for run in runs]),
            Column("created", [f"{run.created_at:%Y-%m-%d %H:%M}" for run in runs], yields=2),
        ],
    )


def _ended(run: RunListEntry) -> str:
    planned = "?" if run.planned is None else run.planned
    return MISSING if run.summary is None else f"{run.summary.ended}/{planned}"


def _pass_rate(run: RunListEntry) -> str:
    return percent(None if run.summary is None else run.summary.pass_rate)


def show(run_id: str, client: Client, output_format: OutputFormat) -> None:
    """Print one run with its aggregates; of an evaluation, print its runs.

    Raises:
        NotFoundError: If the id is neither a run's nor an evaluation's.
    """
    try:
        run = client.runs.get(run_id)
    except NotFoundError as unknown:
        _show_evaluation(run_id, client, output_format, unknown=unknown)
        return
    result = client.runs.result(run_id)
    if output_format is OutputFormat.JSON:
        emit_json({"run": run, "result": result.model_dump(mode="json")})
        return
    console = stdout_console()
    console.print(_facts(run))
    result.print_table(console=console)


def _show_evaluation(
    evaluation_id: str, client: Client, output_format: OutputFormat, *, unknown: NotFoundError
) -> None:
    """Print the runs of an evaluation, or raise ``unknown`` if it has none."""
    document = client.runs.list(evaluation_id=evaluation_id, limit=_MOST_MODELS, sort="created_at")
    if not document["evaluations"]:
        raise unknown
    say(f"{evaluation_id} is an evaluation; these are its runs. Show one with its own id.")
    page = RunList.model_validate(document)
    emit(document, output_format, render=lambda: _runs_table(page, order=" of the evaluation"))


def _facts(run: dict[str, Any]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    facts = Table.grid(padding=(0, 2))
    for name in ("run_id", "kind", "candidate", "dataset_id", "created_at", "stop_reason"):
        if run.get(name) is not None:
            facts.add_row(f"[dim]{name}[/]", escape(str(run[name])))
    return facts


def compare(new: str, old: str, client: Client, output_format: OutputFormat) -> None:
    """Print how a new run differs from an old one."""
    comparison = client.runs.compare(new, old)
    if output_format is OutputFormat.JSON:
        emit_json(comparison.model_dump(mode="json", by_alias=True))
        return
    comparison.print_table(console=stdout_console())
