"""Promotion by the command: blocked for each of 19 types in turn, and when MLflow goes away."""

# ruff: noqa: S608  # statements of fixed names and numbers, for a database of our own

import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from benchmarks.gate_store import EVAL_TYPES, START_MS, experiment_names, fill

from assay.tracking import open_ledger
from tests.acceptance.command_line import Said
from tests.acceptance.gate.audit_tables import AuditTables
from tests.command_series import assay_series
from tests.services import MlflowServer, running_mlflow


AT_THRESHOLD, PARTIAL, PARTIAL_LATER, FAILED, NO_RUNS = range(EVAL_TYPES + 1, EVAL_TYPES + 6)
"""Versions; those before are each below the threshold in the eval type of their number."""

PROXIES = (1, 3, 6, 8, 10, 12, 14, 16, 18, 200)
"""After how many requests the server is gone."""


@pytest.fixture(scope="module")
def store(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with a run of every version in each of 19 eval types."""
    folder = tmp_path_factory.mktemp("closed")
    database = folder / "mlflow.db"
    shutil.copyfile(mlflow_template, database)
    fill(database, runs=FAILED)
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in _statements():
            connection.execute(statement)
    with open_ledger(f"sqlite:///{database}") as ledger:
        for name in ("tone", *(f"tone{number}" for number in PROXIES)):
            for version in range(1, NO_RUNS + 1 if name == "tone" else 3):
                ledger.register_version(name, f"text {version}")
            ledger.set_alias(name, "production", 1)
    return folder


def _statements() -> Iterator[str]:
    index = f"((runs.start_time - {START_MS}) / 60000 + 1)"
    version = f"(SELECT {index} FROM runs WHERE runs.run_uuid = params.run_uuid)"
    yield f"UPDATE params SET value = 'v' || {version} WHERE key = 'prompt.tone'"
    of_version = "run_uuid IN (SELECT run_uuid FROM runs WHERE {} = {})"
    yield "UPDATE latest_metrics SET value = 0.9 WHERE key = 'pass_rate'"
    for number in range(1, EVAL_TYPES + 1):
        only = of_version.format(index, f"{number} AND experiment_id = {number}")
        yield f"UPDATE latest_metrics SET value = 0.7999 WHERE key = 'pass_rate' AND {only}"
    exactly = of_version.format(index, AT_THRESHOLD)
    yield f"UPDATE latest_metrics SET value = 0.8 WHERE key = 'pass_rate' AND {exactly}"
    errors = "UPDATE latest_metrics SET value = 3 WHERE key = 'error_cases' AND "
    yield errors + of_version.format(index, PARTIAL)
    # PARTIAL_LATER has a complete run that is too low, and a partial one of 0.9 after it
    yield errors + of_version.format(index, PARTIAL_LATER)
    moved = of_version.format(index, f"{NO_RUNS - 1} AND experiment_id > 1")
    yield f"UPDATE runs SET status = 'FAILED' WHERE {moved}"
    first = of_version.format(index, f"{FAILED} AND experiment_id = 1")
    yield f"UPDATE params SET value = 'v{PARTIAL_LATER}' WHERE key = 'prompt.tone' AND {first}"
    yield f"UPDATE latest_metrics SET value = 0.5 WHERE key = 'pass_rate' AND {first}"
    yield f"UPDATE runs SET start_time = start_time - 6000000 WHERE {first}"
    for number in PROXIES:
        good = of_version.format(index, f"{AT_THRESHOLD} AND experiment_id <= 3")
        yield (
            f"INSERT INTO params (key, value, run_uuid) SELECT 'prompt.tone{number}', 'v2', "
            f"run_uuid FROM runs WHERE {good}"
        )


def _promote(version: int) -> tuple[str, ...]:
    return ("promote", "tone", "--version", str(version), "--actor", "ada", "--format", "json")


@pytest.fixture(scope="module")
def answers(store: Path) -> dict[int, Said]:
    """What the command said of every version, the one that is allowed last."""
    versions = [*range(1, EVAL_TYPES + 1), PARTIAL, PARTIAL_LATER, FAILED, NO_RUNS, AT_THRESHOLD]
    uri = {"ASSAY_TRACKING_URI": f"sqlite:///{store / 'mlflow.db'}"}
    said = assay_series([_promote(each) for each in versions], folder=store, env=uri)
    return dict(zip(versions, said, strict=True))


@pytest.mark.parametrize("number", range(1, EVAL_TYPES + 1))
def test_one_type_below_its_threshold_blocks(answers: dict[int, Said], number: int):
    said = answers[number]
    name = experiment_names("quality", EVAL_TYPES)[number - 1].removeprefix("quality-")
    assert 1 == said.code
    assert (False, False, [name]) == tuple(
        said.json[key] for key in ("allowed", "executed", "blocking_evals")
    )
    assert EVAL_TYPES == len(said.json["eval_results"])
    assert [name] == [row["eval_type"] for row in said.json["eval_results"] if not row["passed"]]


@pytest.mark.parametrize("version", [PARTIAL, FAILED, NO_RUNS])
def test_runs_that_are_not_complete_are_no_evidence(answers: dict[int, Said], version: int):
    said = answers[version]
    assert 1 == said.code
    assert (False, [], []) == tuple(
        said.json[key] for key in ("allowed", "eval_results", "justifying_run_ids")
    )
    assert "No evidence" in said.json["reason"]


def test_a_partial_run_does_not_stand_in_for_the_complete_one_before(answers: dict[int, Said]):
    said = answers[PARTIAL_LATER]
    assert 1 == said.code
    assert [("quality", 0.5, False)] == [
        (row["eval_type"], row["pass_rate"], row["passed"]) for row in said.json["eval_results"]
    ]


def test_exactly_at_the_threshold_is_promoted_and_audited(answers: dict[int, Said], store: Path):
    said = answers[AT_THRESHOLD]
    assert (0, True, True) == (said.code, said.json["allowed"], said.json["executed"])
    audit = AuditTables(store / "mlflow.db", "tone")
    assert AT_THRESHOLD == audit.alias()
    assert [AT_THRESHOLD] == [entry["to"] for entry in audit.done().values()]
    audit.assert_without_gap()
    assert set(said.json["justifying_run_ids"]) == set(audit.marks())


# --- the server goes away half way --------------------------------------------------------------


class MortalDoor:
    """Stands before a server on a port of its own, and is gone after some requests."""

    def __init__(self, server: MlflowServer, requests: int) -> None:
        self._target = ("127.0.0.1", server.port)
        self._left = requests
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Be gone."""
        with self._lock:
            for each in (self._door, *self._open):
                each.close()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            self._open += [caller, server]
            threading.Thread(target=self._pass, args=(caller, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, caller, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        try:
            while data := source.recv(65536):
                if asks and b" HTTP/1.1\r\n" in data:
                    self._left -= 1
                    if self._left < 0:
                        break
                target.sendall(data)
        except OSError:
            pass
        if asks and self._left < 0:
            self._gone()

    def _gone(self) -> None:
        for each in (self._door, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def test_a_server_that_dies_half_way_is_no_answer_and_leaves_no_gap(store: Path):
    """The next promotion, by another process, finishes or withdraws what was begun."""
    with running_mlflow(store / "mlflow.db", store / "files") as server:
        places = [("trend", 1), ("trend", 3), ("check", 1), ("check", 3), ("check", 10)]
        places += [("promote", number) for number in PROXIES]
        doors = {place: MortalDoor(server, place[1]) for place in places}
        commands = []
        for (command, number), door in doors.items():
            what = (f"tone{number}", "--version", "2") if command == "promote" else ()
            commands.append((command, *what, "--tracking-uri", door.url))
        ends = dict(zip(doors, assay_series(commands, folder=store), strict=True))
        for (command, number), said in ends.items():
            url = doors[command, number].url
            if number == PROXIES[-1]:
                assert 0 == said.code
                continue
            assert 2 == said.code, (command, number)
            assert "" == said.out
            (line,) = said.err.splitlines()
            assert line.startswith("Error: ")
            assert url in line
        promoted = {number: said for (name, number), said in ends.items() if name == "promote"}
        audits = {number: AuditTables(store / "mlflow.db", f"tone{number}") for number in PROXIES}
        moved_unsaid = sum(
            said.code == 2 and audits[number].alias() == 2 for number, said in promoted.items()
        )
        again = [
            ("promote", audit.prompt, "--version", "2", "--tracking-uri", server.url)
            for audit in audits.values()
        ]
        assert {0} == {said.code for said in assay_series(again, folder=store)}
        for audit in audits.values():
            assert 2 == audit.alias()
            audit.assert_without_gap()
        assert moved_unsaid, "no server died between the alias and its audit"
        for door in doors.values():
            door.close()
