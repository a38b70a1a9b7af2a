"""Dotted keys back to objects and lists, as they were before an exporter flattened them."""

from collections.abc import Mapping
from typing import Any


_DEEPEST = 32
_WIDEST_GAP = 64


def unflatten(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"a.b": 1, "l.0": 2}`` as ``{"a": {"b": 1}, "l": [2]}``.

    A mapping whose keys are indices from 0 becomes a list; indices that are missing, as
    exporters drop nulls, become None. Where a key is both a value and a prefix, the longer
    one keeps its dots. The order of keys never changes what comes out but for their order.
    """
    if not any("." in key for key in flat):
        return dict(flat)
    tree: dict[str, Any] = {}
    for key in sorted(flat):
        _put(tree, key, flat[key])
    return {key: _lists(value) for key, value in tree.items()}


class _Branch(dict[str, Any]):
    """A mapping made here, which may become a list; those that came as values stay."""


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    parts = key.split(".")
    if len(parts) > _DEEPEST or not all(parts):
        tree[key] = value
        return
    for position, part in enumerate(parts[:-1]):
        below = tree.setdefault(part, _Branch())
        if not isinstance(below, _Branch):
            tree[".".join(parts[position:])] = value
            return
        tree = below
    if isinstance(tree.get(parts[-1]), _Branch):
        tree[parts[-1]][""] = value
        return
    tree[parts[-1]] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, _Branch):
        return value
    members = {key: _lists(member) for key, member in value.items()}
    if not all(key.isdecimal() and key.isascii() and str(int(key)) == key for key in members):
        return members
    length = 1 + max(map(int, members))
    if "0" not in members or length > len(members) + _WIDEST_GAP:
        return members
    return [members.get(str(index)) for index in range(length)]
