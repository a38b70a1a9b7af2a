"""Options that several commands share, each with its environment twin."""

from pathlib import Path
from typing import Annotated

import typer

from assay.apps.cli.output import OutputFormat


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of the embedded database and files (default .assay; environment ASSAY_DATA_DIR).",
        show_default=False,
        file_okay=False,
    ),
]
Format = Annotated[
    OutputFormat,
    typer.Option(
        "--format", "-f", envvar="ASSAY_FORMAT", help="table for people, json for programs."
    ),
]
ServerUrl = Annotated[
    str | None,
    typer.Option(
        "--server-url",
        help="Ask this server instead of the embedded one (environment ASSAY_SERVER_URL).",
        show_default=False,
    ),
]
