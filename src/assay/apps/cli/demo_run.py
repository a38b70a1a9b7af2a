"""Running the demo and saying what it made."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.apps.cli.loading import settings_for
from assay.apps.cli.output import OutputFormat, emit, say
from assay.apps.cli.workbench import open_workbench
from assay.apps.demo.story import DemoResult, run_demo


if TYPE_CHECKING:
    from rich.console import Group


def run(*, data_dir: Path | None, again: bool, output_format: OutputFormat) -> None:
    """Run the demo, unless it is there, and print what it made."""
    settings = settings_for(data_dir=data_dir)
    with open_workbench(settings) as services:
        results = run_demo(services, settings, again=again, say=say)
    document: dict[str, Any] = {
        "made": [{"what": r.what, "name": r.name, "id": r.id, "says": r.says} for r in results]
    }
    emit(document, output_format, render=lambda: _lines(results))
    say("Look at it with: assay up")


def _lines(results: list[DemoResult]) -> "Group":
    from rich.console import Group
    from rich.text import Text

    lines: list[Text] = []
    for result in results:
        lines += [
            Text(result.name, style="bold"),
            Text(f"  {result.says}"),
            Text(f"  {result.what} {result.id}", style="dim"),
        ]
    return Group(*lines)
