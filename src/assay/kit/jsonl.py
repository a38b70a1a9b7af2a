"""JSON Lines files, read one line at a time; what is wrong is named by file and line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from assay.kit.errors import AssayError


_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class JsonLinesError(AssayError):
    """A line is not a JSON object; the message names the file and the line."""

    code = "json_lines"


def read_jsonl(
    path: Path | str, *, error: type[AssayError] = JsonLinesError
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream the objects of a JSON Lines file; memory holds one line.

    A byte order mark, Windows line ends and blank lines are accepted. NaN, duplicate
    keys and unpaired surrogates are refused: other readers would see other data.

    Args:
        path: The file, UTF-8.
        error: What to raise, so that a caller's own kind of file is named.

    Yields:
        The line number, from 1, and the object on it.

    Raises:
        AssayError: Of the kind ``error``, as ``file:line: what is wrong``.
    """
    for number, line in read_lines(path, error=error):
        where = f"{path}:{number}"
        if text := line.strip():
            yield number, _as_object(parse_json(text, where=where, error=error), where, error)


def read_lines(
    path: Path | str, *, error: type[AssayError] = JsonLinesError
) -> Iterator[tuple[int, str]]:
    """Stream the lines of a UTF-8 file with their numbers, line ends kept, without a BOM.

    Raises:
        AssayError: Of the kind ``error``, with the line and the offset of a bad byte.
    """
    offset = 0
    try:
        with Path(path).open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                where = f"{path}:{number}"
                line = _without_bom(raw, where, error) if number == 1 else raw
                yield number, _decode(line, where, error, offset=offset + len(raw) - len(line))
                offset += len(raw)
    except OSError as failure:
        raise error(f"{path}: cannot be read: {failure.strerror or failure}.") from failure


def parse_json(text: str, *, where: str, error: type[AssayError] = JsonLinesError) -> Any:
    """Parse strict JSON.

    Raises:
        AssayError: Of the kind ``error``, as ``where: what is wrong``.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as failure:
        place = (
            f"line {failure.lineno} column {failure.colno}"
            if "\n" in text
            else f"column {failure.colno}"
        )
        raise error(f"{where}: not JSON: {failure.msg} at {place}.") from failure
    except RecursionError as failure:
        raise error(f"{where}: not JSON: nested too deeply.") from failure
    except ValueError as failure:
        raise error(f"{where}: not JSON: {failure}") from failure
    if "\\ud" in text or "\\uD" in text:
        _refuse_surrogates(value, where, error)
    return value


def _without_bom(raw: bytes, where: str, error: type[AssayError]) -> bytes:
    if raw.startswith(_UTF16_BOMS):
        raise error(f"{where}: the file is UTF-16; save it as UTF-8.")
    return raw.removeprefix(_BOM)


def _decode(raw: bytes, where: str, error: type[AssayError], *, offset: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as failure:
        byte = raw[failure.start]
        raise error(
            f"{where}: byte {offset + failure.start} of the file is 0x{byte:02x}, "
            "which is not valid UTF-8; save the file as UTF-8."
        ) from failure


def _as_object(value: Any, where: str, error: type[AssayError]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise error(f"{where}: expected a JSON object, found {_kind(value)}.")
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), type(value).__name__)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add() returns None on purpose
        raise ValueError(f"the key {repeated!r} occurs twice in one object.")
    return mapping


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value; use null.")


def _refuse_surrogates(value: Any, where: str, error: type[AssayError]) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as failure:
        raise error(
            f"{where}: holds an unpaired surrogate (\\u{ord(failure.object[failure.start]):04x}), "
            "which is no character; remove it."
        ) from failure
