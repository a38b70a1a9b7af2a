"""``assay db``: the schema of the database."""

import typer

from assay.apps.cli.options import DataDir, Format
from assay.apps.cli.output import OutputFormat, emit


app = typer.Typer(no_args_is_help=True, help="Look after the database.")


@app.callback()
def _database() -> None:
    """Look after the database."""


@app.command()
def upgrade(data_dir: DataDir = None, output_format: Format = OutputFormat.TABLE) -> None:
    """Bring the database to the newest schema; does nothing if it is there."""
    from assay.apps.cli.loading import settings_for
    from assay.store import migrations

    url = settings_for(data_dir=data_dir).resolved_database_url
    before = migrations.current(url)
    migrations.upgrade(url)
    after = migrations.current(url)
    document = {"before": before, "after": after, "changed": before != after}
    said = f"{before or 'empty'} → {after}" if before != after else f"already at {after}"
    emit(document, output_format, render=lambda: f"Schema: {said}")
