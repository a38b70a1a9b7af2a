"""Running the demo and saying what it made."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.cli.loading import settings_for
from assay.apps.cli.output import OutputFormat, emit, say
from assay.apps.cli.workbench import open_workbench
from assay.apps.demo.story import DemoResult, run_demo


if TYPE_CHECKING:
    from rich.table import Table


def run(*, data_dir: Path | None, again: bool, output_format: OutputFormat) -> None:
    """Run the demo, unless it is there, and print what it made."""
    settings = settings_for(data_dir=data_dir)
    with open_workbench(settings) as services:
        results = run_demo(services, settings, again=again, say=say)
    document: dict[str, Any] = {
        "made": [{"what": r.what, "name": r.name, "id": r.id, "says": r.says} for r in results]
    }
    emit(document, output_format, render=lambda: _table(results))
    say("Look at it with: assay up")


def _table(results: list[DemoResult]) -> "Table":
    from rich.table import Table

    table = Table(title="The demo", title_justify="left")
    for name in ("what", "name", "says", "id"):
        table.add_column(name, no_wrap=name == "id")
    for result in results:
        table.add_row(result.what, result.name, result.says, result.id)
    return table
