"""``assay config``: every setting, its value and where it came from."""

from typing import TYPE_CHECKING, Any

import typer

from assay.apps.cli.options import DataDir, Format
from assay.apps.cli.output import OutputFormat, emit


if TYPE_CHECKING:
    from rich.table import Table


app = typer.Typer(no_args_is_help=True, help="Look at the settings.")


@app.callback()
def _config() -> None:
    """Look at the settings."""


@app.command()
def show(data_dir: DataDir = None, output_format: Format = OutputFormat.TABLE) -> None:
    """Print each setting, its value and where it came from; secrets are masked."""
    from assay.apps.cli.loading import loaded_settings

    shown = loaded_settings(data_dir=data_dir).shown()
    rows = [{"name": name, "value": value, "source": source} for name, value, source in shown]
    emit({"settings": rows}, output_format, render=lambda: _table(rows))


def _table(rows: list[dict[str, Any]]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Settings", title_justify="left")
    table.add_column("setting", no_wrap=True)
    table.add_column("value")
    table.add_column("from", style="dim")
    for row in rows:
        shown = "–" if row["value"] is None else escape(str(row["value"]))
        table.add_row(row["name"], shown, escape(row["source"]))
    return table
