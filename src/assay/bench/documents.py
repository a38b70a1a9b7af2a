"""YAML and JSON documents as plain values with the place of every key.

YAML is read by the core schema of version 1.2, so ``on`` and ``12:30:00`` stay text.
Aliases, tags and duplicate keys are refused: a task file says what it says, once.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from assay.core.errors import InvalidTaskError


Path = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, both from 1."""

_MOST_CHARACTERS = 300_000
_DEEPEST = 50
_INT = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document.

    Attributes:
        marks: Where each key (or list item) begins, by its path.
    """

    value: Any
    source: str
    marks: dict[Path, Mark] = field(default_factory=dict)

    def place(self, path: Path) -> str:
        """Return ``file:line:column`` of the nearest known part of ``path``."""
        for length in range(len(path), -1, -1):
            if mark := self.marks.get(path[:length]):
                return f"{self.source}:{mark[0]}:{mark[1]}"
        return self.source


class _Loader(yaml.SafeLoader):
    """A composer that decides nothing about plain scalars."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # declared so by its base


def parse_document(text: str, *, source: str) -> Document:
    """Parse YAML or JSON (which the first character decides).

    Raises:
        InvalidTaskError: As ``file:line:column: what is wrong``.
    """
    if len(text) > _MOST_CHARACTERS:
        raise InvalidTaskError(
            f"{source}: {len(text)} characters are more than the {_MOST_CHARACTERS} of a task file."
        )
    is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
    if is_json:
        _check_json(text, source)
    node = _compose(text.replace("\t", " ") if is_json else text, source)
    if node is None:
        raise InvalidTaskError(f"{source}: the file is empty.")
    marks: dict[Path, Mark] = {(): _mark(node)}
    return Document(_Reader(source, marks).read(node, ()), source, marks)


def _check_json(text: str, source: str) -> None:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as failure:
        raise InvalidTaskError(
            f"{source}:{failure.lineno}:{failure.colno}: not JSON: {failure.msg}."
        ) from failure
    except (ValueError, RecursionError) as failure:
        raise InvalidTaskError(f"{source}: not JSON: {failure}.") from failure


def _compose(text: str, source: str) -> yaml.Node | None:
    try:
        _check_events(text, source)
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as failure:
        place = _place(source, failure.problem_mark or failure.context_mark)
        raise InvalidTaskError(f"{place}: not YAML: {failure.problem or failure}.") from failure
    except yaml.YAMLError as failure:
        raise InvalidTaskError(
            f"{source}: not YAML: {' '.join(str(failure).split())}."
        ) from failure
    return node


def _check_events(text: str, source: str) -> None:
    """Refuse aliases and deep nesting before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidTaskError(
                f"{_place(source, event.start_mark)}: aliases are not supported; "
                "write the value out."
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InvalidTaskError(f"{_place(source, event.start_mark)}: nested too deeply.")


def _place(source: str, mark: Any) -> str:
    return source if mark is None else f"{source}:{mark.line + 1}:{mark.column + 1}"


def _mark(node: yaml.Node) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns nodes into values and notes where they are."""

    source: str
    marks: dict[Path, Mark]

    def read(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        self._refuse_tag(node)
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be text")
            key = str(key_node.value)
            if key in values:
                raise self._error(key_node, f"{key}: occurs twice")
            self.marks[*path, key] = _mark(key_node)
            values[key] = self.read(value_node, (*path, key))
        return values

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        self._refuse_tag(node)
        items = []
        for index, item in enumerate(node.value):
            self.marks[*path, index] = _mark(item)
            items.append(self.read(item, (*path, index)))
        return items

    def _scalar(self, node: yaml.Node) -> Any:
        self._refuse_tag(node)
        text = str(node.value)
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return _plain_scalar(text) if plain else text

    def _refuse_tag(self, node: yaml.Node) -> None:
        if not str(node.tag).startswith("tag:yaml.org,2002:") or str(node.tag).rpartition(":")[
            2
        ] not in {"str", "seq", "map"}:
            raise self._error(node, f"the tag {node.tag!r} is not supported; leave it out")

    def _error(self, node: yaml.Node, text: str) -> InvalidTaskError:
        line, column = _mark(node)
        return InvalidTaskError(f"{self.source}:{line}:{column}: {text}.")


def _plain_scalar(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
