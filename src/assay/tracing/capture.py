"""Arguments and outputs as JSON text: safe, redacted and bounded, whatever they are.

Capturing never raises and never changes what it looks at. What has no JSON form is shown
as its text; what is too deep, too long or too much is cut, and says so.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from typing import Any, Final

import orjson

from assay.kit.errors import told_by
from assay.kit.redaction import redact, redact_value


LONGEST_TEXT: Final = 32_768
MOST_MEMBERS: Final = 1_000
DEEPEST: Final = 12
LARGEST_BYTES: Final = 262_144

_CUT = "… (cut)"


def captured(value: Any) -> str:
    """Return ``value`` as JSON text of at most about 256 KiB, secrets masked."""
    return _written(value)[1]


def as_json(value: Any) -> str:
    """Return a value that ``plain`` made as JSON text."""
    return orjson.dumps(value).decode()


def scalar(value: Any) -> Any:
    """Return a number, boolean or text as it is (redacted), anything else as JSON text."""
    found, text = _written(value)
    if isinstance(found, int) and not -(2**63) <= found < 2**63:
        return str(found)
    return found if isinstance(found, bool | int | float | str) else text


def whole(value: Any) -> Any:
    """Return what ``scalar`` does, a text that would read as another JSON scalar in quotes.

    What carries a whole value is read back as JSON: the text "2" must not become a number.
    """
    found = scalar(value)
    if not isinstance(found, str) or not isinstance(value, str):
        return found
    try:
        read = orjson.loads(found)
    except orjson.JSONDecodeError:
        return found
    return found if isinstance(read, dict | list) else as_json(found)


def plain(value: Any) -> Any:
    """Return ``value`` as a bounded JSON value with secrets masked."""
    return _written(value)[0]


def _written(value: Any) -> tuple[Any, str]:
    """Return ``value`` as a bounded JSON value with secrets masked, and as its text."""
    try:
        found = redact_value(_plain(value, DEEPEST))
        text = orjson.dumps(found)
    except Exception as error:  # noqa: BLE001 - capturing must not disturb what is captured
        said = _not_captured(error)
        return said, as_json(said)
    if len(text) <= LARGEST_BYTES:
        return found, text.decode()
    cut = {
        "cut": True,
        "bytes": len(text),
        "beginning": _shortened(text[:LONGEST_TEXT].decode(errors="ignore")),
    }
    return cut, as_json(cut)


def _not_captured(error: Exception) -> str:
    return f"<not captured: {type(error).__name__}>"


def shown_error(error: BaseException) -> str:
    """Return class and message of ``error``, redacted and bounded."""
    return _shortened(redact(told_by(error)))


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _shortened(str(value))
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    try:
        return _shortened(repr(value)) if depth == 0 else _composite(value, depth - 1)
    except Exception as error:  # noqa: BLE001 - what cannot be looked at leaves the rest as it is
        return _not_captured(error)


def _composite(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Sequence | AbstractSet):
        return _members(value, depth)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.__qualname__ if isinstance(value, type) else _object(value, depth)


def _object(value: Any, depth: int) -> Any:
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return _plain(dump(mode="json"), depth)
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return _mapping({name: getattr(value, name) for name in names}, depth)
    item = getattr(value, "item", None)
    if getattr(value, "ndim", None) == 0 and callable(item):
        return _plain(item(), depth)
    return _shortened(str(value))


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, (key, item) in enumerate(value.items()):
        if index == MOST_MEMBERS:
            found[_CUT] = len(value) - MOST_MEMBERS
            break
        found[key if isinstance(key, str) else str(key)] = _plain(item, depth)
    return found


def _members(value: Sequence[Any] | AbstractSet[Any], depth: int) -> list[Any]:
    found: list[Any] = []
    for index, item in enumerate(value):
        if index == MOST_MEMBERS:
            found.append(_CUT)
            break
        found.append(_plain(item, depth))
    return found


def _shortened(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}{_CUT}"
    return text.encode(errors="replace").decode()
