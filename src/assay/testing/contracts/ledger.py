"""The contracts of ``RunLedger`` and ``PromptRegistry``.

A suite is a class of tests over two fixtures: ``ledger``, and ``base``, a name that no other
test of the same ledger uses.
"""

import pytest

from assay.core.errors import NotFoundError
from assay.core.eval_runs import CaseRecord, LoggedStatus, RunStart
from assay.core.ledger import Ledger, PromptRegistry, RunLedger


def a_run(
    ledger: RunLedger,
    experiment: str,
    *,
    metrics: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    status: LoggedStatus = LoggedStatus.FINISHED,
) -> str:
    """Log a whole run and return its id."""
    run_id = ledger.start_run(RunStart(experiment, "a run", params=params or {}))
    if metrics:
        ledger.log_metrics(run_id, metrics)
    ledger.finish_run(run_id, status)
    return run_id


class RunLedgerContract:
    """Eval runs, their metrics and their case tables."""

    def test_a_run_reads_back_as_it_was_logged(self, ledger: Ledger, base: str) -> None:
        """Every part of its start, its metrics and its end."""
        start = RunStart(
            f"{base}-tone",
            "first of its kind",
            params={"prompt.tone": "v3", "threshold": "0.8"},
            tags={"eval_type": "tone", "assay.dataset_digest": "d" * 64},
            dataset_name="tone",
            dataset_digest="d" * 36,
            linked_prompts=(("tone", 3),),
        )
        run_id = ledger.start_run(start)
        running = ledger.get_run(run_id)
        assert running.status is LoggedStatus.RUNNING
        assert running.ended_at is None
        ledger.log_metrics(run_id, {"pass_rate": 0.9, "error_cases": 0})
        ledger.set_run_tags(run_id, {"eval_status": "complete"})
        ledger.finish_run(run_id, LoggedStatus.FINISHED)

        run = ledger.get_run(run_id)
        assert (run.run_id, run.name) == (run_id, "first of its kind")
        assert run.experiment_name == f"{base}-tone"
        assert run.metrics == {"pass_rate": 0.9, "error_cases": 0.0}
        assert run.params == dict(start.params)
        assert {**start.tags, "eval_status": "complete"}.items() <= run.tags.items()
        assert run.dataset_digests == ("d" * 36,)
        assert run.status is LoggedStatus.FINISHED
        assert run.ended_at is not None
        assert run.started_at <= run.ended_at

    def test_a_metric_that_was_not_logged_is_absent(self, ledger: Ledger, base: str) -> None:
        """Never 0."""
        run_id = a_run(ledger, base, metrics={"total_cases": 0})
        assert ledger.get_run(run_id).metrics == {"total_cases": 0.0}

    def test_the_last_value_of_a_metric_counts(self, ledger: Ledger, base: str) -> None:
        """A later step replaces an earlier one."""
        run_id = ledger.start_run(RunStart(base, "steps"))
        ledger.log_metrics(run_id, {"loss": 2.0}, step=1)
        ledger.log_metrics(run_id, {"loss": 1.0}, step=2)
        assert ledger.get_run(run_id).metrics == {"loss": 1.0}

    def test_only_the_base_and_its_own_experiments_are_listed(
        self, ledger: Ledger, base: str
    ) -> None:
        """``base_`` and ``baseuation`` are other people's, and '_' is no joker."""
        names = [f"{base}-zeta", base, f"{base}-alpha", f"{base}uation", f"{base}_other"]
        for name in [*names, f"{base}-a_b", f"x{base}", f"{base}-axb"]:
            a_run(ledger, name)
        listed = [experiment.name for experiment in ledger.list_experiments(base)]
        assert listed == sorted(
            [base, f"{base}-zeta", f"{base}-alpha", f"{base}-a_b", f"{base}-axb"]
        )
        assert [each.name for each in ledger.list_experiments(f"{base}-a_b")] == [f"{base}-a_b"]
        assert ledger.list_experiments(f"{base}-nothing") == []

    def test_the_newest_runs_come_first(self, ledger: Ledger, base: str) -> None:
        """Of every status, as many as asked for, and from where asked for."""
        statuses = [LoggedStatus.FINISHED, LoggedStatus.FAILED, LoggedStatus.KILLED]
        runs = [a_run(ledger, f"{base}-one", status=status) for status in statuses]
        runs.append(ledger.start_run(RunStart(f"{base}-one", "running")))
        other = a_run(ledger, f"{base}-two")
        newest = list(reversed(runs))
        one, two = ledger.list_experiments(base)

        found = ledger.latest_runs([one, two], limit=3)
        assert [run.run_id for run in found[one.id]] == newest[:3]
        assert [run.run_id for run in found[two.id]] == [other]
        assert [run.experiment_name for run in found[two.id]] == [f"{base}-two"]
        assert [run.status for run in found[one.id]][1:] == [statuses[2], statuses[1]]
        later = ledger.latest_runs([one], limit=2, offset=3)
        assert [run.run_id for run in later[one.id]] == newest[3:]
        assert ledger.latest_runs([one], limit=0) == {one.id: []}
        assert ledger.latest_runs([one], limit=1, offset=9) == {one.id: []}
        assert ledger.latest_runs([], limit=5) == {}

    def test_runs_are_chosen_by_all_their_params(self, ledger: Ledger, base: str) -> None:
        """Values with quotes included; one value that differs leaves a run out."""
        told = {"prompt.tone": "v3", "candidate": "it's"}
        wanted = a_run(ledger, base, params=told)
        a_run(ledger, base, params={**told, "prompt.tone": "v33"})
        a_run(ledger, base, params={"prompt.tone": "v3"})
        a_run(ledger, base)
        (experiment,) = ledger.list_experiments(base)
        found = ledger.latest_runs([experiment], limit=10, params=told)
        assert [run.run_id for run in found[experiment.id]] == [wanted]

    def test_case_tables_read_back_exactly(self, ledger: Ledger, base: str) -> None:
        """Any JSON, no value and zero kept apart, and the last one logged counts."""
        cases = (
            CaseRecord("a", input={"q": "ä\n'\""}, output=["x", 1], score=0.0, passed=False),
            CaseRecord("a", repeat=1, expected="y", error="judge timed out", latency_seconds=0.0),
            CaseRecord("b", passed=True, score=1.0, reason="good", scores={"exact": 1.0}),
            CaseRecord("c", trace_id="t" * 32, cost_usd=0.5),
        )
        run_id, bare = a_run(ledger, base), a_run(ledger, base)
        ledger.log_cases(run_id, [CaseRecord("old")])
        ledger.log_cases(run_id, iter(cases))
        assert ledger.read_cases([run_id, bare]) == {run_id: cases, bare: None}
        assert ledger.read_cases([]) == {}

    def test_an_empty_table_is_a_table(self, ledger: Ledger, base: str) -> None:
        """No cases is not no table."""
        run_id = a_run(ledger, base)
        ledger.log_cases(run_id, [])
        assert ledger.read_cases([run_id]) == {run_id: ()}

    def test_tags_of_a_run_and_an_experiment_are_set_one_by_one(
        self, ledger: Ledger, base: str
    ) -> None:
        """Other tags stay; the same tag is replaced."""
        run_id = a_run(ledger, base)
        ledger.set_run_tags(run_id, {"audit.action": "promote", "audit.forced": "false"})
        ledger.set_run_tags(run_id, {"audit.forced": "true"})
        tags = ledger.get_run(run_id).tags
        assert (tags["audit.action"], tags["audit.forced"]) == ("promote", "true")

        (experiment,) = ledger.list_experiments(base)
        ledger.set_experiment_tag(experiment.id, "assay.baseline", '{"run_id": "1"}')
        ledger.set_experiment_tag(experiment.id, "other", "x")
        ledger.set_experiment_tag(experiment.id, "assay.baseline", '{"run_id": "2"}')
        (experiment,) = ledger.list_experiments(base)
        assert experiment.tags["assay.baseline"] == '{"run_id": "2"}'
        assert experiment.tags["other"] == "x"

    def test_what_is_not_there_is_not_found(self, ledger: Ledger) -> None:
        """Reading and writing alike."""
        with pytest.raises(NotFoundError):
            ledger.get_run("f" * 32)
        with pytest.raises(NotFoundError):
            ledger.finish_run("f" * 32, LoggedStatus.FINISHED)
        with pytest.raises(NotFoundError):
            ledger.log_cases("f" * 32, [])


class PromptRegistryContract:
    """Prompts, versions, aliases and tags."""

    def test_versions_are_counted_from_one_and_read_back(self, ledger: Ledger, base: str) -> None:
        """Texts and chats; the same text is a new version too."""
        chat = ({"role": "system", "content": "Be {{kind}}"}, {"role": "user", "content": "ä"})
        first = ledger.register_version(base, "Be {{kind}}", message="why", tags={"by": "me"})
        again = ledger.register_version(base, "Be {{kind}}")
        third = ledger.register_version(base, chat)
        assert [first.version, again.version, third.version] == [1, 2, 3]
        read = ledger.get_version(base, 1)
        assert (read.name, read.template, read.message) == (base, "Be {{kind}}", "why")
        assert read.tags == {"by": "me"}
        assert read.created_at is not None
        assert ledger.get_version(base, 3).template == chat
        assert [each.version for each in ledger.list_versions(base)] == [1, 2, 3]
        assert ledger.get_prompt(base).latest_version == 3

    def test_aliases_move_and_are_shown_with_versions(self, ledger: Ledger, base: str) -> None:
        """Also in listings, which MLflow itself leaves empty."""
        for text in ("one", "two"):
            ledger.register_version(base, text)
        assert ledger.read_alias(base, "production") is None
        ledger.set_alias(base, "production", 1)
        ledger.set_alias(base, "experiment", 2)
        assert ledger.read_alias(base, "production") == 1
        ledger.set_alias(base, "production", 2)
        assert ledger.get_prompt(base).aliases == {"production": 2, "experiment": 2}
        listed = {each.version: each.aliases for each in ledger.list_versions(base)}
        assert listed == {1: (), 2: ("experiment", "production")}
        assert ledger.get_version(base, 2).aliases == ("experiment", "production")

    def test_tags_hold_an_audit_ledger(self, ledger: Ledger, base: str) -> None:
        """100,000 characters, in every character; versions have their own."""
        ledger.register_version(base, "text")
        long = "ä'\"" + "x" * 99_997
        ledger.set_prompt_tag(base, "assay.audit.production.000001.ab.intent", long)
        ledger.set_prompt_tag(base, "assay.audit.production.000001.ab.done", "{}")
        ledger.set_version_tag(base, 1, "assay.core_suite", '{"state": "done"}')
        prompt = ledger.get_prompt(base)
        assert prompt.tags == {
            "assay.audit.production.000001.ab.intent": long,
            "assay.audit.production.000001.ab.done": "{}",
        }
        assert ledger.get_version(base, 1).tags == {"assay.core_suite": '{"state": "done"}'}

    def test_prompts_are_listed_by_name(self, ledger: Ledger, base: str) -> None:
        """With aliases and tags as one by one."""
        for name in (f"{base}.b", f"{base}.a"):
            ledger.register_version(name, "text")
        ledger.set_alias(f"{base}.a", "production", 1)
        mine = [each for each in ledger.list_prompts() if each.name.startswith(f"{base}.")]
        assert mine == [ledger.get_prompt(f"{base}.a"), ledger.get_prompt(f"{base}.b")]

    def test_what_is_not_there_is_not_found(self, ledger: PromptRegistry, base: str) -> None:
        """A prompt, a version, and an alias to nowhere."""
        with pytest.raises(NotFoundError):
            ledger.get_prompt(base)
        with pytest.raises(NotFoundError):
            ledger.list_versions(base)
        ledger.register_version(base, "text")
        with pytest.raises(NotFoundError, match="no version 2"):
            ledger.get_version(base, 2)
        with pytest.raises(NotFoundError):
            ledger.set_alias(base, "production", 2)
        assert ledger.read_alias(base, "production") is None
        with pytest.raises(NotFoundError):
            ledger.set_prompt_tag(f"{base}.none", "key", "value")
        with pytest.raises(NotFoundError):
            ledger.set_version_tag(base, 2, "key", "value")
