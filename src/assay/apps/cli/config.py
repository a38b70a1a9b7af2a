"""``assay config``: every setting, its value and where it came from."""

from typing import Any

import typer

from assay.apps.cli.figures import MISSING
from assay.apps.cli.grid import Column, Grid
from assay.apps.cli.options import DataDir, Format
from assay.apps.cli.output import OutputFormat, emit


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


def _table(rows: list[dict[str, Any]]) -> Grid:
    shown = [MISSING if row["value"] is None else str(row["value"]) for row in rows]
    return Grid(
        title="Settings",
        columns=[
            Column("setting", [row["name"] for row in rows], right=False),
            Column("value", shown, right=False, folds=True),
            Column("from", [row["source"] for row in rows], right=False, folds=True),
        ],
    )
