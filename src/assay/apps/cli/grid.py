"""A table that fits its terminal: it shortens, then leaves out, then folds; it never cuts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.apps.cli.figures import MISSING


if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text


_GAP = 3
_SHORTEST_FOLD = 10
_RATHER_THAN_FOLD = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: Its heading.
        cells: One text per row.
        short: The same in fewer letters, taken where the line is too narrow.
        right: Whether it stands right-aligned, as numbers do.
        yields: How early it is left out where the line is too narrow; 0 is never, from 4
            on rather than that another column folds.
        folds: Whether a cell may go over several lines.
        styles: How each cell looks, one per row; none for all alike.
    """

    title: str
    cells: Sequence[str]
    short: Sequence[str] | None = None
    right: bool = True
    yields: int = 0
    folds: bool = False
    styles: Sequence[str] = ()

    @property
    def width(self) -> int:
        """The columns of the terminal it takes without folding."""
        from rich.cells import cell_len

        return max(cell_len(text) for text in (self.title, *self.cells))

    @property
    def says_something(self) -> bool:
        """Whether any row has a value."""
        return any(cell not in {"", MISSING} for cell in self.cells)

    @property
    def folded_width(self) -> int:
        """The fewest columns of the terminal it can do with."""
        return min(self.width, _SHORTEST_FOLD) if self.folds else self.width


def fitting(columns: Sequence[Column], width: int) -> tuple[list[Column], list[str]]:
    """Return the columns that fit ``width``, and the titles of those left out for it.

    Columns without any value are left out silently. First the readiest to yield are left
    out so that nothing folds, then others take their short form and yield so that all fits
    folded.
    """
    kept = [column for column in columns if column.says_something or not column.yields]
    kept, first = _without(kept, width, folded=False, from_rank=_RATHER_THAN_FOLD)
    if _needed(kept, folded=True) > width:
        kept = [replace(c, cells=c.short) if c.short is not None else c for c in kept]
    kept, then = _without(kept, width, folded=True, from_rank=1)
    left_out = {column.title for column in (*first, *then)}
    left_out.difference_update(column.title for column in kept)
    titles = dict.fromkeys(column.title for column in columns)
    return kept, [title for title in titles if title in left_out]


def _without(
    columns: Sequence[Column], width: int, *, folded: bool, from_rank: int
) -> tuple[list[Column], list[Column]]:
    """Return the columns without, and with only, those that yield until the rest fits."""
    kept, left_out = list(columns), list[Column]()
    while _needed(kept, folded=folded) > width:
        readiest = max(reversed(kept), key=lambda column: column.yields)
        if readiest.yields < from_rank:
            break
        kept = [column for column in kept if column is not readiest]
        left_out.append(readiest)
    return kept, left_out


def _needed(columns: Sequence[Column], *, folded: bool) -> int:
    widths = [column.folded_width if folded else column.width for column in columns]
    return sum(widths) + _GAP * (len(widths) - 1)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a title; a rich renderable.

    Attributes:
        note: A line below it; what was left out is said there too.
        strong: Numbers of the rows that stand out.
    """

    title: "str | Text"
    columns: Sequence[Column]
    note: str | None = None
    strong: frozenset[int] = frozenset()

    def __rich_console__(self, _console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Draw the table for the width at hand."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        kept, left_out = fitting(self.columns, options.max_width)
        table = Table(
            box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, _GAP - 1, 0, 0)
        )
        for column in kept:
            table.add_column(
                Text(column.title),
                justify="right" if column.right else "left",
                no_wrap=not column.folds,
                overflow="fold",
            )
        for number, row in enumerate(zip(*(column.cells for column in kept), strict=True)):
            style = "bold" if number in self.strong else None
            looks = (column.styles[number] if column.styles else "" for column in kept)
            cells = (Text(cell, look) for cell, look in zip(row, looks, strict=True))
            table.add_row(*cells, style=style)
        title = Text(self.title, style="italic") if isinstance(self.title, str) else self.title
        yield Text("\n").append_text(title)
        yield table
        yield from (Text(line, style="dim") for line in self._notes(left_out))

    def _notes(self, left_out: Sequence[str]) -> Iterator[str]:
        if self.note is not None:
            yield self.note
        if left_out:
            yield f"Left out for want of width: {', '.join(left_out)}."
