"""Options that several commands share, each with its environment twin."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assay.apps.cli.gate_options import GATE_VARIABLES
from assay.apps.cli.output import OutputFormat


class ExportKind(StrEnum):
    """A kind of file that a report is written as."""

    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


VARIABLES = GATE_VARIABLES | frozenset(
    {
        "ASSAY_AGAIN",
        "ASSAY_BENCH_DATASET",
        "ASSAY_BENCH_MODELS",
        "ASSAY_BENCH_NAME",
        "ASSAY_BENCH_OUTPUT",
        "ASSAY_BENCH_REPEATS",
        "ASSAY_BENCH_RESUME",
        "ASSAY_DEBUG",
        "ASSAY_EXPORT_KIND",
        "ASSAY_EXPORT_OUTPUT",
        "ASSAY_FORMAT",
        "ASSAY_OPEN",
        "ASSAY_RUNS_KIND",
        "ASSAY_RUNS_LIMIT",
        "ASSAY_RUNS_NAME",
        "ASSAY_RUNS_STATUS",
    }
)
"""Environment twins of flags that are no settings."""

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
Limit = Annotated[
    int, typer.Option(min=1, max=500, envvar="ASSAY_RUNS_LIMIT", help="At most so many.")
]
