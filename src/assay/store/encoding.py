"""JSON and text as they stand in the database: exact, reversible, refused where impossible.

JSON is stored as the text we wrote, never as a form the database rewrites: a
binary form would turn ``1e16`` into an integer, lose the order of keys and
refuse NUL characters, and with that change the digest of stored content.
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from assay.core.errors import InvalidInputError, NotJsonError
from assay.kit.canonical_json import check_json, digest


_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_SLOW_MARK = " "
"""Leads a text that orjson could not have written and would not read back exactly."""

_ESCAPE = "\x1a"


def encode_json(value: Any) -> str:
    """Return JSON text for ``value``, which ``decode_json`` turns back exactly.

    Raises:
        NotJsonError: If a part of ``value`` is not JSON, naming its path, or holds a
            lone surrogate, which no database can store.
    """
    if value == {}:
        return "{}"
    try:
        text = orjson.dumps(value, default=_plain, option=_OPTIONS)
    except TypeError:
        return _encode_slowly(value)
    if b"null" in text:  # orjson writes NaN and infinities as null
        check_json(value)
    return text.decode()


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _encode_slowly(value: Any) -> str:
    try:
        check_json(value)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
        text.encode()
    except UnicodeEncodeError as error:
        raise NotJsonError(_surrogate_message(error)) from error
    except RecursionError as error:
        raise NotJsonError("The value is nested too deeply to be stored as JSON.") from error
    return _SLOW_MARK + text


def decode_json(text: str | bytes) -> Any:
    """Return the value of a text that ``encode_json`` wrote."""
    if text[:1] in {_SLOW_MARK, b" "}:
        return json.loads(text)
    return orjson.loads(text)


def escape_text(text: str) -> str:
    """Return ``text`` without NUL characters, which PostgreSQL refuses; reversible.

    Raises:
        InvalidInputError: If the text holds a lone surrogate.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInputError(_surrogate_message(error)) from error
    if "\x00" not in text and _ESCAPE not in text:
        return text
    return text.replace(_ESCAPE, _ESCAPE + "1").replace("\x00", _ESCAPE + "0")


def unescape_text(text: str) -> str:
    """Return what ``escape_text`` was given."""
    if _ESCAPE not in text:
        return text
    return text.replace(_ESCAPE + "0", "\x00").replace(_ESCAPE + "1", _ESCAPE)


def _surrogate_message(error: UnicodeEncodeError) -> str:
    found = error.object[error.start]
    near = error.object[max(0, error.start - 20) : error.start]
    return (
        f"The text holds the lone surrogate U+{ord(found):04X} at character {error.start} "
        f"(after {near!r}), which is not valid Unicode and cannot be stored; "
        "replace it, for instance with text.encode('utf-8', 'replace').decode()."
    )


def checked_digest(value: Any) -> str:
    """Return the digest of ``value``, which can then be stored.

    Raises:
        NotJsonError: If it is not JSON, or holds a lone surrogate.
    """
    try:
        return digest(value)
    except UnicodeEncodeError as error:
        raise NotJsonError(_surrogate_message(error)) from error
