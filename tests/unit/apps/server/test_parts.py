"""The server's small parts, each by itself."""

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.apps.server.binding import is_loopback
from assay.apps.server.key_locks import KeyLocks
from assay.apps.server.model_policy import check_models
from assay.apps.server.origin import allowed_hosts, host_name
from assay.apps.server.score_cache import ScoreCache
from assay.apps.server.strict_json import deeper_than
from assay.apps.settings import Settings
from assay.core.aggregate import RunScores
from assay.core.errors import InvalidModelError
from assay.core.runs import Run, RunKind, RunStatus


EVERYWHERE = "0.0.0.0"  # never bound
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class TestModelPolicy:
    @pytest.mark.parametrize(
        ("addresses", "allowed"),
        [
            (["8.8.8.8"], True),
            (["2606:4700::1111"], True),
            (["127.0.0.1"], False),
            (["10.1.2.3"], False),
            (["169.254.169.254"], False),
            (["::1"], False),
            (["fe80::1%eth0"], False),
            (["::ffff:127.0.0.1"], False),
            (["224.0.0.1"], False),
            ([EVERYWHERE], False),
            (["8.8.8.8", "10.0.0.1"], False),
            ([], False),
        ],
    )
    def test_beyond_loopback_private_addresses_are_refused(self, addresses, allowed):
        def check() -> None:
            check_models(
                ["openai:m@http://models.example/v1"],
                settings=Settings(),
                serves_loopback=False,
                has_recording=bool,
                resolve=lambda _: addresses,
            )

        if allowed:
            check()
        else:
            with pytest.raises(InvalidModelError, match="allow_private_endpoints"):
                check()

    @pytest.mark.parametrize(
        ("loopback", "setting", "allowed"),
        [
            (True, None, True),
            (True, False, False),
            (False, None, False),
            (False, True, True),
        ],
    )
    def test_the_setting_is_stronger_than_where_it_is_bound(self, loopback, setting, allowed):
        settings = Settings(allow_private_endpoints=setting)
        specs = ["openai:m@http://127.0.0.1:8000/v1", "openai:gpt-4o"]
        if allowed:
            check_models(specs, settings=settings, serves_loopback=loopback, has_recording=bool)
        else:
            with pytest.raises(InvalidModelError):
                check_models(specs, settings=settings, serves_loopback=loopback, has_recording=bool)

    def test_code_runs_only_where_that_is_switched_on(self):
        on = Settings(allow_python_models=True)
        check_models(["python:json:dumps"], settings=on, serves_loopback=False, has_recording=bool)
        with pytest.raises(InvalidModelError, match="allow_python_models"):
            check_models(
                ["python:json:dumps"], settings=Settings(), serves_loopback=True, has_recording=bool
            )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        (EVERYWHERE, False),
        ("::", False),
        ("localhost.example", False),
    ],
)
def test_what_counts_as_loopback(host, expected):
    assert expected is is_loopback(host)


@given(name=st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True), port=st.integers(0, 65535))
def test_a_host_name_is_read_without_its_port(name, port):
    assert name == host_name(f"{name.upper()}:{port}") == host_name(name)


def test_beyond_loopback_any_host_is_answered_unless_some_are_named():
    assert allowed_hosts(EVERYWHERE, extra=[""], loopback=False) is None
    named = allowed_hosts(EVERYWHERE, extra=["Assay.example "], loopback=False)
    assert named is not None
    assert {"assay.example", "localhost"} <= named


@given(depth=st.integers(1, 30), limit=st.integers(1, 30), in_lists=st.booleans())
def test_nesting_is_counted(depth, limit, in_lists):
    value: object = 1
    for _ in range(depth):
        value = [value] if in_lists else {"a": value}

    assert (depth > limit) is deeper_than(value, limit)


class TestKeyLocks:
    def test_who_names_the_same_goes_one_after_the_other(self):
        locks, inside, most = KeyLocks(), 0, 0

        def work() -> None:
            nonlocal inside, most
            for _ in range(100):
                with locks.hold("a"):
                    inside += 1
                    most = max(most, inside)
                    inside -= 1

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 == most

    def test_other_names_do_not_wait_and_nothing_stays_behind(self):
        locks = KeyLocks()
        with locks.hold("a"), locks.hold("b"):
            pass

        assert {} == locks._locks


class TestScoreCache:
    @staticmethod
    def _run(name: str, *, status: RunStatus = RunStatus.COMPLETED, second: int = 0) -> Run:
        at = NOW.replace(second=second)
        return Run(name, "default", name, RunKind.EXPERIMENT, status, NOW, at)

    @staticmethod
    def _cache(read: list[str], *, size: int = 1, max_items: int = 2) -> ScoreCache:
        def collect(_store: object, run: Run) -> RunScores:
            read.append(run.id)
            return RunScores(
                datapoint_ids=["d"] * size,
                repeats=[0] * size,
                statuses=[],
                session_ids=[],
                passed=[],
            )

        return ScoreCache(max_items=max_items, collect=collect)

    def test_an_ended_run_is_read_once_until_it_changes(self):
        read: list[str] = []
        cache = self._cache(read)
        for second in (0, 0, 1, 1):
            cache.scores_of(None, self._run("a", second=second))  # type: ignore[arg-type]  # never asked

        assert ["a", "a"] == read

    def test_a_run_still_going_is_read_each_time(self):
        read: list[str] = []
        cache = self._cache(read)
        for _ in range(2):
            cache.scores_of(None, self._run("a", status=RunStatus.RUNNING))  # type: ignore[arg-type]  # never asked

        assert ["a", "a"] == read

    def test_the_one_used_longest_ago_gives_way(self):
        read: list[str] = []
        cache = self._cache(read)
        for name in ("a", "b", "a", "c", "a", "b"):
            cache.scores_of(None, self._run(name))  # type: ignore[arg-type]  # never asked

        assert ["a", "b", "c", "b"] == read

    def test_what_is_larger_than_the_bound_is_not_kept(self):
        read: list[str] = []
        cache = self._cache(read, size=3)
        for _ in range(2):
            cache.scores_of(None, self._run("a"))  # type: ignore[arg-type]  # never asked

        assert ["a", "a"] == read
