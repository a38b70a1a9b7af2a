"""Server-side evaluators: stored in versions, found for what arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.apps.services.event_search import parse_filters
from assay.apps.services.judge_spending import SPENDING_KIND
from assay.apps.services.metric_rules.scoring import checked_settings
from assay.core.documents import DocumentFilter
from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.ports import AuditEntry, Listing, Page, Store
from assay.core.server_metrics import (
    METRIC_KIND,
    VERSION_KIND,
    MetricKind,
    ServerMetric,
    filter_object,
    metric_document,
    metric_of,
    version_document,
)
from assay.core.wire.metrics import MetricObject, MetricUpdate, MetricVersion
from assay.kit.canonical_json import digest
from assay.kit.clock import Clock
from assay.kit.ids import new_id


_OLDER = {
    "LLM": MetricKind.JUDGE,
    "HUMAN": MetricKind.HUMAN,
    "COMPOSITE": MetricKind.COMPOSITE,
}


class ServerMetricService:
    """Creates, changes, lists and forgets server-side evaluators."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, body: MetricUpdate, *, project: str, actor: str) -> ServerMetric:
        """Store a metric under a name that is free.

        Raises:
            ConflictError: If there is a metric of the name.
            InvalidInputError: If a part cannot be used.
        """
        metric = self.draft(body, project=project)
        self._store.add_documents([metric_document(metric), version_document(metric)])
        self._note("metric_created", metric, actor)
        return metric

    def draft(self, body: MetricUpdate, *, project: str) -> ServerMetric:
        """Return the metric that ``body`` describes without storing it."""
        kind = _kind(body)
        if kind is None:
            kinds = ", ".join(kind.value for kind in MetricKind)
            raise InvalidInputError(f"kind: which of {kinds} is it?")
        now = self._clock.now()
        empty = ServerMetric(
            id=new_id(clock=self._clock),
            project=project,
            name=body.name or kind.value,
            kind=kind,
            version=1,
            created_at=now,
            updated_at=now,
        )
        return _changed(empty, body)

    def changed(self, metric: ServerMetric, body: MetricUpdate) -> ServerMetric:
        """Return the metric as ``update`` would make it, without storing it.

        Raises:
            InvalidInputError: If a part cannot be used.
        """
        return _changed(metric, body)

    def update(self, metric: ServerMetric, body: MetricUpdate, *, actor: str) -> ServerMetric:
        """Store a new version of a metric, unless nothing differs.

        Raises:
            ConflictError: If the name is taken, or somebody changed it in between.
        """
        changed = _changed(metric, body)
        if changed.content() == metric.content():
            return metric
        return self._save(self._next(metric, changed), actor=actor)

    def add_version(
        self, metric: ServerMetric, body: MetricUpdate, *, message: str, deploy: bool, actor: str
    ) -> ServerMetric:
        """Store a version of a metric, which scores at once or only when it is deployed.

        Raises:
            ConflictError: If the name is taken, or somebody changed it in between.
        """
        newer = replace(self._next(metric, _changed(metric, body)), message=message)
        if deploy:
            return self._save(newer, actor=actor)
        self._store.add_documents([version_document(newer)])
        self._note("metric_version_added", newer, actor)
        return newer

    def deploy(self, metric: ServerMetric, version: int, *, actor: str) -> ServerMetric:
        """Let another version of a metric score from now on, older or newer.

        Raises:
            NotFoundError: If there is no such version.
        """
        wanted = self.get(metric.id, version=version)
        deployed = replace(wanted, created_at=metric.created_at, revision=metric.revision)
        return self._save(deployed, actor=actor)

    def _next(self, metric: ServerMetric, changed: ServerMetric) -> ServerMetric:
        """Return ``changed`` as the version after all that there are."""
        newest = max(metric.version, *(each.version for each in self.versions(metric)))
        return replace(changed, version=newest + 1, message="", updated_at=self._clock.now())

    def _save(self, metric: ServerMetric, *, actor: str) -> ServerMetric:
        saved = metric_of(self._store.save_document(metric_document(metric)))
        self._store.add_documents([version_document(metric)], ignore_taken=True)
        self._note("metric_updated", saved, actor)
        return saved

    def get(self, metric_id: str, *, version: int | None = None) -> ServerMetric:
        """Return a metric, the current version by default, or raise ``NotFoundError``."""
        current = metric_of(self._store.get_document(METRIC_KIND, metric_id))
        if version is None or version == current.version:
            return current
        return metric_of(self._store.get_document(VERSION_KIND, f"{metric_id}/{version}"))

    def page(self, listing: Listing) -> Page[ServerMetric]:
        """Return one page of metrics."""
        page = self._store.list_documents(DocumentFilter(METRIC_KIND), listing)
        return Page(tuple(map(metric_of, page.items)), page.total)

    def versions(self, metric: ServerMetric) -> list[ServerMetric]:
        """Return every version, newest first."""
        where = DocumentFilter(VERSION_KIND, parents=(metric.id,))
        page = self._store.list_documents(where, Listing(project=None, limit=10_000))
        found = [metric_of(each) for each in page.items]
        return sorted(found, key=lambda each: each.version, reverse=True)

    def delete(self, metric: ServerMetric, *, actor: str) -> None:
        """Forget a metric with its versions and its account; scores it gave stay."""
        self._store.delete_documents(DocumentFilter(METRIC_KIND, ids=(metric.id,)))
        for kind in (VERSION_KIND, SPENDING_KIND):
            self._store.delete_documents(DocumentFilter(kind, parents=(metric.id,)))
        self._note("metric_deleted", metric, actor)

    def _note(self, action: str, metric: ServerMetric, actor: str) -> None:
        details = {"name": metric.name, "kind": metric.kind.value, "version": metric.version}
        entry = AuditEntry(action, metric.id, actor, self._clock.now(), details)
        self._store.append_audit(entry, project=metric.project)


def metric_object(metric: ServerMetric) -> MetricObject:
    """Return a metric as the wire shows it."""
    ranged = metric.low is not None or metric.high is not None
    older = {kind: name for name, kind in _OLDER.items()}
    return MetricObject(
        id=metric.id,
        name=metric.name,
        kind=metric.kind,
        version=metric.version,
        settings=dict(metric.settings),
        target=metric.target,
        threshold={"min": metric.low, "max": metric.high} if ranged else None,
        filters={"filterArray": [filter_object(each) for each in metric.filters]},
        enabled=metric.enabled,
        description=metric.description,
        type=older.get(metric.kind, metric.kind.value),
        criteria=str(metric.settings.get("rubric") or metric.settings.get("criteria") or ""),
        return_type=_return_type(metric),
        enabled_in_prod=metric.enabled,
        created_at=metric.created_at,
        updated_at=metric.updated_at,
    )


def version_object(metric: ServerMetric, *, deployed: bool) -> MetricVersion:
    """Return a version of a metric as older clients read it; its hash is its content's."""
    return MetricVersion(
        name=f"v{metric.version}",
        full_sha=digest(metric.content()),
        message=metric.message,
        date=metric.updated_at,
        deployed=deployed,
        content=metric_object(metric),
    )


def version_number(name: str) -> int:
    """Return the number in the name of a version, ``v3`` or ``3``.

    Raises:
        NotFoundError: If no version can have the name.
    """
    digits = name.removeprefix("v")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise NotFoundError(f"There is no version {name[:50]!r}; versions are called v1, v2, ...")
    return int(digits)


def _return_type(metric: ServerMetric) -> str:
    answer = metric.settings.get("answer")
    if metric.kind is MetricKind.COMPOSITE or answer == "score":
        return "float"
    return "string" if answer == "label" else "boolean"


def _kind(body: MetricUpdate) -> MetricKind | None:
    if body.kind is not None or body.type is None:
        return body.kind
    older = _OLDER.get(body.type.upper())
    if older is None and body.type.lower() in set(MetricKind):
        return MetricKind(body.type.lower())
    if older is None:
        raise InvalidInputError(
            f"type: {body.type!r} is not computed here: no text is run as code. Use one of the "
            f"kinds {', '.join(kind.value for kind in MetricKind)}, or score in your own process."
        )
    return older


def _changed(metric: ServerMetric, body: MetricUpdate) -> ServerMetric:
    kind = _kind(body) or metric.kind
    if kind is not metric.kind and body.settings is None and body.criteria is None:
        raise InvalidInputError(f"settings: another kind ({kind.value}) needs settings of its own.")
    enabled = body.enabled if body.enabled is not None else body.enabled_in_prod
    threshold = body.threshold
    settings = _older_settings(kind, metric.settings, body)
    return replace(
        metric,
        name=metric.name if body.name is None else body.name,
        kind=kind,
        settings=checked_settings(kind, settings),
        target=metric.target if body.target is None else body.target,
        filters=metric.filters if body.filters is None else _filters(body.filters),
        low=metric.low if threshold is None else threshold.min,
        high=metric.high if threshold is None else threshold.max,
        enabled=metric.enabled if enabled is None else enabled,
        description=metric.description if body.description is None else body.description,
    )


def _filters(given: Any) -> tuple[Any, ...]:
    inner = given.get("filterArray", given) if isinstance(given, Mapping) else given
    return tuple(parse_filters(inner))


def _older_settings(
    kind: MetricKind, settings: Mapping[str, Any], body: MetricUpdate
) -> Mapping[str, Any]:
    """Return the settings, those that older clients say in words of their own included."""
    if body.settings is not None:
        return body.settings
    if kind is MetricKind.JUDGE and body.criteria is not None:
        return _judge_settings(settings, body)
    if kind is MetricKind.COMPOSITE and body.child_metrics is not None:
        return {"weights": _weights(body.child_metrics)}
    if kind is MetricKind.HUMAN and body.criteria is not None:
        return {"criteria": body.criteria, "return_type": body.return_type}
    return settings


def _judge_settings(settings: Mapping[str, Any], body: MetricUpdate) -> Mapping[str, Any]:
    answer = {"boolean": "verdict", "string": "label", "categorical": "label"}.get(
        body.return_type or "", "score"
    )
    labels = [each.get("category") if isinstance(each, Mapping) else each
              for each in body.categories or ()]  # fmt: skip
    said: dict[str, Any] = {"rubric": body.criteria, "answer": answer}
    if body.model_name is not None:
        said["model"] = f"{body.model_provider or 'openai'}:{body.model_name}"
    if body.scale is not None:
        said["max"] = float(body.scale)
    if answer == "label":
        said["labels"] = [str(label) for label in labels]
    return {**settings, **said}


def _weights(children: Sequence[Any]) -> dict[str, Any]:
    return {
        str(each.get("name")): each.get("weight", 1.0)
        for each in children
        if isinstance(each, Mapping)
    }


def owned_metric(service: ServerMetricService, metric_id: str, *, project: str) -> ServerMetric:
    """Return a metric of the project, or raise ``NotFoundError``."""
    metric = service.get(metric_id)
    if metric.project != project:
        raise NotFoundError.of_id("metric", metric_id)
    return metric
