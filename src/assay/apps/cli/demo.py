"""``assay demo``: fills a data folder with evaluations and runs to look at."""

from typing import Annotated

import typer

from assay.apps.cli.options import DataDir, Format
from assay.apps.cli.output import OutputFormat


def demo(
    data_dir: DataDir = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", envvar="ASSAY_AGAIN", help="Run the demo once more even if it is there."
        ),
    ] = False,
    output_format: Format = OutputFormat.TABLE,
) -> None:
    """Run two small benches of recorded answers and one experiment; no keys, no network."""
    from assay.apps.cli import demo_run

    demo_run.run(data_dir=data_dir, again=again, output_format=output_format)
