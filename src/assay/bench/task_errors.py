"""What is wrong with a task file, in words: place, key, and the nearest known key."""

import difflib
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assay.bench.documents import Document, Path
from assay.bench.spec import Spec


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in a document: its path without union tags, and what may stand there."""

    path: Path
    annotation: Any
    value: Any


def explain(failure: ValidationError, model: type[Spec], document: Document) -> list[str]:
    """Return one line per fault, in the order of the file."""
    lines: list[tuple[str, str]] = []
    for error in failure.errors(include_url=False):
        spot = _spot(error["loc"], model, document.value)
        path, text = _sentence(error, spot)
        key = _shown(path)
        lines.append((document.place(path), f"{document.place(path)}: {key}: {text}"))
    return [line for _, line in sorted(lines, key=lambda item: _order(item[0]))]


def _order(place: str) -> tuple[int, int]:
    parts = place.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return int(parts[1]), int(parts[2])
    return 0, 0


def _sentence(error: ErrorDetails, spot: _Spot) -> tuple[Path, str]:
    kind = error["type"]
    if kind == "extra_forbidden":
        parent = _known_keys(spot)
        return spot.path, f"unknown key{_suggestion(str(spot.path[-1]), parent, 'Known keys')}"
    if kind == "missing":
        return spot.path, "missing."
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return (*spot.path, "kind"), _kind_sentence(spot)
    if kind == "value_error":
        return spot.path, f"{error['msg'].removeprefix('Value error, ')}."
    return spot.path, f"{error['msg']}; found {_short(error['input'])}."


def _kind_sentence(spot: _Spot) -> str:
    known = [kind for option in _options(spot.annotation) for kind in _kinds(option)]
    given = spot.value.get("kind") if isinstance(spot.value, Mapping) else None
    if given is None:
        return f"missing; one of {', '.join(known)}."
    return f"unknown kind {given!r}{_suggestion(str(given), known, 'Known kinds')}"


def _suggestion(name: str, known: Iterable[str], label: str) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"{hint} {label}: {', '.join(names)}."


def _known_keys(spot: _Spot) -> list[str]:
    return [
        key
        for option in _options(spot.annotation)
        if _fits(option, spot.value)
        for key in option.model_fields
    ]


def _spot(location: Iterable[str | int], model: type[Spec], value: Any) -> _Spot:
    """Walk a pydantic location along the document, leaving out the tags of unions.

    For the last step of an unknown or missing key the spot's annotation and value are
    the parent's.
    """
    path: Path = ()
    annotation: Any = model
    tag_expected = False
    for part in location:
        if tag_expected:
            tag_expected = False
            continue
        path = (*path, part)
        child = _child(annotation, value, part)
        if child is None or not _has(value, part):
            return _Spot(path, annotation, value)
        annotation, value = child, value[part]
        tag_expected = len(_options(annotation)) > 1
    return _Spot(path, annotation, value)


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


def _child(annotation: Any, value: Any, part: str | int) -> Any:
    for option in _flat(annotation):
        if isinstance(option, type) and issubclass(option, Spec):
            if _fits(option, value) and part in option.model_fields:
                return option.model_fields[str(part)].annotation
        elif get_origin(option) is dict:
            return get_args(option)[1]
        elif get_origin(option) in {list, tuple}:
            return get_args(option)[0]
    return None


def _flat(annotation: Any) -> list[Any]:
    """Return the members of a union, with annotations taken off."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _flat(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return [item for member in get_args(annotation) for item in _flat(member)]
    return [annotation]


def _options(annotation: Any) -> list[type[Spec]]:
    flat = _flat(annotation)
    return [item for item in flat if isinstance(item, type) and issubclass(item, Spec)]


def _kinds(option: type[Spec]) -> tuple[str, ...]:
    field = option.model_fields.get("kind")
    if field is None or get_origin(field.annotation) is not Literal:
        return ()
    return tuple(str(kind) for kind in get_args(field.annotation))


def _fits(option: type[Spec], value: Any) -> bool:
    kinds = _kinds(option)
    return not kinds or (isinstance(value, Mapping) and value.get("kind") in kinds)


def _shown(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the file"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
