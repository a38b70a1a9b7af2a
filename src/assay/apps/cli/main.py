"""The ``assay`` command: its parts, and the one place where errors become exit codes.

Exit codes: 0 done, 1 the answer is no, 2 could not answer, 130 interrupted. Rooms are
imported inside commands, so that ``assay --help`` starts at once.
"""

import logging
import sys
from typing import Annotated, NoReturn

import typer

from assay._version import __version__
from assay.apps.cli import (
    bench,
    config,
    database,
    demo,
    doctor,
    gate,
    gate_baseline,
    gate_prompts,
    runs,
    up,
)
from assay.apps.cli.output import replace_unprintable, say
from assay.kit.errors import AssayError
from assay.kit.redaction import redact


_LOG = logging.getLogger("assay")

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
app.command("trend")(gate.trend)
app.command("check")(gate.check)
app.command("promote")(gate.promote)
app.command("rollback")(gate.rollback)
app.command("run-evals")(gate.run_evals)
app.add_typer(gate_prompts.app, name="prompts")
app.add_typer(gate_baseline.app, name="baseline")
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
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            envvar="ASSAY_DEBUG",
            help="Log to standard error, with the trace of a failure.",
        ),
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Evaluate candidates: functions, prompts, hosted models and trained ones."""
    del version
    if verbose:
        from assay.kit.log import configure_log

        configure_log(level=logging.DEBUG, as_json=False, stream=sys.stderr)


def run() -> None:
    """Run the command line and exit with its code; the entry point of the package."""
    replace_unprintable()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except AssayError as error:
        _fail(str(error), error)
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        _fail(f"{where}{error.strerror or error}.", error)
    except Exception as error:  # noqa: BLE001  the last door: a defect becomes one line
        _fail(
            f"An unexpected {type(error).__name__}: {error}. This is a defect in Assay; "
            "run it with --verbose to see where.",
            error,
        )


def _fail(message: str, error: Exception) -> NoReturn:
    """Say why and exit; the trace goes to the log, which is silent unless asked for."""
    if _LOG.isEnabledFor(logging.DEBUG):
        from assay.kit.log import get_logger

        get_logger("cli").debug("command_failed", exc_info=error)
    say(f"Error: {redact(message)}")
    sys.exit(2)
