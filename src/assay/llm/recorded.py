"""Recorded answers: a JSONL file of what models once said, replayed as if they said it now.

One line per answer: ``{"model", "datapoint_id", "repeat", "output", "input_tokens",
"output_tokens", "cost_usd", "latency_seconds", "finish_reason"}``, where missing fields
are null and a missing repeat is 0. Further keys are ignored. The file is checked once,
line by line; only where each answer starts is kept in memory.
"""

import json
import os
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

from assay.core.chat import ChatReply, ChatRequest
from assay.core.costs import Cost, CostSource, Usage
from assay.core.errors import InvalidAnswersError, InvalidModelError, ModelCallError
from assay.llm.pricing import PriceOverrides, price


_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
_TEXTS = ("output", "finish_reason", "refusal")
_NAMED = 10

_Key = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer; ``cost_usd`` is exactly what the file says."""

    model: str
    datapoint_id: str
    repeat: int
    output: str | None
    usage: Usage
    cost_usd: Decimal | None
    latency_seconds: float | None
    finish_reason: str | None
    refusal: str | None


class AnswerFile:
    """A checked file of recorded answers; safe to read from many threads."""

    def __init__(self, path: Path) -> None:
        """Check the file; see ``load_answers``."""
        self.path = path
        self._starts: dict[str, dict[_Key, int]] = {}
        with path.open("rb") as file:
            self._descriptor = os.dup(file.fileno())
            weakref.finalize(self, os.close, self._descriptor)
            self._read_through(file)

    @property
    def models(self) -> Mapping[str, int]:
        """How many answers there are of each model, in order of first appearance."""
        return {model: len(starts) for model, starts in self._starts.items()}

    def find(self, model: str, datapoint_id: str, *, repeat: int = 0) -> Answer | None:
        """Return the answer of ``model`` to a datapoint and repeat, or None.

        Raises:
            InvalidAnswersError: If the file was changed since it was checked.
        """
        start = self._starts.get(model, {}).get(_key(datapoint_id, repeat))
        if start is None:
            return None
        answer = parse_answer(_line_at(self._descriptor, start), where=f"{self.path}")
        if (answer.model, answer.datapoint_id, answer.repeat) != (model, datapoint_id, repeat):
            raise InvalidAnswersError(f"{self.path} was changed while it was in use; start again.")
        return answer

    def _read_through(self, file: BinaryIO) -> None:
        for number, start, line in _lines(file):
            answer = parse_answer(line, where=f"{self.path}:{number}")
            starts = self._starts.setdefault(answer.model, {})
            key = _key(answer.datapoint_id, answer.repeat)
            if key in starts:
                raise InvalidAnswersError(
                    f"{self.path}:{number}: model {answer.model!r} answers datapoint "
                    f"{answer.datapoint_id!r}, repeat {answer.repeat} a second time; the first "
                    f"answer is on line {self._line_number(starts[key])}. Remove one of them."
                )
            starts[key] = start
        if not self._starts:
            raise InvalidAnswersError(f"{self.path} holds no answers; it needs one JSON per line.")

    def _line_number(self, start: int) -> int:
        return os.pread(self._descriptor, start, 0).count(b"\n") + 1


def load_answers(path: Path) -> AnswerFile:
    """Check a file of recorded answers and return it ready to be asked.

    Raises:
        InvalidAnswersError: If it cannot be read, or naming ``path:line: key`` at fault.
    """
    try:
        return AnswerFile(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidAnswersError(f"Cannot read recorded answers from {path}: {reason}.") from error


def parse_answer(line: bytes, *, where: str) -> Answer:
    """Read one line; ``where`` (``path:line``) starts the message of every error.

    Raises:
        InvalidAnswersError: Naming the key and what it holds.
    """
    row = _row(line, where)
    for key in _TEXTS:
        _check_text(row, key, where)
    return Answer(
        model=_name(row, "model", where),
        datapoint_id=_name(row, "datapoint_id", where),
        repeat=_count(row, "repeat", where) or 0,
        output=row.get("output"),
        usage=Usage(**{key: _count(row, key, where) for key in _TOKENS}),
        cost_usd=_amount(row, "cost_usd", where),
        latency_seconds=_seconds(row, where),
        finish_reason=row.get("finish_reason"),
        refusal=row.get("refusal"),
    )


@dataclass(frozen=True, slots=True)
class RecordedModel:
    """One model of a file of recorded answers; a ``ChatModel``."""

    name: str
    answers: AnswerFile
    overrides: PriceOverrides | None = None

    def __post_init__(self) -> None:
        """Refuse a model the file does not hold."""
        if self.name not in self.answers.models:
            raise InvalidModelError(_no_model(self.name, self.answers))

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the stored answer for the request's datapoint and repeat.

        Raises:
            ModelCallError: If there is none; trying again does not help.
        """
        if request.datapoint_id is None:
            raise ModelCallError("A recorded model is asked by datapoint; the request names none.")
        answer = self.answers.find(self.name, request.datapoint_id, repeat=request.repeat)
        if answer is None:
            raise ModelCallError(
                f"{self.answers.path} holds no answer of model {self.name!r} to datapoint "
                f"{request.datapoint_id!r}, repeat {request.repeat}."
            )
        return ChatReply(
            text=answer.output if answer.output is not None else "",
            model=self.name,
            finish_reason=answer.finish_reason,
            refusal=answer.refusal,
            usage=answer.usage,
            cost=self._cost(answer),
            latency_seconds=answer.latency_seconds,
        )

    async def aclose(self) -> None:
        """Release nothing; the file is shared."""

    def _cost(self, answer: Answer) -> Cost:
        if answer.cost_usd is not None:
            return Cost(answer.cost_usd, CostSource.BILLED)
        return price(self.name, answer.usage, overrides=self.overrides)


def _no_model(name: str, answers: AnswerFile) -> str:
    listed = [f"{model} ({count} answers)" for model, count in answers.models.items()]
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    asked = f"has no model {name!r}" if name else "needs #NAME to say which model is meant"
    return f"{answers.path} {asked}. It holds: {', '.join(listed[:_NAMED])}{more}."


def _key(datapoint_id: str, repeat: int) -> _Key:
    return datapoint_id if repeat == 0 else (datapoint_id, repeat)


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Yield (line number from 1, byte offset, line) of each line that is not blank."""
    start = 0
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield number, start, line
        start += len(line)


def _line_at(descriptor: int, start: int, *, step: int = 4096) -> bytes:
    line = b""
    while chunk := os.pread(descriptor, step, start + len(line)):
        head, newline, _ = chunk.partition(b"\n")
        line += head
        if newline:
            break
        step *= 2
    return line


def _row(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line.removeprefix(b"\xef\xbb\xbf"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise InvalidAnswersError(f"{where}: is not JSON: {error}.") from error
    if not isinstance(row, dict):
        raise InvalidAnswersError(f"{where}: holds {_kind(row)}; each line is a JSON object.")
    return row


def _check_text(row: Mapping[str, Any], key: str, where: str) -> None:
    value = row.get(key)
    if not isinstance(value, str | None):
        raise InvalidAnswersError(f"{where}: {key}: is {_kind(value)}; it must be text or null.")
    _check_unicode(value, key=key, where=where)


def _name(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if value is None:
        raise InvalidAnswersError(f"{where}: {key}: is missing; every answer needs it.")
    if not isinstance(value, str) or not value:
        raise InvalidAnswersError(f"{where}: {key}: is {_kind(value)}; it must be a name.")
    _check_unicode(value, key=key, where=where)
    return value


def _check_unicode(value: str | None, *, key: str, where: str) -> None:
    try:
        (value or "").encode()
    except UnicodeEncodeError as error:
        raise InvalidAnswersError(
            f"{where}: {key}: holds half of a surrogate pair, which is no character."
        ) from error


def _count(row: Mapping[str, Any], key: str, where: str) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidAnswersError(
            f"{where}: {key}: is {_shown(value)}; it must be a whole number of at least 0, or null."
        )
    return value


def _amount(row: Mapping[str, Any], key: str, where: str) -> Decimal | None:
    value = row.get(key)
    if value is None:
        return None
    try:
        amount = None if isinstance(value, bool | list | dict) else Decimal(value)
    except (InvalidOperation, ValueError):
        amount = None
    if amount is None or not amount.is_finite() or amount < 0:
        raise InvalidAnswersError(
            f"{where}: {key}: is {_shown(value)}; it must be a number of at least 0, or null."
        )
    return amount


def _seconds(row: Mapping[str, Any], where: str) -> float | None:
    if isinstance(row.get("latency_seconds"), str):
        raise InvalidAnswersError(
            f"{where}: latency_seconds: is {_shown(row['latency_seconds'])}; "
            "it must be a number of at least 0, or null."
        )
    amount = _amount(row, "latency_seconds", where)
    return None if amount is None else float(amount)


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _kind(value: object) -> str:
    kinds: Mapping[type, str] = {
        dict: "an object",
        list: "a list",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        Decimal: "a number",
        str: "text" if value else "empty text",
    }
    return kinds.get(type(value), "null")
