"""``/api/gate``: the same answers as the commands, and clear words where there is none."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.apps.server.app import create_app
from assay.apps.services.gate_desk import GateDesk
from assay.apps.services.gate_room import GateRoom
from assay.apps.settings import Settings
from assay.core.errors import LedgerError
from assay.core.eval_runs import CaseRecord, LoggedStatus
from assay.core.ledger import ClosableLedger
from assay.gate import to_jsonable, trend_summaries
from assay.gate.check import check_all_regressions
from assay.gate.config import GateConfig
from assay.gate.config_file import read_gate_config
from assay.testing.memory_ledger import MemoryLedger
from tests.unit.apps.gate.server_parts import BOUND_SECONDS, Opener, desk_of, in_process


def cases(passed: int, total: int = 10) -> list[CaseRecord]:
    return [
        CaseRecord(f"c{number}", input={"q": number}, output="a", passed=number < passed)
        for number in range(total)
    ]


def log(ledger: MemoryLedger, experiment: str, passed: int, *, version: int = 1) -> str:
    return ledger.put_run(
        experiment,
        metrics={"pass_rate": passed / 10, "total_cases": 10, "error_cases": 0},
        params={"prompt.greeting": f"v{version}", "threshold": "0.8"},
        cases=cases(passed),
    )


@pytest.fixture
def filled(ledger: MemoryLedger) -> MemoryLedger:
    """Two types: tone fell below its threshold with version 2, quality did not."""
    ledger.register_version("greeting", "{q}, if you please", message="kinder")
    for passed, version in ((9, 1), (6, 2)):
        log(ledger, "shop-tone", passed, version=version)
        log(ledger, "shop", 9, version=version)
    return ledger


Open = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def open_server(project: Path, tmp_path: Path) -> Open:
    def make(desk: GateDesk, **settings: Any) -> AbstractContextManager[TestClient]:
        whole = Settings(data_dir=tmp_path / "data", **settings)
        app = create_app(whole, gate_room=GateRoom.of(desk, execute=in_process))
        return TestClient(app, base_url="http://localhost")

    return make


@pytest.fixture
def client(open_server: Open, project: Path, filled: MemoryLedger) -> Iterator[TestClient]:
    with open_server(desk_of(project, filled)) as opened:
        yield opened


def test_trends_are_what_the_command_prints(
    client: TestClient, filled: MemoryLedger, project: Path
) -> None:
    config = read_gate_config(project)
    expected = {"summaries": to_jsonable(trend_summaries(filled, config, limit=30))}
    assert expected == client.get("/api/gate/trends?limit=30").json()
    [tone] = client.get("/api/gate/trends?eval_type=tone&limit=1").json()["summaries"]
    assert ["tone", 1] == [tone["eval_type"], len(tone["points"])]


def test_a_check_is_what_the_command_prints(
    client: TestClient, filled: MemoryLedger, project: Path
) -> None:
    expected = to_jsonable(check_all_regressions(filled, read_gate_config(project)))
    found = client.get("/api/gate/check").json()
    assert expected == found
    assert {"tone": "REGRESSION", "quality": "PASS"} == {
        report["eval_type"]: report["verdict"] for report in found["reports"]
    }
    softer = client.get("/api/gate/check?eval_type=tone&require_evidence=true").json()
    assert ["WARNING"] == [report["verdict"] for report in softer["reports"]]


def test_a_run_is_shown_with_its_cases(client: TestClient) -> None:
    [tone] = client.get("/api/gate/trends?eval_type=tone").json()["summaries"]
    run_id = tone["points"][-1]["run_id"]
    run = client.get(f"/api/gate/runs/{run_id}").json()
    assert ["tone", 0.8, None] == [run["eval_type"], run["threshold"], run["page"]]
    table = client.get(f"/api/gate/runs/{run_id}/cases").json()["cases"]
    assert 6 == sum(each["passed"] for each in table)
    assert {"q": 0} == table[0]["input"]


def test_a_run_without_a_table_has_none_and_a_strange_run_is_not_found(
    client: TestClient, filled: MemoryLedger
) -> None:
    bare = filled.put_run("shop", metrics={"pass_rate": float("nan")})
    assert None is client.get(f"/api/gate/runs/{bare}/cases").json()["cases"]
    assert None is client.get(f"/api/gate/runs/{bare}").json()["metrics"]["pass_rate"]
    foreign = filled.put_run("elsewhere", metrics={"pass_rate": 1.0})
    for run_id, said in ((foreign, "quality, tone"), ("nope", "nope")):
        answer = client.get(f"/api/gate/runs/{run_id}")
        assert 404 == answer.status_code
        assert said in answer.json()["detail"]


def test_a_running_run_is_no_point_yet(client: TestClient, filled: MemoryLedger) -> None:
    run_id = filled.put_run("shop", status=LoggedStatus.RUNNING)
    assert None is client.get(f"/api/gate/runs/{run_id}").json()["point"]


def test_prompts_are_listed_shown_and_compared(client: TestClient) -> None:
    [listed] = client.get("/api/gate/prompts").json()["prompts"]
    assert ["greeting", 2, {"experiment": 1}] == [
        listed["name"],
        listed["latest_version"],
        listed["aliases"],
    ]
    shown = client.get("/api/gate/prompts/greeting").json()
    assert [(1, ["experiment"]), (2, [])] == [
        (each["version"], each["aliases"]) for each in shown["versions"]
    ]
    found = client.get("/api/gate/prompts/greeting/diff?from=experiment&to=2").json()
    assert [1, 2] == [found["from_version"], found["to_version"]]
    assert ["-{q}, please", "+{q}, if you please"] == found["lines"][-2:]
    assert "{q}, please" == found["from_text"]


def test_a_closed_gate_moves_nothing_unless_it_is_forced(
    client: TestClient, filled: MemoryLedger
) -> None:
    asked = client.get("/api/gate/prompts/greeting/gate?version=2").json()
    assert [False, ["tone"]] == [asked["allowed"], asked["blocking_evals"]]

    body = {"version": 2, "actor": "ada"}
    blocked = client.post("/api/gate/prompts/greeting/promote", json=body).json()
    assert [False, False] == [blocked["allowed"], blocked["executed"]]
    assert None is filled.read_alias("greeting", "production")

    forced = {**body, "force": True, "reason": "the lead says so"}
    moved = client.post("/api/gate/prompts/greeting/promote", json=forced).json()
    assert [False, True] == [moved["allowed"], moved["executed"]]
    assert 2 == filled.read_alias("greeting", "production")
    [record] = client.get("/api/gate/prompts/greeting").json()["audit"]
    assert [True, "ada", "the lead says so", "done"] == [
        record[name] for name in ("forced", "actor", "reason", "state")
    ]


def test_an_open_gate_promotes_and_a_rollback_takes_it_back(
    client: TestClient, filled: MemoryLedger
) -> None:
    filled.set_alias("greeting", "production", 2)
    moved = client.post("/api/gate/prompts/greeting/promote", json={"version": 1}).json()
    assert [True, True] == [moved["allowed"], moved["executed"]]

    previous = client.get("/api/gate/prompts/greeting/previous").json()
    assert [1, 2, "ledger", 60] == [
        previous[name] for name in ("current_version", "version", "found_in", "cache_seconds")
    ]
    body = {"reason": "customers complained", "actor": "grace"}
    record = client.post("/api/gate/prompts/greeting/rollback", json=body).json()
    assert ["rollback", 1, 2, "grace"] == [
        record[name] for name in ("action", "from_version", "to_version", "actor")
    ]
    assert 2 == filled.read_alias("greeting", "production")
    [tone] = client.get("/api/gate/trends?eval_type=tone").json()["summaries"]
    assert ["promote", "rollback"] == [event["action"] for event in tone["events"]]


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_a_rollback_without_a_reason_is_refused(client: TestClient, reason: str | None) -> None:
    body = {} if reason is None else {"reason": reason}
    answer = client.post("/api/gate/prompts/greeting/rollback", json=body)
    assert 422 == answer.status_code
    assert "reason" in answer.json()["detail"]


def test_where_there_is_nothing_to_go_back_to_it_says_so(
    client: TestClient, filled: MemoryLedger
) -> None:
    body = {"reason": "why not"}
    answer = client.post("/api/gate/prompts/greeting/rollback", json=body)
    assert [409, "nothing_to_roll_back"] == [answer.status_code, answer.json()["code"]]


def test_a_registered_version_starts_the_core_suite(
    client: TestClient, filled: MemoryLedger
) -> None:
    body = {"template": "{q}, would you please", "message": "kinder still"}
    made = client.post("/api/gate/prompts/greeting/versions", json=body)
    assert 201 == made.status_code, made.text
    assert [3, "experiment", []] == [made.json()[name] for name in ("version", "alias", "skipped")]
    address = f"/api/gate/suites/runs/{made.json()['suite_run_id']}"
    events = client.get(f"{address}/events").text
    last = json.loads(re.findall(r"event: finished\r?\ndata: (.*)", events)[-1])
    assert ["core", "completed", {"greeting": 3}] == [
        last[name] for name in ("suite", "status", "prompts")
    ]
    assert client.get(address).json() == last
    assert 3 == filled.read_alias("greeting", "experiment")


def test_a_chat_prompt_is_stored_as_messages(client: TestClient, filled: MemoryLedger) -> None:
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "{{q}}"}]
    body = {"template": messages, "alias": "", "run_evals": False}
    made = client.post("/api/gate/prompts/chat/versions", json=body).json()
    assert [1, None, None] == [made["version"], made["alias"], made["suite_run_id"]]
    [shown] = client.get("/api/gate/prompts/chat").json()["versions"]
    assert messages == shown["messages"]
    assert "[system]\nBe kind." in shown["text"]


@pytest.mark.parametrize("template", ["", "   ", []])
def test_an_empty_prompt_is_refused(client: TestClient, template: Any) -> None:
    answer = client.post("/api/gate/prompts/greeting/versions", json={"template": template})
    assert 422 == answer.status_code


def test_a_suite_and_a_single_eval_type_are_started(client: TestClient) -> None:
    runs = [
        client.post(f"/api/gate/{path}/runs", json={"actor": "ada"})
        for path in ("suites/core", "eval-types/quality")
    ]
    assert [202, 202] == [answer.status_code for answer in runs]
    for answer in runs:
        client.get(f"/api/gate/suites/runs/{answer.json()['id']}/events")  # until it has ended
    listed = client.get("/api/gate/suites/runs").json()["runs"]
    assert [(None, "ada"), ("core", "ada")] == [(run["suite"], run["by"]) for run in listed]


@pytest.mark.parametrize("path", ["suites/nightly", "eval-types/nope"])
def test_what_is_not_declared_cannot_be_started(client: TestClient, path: str) -> None:
    answer = client.post(f"/api/gate/{path}/runs", json={})
    assert 422 == answer.status_code
    assert re.search(r"nightly|nope", answer.json()["detail"])


def test_a_suite_run_that_nobody_knows_is_not_found(client: TestClient) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
        answer = client.request(method, f"/api/gate/suites/runs/nope{path}")
        assert 404 == answer.status_code


def test_a_baseline_is_pinned_and_unpinned(client: TestClient) -> None:
    [tone] = client.get("/api/gate/trends?eval_type=tone").json()["summaries"]
    run_id = tone["points"][0]["run_id"]
    body = {"run_id": run_id, "reason": "the release", "actor": "ada"}
    assert run_id == client.post("/api/gate/baselines", json=body).json()["run_id"]
    [pinned] = client.get("/api/gate/baselines").json()["baselines"]
    assert ["tone", "ada"] == [pinned["eval_type"], pinned["actor"]]
    answer = client.delete("/api/gate/baselines/tone?reason=next+release")
    assert None is answer.json()["run_id"]
    assert [] == client.get("/api/gate/baselines").json()["baselines"]


def test_the_set_up_is_shown(client: TestClient) -> None:
    setup = client.get("/api/gate").json()
    assert {"core": ["tone", "quality"]} == setup["suites"]
    assert ["tone", "quality"] == setup["runnable"]
    assert {"tone": 0.5, "quality": 0.8} == setup["thresholds"]


def test_the_set_up_shows_no_password_and_needs_no_ledger(open_server: Open, project: Path) -> None:
    settings = Settings(tracking_uri="postgresql://gate:hush-hush@db/mlflow")

    def opener(settings: Settings, config: GateConfig, *, create: bool = False) -> ClosableLedger:
        raise LedgerError("the database does not answer")

    with open_server(GateDesk(settings, folder=project, open_ledger=opener)) as client:
        shown = client.get("/api/gate")
        assert 200 == shown.status_code
        assert "db/mlflow" in shown.json()["tracking_uri"]
        assert "hush" not in shown.text


KEY = "a-key-of-more-than-16"
READS = ("", "/trends", "/check", "/prompts", "/prompts/greeting", "/prompts/greeting/gate")


def test_a_ledger_out_of_reach_is_an_answer_of_its_own_and_never_an_empty_one(
    client: TestClient, filled: MemoryLedger
) -> None:
    said = "http://ledger:5000 does not answer; start it with `mlflow server`"

    def down(method: str) -> None:
        raise LedgerError(said)

    filled.on_call = down
    for path in READS[1:]:
        answer = client.get(f"/api/gate{path}")
        assert [503, "ledger", said] == [
            answer.status_code,
            answer.json()["code"],
            answer.json()["detail"],
        ]
    forced = {"version": 2, "force": True}
    assert 503 == client.post("/api/gate/prompts/greeting/promote", json=forced).status_code


def test_a_ledger_that_cannot_be_opened_is_tried_again(
    open_server: Open, project: Path, filled: MemoryLedger
) -> None:
    broken = [True]

    def opener(settings: Settings, config: GateConfig, *, create: bool = False) -> ClosableLedger:
        if broken[0]:
            raise LedgerError("there is no database yet")
        return filled

    with open_server(GateDesk(Settings(), folder=project, open_ledger=opener)) as client:
        assert 503 == client.get("/api/gate/trends").status_code
        broken[0] = False
        assert 200 == client.get("/api/gate/trends").status_code


def test_how_the_gate_is_set_up_is_told_while_its_database_is_still_being_opened(
    open_server: Open, project: Path, filled: MemoryLedger
) -> None:
    """The watch over prompts opens it as the server starts; that takes seconds."""
    begun, go = threading.Event(), threading.Event()
    opened: list[bool] = []

    def opener(settings: Settings, config: GateConfig, *, create: bool = False) -> ClosableLedger:
        begun.set()
        opened.append(go.wait(BOUND_SECONDS))
        return filled

    with open_server(GateDesk(Settings(), folder=project, open_ledger=opener)) as client:
        assert begun.wait(BOUND_SECONDS)
        assert 200 == client.get("/api/gate").status_code
        assert [] == opened
        go.set()
        assert 200 == client.get("/api/gate/trends").status_code


def test_without_a_gate_every_answer_says_which_file_to_write(
    open_server: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bare")
    with open_server(desk_of(folder, MemoryLedger())) as client:
        for path in READS:
            answer = client.get(f"/api/gate{path}")
            assert [409, "gate_not_configured"] == [answer.status_code, answer.json()["code"]]
            assert "assay.toml" in answer.json()["detail"]
        assert 409 == client.post("/api/gate/suites/core/runs", json={}).status_code


def test_the_config_is_read_again_when_its_file_changes(
    open_server: Open, project: Path, filled: MemoryLedger
) -> None:
    opener = Opener(filled)
    desk = GateDesk(Settings(), folder=project, open_ledger=opener)
    text = (project / "assay.toml").read_text()
    with open_server(desk) as client:
        assert 0.8 == client.get("/api/gate").json()["default_threshold"]
        (project / "assay.toml").write_text(text.replace("[gate]", "[gate]\ndefault_threshold=9"))
        broken = client.get("/api/gate/trends")
        assert [409, "gate_misconfigured"] == [broken.status_code, broken.json()["code"]]
        assert "assay.toml:3: gate.default_threshold" in broken.json()["detail"]
        changed = text.replace("[gate]", "[gate]\ndefault_threshold=0.95")
        (project / "assay.toml").write_text(changed)
        assert 0.95 == client.get("/api/gate").json()["default_threshold"]
    assert 1 == len(opener.opened)


def test_who_has_no_key_learns_nothing_and_a_foreign_page_moves_nothing(
    open_server: Open, project: Path, filled: MemoryLedger
) -> None:
    with open_server(desk_of(project, filled), api_key=KEY) as client:
        for path in READS:
            assert 401 == client.get(f"/api/gate{path}").status_code
        body = {"version": 2, "force": True, "actor": "ada"}
        address = "/api/gate/prompts/greeting/promote"
        assert 401 == client.post(address, json=body).status_code
        key = {"Authorization": f"Bearer {KEY}"}
        foreign = {**key, "Origin": "http://elsewhere.example"}
        assert 403 == client.post(address, json=body, headers=foreign).status_code
        moved = client.post(address, json=body, headers=key).json()
        assert "ada (settings)" == moved["audit"]["actor"]


def test_every_answer_is_typed_and_leaves_no_field_out(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        for operation in item.values() if path.startswith("/api/gate") else ():
            status = next(each for each in operation["responses"] if each.startswith("2"))
            content = operation["responses"][status]["content"]
            if "application/json" in content:
                name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert set(schemas[name]["properties"]) == set(schemas[name]["required"])
