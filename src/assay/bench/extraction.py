"""How an answer is read out of what a model said: text, pattern, JSON or CSV.

Models wrap answers in code fences and some chunked runs begin with ``/* chunk 1 */``;
both are looked through. What cannot be read is an ``UnreadableAnswerError``, which
makes the item *unparseable*: never an empty answer.
"""

import csv
import json
import re
from typing import Annotated, Any, Literal, NoReturn, assert_never

from pydantic import Field, field_validator, model_validator

from assay.bench.dotted_paths import PathNotFoundError, parse_path
from assay.bench.patterns import PatternRefusedError, compile_pattern, find_group
from assay.bench.spec import Spec


_CHUNK_MARK = re.compile(r"^\s*/\* chunk \d+ \*/[ \t]*\n?")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*\n(.*?)^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)
_MOST_STARTS = 50
"""How many opening brackets are tried before JSON in prose is given up."""


class UnreadableAnswerError(ValueError):
    """The answer cannot be read out; the message says what was looked for."""


class TextExtract(Spec):
    """The whole answer, white space and one surrounding code fence removed."""

    kind: Literal["text"] = "text"


class RegexExtract(Spec):
    """A group of the first or the last match of an RE2 pattern."""

    kind: Literal["regex"]
    pattern: str = Field(min_length=1, max_length=2000)
    group: int | str | None = Field(
        default=None, description="Number or name; by default 1 if the pattern has a group, else 0."
    )
    which: Literal["first", "last"] = "first"

    @field_validator("pattern")
    @classmethod
    def _known_to_re2(cls, pattern: str) -> str:
        try:
            compile_pattern(pattern)
        except PatternRefusedError as failure:
            raise ValueError(str(failure)) from failure
        return pattern

    @model_validator(mode="after")
    def _group_exists(self) -> "RegexExtract":
        compiled = compile_pattern(self.pattern)
        if isinstance(self.group, int) and not 0 <= self.group <= compiled.groups:
            raise ValueError(f"group {self.group}: the pattern has {compiled.groups} group(s)")
        if isinstance(self.group, str) and self.group not in compiled.groupindex:
            names = ", ".join(compiled.groupindex) or "none"
            raise ValueError(f"group {self.group!r}: the pattern's named groups: {names}")
        return self

    @property
    def group_used(self) -> int | str:
        """The group that is read."""
        if self.group is not None:
            return self.group
        return 1 if compile_pattern(self.pattern).groups else 0


class JsonExtract(Spec):
    """The JSON of the answer, or what is at a dotted path of it."""

    kind: Literal["json"]
    path: str | None = Field(default=None, description="Such as items[0].name or items[*].name.")

    @field_validator("path")
    @classmethod
    def _well_formed(cls, path: str | None) -> str | None:
        if path is not None:
            parse_path(path)
        return path


class CsvExtract(Spec):
    """The rows of the answer's CSV as mappings from column name to text."""

    kind: Literal["csv"]
    columns: tuple[str, ...] = Field(
        default=(), description="Columns the header must have; text before the header is skipped."
    )
    delimiter: Literal[",", ";", "\t", "|"] = ","


ExtractSpec = Annotated[
    TextExtract | RegexExtract | JsonExtract | CsvExtract, Field(discriminator="kind")
]


def extract(spec: ExtractSpec, text: str) -> Any:
    """Read the answer out of ``text``.

    Returns:
        Text, or for JSON and CSV the parsed value.

    Raises:
        UnreadableAnswerError: If there is no such answer in the text.
    """
    match spec:
        case TextExtract():
            return _plain_text(text)
        case RegexExtract():
            return _by_pattern(spec, text)
        case JsonExtract():
            return _by_path(spec, _json_value(text))
        case CsvExtract():
            return _csv_rows(spec, text)
        case _:
            assert_never(spec)


def _plain_text(text: str) -> str:
    body = _CHUNK_MARK.sub("", text, count=1).strip()
    match = _FENCE.fullmatch(body)
    answer = match[2].strip() if match else body
    if not answer:
        raise UnreadableAnswerError("the answer is empty")
    return answer


def _by_pattern(spec: RegexExtract, text: str) -> str:
    found = find_group(spec.pattern, text, group=spec.group_used, last=spec.which == "last")
    if found is None:
        raise UnreadableAnswerError(f"no match of the pattern {spec.pattern!r}")
    return found.strip()


def _by_path(spec: JsonExtract, value: Any) -> Any:
    if spec.path is None:
        return value
    try:
        return parse_path(spec.path).find(value)
    except PathNotFoundError as failure:
        raise UnreadableAnswerError(f"nothing at the path {spec.path!r}: {failure}") from failure


def _json_value(text: str) -> Any:
    body = _CHUNK_MARK.sub("", text, count=1).strip()
    fenced = [match[2] for match in _FENCE.finditer(body)]
    for candidate in (body, *fenced):
        try:
            return _strict_json(candidate)
        except (ValueError, RecursionError):
            continue
    return _embedded_json(body)


def _embedded_json(body: str) -> Any:
    """Return the first JSON object or list inside prose."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    starts = [match.start() for match in re.finditer(r"[\[{]", body)][:_MOST_STARTS]
    for start in starts:
        try:
            value, _ = decoder.raw_decode(body, start)
        except (ValueError, RecursionError):
            continue
        return value
    raise UnreadableAnswerError("no JSON in the answer")


def _strict_json(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _csv_rows(spec: CsvExtract, text: str) -> list[dict[str, str]]:
    body = _CHUNK_MARK.sub("", text, count=1).strip()
    fenced = _FENCE.search(body)
    records = _records(spec, fenced[2] if fenced else body)
    start = _header_position(spec, records)
    header = [name.strip() for name in records[start]]
    rows = records[start + 1 :]
    if len(set(header)) != len(header):
        raise UnreadableAnswerError("the CSV header names a column twice")
    if not rows and len(header) == 1 and not spec.columns:
        raise UnreadableAnswerError("no CSV in the answer")
    return [_row(header, cells, number) for number, cells in enumerate(rows, start=1)]


def _records(spec: CsvExtract, text: str) -> list[list[str]]:
    lines = text.strip().splitlines(keepends=True)
    try:
        records = list(csv.reader(lines, delimiter=spec.delimiter, skipinitialspace=True))
    except csv.Error as failure:
        raise UnreadableAnswerError(f"not CSV: {failure}") from failure
    return [cells for cells in records if any(cell.strip() for cell in cells)]


def _header_position(spec: CsvExtract, records: list[list[str]]) -> int:
    if not records:
        raise UnreadableAnswerError("no CSV in the answer")
    for position, cells in enumerate(records):
        if set(spec.columns) <= {cell.strip() for cell in cells}:
            return position
    raise UnreadableAnswerError(f"no CSV header with the columns {', '.join(spec.columns)}")


def _row(header: list[str], cells: list[str], number: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise UnreadableAnswerError(
            f"CSV row {number} has {len(cells)} cells; the header has {len(header)} columns"
        )
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
