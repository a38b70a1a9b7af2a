"""Assertions as promptfoo writes them in a cell, such as ``contains-any: red, blue``.

Those that say code are refused: text is data.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from typing_extensions import override

from assay.core.errors import InvalidDatasetError
from assay.experiments.ready import json_valid, regex
from assay.experiments.ready.structure import read_json


Check = Callable[[str, str, float | None], bool]
"""Takes the output, the value asserted and the number in brackets."""

RUBRIC: Final = "llm-rubric"

_CELL: Final = re.compile(r"(not-)?([a-z][a-z-]*)(?:\((\d+(?:\.\d+)?)\))?(?::(.*))?", re.DOTALL)
_CODE: Final = ("javascript", "fn", "eval", "python", "ruby", "file")


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion about an output.

    Attributes:
        kind: Such as ``contains``.
        value: What it is held against.
        number: The number in brackets, such as the 5 of ``levenshtein(5): text``.
        negated: Whether the opposite is asserted.
    """

    kind: str
    value: str
    number: float | None = None
    negated: bool = False

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    def holds(self, output: str) -> bool:
        """Return whether ``output`` is as asserted."""
        return _CHECKS[self.kind](output, self.value, self.number) is not self.negated

    @override
    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{'not-' if self.negated else ''}{self.kind}: {self.value}".removesuffix(": ")


def read_assertion(cell: str, *, where: str) -> Assertion:
    """Read one cell; text that names no kind of assertion is asserted to equal the output.

    Raises:
        InvalidDatasetError: Naming ``where``, for what cannot be or is not asserted here.
    """
    text = cell.strip()
    found = _CELL.fullmatch(text)
    negated, kind, number, value = found.groups() if found else (None, "", None, None)
    if kind == "grade":
        kind = RUBRIC
    if text.startswith("file://") or (kind in _CODE and value is not None):
        raise InvalidDatasetError(
            f"{where}: {text[:60]!r} is code, and nothing in a file of test cases is run. Write "
            "an evaluator in Python for it and leave the cell empty."
        )
    known = kind in _CHECKS or kind == RUBRIC
    if known and (value is not None or kind in _VALUELESS):
        return Assertion(
            kind,
            (value or "").strip(),
            None if number is None else float(number),
            negated is not None,
        )
    if kind in _FOREIGN and (value is not None or number is not None or kind.startswith(_BARE)):
        raise InvalidDatasetError(
            f"{where}: the assertion {kind!r} is not known here; known: "
            f"{', '.join(sorted([*_CHECKS, RUBRIC]))}."
        )
    return Assertion("equals", text)


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _matches(output: str, pattern: str, _number: float | None) -> bool:
    return bool(regex(pattern)(output))


def _is_json(output: str, _value: str, _number: float | None) -> bool:
    return bool(json_valid()(output)[0])


def _holds_json(output: str, _value: str, _number: float | None) -> bool:
    """Return whether a JSON object or list stands anywhere in the text."""
    for opening, closing in (("{", "}"), ("[", "]")):
        first, last = output.find(opening), output.rfind(closing)
        if 0 <= first < last:
            try:
                read_json(output[first : last + 1])
            except ValueError:
                continue
            return True
    return False


def _near(output: str, value: str, number: float | None) -> bool:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(output, value) <= (5 if number is None else number)


_CHECKS: Final[dict[str, Check]] = {
    "equals": lambda output, value, _: output.strip() == value,
    "contains": lambda output, value, _: value in output,
    "icontains": lambda output, value, _: value.casefold() in output.casefold(),
    "contains-all": lambda output, value, _: all(part in output for part in _parts(value)),
    "contains-any": lambda output, value, _: any(part in output for part in _parts(value)),
    "icontains-all": lambda output, value, _: all(
        part.casefold() in output.casefold() for part in _parts(value)
    ),
    "icontains-any": lambda output, value, _: any(
        part.casefold() in output.casefold() for part in _parts(value)
    ),
    "starts-with": lambda output, value, _: output.startswith(value),
    "regex": _matches,
    "is-json": _is_json,
    "contains-json": _holds_json,
    "levenshtein": _near,
}
_VALUELESS: Final = frozenset({"is-json", "contains-json"})
_BARE: Final = ("is-", "contains-")
"""How assertions begin that need nothing behind them."""
_FOREIGN: Final = frozenset(
    {
        *("similar", "classifier", "moderation", "factuality", "answer-relevance", "webhook"),
        *("context-recall", "context-relevance", "context-faithfulness", "select-best", "latency"),
        *("cost", "perplexity", "perplexity-score", "model-graded-closedqa", "g-eval", "rouge-n"),
        *("bleu", "gleu", "meteor", "word-count", "finish-reason", "guardrails"),
        *("model-graded-factuality", "conversation-relevance", "search-rubric", "max-score", "pi"),
        *("is-sql", "is-html", "is-xml", "is-refusal", "is-valid-function-call"),
        *("is-valid-openai-function-call", "is-valid-openai-tools-call"),
        *("contains-sql", "contains-html", "contains-xml"),
    }
)
