"""Tables of other libraries as rows; recognised by what they offer, none is imported."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from assay.core.errors import InvalidDatasetError


_SECTIONS = ("inputs", "ground_truth", "metadata")
_FRAMES = frozenset({"arrow", "pandas", "polars"})
"""Formats in which a Hugging Face dataset gives each row as a table of one row."""


def table_rows(table: Any) -> Iterable[Mapping[str, Any]] | None:
    """Return the rows of a pandas frame or a Hugging Face dataset, or None if it is neither.

    A missing cell (None, NaN, NaT) is left out. A column called ``inputs.question``,
    ``ground_truth.answer`` or ``metadata.source`` fills that place, as in a CSV file.

    Raises:
        InvalidDatasetError: For a dictionary of splits, or two columns of one name; the message
            names them.
    """
    if _is_frame(table):
        _refuse_shared_names(list(map(str, table.columns)))
        return [_row(row) for row in table.to_dict(orient="records")]
    if isinstance(table, Mapping) and table and all(map(_is_columnar, table.values())):
        raise InvalidDatasetError(
            f"The dataset has the splits {', '.join(map(str, table))}; take one, such as "
            f"dataset[{next(iter(table))!r}]."
        )
    if _is_columnar(table) and isinstance(table, Iterable):
        return (_row(row) for row in _by_dicts(table))
    return None


def _is_frame(table: Any) -> bool:
    return callable(getattr(table, "to_dict", None)) and hasattr(table, "iterrows")


def _refuse_shared_names(columns: list[str]) -> None:
    for name, count in Counter(columns).items():
        if count > 1:
            raise InvalidDatasetError(
                f"The frame has {count} columns called {name!r}; give each a name of its own."
            )


def _is_columnar(table: Any) -> bool:
    """Return whether it is a Hugging Face dataset: rows are dicts, columns have features."""
    return hasattr(table, "features") and hasattr(table, "column_names")


def _by_dicts(table: Any) -> Any:
    """Return a Hugging Face dataset that gives its rows as dicts."""
    form = getattr(table, "format", None)
    framed = isinstance(form, Mapping) and form.get("type") in _FRAMES
    return table.with_format(None) if framed else table


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, cell in _cells(row):
        section, dot, name = key.partition(".")
        if dot and section in _SECTIONS:
            made.setdefault(section, {})[name] = cell
        else:
            made[key] = cell
    return made


def _cells(row: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, cell in row.items():
        value = _plain(cell)
        if value is not None:
            yield str(key), value


def _plain(cell: Any) -> Any:
    """Return a cell as JSON: scalars of array libraries as Python's, dates as ISO 8601."""
    if isinstance(cell, Mapping):
        return {str(key): _plain(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [_plain(value) for value in cell]
    if getattr(cell, "ndim", None) is not None and callable(getattr(cell, "tolist", None)):
        return _plain(cell.tolist())
    if _missing(cell):
        return None
    return cell.isoformat() if isinstance(cell, date) else cell


def _missing(cell: Any) -> bool:
    """Return whether it stands for nothing: None, or a value that is not itself (NaN, NaT, NA)."""
    if cell is None or isinstance(cell, bool | int | str):
        return cell is None
    try:
        return bool(cell != cell)  # noqa: PLR0124 - that is what tells them
    except TypeError:  # pandas.NA refuses to say
        return True
