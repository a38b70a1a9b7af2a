"""The experiment ledger over MLflow: what an eval experiment, a case table and a prompt are.

The same over a server and over SQL; the transports differ in ``Backend`` alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, TypeVar

from assay.core.errors import ConflictError, InvalidInputError, NotFoundError
from assay.core.eval_runs import CaseRecord, EvalExperiment, LoggedRun, LoggedStatus, RunStart
from assay.core.prompts import ChatTemplate, Prompt, PromptVersion
from assay.kit.clock import SYSTEM_CLOCK, Clock
from assay.kit.log import get_logger
from assay.tracking import cases as case_tables
from assay.tracking import limits, prompts
from assay.tracking.runs import begin_run, check_start, experiment_id
from assay.tracking.stored import (
    IS_PROMPT,
    LARGEST_PAGE,
    Backend,
    StoredMetric,
    StoredRun,
    to_milliseconds,
)


_ROUNDS_TOGETHER: Final = 2
_FEWEST_TOGETHER: Final = 3
_IDS_IN_ONE_FILTER: Final = 100
_RUNS_REMEMBERED: Final = 20_000

T = TypeVar("T")
V = TypeVar("V")


class MlflowLedger:
    """Implements ``core.ledger.Ledger`` over MLflow; safe to use from many threads."""

    def __init__(self, backend: Backend, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._backend = backend
        self._clock = clock
        self._experiment_of: dict[str, str] = {}  # by run id; a run never moves

    @property
    def uri(self) -> str:
        """Where the ledger is, without credentials."""
        return self._backend.uri

    def close(self) -> None:
        """Give connections back."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Runs

    def list_experiments(self, base: str) -> list[EvalExperiment]:
        """Return the active experiments named ``base`` or ``base-…``, by name."""
        # LIKE takes '_' for any character and cannot ask for two names: it only narrows. Some
        # databases take '\\' for an escape: then it must not even do that.
        narrowed = "" if "'" in base or "\\" in base else f"name LIKE '{base}%'"
        found = self._backend.search_experiments(narrowed)
        mine = [each for each in found if each.name == base or each.name.startswith(f"{base}-")]
        return sorted(mine, key=lambda each: each.name)

    def latest_runs(
        self,
        experiments: Sequence[EvalExperiment],
        *,
        limit: int,
        params: Mapping[str, str] | None = None,
        offset: int = 0,
    ) -> dict[str, list[LoggedRun]]:
        """Return per experiment id the newest ``limit`` runs, newest first by start time."""
        if limit < 0 or offset < 0:
            raise InvalidInputError(f"limit is {limit} and offset {offset}; neither is below 0.")
        wanted = _param_filter(params or {})
        found = self._newest_together(experiments, wanted, limit + offset)
        alone = [each for each in experiments if each.id not in found]
        newest = self._each(alone, lambda each: self._newest(each, wanted, limit + offset))
        found.update({each.id: runs for each, runs in zip(alone, newest, strict=True)})
        return {each.id: found[each.id][offset:] for each in experiments}

    def get_run(self, run_id: str) -> LoggedRun:
        """Return one run, or raise ``NotFoundError``."""
        stored = self._active(run_id)
        name = self._backend.experiment_name(stored.run.experiment_id)
        return replace(stored.run, experiment_name=name)

    def read_cases(self, run_ids: Sequence[str]) -> dict[str, tuple[CaseRecord, ...] | None]:
        """Return each run's per-case table; None for a run that logged none or a malformed one."""
        wanted = list(dict.fromkeys(run_ids))
        stored = self._stored(wanted)
        tables = self._each(wanted, lambda run_id: self._cases_of(stored[run_id]))
        return dict(zip(wanted, tables, strict=True))

    def start_run(self, start: RunStart) -> str:
        """Begin a run and return its id; everything is checked before anything is written."""
        check_start(start)
        return begin_run(
            self._backend,
            start,
            experiment=experiment_id(self._backend, start.experiment_name),
            started_ms=to_milliseconds(self._clock.now()),
        )

    def log_metrics(self, run_id: str, metrics: Mapping[str, float], *, step: int = 0) -> None:
        """Log finite metrics at a step."""
        limits.check_metrics(metrics)
        now = to_milliseconds(self._clock.now())
        values = [StoredMetric(key, float(value), now, step) for key, value in metrics.items()]
        for batch in limits.in_batches(values, limits.METRICS_PER_BATCH):
            self._backend.log_batch(run_id, metrics=batch)

    def log_cases(self, run_id: str, cases: Iterable[CaseRecord]) -> None:
        """Log the per-case table, replacing an earlier one."""
        stored = self._active(run_id)
        data = case_tables.write_table(cases)
        self._backend.write_artifact(stored, case_tables.CASES_FILE, data)
        before = stored.run.tags.get(case_tables.LOGGED_ARTIFACTS)
        after = case_tables.tag_with_table(before)
        if after != before:
            self.set_run_tags(run_id, {case_tables.LOGGED_ARTIFACTS: after})

    def log_traces(self, run_id: str, otlp: bytes) -> None:
        """Keep the spans of an OTLP request in protobuf as traces, linked to a run."""
        stored = self._active(run_id)
        self._backend.log_spans(stored.run.experiment_id, run_id, otlp=otlp)

    def set_run_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run, refusing what MLflow would cut; other tags stay."""
        limits.check_tags(tags, what="The run tag", longest=limits.LONGEST_RUN_TAG)
        for keys in limits.in_batches(list(tags), limits.TAGS_PER_BATCH):
            self._backend.log_batch(run_id, tags={key: tags[key] for key in keys})

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set one tag of an experiment."""
        limits.check_tags(
            {key: value}, what="The experiment tag", longest=limits.LONGEST_EXPERIMENT_TAG
        )
        self._backend.set_experiment_tag(experiment_id, key, value)

    def finish_run(self, run_id: str, status: LoggedStatus) -> None:
        """End a run with its final status."""
        ended = to_milliseconds(self._clock.now())
        self._backend.update_run(run_id, status=status, ended_ms=ended)

    # Prompts

    def list_prompts(self) -> list[Prompt]:
        """Return all prompts by name."""
        models = self._backend.search_models(prompts.ONLY_PROMPTS)
        found = [prompts.prompt_of(model, uri=self.uri) for model in models]
        return sorted(found, key=lambda prompt: prompt.name)

    def get_prompt(self, name: str) -> Prompt:
        """Return one prompt with tags and aliases, or raise ``NotFoundError``."""
        try:
            model = self._backend.get_model(name)
        except NotFoundError as error:
            known = ", ".join(prompt.name for prompt in self.list_prompts()) or "none yet"
            raise NotFoundError(
                f"There is no prompt {name!r} in {self.uri}; there are: {known}."
            ) from error
        return prompts.prompt_of(model, uri=self.uri)

    def list_versions(self, name: str) -> list[PromptVersion]:
        """Return the existing versions, oldest first, aliases filled in."""
        aliases = self.get_prompt(name).aliases
        wanted = f"name = {limits.quoted(name, what='The prompt name')} AND {prompts.ONLY_PROMPTS}"
        found = self._backend.search_versions(wanted)
        versions = [prompts.version_of(each, aliases=aliases) for each in found]
        return sorted(versions, key=lambda each: each.version)

    def get_version(self, name: str, version: int) -> PromptVersion:
        """Return one version, or raise ``NotFoundError`` (deleted or never there)."""
        aliases = self.get_prompt(name).aliases
        try:
            stored = self._backend.get_version(name, version)
        except NotFoundError as error:
            known = ", ".join(f"v{each.version}" for each in self.list_versions(name)) or "none"
            raise NotFoundError(
                f"The prompt {name!r} in {self.uri} has no version {version}; there are: {known}."
            ) from error
        return prompts.version_of(stored, aliases=aliases)

    def register_version(
        self,
        name: str,
        template: str | ChatTemplate,
        *,
        message: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> PromptVersion:
        """Store a new version; the same text makes a new version too. Its tags come with it."""
        prompts.check_name(name)
        _check_registry_tags(tags or {}, what="The version tag")
        everything = prompts.version_tags(template, tags or {})
        self._ensure_prompt(name)
        made = self._backend.create_version(name, description=message, tags=everything)
        return prompts.version_of(replace(made, tags=everything), aliases={})

    def read_alias(self, name: str, alias: str) -> int | None:
        """Return the version an alias points at, or None."""
        return self.get_prompt(name).aliases.get(alias)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at an existing version, or raise ``NotFoundError``."""
        self._backend.set_alias(name, alias, version)

    def set_prompt_tag(self, name: str, key: str, value: str) -> None:
        """Set one tag of a prompt."""
        _check_registry_tags({key: value}, what="The prompt tag")
        self._backend.set_model_tag(name, key, value)

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set one tag of a prompt version."""
        _check_registry_tags({key: value}, what="The version tag")
        self._backend.set_version_tag(name, version, key, value)

    # Inside

    def _newest_together(
        self, experiments: Sequence[EvalExperiment], wanted: str, count: int
    ) -> dict[str, list[LoggedRun]]:
        """Return the newest runs of the experiments that one or two calls can answer.

        The newest of all together hold the newest of each where they are logged side by side,
        as suites are; one that is seldom run is left to a call of its own.
        """
        found: dict[str, list[LoggedRun]] = {}
        for _ in range(_ROUNDS_TOGETHER if self._backend.together_is_faster else 0):
            missing = {each.id: each for each in experiments if each.id not in found}
            size = count * len(missing)
            if len(missing) < _FEWEST_TOGETHER or not 0 < size <= LARGEST_PAGE:
                break
            page = self._backend.search_runs(list(missing), filter_text=wanted, limit=size)
            runs: dict[str, list[LoggedRun]] = {key: [] for key in missing}
            for each in page.runs:
                key = each.run.experiment_id
                runs[key].append(self._named(each, missing[key]))
            is_all = page.next_token is None
            found.update({k: v[:count] for k, v in runs.items() if is_all or len(v) >= count})
        return found

    def _newest(self, experiment: EvalExperiment, wanted: str, count: int) -> list[LoggedRun]:
        found: list[LoggedRun] = []
        token: str | None = None
        while count > len(found):
            page = self._backend.search_runs(
                [experiment.id],
                filter_text=wanted,
                limit=min(count - len(found), LARGEST_PAGE),
                token=token,
            )
            found += [self._named(each, experiment) for each in page.runs]
            token = page.next_token
            if token is None:
                break
        return found

    def _active(self, run_id: str) -> StoredRun:
        stored, active = self._backend.get_run(run_id)
        if not active:
            raise NotFoundError(
                f"The run {run_id} in {self.uri} is deleted; "
                f"to have it back: mlflow runs restore --run-id {run_id}"
            )
        return stored

    def _ensure_prompt(self, name: str) -> None:
        try:
            model = self._backend.get_model(name)
        except NotFoundError:
            try:
                self._backend.create_model(name, tags={IS_PROMPT: "true"})
            except ConflictError:  # another process was quicker
                model = self._backend.get_model(name)
            else:
                return
        if not model.is_prompt:
            raise ConflictError(
                f"{name!r} in {self.uri} is a registered model; a prompt needs another name."
            )

    def _stored(self, run_ids: Sequence[str]) -> dict[str, StoredRun]:
        """Return runs by id: in one call those whose experiment was seen, the others one by one."""
        homes = {run_id: self._experiment_of.get(run_id) for run_id in run_ids}
        seen = [(run_id, home) for run_id, home in homes.items() if home is not None]
        found: dict[str, StoredRun] = {}
        for some in limits.in_batches(seen, _IDS_IN_ONE_FILTER):
            listed = ", ".join(f"'{run_id}'" for run_id, _ in some)
            page = self._backend.search_runs(
                sorted({home for _, home in some}),
                filter_text=f"attributes.run_id IN ({listed})",
                limit=len(some),
            )
            found.update({each.run.run_id: each for each in page.runs})
        others = [run_id for run_id in run_ids if run_id not in found]
        found.update(zip(others, self._each(others, self._active), strict=True))
        return found

    def _named(self, stored: StoredRun, experiment: EvalExperiment) -> LoggedRun:
        """Return a run with its experiment's name, remembering where it belongs for later."""
        if len(self._experiment_of) >= _RUNS_REMEMBERED:
            self._experiment_of.clear()
        self._experiment_of[stored.run.run_id] = experiment.id
        return replace(stored.run, experiment_name=experiment.name)

    def _cases_of(self, stored: StoredRun) -> tuple[CaseRecord, ...] | None:
        """Return the table in the first file that holds one, or None."""
        tag = stored.run.tags.get(case_tables.LOGGED_ARTIFACTS)
        tried = set[str]()
        for listed in (lambda: (), lambda: self._backend.list_artifacts(stored)):
            for file in case_tables.table_files(tag, listed()):
                table = None if file in tried else self._table_in(stored, file)
                if table is not None:
                    return table
                tried.add(file)
        return None

    def _table_in(self, stored: StoredRun, file: str) -> tuple[CaseRecord, ...] | None:
        try:
            table = case_tables.read_table(self._backend.read_artifact(stored, file), name=file)
        except (case_tables.CaseTableError, NotFoundError) as error:
            if file in case_tables.KNOWN_FILES:
                get_logger("tracking").warning(
                    "case_table_unreadable",
                    run_id=stored.run.run_id,
                    artifact=file,
                    error=str(error),
                )
            return None
        usual = file in case_tables.KNOWN_FILES
        return table if usual or case_tables.tells_verdicts(table) else None

    def _each(self, values: Sequence[T], work: Callable[[T], V]) -> list[V]:
        """Do the work for each value, as many at once as the backend bears; in order."""
        at_once = min(self._backend.calls_at_once, len(values))
        if at_once <= 1:
            return [work(value) for value in values]
        with ThreadPoolExecutor(at_once, thread_name_prefix="assay-ledger") as pool:
            return list(pool.map(work, values))


def _param_filter(params: Mapping[str, str]) -> str:
    clauses = [
        f"params.{limits.quoted_key(key, what='The param')} = "
        f"{limits.quoted(value, what=f'The value of the param {key!r}:')}"
        for key, value in params.items()
    ]
    return " AND ".join(clauses)


def _check_registry_tags(tags: Mapping[str, str], *, what: str) -> None:
    limits.check_tags(tags, what=what, longest=limits.LONGEST_PROMPT_TAG)
