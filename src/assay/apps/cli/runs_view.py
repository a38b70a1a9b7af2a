"""What ``assay runs`` asks of the server and how it shows the answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.cli import tables
from assay.apps.cli.loading import settings_for
from assay.apps.cli.output import OutputFormat, emit, emit_json, stdout_console
from assay.core.wire.runs import RunList, RunListEntry
from assay.experiments.client import Client


if TYPE_CHECKING:
    from rich.table import Table


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


def _runs_table(page: RunList) -> "Table | str":
    from rich.table import Table

    if not page.evaluations:
        return "No runs yet. Make some: assay demo, assay bench run, or evaluate() from Python."
    table = Table(title=f"{page.pagination.total} runs", title_justify="left")
    for name in ("run", "kind", "name", "candidate", "status"):
        table.add_column(name, no_wrap=name == "run")
    for name in ("ended", "pass rate", "created"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in page.evaluations:
        table.add_row(*_run_row(run))
    return table


def _run_row(run: RunListEntry) -> list[str]:
    from rich.markup import escape

    summary = run.summary
    ended = tables.MISSING if summary is None else f"{summary.ended}/{run.planned or '?'}"
    return [
        run.id,
        run.kind,
        escape(run.name),
        escape(run.candidate),
        run.status,
        ended,
        tables.percent(None if summary is None else summary.pass_rate),
        f"{run.created_at:%Y-%m-%d %H:%M}",
    ]


def show(run_id: str, client: Client, output_format: OutputFormat) -> None:
    """Print one run with its aggregates."""
    run = client.runs.get(run_id)
    result = client.runs.result(run_id)
    if output_format is OutputFormat.JSON:
        emit_json({"run": run, "result": result.model_dump(mode="json")})
        return
    console = stdout_console()
    console.print(_facts(run))
    result.print_table(console=console)


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
