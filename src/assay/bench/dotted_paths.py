"""Dotted paths into JSON values: ``items[0].name``, ``items[*].name``, ``answer``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


_STEP = re.compile(r"(?P<key>[^.\[\]]+)|\[(?P<index>-?\d{1,9}|\*)\]")


class PathNotFoundError(LookupError):
    """A value has nothing at this path; the message says where it ends and what is there."""


@dataclass(frozen=True, slots=True)
class DottedPath:
    """A parsed path: names of keys, positions in lists, ``*`` for every item of a list."""

    text: str
    steps: tuple[str | int, ...]

    def find(self, value: Any) -> Any:
        """Return what is at this path of ``value``.

        Raises:
            PathNotFoundError: If there is nothing.
        """
        return _descend(value, self.steps, at="")


class _Every(str):
    """The step ``[*]``; a type of its own, since a key may be called ``*``."""

    __slots__ = ()


_EVERY = _Every("*")


def parse_path(text: str) -> DottedPath:
    """Parse a path; a leading ``$.`` is accepted.

    Raises:
        ValueError: If the text is no path; the message names the place.
    """
    body = text.removeprefix("$").removeprefix(".")
    if not body:
        return DottedPath(text, ())
    steps: list[str | int] = []
    position = 0
    while position < len(body):
        if (
            body[position] == "."
            and position
            and position + 1 < len(body)
            and body[position + 1] not in ".["
        ):
            position += 1
        elif steps and body[position] != "[":
            raise ValueError(f"{text!r} is no path: unexpected {body[position:]!r}.")
        match = _STEP.match(body, position)
        if match is None:
            raise ValueError(f"{text!r} is no path: unexpected {body[position:]!r}.")
        steps.append(_step(match))
        position = match.end()
    return DottedPath(text, tuple(steps))


def _step(match: re.Match[str]) -> str | int:
    if match["key"] is not None:
        return match["key"]
    return _EVERY if match["index"] == "*" else int(match["index"])


def _descend(value: Any, steps: tuple[str | int, ...], *, at: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, _Every):
        return [
            _descend(item, rest, at=f"{at}[{number}]")
            for number, item in enumerate(_items(value, at))
        ]
    if isinstance(step, int):
        items = _items(value, at)
        if not -len(items) <= step < len(items):
            raise PathNotFoundError(f"{at or 'the value'} has {len(items)} items, none at [{step}]")
        return _descend(items[step], rest, at=f"{at}[{step}]")
    if not isinstance(value, Mapping) or step not in value:
        raise PathNotFoundError(f"{at or 'the value'} has no {step!r}{_available(value)}")
    return _descend(value[step], rest, at=f"{at}.{step}" if at else step)


def _items(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise PathNotFoundError(f"{at or 'the value'} is no list")
    return value


def _available(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f" (it is {type(value).__name__})"
    names = ", ".join(sorted(map(str, value))[:10])
    return f" (it has {names})" if names else " (it is empty)"
