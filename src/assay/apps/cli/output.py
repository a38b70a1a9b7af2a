"""Where the command line puts things: data to stdout, words to stderr."""

import io
import os
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson


if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment


_PIPED_WIDTH = 160
_KEPT = frozenset("\n\t")
_CONTROLS = {
    code: None for code in (*range(32), *range(127, 160), 0x2028, 0x2029) if chr(code) not in _KEPT
}


class OutputFormat(StrEnum):
    """How a command prints its answer."""

    TABLE = "table"
    JSON = "json"


def stdout_console() -> "Console":
    """Return the console for answers; wide where nobody says how wide it is."""
    told = sys.stdout.isatty() or "COLUMNS" in os.environ
    return _console_class()(highlight=False, width=None if told else _PIPED_WIDTH)


def stderr_console() -> "Console":
    """Return the console for words about the work: progress, warnings, errors."""
    return _console_class()(stderr=True, highlight=False)


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
    emit_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


def emit_bytes(document: bytes) -> None:
    """Print a document in UTF-8 to stdout, whatever the terminal's own encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(document)
    sys.stdout.buffer.flush()


def replace_unprintable() -> None:
    """Let the terminal show "?" for what its encoding does not have, and no command fail of it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print one line of words to stderr, without what would steer the terminal."""
    sys.stderr.write(f"{without_controls(text)}\n")


def without_controls(text: str) -> str:
    """Return a text of others' making without the characters that a terminal obeys.

    Line feeds and tabs stay. What a model answered must not clear the screen, set a title or
    paint a verdict in another colour.
    """
    return text.translate(_CONTROLS)


@cache
def _console_class() -> "type[Console]":
    """Return Rich's console, made to print the controls of its own styles and no others."""
    from rich.console import Console
    from rich.segment import Segment
    from typing_extensions import override

    class CleanConsole(Console):
        """Cleans every text on its way; what Rich itself steers by is no text."""

        @override
        def render(
            self, renderable: "RenderableType", options: "ConsoleOptions | None" = None
        ) -> "Iterable[Segment]":
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else without_controls(text), style, control)

    return CleanConsole
