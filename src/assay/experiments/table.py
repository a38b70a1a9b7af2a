"""A heading, a table and notes on the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table


_NARROWEST: Final = 8
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Printout:
    """What is to be printed, as plain text.

    Attributes:
        heading: The first line.
        columns: The table's header.
        rows: Its cells, as many per row as there are columns.
        notes: Lines below it, each marked as a failure.
        more: The line after them, or None.
        summary: A line right below the table, or None.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)
    more: str | None = None
    summary: str | None = None


def show(printout: Printout, *, console: Console | None = None) -> None:
    """Print to ``console``, by default standard output."""
    target = Console() if console is None else console
    target.print(f"[bold]{escape(printout.heading)}[/bold]", soft_wrap=True)
    table = Table()
    for index, column in enumerate(printout.columns):
        if index == 0:
            table.add_column(escape(column), overflow="fold", min_width=_NARROWEST)
        else:
            table.add_column(escape(column), no_wrap=True)
    for row in printout.rows:
        table.add_row(*[escape(cell) for cell in row])
    target.print(table)
    if printout.summary is not None:
        target.print(escape(printout.summary), soft_wrap=True)
    for note in printout.notes:
        target.print(f"[red]✗[/red] {escape(_one_line(note))}", soft_wrap=True)
    if printout.more is not None:
        target.print(f"[dim]{escape(printout.more)}[/dim]", soft_wrap=True)


def _one_line(text: str) -> str:
    """Return a note as one line of bounded length; the result itself has all of it."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"
