"""An experiment ledger in memory: the same port as MLflow, without a server.

Every call can be watched: ``on_call`` hears the method's name before the call takes effect,
``on_return`` after it did. A hook that raises is a process that died there; a hook that
waits lets a test choose who comes first.
"""

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from assay.core.errors import InvalidInputError, NotFoundError
from assay.core.eval_runs import CaseRecord, EvalExperiment, LoggedRun, LoggedStatus, RunStart
from assay.core.prompts import ChatTemplate, Prompt, PromptVersion
from assay.kit.clock import Clock
from assay.testing.manual_clock import ManualClock


if TYPE_CHECKING:
    from collections.abc import Iterator

Hook = Callable[[str], None]

MAX_TAG_KEY = 250
MAX_TAG_VALUE = 100_000


def _nothing(_method: str) -> None:
    """Hear a call and do nothing."""


class MemoryLedger:
    """Both halves of the ledger's port; safe to share between threads.

    Args:
        clock: What runs and versions are dated by; a run's ties are broken by order of arrival.
        on_call: Called with a method's name before it does anything.
        on_return: Called with a method's name after it took effect, before the caller hears.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        on_call: Hook = _nothing,
        on_return: Hook = _nothing,
        uri: str = "memory://ledger",
    ) -> None:
        self.clock: Clock = clock if clock is not None else ManualClock()
        self.on_call = on_call
        self.on_return = on_return
        self.traces: dict[str, list[bytes]] = {}
        self._uri = uri
        self._lock = threading.RLock()
        self._ids = itertools.count(1)
        self._experiments: dict[str, EvalExperiment] = {}
        self._runs: dict[str, LoggedRun] = {}
        self._cases: dict[str, tuple[CaseRecord, ...]] = {}
        self._prompts: dict[str, Prompt] = {}
        self._versions: dict[str, dict[int, PromptVersion]] = {}

    @property
    def uri(self) -> str:
        """Where the ledger is: nowhere."""
        return self._uri

    def close(self) -> None:
        """Close nothing; the ledger stays usable."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # --- runs -------------------------------------------------------------------------------

    def list_experiments(self, base: str) -> list[EvalExperiment]:
        """Return the experiments named ``base`` or ``base-…``, by name."""
        with self._call("list_experiments"):
            named = [
                experiment
                for experiment in self._experiments.values()
                if experiment.name == base or experiment.name.startswith(f"{base}-")
            ]
            return sorted(named, key=lambda experiment: experiment.name)

    def latest_runs(
        self,
        experiments: Sequence[EvalExperiment],
        *,
        limit: int,
        params: Mapping[str, str] | None = None,
        offset: int = 0,
    ) -> dict[str, list[LoggedRun]]:
        """Return per experiment id the newest runs, newest first."""
        with self._call("latest_runs"):
            wanted = dict(params or {})
            return {
                experiment.id: [
                    run
                    for run in self._newest_first(experiment.id)
                    if wanted.items() <= run.params.items()
                ][offset : offset + limit]
                for experiment in experiments
            }

    def get_run(self, run_id: str) -> LoggedRun:
        """Return one run, or raise ``NotFoundError``."""
        with self._call("get_run"):
            return self._run(run_id)

    def read_cases(self, run_ids: Sequence[str]) -> dict[str, tuple[CaseRecord, ...] | None]:
        """Return each run's per-case table; None for a run that logged none."""
        with self._call("read_cases"):
            return {run_id: self._cases.get(run_id) for run_id in run_ids}

    def start_run(self, start: RunStart) -> str:
        """Begin a run and return its id."""
        with self._call("start_run"):
            digests = () if start.dataset_digest is None else (start.dataset_digest,)
            return self._add(
                LoggedRun(
                    run_id=f"run-{next(self._ids):04d}",
                    experiment_id=self._experiment(start.experiment_name).id,
                    experiment_name=start.experiment_name,
                    status=LoggedStatus.RUNNING,
                    started_at=self.clock.now(),
                    name=start.name,
                    params=dict(start.params),
                    tags=dict(start.tags),
                    dataset_digests=digests,
                )
            )

    def log_metrics(self, run_id: str, metrics: Mapping[str, float], *, step: int = 0) -> None:
        """Log metrics; only the last value of each is kept, whatever the step."""
        del step
        with self._call("log_metrics"):
            run = self._run(run_id)
            self._runs[run_id] = replace(run, metrics={**run.metrics, **metrics})

    def log_cases(self, run_id: str, cases: Iterable[CaseRecord]) -> None:
        """Log the per-case table, replacing an earlier one."""
        with self._call("log_cases"):
            self._run(run_id)
            self._cases[run_id] = tuple(cases)

    def log_traces(self, run_id: str, otlp: bytes) -> None:
        """Keep an OTLP request beside a run."""
        with self._call("log_traces"):
            self._run(run_id)
            self.traces.setdefault(run_id, []).append(otlp)

    def set_run_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run; other tags stay."""
        with self._call("set_run_tags"):
            run = self._run(run_id)
            self._runs[run_id] = replace(run, tags={**run.tags, **tags})

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set one tag of an experiment."""
        with self._call("set_experiment_tag"):
            for name, experiment in self._experiments.items():
                if experiment.id == experiment_id:
                    tags = {**experiment.tags, key: value}
                    self._experiments[name] = replace(experiment, tags=tags)
                    return
            raise NotFoundError(f"No experiment has the id {experiment_id!r}.")

    def finish_run(self, run_id: str, status: LoggedStatus) -> None:
        """End a run with its final status."""
        with self._call("finish_run"):
            run = self._run(run_id)
            self._runs[run_id] = replace(run, status=status, ended_at=self.clock.now())

    # --- prompts ----------------------------------------------------------------------------

    def list_prompts(self) -> list[Prompt]:
        """Return all prompts by name."""
        with self._call("list_prompts"):
            return [self._prompts[name] for name in sorted(self._prompts)]

    def get_prompt(self, name: str) -> Prompt:
        """Return one prompt, or raise ``NotFoundError``."""
        with self._call("get_prompt"):
            return self._prompt(name)

    def list_versions(self, name: str) -> list[PromptVersion]:
        """Return the existing versions, oldest first."""
        with self._call("list_versions"):
            self._prompt(name)
            return [self._version(name, version) for version in sorted(self._versions[name])]

    def get_version(self, name: str, version: int) -> PromptVersion:
        """Return one version, or raise ``NotFoundError``."""
        with self._call("get_version"):
            return self._version(name, version)

    def register_version(
        self,
        name: str,
        template: str | ChatTemplate,
        *,
        message: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> PromptVersion:
        """Store a new version; the prompt is made if it is new."""
        with self._call("register_version"):
            prompt = self._prompts.get(name, Prompt(name=name))
            number = (prompt.latest_version or 0) + 1
            made = PromptVersion(
                name=name,
                version=number,
                template=template,
                created_at=self.clock.now(),
                message=message,
                tags=dict(tags or {}),
            )
            self._versions.setdefault(name, {})[number] = made
            self._prompts[name] = replace(prompt, latest_version=number)
            return made

    def read_alias(self, name: str, alias: str) -> int | None:
        """Return the version an alias points at, or None."""
        with self._call("read_alias"):
            return self._prompt(name).aliases.get(alias)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at an existing version, or raise ``NotFoundError``."""
        with self._call("set_alias"):
            self._version(name, version)
            prompt = self._prompt(name)
            self._prompts[name] = replace(prompt, aliases={**prompt.aliases, alias: version})

    def set_prompt_tag(self, name: str, key: str, value: str) -> None:
        """Set one tag of a prompt."""
        with self._call("set_prompt_tag"):
            _check_tag(key, value)
            prompt = self._prompt(name)
            self._prompts[name] = replace(prompt, tags={**prompt.tags, key: value})

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set one tag of a prompt version."""
        with self._call("set_version_tag"):
            _check_tag(key, value)
            found = self._version(name, version)
            self._versions[name][version] = replace(found, tags={**found.tags, key: value})

    # --- what other clients do --------------------------------------------------------------

    def put_run(
        self,
        experiment_name: str,
        *,
        status: LoggedStatus = LoggedStatus.FINISHED,
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        started_at: datetime | None = None,
        cases: Iterable[CaseRecord] | None = None,
        dataset_digest: str | None = None,
    ) -> str:
        """Store a whole run as another client would have logged it, and return its id."""
        with self._lock:
            when = started_at if started_at is not None else self.clock.now()
            run_id = self._add(
                LoggedRun(
                    run_id=f"run-{next(self._ids):04d}",
                    experiment_id=self._experiment(experiment_name).id,
                    experiment_name=experiment_name,
                    status=status,
                    started_at=when,
                    ended_at=None if status is LoggedStatus.RUNNING else when,
                    metrics=dict(metrics or {}),
                    params=dict(params or {}),
                    tags=dict(tags or {}),
                    dataset_digests=() if dataset_digest is None else (dataset_digest,),
                )
            )
            if cases is not None:
                self._cases[run_id] = tuple(cases)
            return run_id

    def delete_version(self, name: str, version: int) -> None:
        """Delete a version; as in MLflow, aliases that pointed at it are gone with it."""
        with self._lock:
            del self._versions[name][version]
            prompt = self._prompts[name]
            kept = {alias: at for alias, at in prompt.aliases.items() if at != version}
            self._prompts[name] = replace(prompt, aliases=kept)

    # ----------------------------------------------------------------------------------------

    def _call(self, method: str) -> AbstractContextManager[None]:
        return _watched(self, method, self._lock)

    def _newest_first(self, experiment_id: str) -> list[LoggedRun]:
        runs = [run for run in self._runs.values() if run.experiment_id == experiment_id]
        order = {run.run_id: place for place, run in enumerate(runs)}
        return sorted(runs, key=lambda run: (run.started_at, order[run.run_id]), reverse=True)

    def _add(self, run: LoggedRun) -> str:
        self._runs[run.run_id] = run
        return run.run_id

    def _experiment(self, name: str) -> EvalExperiment:
        known = self._experiments.get(name)
        if known is None:
            known = EvalExperiment(id=f"exp-{next(self._ids):04d}", name=name)
            self._experiments[name] = known
        return known

    def _run(self, run_id: str) -> LoggedRun:
        if run_id not in self._runs:
            raise NotFoundError(f"No run has the id {run_id!r} in {self._uri}.")
        return self._runs[run_id]

    def _prompt(self, name: str) -> Prompt:
        if name not in self._prompts:
            raise NotFoundError(
                f"No prompt is named {name!r} in {self._uri}; "
                f"there are: {', '.join(sorted(self._prompts)) or 'none'}."
            )
        return self._prompts[name]

    def _version(self, name: str, version: int) -> PromptVersion:
        aliases = self._prompt(name).aliases
        found = self._versions[name].get(version)
        if found is None:
            raise NotFoundError(f"Prompt {name!r} has no version {version}.")
        pointing = tuple(sorted(alias for alias, at in aliases.items() if at == version))
        return replace(found, aliases=pointing)


@contextmanager
def _watched(ledger: MemoryLedger, method: str, lock: Any) -> "Iterator[None]":
    """Let the hooks hear a call; they run outside the lock, so that they may wait."""
    ledger.on_call(method)
    with lock:
        yield
    ledger.on_return(method)


def _check_tag(key: str, value: str) -> None:
    if len(key) > MAX_TAG_KEY or len(value) > MAX_TAG_VALUE:
        raise InvalidInputError(
            f"The tag {key[:40]!r} has {len(key)} characters of key and {len(value)} of value; "
            f"at most {MAX_TAG_KEY} and {MAX_TAG_VALUE} are kept."
        )
