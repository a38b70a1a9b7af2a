"""Text: equal, nearly equal, contained, matching a pattern."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import ABSENT, made, output_of, pair, text_of, texts
from assay.experiments.settings import Settings


Judge = Evaluator[..., Any]

_ARTICLES = frozenset({"a", "an", "the"})


def exact_match(
    key: str | None = None, *, truth_key: str | None = None, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator that passes outputs equal to the ground truth.

    Args:
        key: A dotted path to the part that is compared, in both.
        truth_key: Its path in the ground truth, where it is another.
        settings: Of the evaluator.
    """

    def judge(outputs: Any, ground_truth: Any) -> bool | None:
        found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
        return None if wanted is ABSENT else bool(found == wanted)

    return made(judge, settings, name="exact_match")


def normalised_match(
    key: str | None = None, *, truth_key: str | None = None, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator that compares texts without case, punctuation, articles and spaces.

    ``The  Eiffel Tower.`` equals ``eiffel tower``. Takes the arguments of ``exact_match``.
    """

    def judge(outputs: Any, ground_truth: Any) -> bool | None:
        both = texts(outputs, ground_truth, key=key, truth_key=truth_key)
        return None if both is None else normalised(both[0]) == normalised(both[1])

    return made(judge, settings, name="normalised_match")


def contains(
    text: str | Sequence[str] | None = None,
    *,
    key: str | None = None,
    truth_key: str | None = None,
    mode: Literal["all", "any"] = "all",
    ignore_case: bool = True,
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator that looks for texts in the output.

    Args:
        text: What is looked for; the ground truth, a text or a list of them, by default.
        key: A dotted path to the part of the outputs that is searched.
        truth_key: The path in the ground truth.
        mode: Whether all of the texts or any of them must be there.
        ignore_case: Whether ``Refund`` contains ``refund``.
        settings: Of the evaluator.
    """
    if mode not in {"all", "any"}:
        raise InvalidInputError(f"contains() has mode={mode!r}; use 'all' or 'any'.")
    fold = str.casefold if ignore_case else str

    def judge(outputs: Any, ground_truth: Any) -> Any:
        found, wanted = output_of(outputs, key), text
        if text is None:
            found, wanted = pair(outputs, ground_truth, key=key, truth_key=truth_key)
            if wanted is ABSENT:
                return None
        needles = wanted if isinstance(wanted, list | tuple) else [wanted]
        sought = [text_of(needle, what="text that is looked for") for needle in needles]
        hay = fold(text_of(found, what="output"))
        missing = [needle for needle in sought if fold(needle) not in hay]
        passed = not missing if mode == "all" else len(missing) < len(sought)
        return passed, None if passed else f"not found: {', '.join(map(repr, missing))}"

    return made(judge, settings, name="contains")


def regex(
    pattern: str, *, key: str | None = None, full: bool = False, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator that looks for a pattern in the output.

    Patterns are RE2's, whose time is linear in the text: no look-around, no
    back-references.

    Args:
        pattern: What is looked for.
        key: A dotted path to the part of the outputs that is searched.
        full: Whether the whole text must match.
        settings: Of the evaluator.

    Raises:
        InvalidInputError: If RE2 refuses the pattern.
    """
    compiled = _compiled(pattern)

    def judge(outputs: Any) -> bool:
        text = text_of(output_of(outputs, key), what="output")
        found = compiled.fullmatch(text) if full else compiled.search(text)
        return found is not None

    return made(judge, settings, name="regex")


def normalised(text: str) -> str:
    """Return ``text`` in NFKC, without case, punctuation and articles, single-spaced."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(
        " " if unicodedata.category(letter).startswith("P") else letter for letter in folded
    )
    return " ".join(word for word in re.split(r"\s+", kept) if word and word not in _ARTICLES)


@cache
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raw = error.args[0] if error.args else error
        text = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
        raise InvalidInputError(
            f"RE2 refuses the pattern {pattern!r}: {text}. It knows no look-around and no "
            "back-references."
        ) from error
