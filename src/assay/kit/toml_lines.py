"""On which line of a TOML file a key stands, so that a fault can name its place."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")

Key = tuple[str | int, ...]
"""A path into the document; a whole number counts the tables of a list, or its values, from 0."""


def syntax_fault(path: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return what is wrong with a text that is no TOML, as ``path:line:column: what``.

    Line and column count from 1; where the text ends too early, they are those of its end.
    """
    said = str(error)
    match = _PLACE.search(said)
    if match is None:
        return f"{path}: is not TOML: {said}."
    line, column = match["line"], match["column"]
    if line is None:
        before = text.rstrip()
        line, column = 1 + before.count("\n"), len(before) - before.rfind("\n")
    return f"{path}:{line}:{column}: is not TOML: {said[: match.start()]}."


class TomlLines:
    """The line of every key of a TOML text that parses; lines count from 1.

    A value inside a list or an inline table has the line it stands on where that can be
    told, else the line its statement begins on.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Key, int] = {}
        self._statements: dict[Key, tuple[int, str]] = {}
        counts: dict[Key, int] = {}
        table: Key = ()
        for number, statement in _statements(text):
            key = _key_of(tomllib.loads(statement))
            if statement.lstrip().startswith("["):
                table = _table(key, statement=statement, counts=counts)
                self._note(table, number)
            else:
                self._note(table + key, number)
                self._statements[table + key] = (number, statement)

    def find(self, key: Sequence[str | int]) -> int | None:
        """Return the line of the deepest part of ``key`` that stands in the text; None: nowhere."""
        path = tuple(key)
        for end in range(len(path), 0, -1):
            known = self._lines.get(path[:end])
            if known is not None:
                return self._within(path[:end], path[end:], known)
        return None

    def _note(self, key: Key, number: int) -> None:
        for end in range(1, len(key) + 1):
            self._lines.setdefault(key[:end], number)

    def _within(self, key: Key, rest: Key, known: int) -> int:
        """Look for an element of a list that runs over several lines."""
        if key not in self._statements or not rest or not isinstance(rest[0], int):
            return known
        number, statement = self._statements[key]
        lines = statement.splitlines()
        for used in range(1, len(lines) + 1):
            values = _partial_list("\n".join(lines[:used]))
            if values is not None and len(values) > rest[0]:
                return number + used - 1
        return known


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield every statement with the line it begins on: as few lines as parse by themselves."""
    begun = 0
    held: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not held and (not line.strip() or line.lstrip().startswith("#")):
            continue
        begun = begun if held else number
        held.append(line)
        if _parses("\n".join(held)):
            yield begun, "\n".join(held)
            held = []


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _key_of(document: Mapping[str, Any]) -> Key:
    """Follow the only key down to where the statement's value begins, or as far as it is alone."""
    key: list[str | int] = []
    level: Any = document
    while isinstance(level, Mapping) and len(level) == 1:
        name, level = next(iter(level.items()))
        key.append(name)
    return tuple(key)


def _table(key: Key, *, statement: str, counts: dict[Key, int]) -> Key:
    """Return a table header's path, with the number of the table in each list it goes through."""
    path: Key = ()
    for name in key[:-1]:
        path += (name,)
        path += (counts[path] - 1,) if path in counts else ()
    path += key[-1:]
    if statement.lstrip().startswith("[["):
        counts[path] = counts.get(path, 0) + 1
        path += (counts[path] - 1,)
    return path


def _partial_list(text: str) -> list[Any] | None:
    """Parse the beginning of a statement as if its list ended here."""
    for end in ("", "]"):
        if _parses(text + "\n" + end):
            level: Any = tomllib.loads(text + "\n" + end)
            while isinstance(level, Mapping) and len(level) == 1:
                level = next(iter(level.values()))
            return level if isinstance(level, list) else None
    return None
