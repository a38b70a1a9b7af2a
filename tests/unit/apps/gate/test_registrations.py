"""New prompt versions: noticed once, their core suite run once, whatever fails meanwhile."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay.apps.services.core_suite import TAG, SuiteState, read_mark, started, write_mark
from assay.apps.services.prompt_watch import PromptWatch
from assay.apps.services.registrations import SETTLE_SECONDS, Registrations
from assay.apps.services.suite_runs import SuiteRuns
from assay.core.errors import LedgerError
from assay.kit.processes import ProcessMark
from assay.testing.manual_clock import ManualClock
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.apps.gate.server_parts import Held, desk_of, in_process, wait_for


HERE = ProcessMark("here", 1)
OTHER = ProcessMark("here", 2)


class World:
    """One server over a project: its clock, its suites and what it has noticed."""

    def __init__(self, folder: Path, ledger: MemoryLedger, *, process: ProcessMark = HERE) -> None:
        self.ledger = ledger
        self.clock = ManualClock()
        self.executor = Held()
        self.desk = desk_of(folder, ledger)
        self.suites = SuiteRuns(self.desk.open, self.executor)
        self.suites.start()
        self.during_sleep: Callable[[], None] = lambda: None
        self.dead: set[int] = set()
        self.registrations = Registrations(
            self.desk,
            self.suites,
            clock=self.clock,
            sleep=self._sleep,
            process=process,
            alive=lambda mark: mark.pid not in self.dead,
        )

    def _sleep(self, seconds: float) -> None:
        assert SETTLE_SECONDS == seconds
        self.clock.advance(seconds)
        self.during_sleep()

    def look(self) -> None:
        self.registrations.look()

    def started(self) -> list[dict[str, int]]:
        return [dict(run.prompts) for run in reversed(self.suites.list())]

    def state(self, version: int) -> SuiteState | None:
        mark = read_mark(self.ledger.get_version("greeting", version))
        return None if mark is None else mark.state


@pytest.fixture
def world(project: Path, ledger: MemoryLedger) -> Iterator[World]:
    made = World(project, ledger)
    yield made
    made.executor.go.set()
    made.suites.stop()


def test_a_version_that_appears_is_run_once(world: World) -> None:
    world.look()
    world.ledger.register_version("greeting", "{q}, if you please")
    for _ in range(3):
        world.look()
    assert [{"greeting": 2}] == world.started()
    assert SuiteState.RUNNING is world.state(2)


def test_what_existed_before_the_first_look_is_let_be(world: World) -> None:
    world.ledger.register_version("greeting", "{q}, if you please")
    for _ in range(2):
        world.look()
    assert [] == world.started()
    assert world.state(2) is None


def test_a_new_prompt_and_several_versions_between_two_looks_are_all_run(world: World) -> None:
    world.look()
    world.ledger.register_version("greeting", "two")
    world.ledger.register_version("greeting", "three")
    world.ledger.register_version("farewell", "bye")
    world.look()
    assert [{"farewell": 1}, {"greeting": 2}, {"greeting": 3}] == sorted(world.started(), key=str)


def test_a_version_whose_suite_a_command_runs_is_left_to_it(world: World) -> None:
    world.look()
    mark = started("ada", at=world.clock.now(), process=OTHER)
    world.ledger.register_version("greeting", "two", tags={TAG: mark.text()})
    world.look()
    assert [] == world.started()


def test_of_two_servers_only_the_one_whose_mark_stays_runs_the_suite(world: World) -> None:
    world.look()
    version = world.ledger.register_version("greeting", "two")
    other = started("the server", at=world.clock.now(), process=OTHER)
    world.during_sleep = lambda: write_mark(world.ledger, version, other)
    world.look()
    assert [] == world.started()
    mark = read_mark(world.ledger.get_version("greeting", 2))
    assert mark is not None
    assert OTHER == mark.process


def test_a_suite_that_a_dead_process_began_is_run_at_the_first_look(world: World) -> None:
    mark = started("the server", at=world.clock.now(), process=OTHER)
    world.ledger.register_version("greeting", "two", tags={TAG: mark.text()})
    world.dead.add(OTHER.pid)
    world.look()
    assert [{"greeting": 2}] == world.started()


def test_a_suite_that_ends_just_before_its_process_is_not_run_again(
    project: Path, ledger: MemoryLedger
) -> None:
    mark = started("ada", at=ManualClock().now(), process=OTHER)
    version = ledger.register_version("greeting", "two", tags={TAG: mark.text()})
    desk = desk_of(project, ledger)

    def ends_before_the_answer(_process: ProcessMark) -> bool:
        write_mark(ledger, version, replace(mark, state=SuiteState.DONE))
        return False

    Registrations(
        desk, SuiteRuns(desk.open, Held()), process=HERE, alive=ends_before_the_answer
    ).look()

    found = read_mark(ledger.get_version("greeting", 2))
    assert found is not None
    assert (SuiteState.DONE, OTHER) == (found.state, found.process)


def test_an_outage_only_delays_it_and_is_logged_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.look()

    def down(method: str) -> None:
        raise LedgerError("http://ledger does not answer; start it with `mlflow server`")

    world.ledger.on_call = down
    for _ in range(3):
        world.look()
    world.ledger.on_call = lambda _method: None
    world.ledger.register_version("greeting", "two")
    world.look()
    assert [{"greeting": 2}] == world.started()
    assert 1 == caplog.text.count("prompts_not_watched")
    assert [{"greeting": 2}] == world.started()


def test_an_outage_in_the_middle_of_the_first_look_leaves_nothing_behind(world: World) -> None:
    mark = started("the server", at=world.clock.now(), process=OTHER)
    world.ledger.register_version("greeting", "two", tags={TAG: mark.text()})
    world.dead.add(OTHER.pid)

    def down(method: str) -> None:
        if method == "get_version":
            raise LedgerError("gone")

    world.ledger.on_call = down
    world.look()
    world.ledger.on_call = lambda _method: None
    world.ledger.register_version("greeting", "three")
    world.look()
    assert [{"greeting": 2}, {"greeting": 3}] == world.started()


def test_an_outage_in_the_middle_of_a_look_loses_no_version(world: World) -> None:
    world.look()
    world.ledger.register_version("greeting", "two")
    world.ledger.register_version("greeting", "three")

    def down(method: str) -> None:
        if method == "set_version_tag":
            raise LedgerError("gone")

    world.ledger.on_call = down
    world.look()
    assert [] == world.started()
    world.ledger.on_call = lambda _method: None
    world.look()
    assert [{"greeting": 2}, {"greeting": 3}] == world.started()


def test_without_a_core_suite_nothing_is_looked_at(world: World, project: Path) -> None:
    config = (project / "assay.toml").read_text()
    (project / "assay.toml").write_text(config.replace("core = ", "full = "))
    calls: list[str] = []
    world.ledger.on_call = calls.append
    world.look()
    assert [] == calls


def test_without_a_gate_it_waits_quietly_for_one(
    tmp_path_factory: pytest.TempPathFactory, project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path_factory.mktemp("bare")
    world = World(folder, MemoryLedger())
    world.look()
    (folder / "assay.toml").write_text((project / "assay.toml").read_text())
    world.look()
    world.ledger.register_version("greeting", "{q}")
    world.look()
    assert [{"greeting": 1}] == world.started()
    assert "not_watched" not in caplog.text
    world.executor.go.set()
    world.suites.stop()


def test_the_results_are_linked_to_the_version(project: Path, ledger: MemoryLedger) -> None:
    desk = desk_of(project, ledger)
    suites = SuiteRuns(desk.open, in_process)
    suites.start()
    gate = desk.open()
    made = Registrations(desk, suites, process=HERE).register(
        gate, "greeting", "{q}, if you please", message="kinder", alias="experiment", by="ada"
    )
    assert made.suite_run_id is not None
    wait_for(suites, made.suite_run_id)
    suites.stop()
    mark = read_mark(ledger.get_version("greeting", 2))
    assert mark is not None
    assert (SuiteState.DONE, "ada") == (mark.state, mark.by)
    assert ["v2"] == [ledger.get_run(run_id).params["prompt.greeting"] for run_id in mark.run_ids]
    assert 2 == ledger.read_alias("greeting", "experiment")


def test_a_suite_that_the_server_cuts_short_is_still_to_be_run(world: World, project: Path) -> None:
    world.look()
    world.ledger.register_version("greeting", "two")
    world.look()
    assert world.executor.begun.wait(5)
    world.suites.stop()
    assert SuiteState.PENDING is world.state(2)
    again = World(project, world.ledger, process=OTHER)
    again.look()
    assert [{"greeting": 2}] == again.started()
    again.executor.go.set()
    again.suites.stop()


def test_a_suite_that_is_cancelled_is_not_run_again(world: World) -> None:
    world.look()
    world.ledger.register_version("greeting", "two")
    world.look()
    [run] = world.suites.list()
    assert world.executor.begun.wait(5)
    world.suites.cancel(run.id)
    wait_for(world.suites, run.id)
    world.suites.stop()
    assert SuiteState.FAILED is world.state(2)
    text = world.ledger.get_version("greeting", 2).tags[TAG]
    assert "cancelled" == json.loads(text)["why"]


def test_where_nothing_runs_in_the_background_the_version_waits(
    project: Path, ledger: MemoryLedger
) -> None:
    desk = desk_of(project, ledger)
    registrations = Registrations(desk, SuiteRuns(desk.open, Held()), process=HERE)
    with pytest.raises(Exception, match="in the background"):
        registrations.register(desk.open(), "greeting", "two", message="", alias=None, by="ada")
    mark = read_mark(ledger.get_version("greeting", 2))
    assert mark is not None
    assert SuiteState.PENDING is mark.state


def test_the_watch_looks_again_after_a_defect_and_ends_when_told() -> None:
    looks: list[int] = []
    enough = threading.Event()

    def look() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            raise ZeroDivisionError
        enough.set()

    others = set(threading.enumerate())
    watch = PromptWatch(look, poll_seconds=0.001)
    watch.start()
    assert enough.wait(5)
    watch.stop()
    assert not {"assay-prompts"} & {each.name for each in set(threading.enumerate()) - others}
