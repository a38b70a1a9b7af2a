"""Pages of scores: what aggregation needs of some items of a run, column by column, as JSON.

Each batch of results leaves a page behind. All pages of a run, the later ones over the
earlier ones, say what its results say, and are read a hundred times sooner than a row per
score. Most items of a run have the same evaluators in the same order and are *plain*: a
number or a verdict for each of the page's names, or no score at all. The others stand
score by score under ``odd``.

This module knows the format and nothing of the database.
"""

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final, TypeVar

import orjson

from assay.core.errors import StorageError
from assay.core.event_scores import METRIC_TYPE
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.score_columns import RunScores, ScoreColumnsBuilder
from assay.core.scores import Score, ScoreStatus
from assay.store.encoding import decode_json, encode_json


FORMAT_VERSION: Final = 1
_MARKS: Final = {True: "1", False: "0", None: "-"}
_VERDICTS: Final = {mark: verdict for verdict, mark in _MARKS.items()}
_TELLING: Final = ("event_name", "event_type", METRIC_TYPE, "passing_range")
_STATUSES: Final = {status.value: status for status in ItemStatus}

_FEW: Final = 20
"""Where less than one item in so many is elsewhere, columns are copied and those items set."""

T = TypeVar("T")
Verdicts = Sequence[bool | None]
OddScore = list[Any]
"""Name, status, value, label, passed, reason of an error, telling details."""


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one page; all sequences have one entry per item.

    Attributes:
        names: The evaluators of a plain item, each once.
        values: Per name, the numbers; where there is none, the verdict counts.
        verdicts: Per name.
        odd: The scores of items that are not plain, by item.
        deleted: Items of earlier pages that are no more; those of this page came after.
    """

    positions: Sequence[int]
    repeats: Sequence[int]
    ids: Sequence[str]
    statuses: Sequence[str]
    sessions: Sequence[str | None]
    passed: Verdicts
    errors: Mapping[int, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    values: Sequence[Sequence[float | None]] = ()
    verdicts: Sequence[Verdicts] = ()
    odd: Mapping[int, Sequence[OddScore]] = field(default_factory=dict)
    deleted: Sequence[ItemKey] = ()

    @classmethod
    def empty(cls, deleted: Iterable[ItemKey] = ()) -> "Page":
        """Return a page without items."""
        return cls((), (), (), (), (), (), deleted=list(deleted))

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self.ids)


def page_of(batch: Sequence[ItemResult], places: Mapping[str, int]) -> Page:
    """Return the page of a batch, given the position of each datapoint."""
    names = _usual_names(batch)
    absent = (None,) * len(names)
    plain: list[Sequence[Score | None]] = []
    odd: dict[int, list[OddScore]] = {}
    for index, item in enumerate(batch):
        if item.scores and not _is_plain(item.scores, names):
            odd[index] = list(map(odd_score, item.scores))
        plain.append(item.scores if item.scores and index not in odd else absent)
    columns = list(zip(*plain, strict=True)) if names else []
    return Page(
        positions=[places[item.key.datapoint_id] for item in batch],
        repeats=[item.key.repeat for item in batch],
        ids=[item.key.datapoint_id for item in batch],
        statuses=[item.status.value for item in batch],
        sessions=[item.session_id for item in batch],
        passed=[item.passed for item in batch],
        errors={i: item.error for i, item in enumerate(batch) if item.error is not None},
        names=names,
        values=[[None if score is None else _number(score) for score in col] for col in columns],
        verdicts=[[None if score is None else score.passed for score in col] for col in columns],
        odd=odd,
    )


def _usual_names(batch: Sequence[ItemResult]) -> tuple[str, ...]:
    """Return the names that most items with scores have."""
    counts = Counter(tuple(score.name for score in item.scores) for item in batch if item.scores)
    names = counts.most_common(1)[0][0] if counts else ()
    return names if len(set(names)) == len(names) else ()


def _is_plain(scores: Sequence[Score], names: Sequence[str]) -> bool:
    return len(scores) == len(names) and all(
        score.name == name
        and score.status is ScoreStatus.SCORED
        and score.label is None
        and (score.value is not None or score.passed is not None)
        and not (score.details and any(key in score.details for key in _TELLING))
        for score, name in zip(scores, names, strict=True)
    )


def _number(score: Score) -> float | None:
    return None if score.value is None else float(score.value)


def odd_score(score: Score) -> OddScore:
    """Return what a page says of a score that is not plain."""
    reason = score.reason if score.status is ScoreStatus.ERROR else None
    details = {key: score.details[key] for key in _TELLING if key in score.details}
    start = [score.name, score.status.value, _number(score), score.label, score.passed]
    return [*start, reason, details]


def encode_page(page: Page) -> bytes:
    """Return the text of a page.

    Raises:
        NotJsonError: If a text holds a lone surrogate, which no database can store.
    """
    content = _content(page)
    try:
        return orjson.dumps(content)
    except TypeError:  # a whole number above 64 bits, say
        return encode_json(content).encode()


def _content(page: Page) -> dict[str, Any]:
    kinds = list(dict.fromkeys(page.statuses))
    marks = {kind: chr(ord("a") + number) for number, kind in enumerate(kinds)}
    return {
        "format_version": FORMAT_VERSION,
        "positions": page.positions,
        "repeats": page.repeats if any(page.repeats) else None,
        "ids": page.ids,
        "kinds": kinds,
        "statuses": "".join(map(marks.__getitem__, page.statuses)),
        "sessions": page.sessions,
        "passed": _marked(page.passed),
        "errors": list(page.errors.items()),
        "names": page.names,
        "values": list(map(_told, page.values, page.verdicts)),
        "verdicts": list(map(_marked, page.verdicts)),
        "odd": list(page.odd.items()),
        "deleted": list(map(tuple, page.deleted)),
    }


def _told(values: Sequence[float | None], verdicts: Verdicts) -> Sequence[float | None] | None:
    """Return the numbers, None where the verdicts say them all."""
    said = all(
        value is None or (verdict is not None and value == verdict)
        for value, verdict in zip(values, verdicts, strict=True)
    )
    return None if said else values


def _marked(verdicts: Verdicts) -> str:
    return "".join(map(_MARKS.__getitem__, verdicts))


def decode_page(text: bytes) -> Page:
    """Return the page of a text.

    Raises:
        StorageError: If a newer version of Assay wrote it.
    """
    found = decode_json(text)
    if found["format_version"] != FORMAT_VERSION:
        raise StorageError(
            f"A page of scores has the format {found['format_version']}, and this version of "
            f"Assay reads {FORMAT_VERSION}; install the version that wrote it."
        )
    length = len(found["ids"])
    kinds = {chr(ord("a") + number): kind for number, kind in enumerate(found["kinds"])}
    return Page(
        positions=found["positions"],
        repeats=found["repeats"] or [0] * length,
        ids=found["ids"],
        statuses=list(map(kinds.__getitem__, found["statuses"])),
        sessions=found["sessions"],
        passed=_unmarked(found["passed"]),
        errors=dict(found["errors"]),
        names=tuple(found["names"]),
        values=[[None] * length if each is None else each for each in found["values"]],
        verdicts=list(map(_unmarked, found["verdicts"])),
        odd=dict(found["odd"]),
        deleted=[ItemKey(*key) for key in found["deleted"]],
    )


def _unmarked(text: str) -> list[bool | None]:
    return list(map(_VERDICTS.__getitem__, text))


def merged_pages(pages: Sequence[Page]) -> Page:
    """Return one page that says what ``pages`` say, in dataset order, then repeat."""
    if len(pages) == 1 and _is_ordered(pages[0]):
        return pages[0]
    together = joined_pages(pages)
    order = _order(pages, together)
    return together if order is None else _reordered(together, order)


def joined_pages(pages: Sequence[Page]) -> Page:
    """Return the items of all pages, one page after the other, those replaced too."""
    counts = Counter[tuple[str, ...]]()
    for page in pages:
        counts[page.names] += len(page) if page.names else 0
    names = counts.most_common(1)[0][0]
    fitting = [page if page.names in {names, ()} else _all_odd(page) for page in pages]
    starts = _starts(fitting)
    return Page(
        positions=_chained(page.positions for page in fitting),
        repeats=_chained(page.repeats for page in fitting),
        ids=_chained(page.ids for page in fitting),
        statuses=_chained(page.statuses for page in fitting),
        sessions=_chained(page.sessions for page in fitting),
        passed=_chained(page.passed for page in fitting),
        errors=_shifted((page.errors for page in fitting), starts),
        names=names,
        values=[
            _chained(page.values[k] if page.names else [None] * len(page) for page in fitting)
            for k in range(len(names))
        ],
        verdicts=[
            _chained(page.verdicts[k] if page.names else [None] * len(page) for page in fitting)
            for k in range(len(names))
        ],
        odd=_shifted((page.odd for page in fitting), starts),
        deleted=list(dict.fromkeys(chain.from_iterable(page.deleted for page in pages))),
    )


def _all_odd(page: Page) -> Page:
    """Return the page without plain items."""
    odd: dict[int, Sequence[OddScore]] = dict(page.odd)
    plain = zip(zip(*page.values, strict=True), zip(*page.verdicts, strict=True), strict=True)
    for index, (values, verdicts) in enumerate(plain):
        scores: list[OddScore] = [
            [name, ScoreStatus.SCORED.value, value, None, passed, None, {}]
            for name, value, passed in zip(page.names, values, verdicts, strict=True)
            if value is not None or passed is not None
        ]
        if scores:
            odd[index] = scores
    return replace(page, names=(), values=(), verdicts=(), odd=odd)


def _starts(pages: Sequence[Page]) -> list[int]:
    starts = [0]
    for page in pages:
        starts.append(starts[-1] + len(page))
    return starts


def _chained(columns: Iterable[Iterable[T]]) -> list[T]:
    return list(chain.from_iterable(columns))


def _shifted(columns: Iterable[Mapping[int, T]], starts: Sequence[int]) -> dict[int, T]:
    return {
        start + index: value
        for column, start in zip(columns, starts, strict=False)
        for index, value in column.items()
    }


def _order(pages: Sequence[Page], together: Page) -> list[int] | None:
    """Return which items are left, in order; None for all of them as they stand."""
    keys: Sequence[Any] = together.ids
    if any(together.repeats) or any(page.deleted for page in pages):
        keys = list(zip(together.ids, together.repeats, strict=True))
    left: list[int] | None = None
    if len(set(keys)) < len(keys) or any(page.deleted for page in pages):
        latest: dict[Any, int] = {}  # an item that is replaced stays where it was first
        for page, start in zip(pages, _starts(pages), strict=False):
            for key in page.deleted:
                latest.pop(tuple(key), None)
            indices = range(start, start + len(page))
            latest.update(zip(keys[start : start + len(page)], indices, strict=True))
        left = list(latest.values())
        if _rises([together.positions[index] for index in left]):
            return left
    if left is None and _is_ordered(together):
        return None
    places = list(zip(together.positions, together.repeats, strict=True))
    return sorted(range(len(keys)) if left is None else sorted(left), key=places.__getitem__)


def _is_ordered(page: Page) -> bool:
    return _rises(page.positions)


def _rises(positions: Sequence[int]) -> bool:
    return all(map(operator.lt, positions, positions[1:]))


def _reordered(page: Page, order: Sequence[int]) -> Page:
    length = len(order)
    others = {new: old for new, old in enumerate(order) if new != old}
    few = len(others) * _FEW < length

    def pick(column: Sequence[T]) -> list[T]:
        if not few:
            return [column[index] for index in order]
        picked = list(column[:length])
        for new, old in others.items():
            picked[new] = column[old]
        return picked

    def moved(column: Mapping[int, T]) -> dict[int, T]:
        return {new: column[old] for new, old in enumerate(order) if old in column}

    return replace(
        page,
        positions=pick(page.positions),
        repeats=pick(page.repeats),
        ids=pick(page.ids),
        statuses=pick(page.statuses),
        sessions=pick(page.sessions),
        passed=pick(page.passed),
        errors=moved(page.errors) if page.errors else {},
        values=list(map(pick, page.values)),
        verdicts=list(map(pick, page.verdicts)),
        odd=moved(page.odd) if page.odd else {},
    )


def scores_of_page(page: Page, *, candidate: str = "") -> RunScores:
    """Return the columns of a run whose items stand in one page, in order; take the page's lists.

    A copy of each column would cost a tenth of the time it takes to read them.
    """
    columns = ScoreColumnsBuilder(candidate=candidate)
    columns.datapoint_ids = _listed(page.ids)
    columns.repeats = _listed(page.repeats)
    columns.statuses = list(map(_STATUSES.__getitem__, page.statuses))
    columns.sessions = _listed(page.sessions)
    columns.passed = _listed(page.passed)
    columns.errors.update(page.errors)
    for ordinal, name in enumerate(page.names):
        values, verdicts = _listed(page.values[ordinal]), _listed(page.verdicts[ordinal])
        columns.extend(name, values, passed=verdicts, ordinal=ordinal)
    for index in sorted(page.odd):
        for ordinal, score in enumerate(_scores(page.odd[index])):
            columns.put(index, score, ordinal=ordinal)
    return columns.finish()


def _listed(column: Sequence[T]) -> list[T]:
    return column if isinstance(column, list) else list(column)


def _scores(odd: Iterable[OddScore]) -> Iterator[Score]:
    for name, status, *rest in odd:
        yield Score(name, ScoreStatus(status), *rest)
