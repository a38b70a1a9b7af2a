"""How near a text comes to another: scores from 0 to 1."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal, Unpack

from assay.core.errors import InvalidInputError
from assay.experiments.evaluators import Evaluator
from assay.experiments.ready.picking import made, texts
from assay.experiments.ready.text import normalised
from assay.experiments.settings import Settings
from assay.kit.extras import require_extra


Judge = Evaluator[..., Any]
Rouge = Literal["rouge1", "rouge2", "rougeL"]


def edit_similarity(
    key: str | None = None, *, truth_key: str | None = None, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator of 1 minus the Levenshtein distance over the longer text's length.

    Takes the arguments of ``exact_match``.
    """

    def nearness(found: str, wanted: str) -> float:
        from rapidfuzz.distance import Levenshtein

        return float(Levenshtein.normalized_similarity(found, wanted))

    return _comparing(nearness, key, truth_key=truth_key, settings=settings, name="edit_similarity")


def token_f1(
    key: str | None = None, *, truth_key: str | None = None, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator of the F1 of common words (SQuAD, Rajpurkar et al. 2016).

    Words are counted after dropping case, punctuation and articles: ``the red cat`` against
    ``a cat`` gives 2 · 1 / (2 + 1) = 0.667. Takes the arguments of ``exact_match``.
    """

    def nearness(found: str, wanted: str) -> float:
        return overlap_f1(normalised(found).split(), normalised(wanted).split())

    return _comparing(nearness, key, truth_key=truth_key, settings=settings, name="token_f1")


def bleu(
    key: str | None = None, *, truth_key: str | None = None, **settings: Unpack[Settings]
) -> Judge:
    """Make an evaluator of sentence BLEU with sacrebleu's tokens and smoothing, from 0 to 1.

    Needs the extra ``text``. Its mean over a dataset is not corpus BLEU. Takes the
    arguments of ``exact_match``.

    Raises:
        MissingExtraError: If sacrebleu is not installed.
    """
    sacrebleu = require_extra("text", "sacrebleu", purpose="evaluators.bleu()")

    def nearness(found: str, wanted: str) -> float:
        return min(1.0, float(sacrebleu.sentence_bleu(found, [wanted]).score) / 100)

    return _comparing(nearness, key, truth_key=truth_key, settings=settings, name="bleu")


def rouge(
    key: str | None = None,
    *,
    kind: Rouge = "rougeL",
    truth_key: str | None = None,
    **settings: Unpack[Settings],
) -> Judge:
    """Make an evaluator of ROUGE F1 (Lin 2004) over lower-case words, without stemming.

    ``rouge1`` and ``rouge2`` count common words and pairs, ``rougeL`` takes the longest
    common subsequence. ``the cat sat`` against ``the cat ran`` gives 2/3, 1/2 and 2/3.

    Args:
        key: A dotted path to the part that is compared, in both.
        kind: Which of the three.
        truth_key: Its path in the ground truth, where it is another.
        settings: Of the evaluator.
    """
    if kind not in {"rouge1", "rouge2", "rougeL"}:
        raise InvalidInputError(f"rouge() has kind={kind!r}; use rouge1, rouge2 or rougeL.")

    def nearness(found: str, wanted: str) -> float:
        left, right = _words(found), _words(wanted)
        if kind == "rougeL":
            return _subsequence_f1(left, right)
        size = int(kind[-1])
        return overlap_f1(_grams(left, size), _grams(right, size))

    name = kind.lower()
    return _comparing(nearness, key, truth_key=truth_key, settings=settings, name=name)


def overlap_f1(found: Sequence[Any], wanted: Sequence[Any]) -> float:
    """Return twice the common elements over all elements, with repeats; 1 for nothing twice."""
    if not found and not wanted:
        return 1.0
    common = (Counter(found) & Counter(wanted)).total()
    return 2 * common / (len(found) + len(wanted))


def _comparing(
    nearness: Callable[[str, str], float],
    key: str | None,
    *,
    truth_key: str | None,
    settings: Settings,
    name: str,
) -> Judge:
    def judge(outputs: Any, ground_truth: Any) -> float | None:
        both = texts(outputs, ground_truth, key=key, truth_key=truth_key)
        return None if both is None else nearness(*both)

    return made(judge, settings, name=name)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _grams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[index : index + size]) for index in range(len(words) - size + 1)]


def _subsequence_f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    from rapidfuzz.distance import LCSseq

    if not found and not wanted:
        return 1.0
    return 2 * LCSseq.similarity(found, wanted) / (len(found) + len(wanted))
