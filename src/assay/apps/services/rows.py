"""Answers side by side: one row per datapoint and repeat, with every model's answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.apps.services.views import datapoint_view, item_view
from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.ports import Listing, Page, ResultFilter, Store
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import Evaluation, Run
from assay.core.score_columns import RunScores
from assay.core.wire.rest import ItemRow, Outcome


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are wanted: those where an answer (of ``model``, or of any) meets the rest."""

    model: str | None = None
    status: ItemStatus | None = None
    passed: bool | None = None
    search: str | None = None

    @property
    def empty(self) -> bool:
        """Whether every row is wanted."""
        return self.status is None and self.passed is None and self.search is None


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Two models by name, and which outcome of their pairs is wanted; None for all."""

    a: str
    b: str
    outcome: Outcome | None = None


def rows_page(
    store: Store,
    evaluation: Evaluation,
    runs: Sequence[Run],
    *,
    where: RowFilter,
    offset: int,
    limit: int,
) -> Page[ItemRow]:
    """Return one page of rows in dataset order.

    Raises:
        InvalidInputError: If the evaluation has no model of the name.
    """
    named = runs if where.model is None else [run_of(runs, where.model)]
    if where.empty:
        keys, total = _every_key(store, evaluation, offset=offset, limit=limit)
    elif len(named) == 1:
        keys, total = _keys_of(store, named[0], where, offset=offset, limit=limit)
    else:
        found = _matching(store, evaluation, runs, where)
        keys, total = found[offset : offset + limit], len(found)
    return Page(tuple(_rows(store, evaluation, runs, keys)), total)


def pairs_page(
    store: Store,
    evaluation: Evaluation,
    runs: Sequence[Run],
    *,
    where: PairFilter,
    offset: int,
    limit: int,
) -> Page[ItemRow]:
    """Return one page of the items both models answered, of the wanted outcome.

    Raises:
        InvalidInputError: If the evaluation has no model of a name.
    """
    pair = [run_of(runs, where.a), run_of(runs, where.b)]
    first, second = (_answered(store.read_scores(run.id)) for run in pair)
    keys = [
        key
        for key, passed in first.items()
        if key in second and where.outcome in {None, _outcome(passed, second[key])}
    ]
    rows = _rows(store, evaluation, pair, keys[offset : offset + limit])
    return Page(tuple(rows), len(keys))


def _answered(scores: RunScores) -> dict[ItemKey, bool]:
    """Return the items that were answered, with whether they passed."""
    keys = map(ItemKey, scores.datapoint_ids, scores.repeats)
    columns = zip(keys, scores.statuses, scores.passed, strict=True)
    return {key: passed is True for key, status, passed in columns if status.answered}


def run_of(runs: Sequence[Run], model: str) -> Run:
    """Return the run of a model by its name.

    Raises:
        InvalidInputError: If there is none, naming those there are.
    """
    for run in runs:
        if run.candidate == model:
            return run
    names = ", ".join(repr(run.candidate) for run in runs)
    raise InvalidInputError(f"This evaluation has no model {model[:200]!r}; it has {names}.")


def _outcome(a: bool, b: bool) -> Outcome:  # two verdicts side by side
    if a:
        return "both" if b else "a_only"
    return "b_only" if b else "neither"


def _every_key(
    store: Store, evaluation: Evaluation, *, offset: int, limit: int
) -> tuple[list[ItemKey], int]:
    repeats = int(evaluation.settings.get("repeats", 1))
    first, skip = divmod(offset, repeats)
    datapoints = store.iter_datapoints(
        evaluation.dataset_id, offset=first, limit=(skip + limit - 1) // repeats + 1
    )
    keys = [ItemKey(point.id, repeat) for point in datapoints for repeat in range(repeats)]
    total = store.get_dataset(evaluation.dataset_id).size * repeats
    return keys[skip : skip + limit], total


def _keys_of(
    store: Store, run: Run, where: RowFilter, *, offset: int, limit: int
) -> tuple[list[ItemKey], int]:
    listing = Listing(project=None, offset=offset, limit=limit)
    page = store.page_results(run.id, where=_asked(where), listing=listing)
    return [result.key for result in page.items], page.total


def _asked(where: RowFilter) -> ResultFilter:
    return ResultFilter(status=where.status, passed=where.passed, search=where.search)


def _matching(
    store: Store, evaluation: Evaluation, runs: Sequence[Run], where: RowFilter
) -> list[ItemKey]:
    wanted = {key for run in runs for key in store.find_keys(run.id, _asked(where))}
    repeats = int(evaluation.settings.get("repeats", 1))
    return [
        ItemKey(point.id, repeat)
        for point in store.iter_datapoints(evaluation.dataset_id)
        for repeat in range(repeats)
        if ItemKey(point.id, repeat) in wanted
    ]


def _rows(
    store: Store, evaluation: Evaluation, runs: Sequence[Run], keys: Sequence[ItemKey]
) -> Iterable[ItemRow]:
    ids = list(dict.fromkeys(key.datapoint_id for key in keys))
    datapoints = store.get_datapoints(evaluation.dataset_id, ids)
    for key in keys:
        if (datapoint := datapoints.get(key.datapoint_id)) is not None:
            answers = [
                item_view(run.id, result)
                for run in runs
                if (result := _result(store, run, key)) is not None
            ]
            yield ItemRow(datapoint=datapoint_view(datapoint), repeat=key.repeat, answers=answers)


def _result(store: Store, run: Run, key: ItemKey) -> ItemResult | None:
    try:
        return store.get_result(run.id, key)
    except NotFoundError:
        return None
