"""The catalogue: models of the recordings, and models with known prices."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from assay.core.wire.rest import ModelView, RecordingView


def list_models(
    recordings: Sequence[RecordingView],
    *,
    at: datetime,
    search: str | None = None,
    provider: str | None = None,
) -> list[ModelView]:
    """Return the models whose specification holds ``search`` and that are of ``provider``.

    Prices are those at ``at``.
    """
    needle = (search or "").lower()
    return [
        model
        for model in (*_recorded(recordings), *_hosted(at))
        if provider in {None, model.provider} and needle in f"{model.spec} {model.name}".lower()
    ]


def _recorded(recordings: Sequence[RecordingView]) -> Iterable[ModelView]:
    for recording in recordings:
        for model in recording.models:
            yield ModelView(
                spec=f"recorded:{recording.id}#{model.name}", provider="recorded", name=model.name
            )


def _hosted(at: datetime) -> Iterable[ModelView]:
    from assay.llm.catalogue import hosted_models

    for model in hosted_models(at=at):
        yield ModelView(
            spec=model.spec,
            provider=model.provider,
            name=model.name,
            context_length=model.context_length,
            input_usd_per_million=_text(model.input_usd_per_million),
            output_usd_per_million=_text(model.output_usd_per_million),
        )


def _text(amount: object) -> str | None:
    return None if amount is None else f"{amount:f}"
