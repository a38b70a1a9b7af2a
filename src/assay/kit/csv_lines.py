"""Comma-separated values that a spreadsheet shows and never runs."""

import csv
import io
from collections.abc import Iterable
from typing import Any


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Iterable[Any]], *, end: str = "\r\n") -> str:
    """Return rows as CSV, every cell guarded; lines end as RFC 4180 wants it, or with ``end``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end)
    writer.writerows([guard_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def guard_cell(value: Any) -> str:
    """Return a CSV cell that no spreadsheet runs as a formula.

    Text beginning with ``= + - @``, tab or carriage return gets a leading apostrophe;
    numbers stay numbers, negative ones too; None is empty.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
