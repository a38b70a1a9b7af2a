"""The ``assay`` command: its parts, and the one place where errors become exit codes.

Exit codes: 0 done, 1 the answer is no, 2 could not answer, 130 interrupted. Rooms are
imported inside commands, so that ``assay --help`` starts at once.
"""

import os
import sys
import traceback
from typing import Annotated

import typer

from assay._version import __version__
from assay.apps.cli import bench, config, database, demo, doctor, runs, up
from assay.apps.cli.output import say
from assay.kit.errors import AssayError
from assay.kit.redaction import redact


app = typer.Typer(
    name="assay",
    help="How good is this candidate, and may it ship?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to load than a light command to run
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("doctor")(doctor.doctor)
app.add_typer(config.app, name="config")
app.add_typer(bench.app, name="bench")
app.add_typer(runs.app, name="runs")
app.add_typer(database.app, name="db")


def _print_version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Evaluate candidates: functions, prompts, hosted models and trained ones."""
    del version


def run() -> None:
    """Run the command line and exit with its code; the entry point of the package."""
    try:
        app()
    except AssayError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        say("Interrupted. What had finished is stored.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  the last door: a defect becomes one line
        if "ASSAY_DEBUG" in os.environ:
            traceback.print_exc()
        _fail(
            f"An unexpected {type(error).__name__}: {error}. This is a defect in Assay; "
            "set ASSAY_DEBUG=1 to see where."
        )


def _fail(message: str) -> None:
    say(f"Error: {redact(message)}")
    sys.exit(2)
