"""Where the command line puts things: data to stdout, words to stderr."""

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson


if TYPE_CHECKING:
    from rich.console import Console, RenderableType


_PIPED_WIDTH = 160


class OutputFormat(StrEnum):
    """How a command prints its answer."""

    TABLE = "table"
    JSON = "json"


def stdout_console() -> "Console":
    """Return the console for answers; wide where nobody says how wide it is."""
    from rich.console import Console

    told = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if told else _PIPED_WIDTH)


def stderr_console() -> "Console":
    """Return the console for words about the work: progress, warnings, errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def emit(
    document: Any, output_format: OutputFormat, *, render: Callable[[], "RenderableType"]
) -> None:
    """Print ``document`` as JSON, or what ``render`` makes of it for people."""
    if output_format is OutputFormat.JSON:
        emit_json(document)
    else:
        stdout_console().print(render())


def emit_json(document: Any) -> None:
    """Print one JSON document and a line feed to stdout."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Print one line of words to stderr, as it is."""
    sys.stderr.write(f"{text}\n")
