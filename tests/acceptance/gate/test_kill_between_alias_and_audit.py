"""Real processes killed while they move an alias, and two that move it at once.

What must hold is read from MLflow's tables directly: no move of the alias without its audit,
no audit without its move, every justifying run marked.
"""

import itertools
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import environment
from tests.acceptance.gate import alias_driver
from tests.acceptance.gate.audit_tables import AuditTables
from tests.command_series import assay_series


pytestmark = pytest.mark.timeout(350)  # fifty processes are killed one after the other
KILLS = 50
RACES = 10


class Driver:
    """The driver's process and the database that it works on."""

    def __init__(self, process: "subprocess.Popen[str]", database: Path) -> None:
        self._process = process
        self.database = database
        self.audit = AuditTables(database, alias_driver.PROMPT)

    def call(self, *calls: dict[str, Any]) -> list[dict[str, Any]]:
        """Let it do these things at the same moment, each in a process of its own."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"calls": calls}) + "\n")
        self._process.stdin.flush()
        answer: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def driver(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    folder = tmp_path_factory.mktemp("killed")
    database = folder / "mlflow.db"
    shutil.copyfile(mlflow_template, database)
    process = subprocess.Popen(
        [sys.executable, alias_driver.__file__, f"sqlite:///{database}"],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "ready\n" == process.stdout.readline()
    yield Driver(process, database)
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()


def some_action(chance: random.Random, driver: Driver) -> dict[str, Any]:
    """A promotion to another version, or a rollback where there is something to go back to."""
    others = [each for each in range(1, alias_driver.VERSIONS + 1) if each != driver.audit.alias()]
    if driver.audit.actions() and chance.random() < 0.3:
        return {"do": "rollback"}
    return {"do": "promote", "version": chance.choice(others)}


def test_what_was_killed_half_way_is_repaired_by_the_next_call(driver: Driver):
    """Half of the processes end before a random call to MLflow, half after a random time."""
    chance = random.Random(20)
    places: Counter[str] = Counter()
    for attempt in itertools.takewhile(lambda _: places.total() < KILLS, itertools.count()):
        before = driver.audit.alias()
        action = some_action(chance, driver)
        by_time = {"kill_after": chance.uniform(0, 0.05)}
        (end,) = driver.call(action | (by_time if attempt % 2 else {"die": chance.randrange(14)}))
        if end["killed"]:
            places[end["steps"][-1]] += 1
            moved = driver.audit.alias() != before
            (read,) = driver.call({"do": "history"})
            last = read["answer"]["history"][-1]
            assert moved is (driver.audit.alias() != before), "reading moved the alias"
            assert moved is (last["state"] == "done" and last["to_version"] != before)
            version = chance.choice([each for each in (1, 2, 3, 4) if each != driver.audit.alias()])
            driver.call({"do": "promote", "version": version})
        driver.audit.assert_without_gap()
    assert {"intent", "set_alias", "set_run_tags"} <= places.keys()


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(driver: Driver):
    chance = random.Random(5)
    for _ in range(RACES):
        others = [each for each in (1, 2, 3, 4) if each != driver.audit.alias()]
        first, second = chance.sample(others, 2)
        ends = driver.call(
            {"do": "promote", "version": first}, {"do": "promote", "version": second}
        )
        answers = [end["answer"] for end in ends]
        assert any(answer["executed"] for answer in answers)
        for answer in answers:
            if not answer["executed"]:
                assert "ConflictError" == answer["error"]
                assert "bob" in answer["message"]
        driver.audit.assert_without_gap()


def test_the_command_shows_the_whole_history(driver: Driver):
    uri = f"sqlite:///{driver.database}"
    commands = [("prompts", "history", "tone", "--format", "json"), ("trend", "--format", "json")]
    said = assay_series(commands, folder=driver.database.parent, env={"ASSAY_TRACKING_URI": uri})
    assert [0, 0] == [each.code for each in said]
    done = driver.audit.done().values()
    drawn = [len(summary["events"]) for summary in said[1].json["summaries"]]
    finished = [entry for entry in said[0].json["audit"] if entry["state"] == "done"]
    assert [(entry["from"], entry["to"]) for entry in done] == [
        (entry["from_version"], entry["to_version"]) for entry in finished
    ]
    assert [len(done)] * len(alias_driver.EVAL_TYPES) == drawn
