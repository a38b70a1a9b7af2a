"""Scores of server-side evaluators and people in the items of a run."""

from collections.abc import Mapping
from dataclasses import replace

from assay.apps.services.arrival import Arrival
from assay.apps.services.item_sessions import item_session
from assay.apps.services.metric_rules.scoring import scored_on_arrival
from assay.core.event_scores import stored_scores
from assay.core.results import ItemResult
from assay.core.runs import Run
from assay.core.scores import Score


def scored_item(run: Run, item: ItemResult, arrival: Arrival) -> ItemResult:
    """Return an arriving item with the scores of all cheap metrics that want its session."""
    cheap = [metric for metric in arrival.metrics if metric.kind.cheap]
    if not cheap:
        return item
    return with_item_scores(item, stored_scores(scored_on_arrival(item_session(run, item), cheap)))


def with_item_scores(item: ItemResult, scores: Mapping[str, Score]) -> ItemResult:
    """Return the item with ``scores``, each in place of one of the same name."""
    if not scores:
        return item
    kept = [score for score in item.scores if score.name not in scores]
    return replace(item, scores=(*kept, *scores.values()))
