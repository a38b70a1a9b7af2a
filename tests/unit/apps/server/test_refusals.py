"""What is refused, and how: problem documents, keys, scopes, hosts, origins, limits."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from assay.apps.server.app import create_app
from assay.apps.settings import Settings
from assay.core.errors import InvalidSettingsError
from assay.core.ports import ApiKey
from assay.kit.clock import SYSTEM_CLOCK


EVERYWHERE = "0.0.0.0"  # never bound
KEY = "correct-horse-battery"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/tasks/unknown", 404, "not_found"),
        ("GET", "/api/v1/datasets/unknown", 404, "not_found"),
        ("GET", "/api/v1/recordings/unknown", 404, "not_found"),
        ("GET", "/api/v1/recordings/..%2F..%2Fassay.sqlite", 404, "not_found"),
        ("GET", "/api/v1/evaluations/unknown", 404, "not_found"),
        ("GET", "/api/v1/evaluations/unknown/events", 404, "not_found"),
        ("GET", "/v1/runs/unknown", 404, "not_found"),
        ("GET", "/runs/unknown/result", 404, "not_found"),
        ("PATCH", "/api/v1/tasks", 405, "method_not_allowed"),
        ("DELETE", "/health/live", 405, "method_not_allowed"),
        ("GET", "/api/v1/tasks?limit=0", 422, "invalid_request"),
        ("GET", "/api/v1/tasks?limit=1001", 422, "invalid_request"),
        ("GET", "/api/v1/tasks?page=x", 422, "invalid_request"),
        ("GET", "/api/v1/evaluations?sort=secret", 422, "invalid_request"),
        ("GET", "/api/v1/tasks?search=%00", 400, "bad_request"),
        ("GET", "/api/v1/tasks/a%00b", 400, "bad_request"),
    ],
)
def test_every_refusal_is_a_problem_document(client, method, path, status, code):
    answer = client.request(method, path)

    assert (status, code) == (answer.status_code, answer.json()["code"])
    assert "application/problem+json" == answer.headers["content-type"]
    problem = answer.json()
    assert status == problem["status"]
    assert problem["detail"]
    assert answer.headers["X-Request-ID"] == problem["request_id"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"text": NaN}',
        b'{"text": "\\ud800"}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"definition": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}",
        b"null",
        b'{"text": "a", "definition": {}}',
        b"{}",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/tasks", "/v1/runs"])
def test_json_that_is_none_or_too_deep_names_its_place(client, path, body):
    answer = client.post(path, content=body, headers={"content-type": "application/json"})

    if path == "/v1/runs" and answer.status_code == 200:
        assert body in {b"{}", b'{"text": "a", "definition": {}}'}
        return
    assert 422 == answer.status_code
    assert answer.json()["detail"]


def test_a_defect_is_answered_without_internals_and_with_its_id(open_client):
    with open_client(raise_errors=False) as client:
        context, client.app.state.context = client.app.state.context, None
        answer = client.get("/api/v1/tasks", headers={"X-Request-ID": "abc-1"})
        client.app.state.context = context

    assert (500, "internal", "abc-1") == (
        answer.status_code,
        answer.json()["code"],
        answer.json()["request_id"],
    )
    assert "context" not in answer.text
    assert "Traceback" not in answer.text


def test_a_harmful_request_id_is_replaced(client):
    answer = client.get("/health/live", headers={"X-Request-ID": "a b\tc" * 30})

    assert " " not in answer.headers["X-Request-ID"]
    assert 36 == len(answer.headers["X-Request-ID"])


def test_without_a_database_the_server_is_alive_but_not_ready(open_client, tmp_path):
    with open_client() as client:
        assert 200 == client.get("/health/ready").status_code
        client.portal.call(client.app.state.context.metric_worker.stop)
        client.app.state.context.store.close()
        for file in (tmp_path / "data").glob("assay.sqlite*"):
            file.unlink()
        (tmp_path / "data" / "assay.sqlite").mkdir()
        answer = client.get("/health/ready")
        assert 200 == client.get("/health/live").status_code

    assert (503, "unavailable") == (answer.status_code, answer.json()["status"])
    assert str(tmp_path) not in answer.text


class TestKeys:
    def test_beyond_loopback_a_key_is_demanded_at_the_start(self, tmp_path):
        for host in (EVERYWHERE, "::", "192.0.2.7", "example.com"):
            with pytest.raises(InvalidSettingsError, match="ASSAY_API_KEY"):
                create_app(Settings(data_dir=tmp_path, host=host))
        with pytest.raises(InvalidSettingsError, match="16 characters"):
            create_app(Settings(data_dir=tmp_path, host=EVERYWHERE, api_key="short"))

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {KEY}"},
            {"Authorization": f"Bearer {KEY}x"},
            {"Authorization": "Bearer \u00e9".encode("latin-1")},
        ],
    )
    def test_every_route_but_health_is_closed_without_it(self, open_client, headers):
        with open_client(api_key=KEY) as client:
            paths = client.get("/openapi.json").json()["paths"]
            for path, operations in paths.items():
                for method in operations:
                    answer = client.request(
                        method, path.replace("{", "").replace("}", ""), headers=headers
                    )
                    is_open = path.startswith("/health")
                    assert (answer.status_code != 401) is is_open, (method, path)
                    if not is_open:
                        assert "Bearer" == answer.headers["WWW-Authenticate"]

    def test_the_right_one_opens_and_never_shows(self, open_client):
        with open_client(api_key=KEY) as client:
            answer = client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {KEY}"})
            wrong = client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {KEY}1"})

        assert 200 == answer.status_code
        assert KEY not in wrong.text

    @pytest.mark.parametrize(
        ("scopes", "read", "write"),
        [(("read",), 200, 403), (("write",), 200, 422), (("admin",), 200, 422), ((), 403, 403)],
    )
    def test_stored_keys_hold_their_scopes(self, open_client, scopes, read, write):
        with open_client(api_key=KEY) as client:
            _add_key(client, "s" * 40, scopes=scopes)
            headers = {"Authorization": "Bearer " + "s" * 40}
            assert read == client.get("/api/v1/tasks", headers=headers).status_code
            assert write == client.post("/api/v1/tasks", json={}, headers=headers).status_code

    def test_the_audit_names_the_key_that_made_an_evaluation(self, open_client, upload):
        with open_client() as client:
            _add_key(client, "t" * 40, scopes=("write",))
            client.headers["Authorization"] = "Bearer " + "t" * 40
            client.post("/api/v1/evaluations", json=upload(client).body())
            audit = client.app.state.context.store.list_audit().items

        assert ["key:test"] == [e.actor for e in audit if e.action == "evaluation_created"]

    def test_one_projects_things_do_not_exist_for_another(self, open_client, upload):
        with open_client() as client:
            uploaded = upload(client)
            evaluation = client.post("/api/v1/evaluations", json=uploaded.body()).json()
            _add_key(client, "t" * 40, scopes=("admin",), project="other")
            client.headers["Authorization"] = "Bearer " + "t" * 40
            for path in (
                f"/api/v1/tasks/{uploaded.task_id}",
                f"/api/v1/datasets/{uploaded.dataset_id}",
                f"/api/v1/evaluations/{evaluation['id']}",
                f"/api/v1/evaluations/{evaluation['id']}/report",
                f"/v1/runs/{evaluation['run_ids'][0]}",
            ):
                assert 404 == client.get(path).status_code, path
            assert 0 == client.get("/api/v1/tasks").json()["total"]
            assert (
                404
                == client.post(
                    "/api/v1/evaluations", json=uploaded.body(models=["openai:gpt-4o"])
                ).status_code
            )


class TestProjects:
    """Two projects of one server; ``theirs`` holds what ``mine`` must not reach."""

    @pytest.fixture
    def projects(self, open_client):
        with open_client() as client:
            headers = {}
            for project in ("mine", "theirs"):
                secret = project * 10
                _add_key(client, secret, scopes=("write",), project=project)
                headers[project] = {"Authorization": f"Bearer {secret}"}
            yield client, headers["mine"], headers["theirs"]

    def test_an_item_never_takes_another_projects_session(self, projects):
        client, mine, theirs = projects
        told = {"session_id": "s", "session_name": "secret", "inputs": {"q": "secret"}}
        client.post("/v1/sessions", json=told, headers=theirs)
        run = client.post("/v1/runs", json={}, headers=mine).json()["run_id"]
        item = {"datapoint_id": "d", "status": "scored", "session_id": "s", "outputs": {"a": 1}}

        refused = client.post(f"/v1/runs/{run}/items", json={"items": [item]}, headers=mine)

        assert 409 == refused.status_code
        kept = client.get("/v1/events/s", headers=theirs).json()["event"]
        assert ("secret", {}, None) == (kept["event_name"], kept["outputs"], kept["run_id"])
        pairs = client.get(f"/v1/runs/{run}/compare/{run}/events", headers=mine)
        assert 0 == pairs.json()["totalEvents"]
        assert 0 == client.get(f"/v1/runs/{run}/items", headers=mine).json()["total"]

    @pytest.mark.parametrize("of_version", [True, False])
    def test_a_run_is_never_over_another_projects_dataset(self, projects, of_version):
        client, mine, theirs = projects
        points = [{"id": "p", "inputs": {"q": "secret"}}]
        made = client.post("/v1/datasets", json={"datapoints": points}, headers=theirs).json()
        dataset = made["dataset"]["version_id" if of_version else "id"]
        run = client.post("/v1/runs", json={}, headers=mine).json()["run_id"]

        body = {"dataset_id": dataset}
        assert 404 == client.post("/v1/runs", json=body, headers=mine).status_code
        assert 404 == client.put(f"/v1/runs/{run}", json=body, headers=mine).status_code
        shown = client.get(f"/v1/runs/{run}", headers=mine).json()["evaluation"]
        assert shown["dataset_id"] is None
        assert 200 == client.post("/v1/runs", json=body, headers=theirs).status_code

    def test_a_deleted_runs_results_stay_deleted_in_every_project(self, projects):
        client, mine, _ = projects
        run = "4f6c1a4e-8a53-4a6f-9a55-0b1f5a6d7e8f"
        told = {"outputs": {"a": 1}, "metadata": {"run_id": run, "datapoint_id": "d"}}
        client.post("/v1/runs", json={"run_id": run}, headers=mine)
        client.post("/v1/sessions", json=told, headers=mine)
        assert 1 == client.get(f"/v1/runs/{run}/items", headers=mine).json()["total"]

        client.delete(f"/v1/runs/{run}", headers=mine)
        client.post("/v1/runs", json={"run_id": run}, headers=mine)

        assert 0 == client.get(f"/v1/runs/{run}/items", headers=mine).json()["total"]


def _add_key(
    client: Any, secret: str, *, scopes: tuple[str, ...], project: str = "default"
) -> None:
    key = ApiKey(f"key of {project}", project, "test", scopes, SYSTEM_CLOCK.now())
    client.app.state.context.store.add_key(key, secret=secret)


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "1.2.3.4"])
    def test_a_rebound_name_is_refused(self, client, host):
        answer = client.get("/api/v1/tasks", headers={"Host": host})

        assert (403, "foreign_host") == (answer.status_code, answer.json()["code"])

    @pytest.mark.parametrize("host", ["localhost:9999", "127.0.0.1", "[::1]:80", "LOCALHOST"])
    def test_loopback_names_are_answered(self, client, host):
        assert 200 == client.get("/api/v1/tasks", headers={"Host": host}).status_code

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Sec-Fetch-Site": "cross-site"},
        ],
    )
    def test_a_foreign_page_changes_nothing(self, client, headers):
        answer = client.post(
            "/api/v1/datasets", files={"file": ("d.jsonl", '{"inputs": {}}')}, headers=headers
        )

        assert (403, "foreign_origin") == (answer.status_code, answer.json()["code"])
        assert 0 == client.get("/api/v1/datasets", headers=headers).json()["total"]

    def test_no_foreign_page_may_read(self, client):
        answer = client.get("/api/v1/tasks", headers={"Origin": "https://evil.example"})

        assert not [name for name in answer.headers if name.startswith("access-control")]

    def test_the_own_page_may(self, client):
        answer = client.post("/api/v1/tasks", json={}, headers={"Origin": "http://localhost"})

        assert 422 == answer.status_code


class TestSizes:
    def test_a_body_declared_too_large_is_not_read(self, open_client):
        with open_client(max_body_bytes=2000) as client:
            answer = client.post("/api/v1/recordings", files={"file": ("a", b"x" * 3000)})

        assert (413, "too_large") == (answer.status_code, answer.json()["code"])

    def test_a_declared_size_of_any_length_is_judged(self, open_client):
        with open_client() as client:
            answer = client.post("/v1/events", headers={"Content-Length": "9" * 5000})

        assert 413 == answer.status_code

    def test_a_body_that_grows_too_large_is_cut_off(self, open_client):
        with open_client(max_json_bytes=2000) as client:
            answer = client.post(
                "/v1/runs",
                content=(b" " * 1000 for _ in range(5)),
                headers={"content-type": "application/json"},
            )

        assert (413, "too_large") == (answer.status_code, answer.json()["code"])


class TestUploads:
    @pytest.mark.parametrize(
        "name",
        ["../../etc/passwd.jsonl", "C:\\x\\y.jsonl", "a\r\nb.jsonl", "\u202e.jsonl", "." * 300],
    )
    def test_a_hostile_name_becomes_no_path(self, client, tmp_path, name):
        before = {path for path in tmp_path.rglob("*") if path.is_file()}
        line = json.dumps({"model": "m", "datapoint_id": "d", "output": "x"})
        answer = client.post("/api/v1/recordings", files={"file": (name, line)})

        assert 201 == answer.status_code
        digest = answer.json()["id"]
        shown = answer.json()["name"]
        assert not set('/\\\r\n"') & set(shown)
        made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
        folder = tmp_path / "data" / "recordings"
        kept = {folder / f"{digest}.jsonl", folder / f"{digest}.json"}
        assert kept == {path for path in made if "sqlite" not in path.name}

    def test_the_same_answers_are_stored_once(self, client, upload):
        first, second = upload(client), upload(client)

        assert first == second
        assert 1 == client.get("/api/v1/recordings").json()["total"]

    @pytest.mark.parametrize(
        ("path", "content", "said"),
        [
            ("recordings", b'{"model": "m"}', "mine.jsonl:1: datapoint_id"),
            ("recordings", b"", "no answers"),
            ("recordings", b"\x00\x01", "mine.jsonl:1"),
            ("datasets", b'{"inputs": {}}\n{"input": {}}', "mine.jsonl:2: input"),
            ("datasets", b"", "no datapoints"),
            ("datasets", b"\xff\xfe", "mine.jsonl:1"),
            ("datasets", b'{"id": "a", "inputs": {}}\n{"id": "a", "inputs": {}}', "used before"),
        ],
    )
    def test_a_malformed_file_is_named_by_line_and_key(self, client, tmp_path, path, content, said):
        answer = client.post(f"/api/v1/{path}", files={"file": ("mine.jsonl", io.BytesIO(content))})

        assert 422 == answer.status_code
        assert said in answer.json()["detail"]
        assert str(tmp_path) not in answer.text
        assert 0 == client.get(f"/api/v1/{path}").json()["total"]
        assert not list((tmp_path / "data").rglob(".upload-*"))

    def test_a_dataset_of_an_unknown_kind_lists_the_known_ones(self, client):
        answer = client.post("/api/v1/datasets", files={"file": ("d.exe", b"x")})

        assert 422 == answer.status_code
        assert ".jsonl" in answer.json()["detail"]


class TestTasks:
    def test_faults_are_told_with_line_and_key(self, client):
        text = "name: t\ngold: {field: a}\nmatcher: {kind: exakt}\n"
        answer = client.post("/api/v1/tasks/validate", json={"text": text})

        assert 200 == answer.status_code
        (fault,) = answer.json()["errors"]
        assert (False, 3, "matcher.kind") == (answer.json()["valid"], fault["line"], fault["key"])
        assert "exact" in fault["message"]
        assert 422 == client.post("/api/v1/tasks", json={"text": text}).status_code

    def test_a_file_and_its_definition_are_one_task(self, client):
        text = "name: t\ngold: {field: a}\nmatcher: {kind: exact}\n"
        by_file = client.post("/api/v1/tasks", files={"file": ("t.yaml", text)})
        definition = client.post("/api/v1/tasks/validate", json={"text": text}).json()["definition"]
        by_json = client.post("/api/v1/tasks", json={"definition": definition})

        assert by_file.json() == by_json.json()
        assert by_file.json() == client.get(f"/api/v1/tasks/{by_file.json()['id']}").json()

    @pytest.mark.parametrize("files", [{"other": ("t", b"x")}, {"file": ("t", b"\xff")}])
    def test_an_upload_that_is_no_text_is_refused(self, client, files):
        assert 422 == client.post("/api/v1/tasks", files=files).status_code

    def test_a_huge_task_is_refused(self, client):
        answer = client.post("/api/v1/tasks", files={"file": ("t", b"x" * (1024 * 1024 + 1))})

        assert 422 == answer.status_code


class TestPage:
    @pytest.fixture
    def page(self, tmp_path: Path) -> Path:
        page = tmp_path / "page"
        (page / "assets").mkdir(parents=True)
        (page / "index.html").write_text("<title>Assay</title>")
        (page / "assets" / "app-1a2b.js").write_text("1")
        (tmp_path / "secret.txt").write_text("secret")
        (page / "link.txt").symlink_to(tmp_path / "secret.txt")
        return page

    def test_browsers_get_the_page_at_its_own_addresses(self, open_client, page):
        html = {"Accept": "text/html"}
        with open_client(page_dir=page) as client:
            for path in ("/", "/runs", "/runs/abc", "/evaluations/x", "/nowhere"):
                answer = client.get(path, headers=html)
                assert (200, "<title>Assay</title>") == (answer.status_code, answer.text), path
                assert "no-cache" == answer.headers["cache-control"]
            assert 404 == client.get("/api/v1/x", headers=html).status_code
            assert 404 == client.get("/assets/missing.js", headers=html).status_code
            assert "evaluations" in client.get("/runs").json()

    def test_assets_may_be_kept_forever(self, open_client, page):
        with open_client(page_dir=page) as client:
            answer = client.get("/assets/app-1a2b.js")

        assert "immutable" in answer.headers["cache-control"]
        assert "javascript" in answer.headers["content-type"]
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize(
        "path",
        [
            "/../secret.txt",
            "/..%2Fsecret.txt",
            "/assets/..%2f..%2fsecret.txt",
            "/link.txt",
            "//etc/passwd",
        ],
    )
    def test_nothing_outside_the_page_is_served(self, open_client, page, path):
        with open_client(page_dir=page) as client:
            answer = client.get(path)

        assert 404 == answer.status_code
        assert "secret" not in answer.text.replace("secret.txt", "")

    def test_without_a_built_page_it_says_how_to_build_it(self, client):
        assert "make page" in client.get("/").text

    def test_the_api_is_described_on_one_page(self, client):
        text = client.get("/docs").text

        assert "GET /api/v1/evaluations/{evaluation_id}/report" in text
        assert "http://" not in text.replace("http://localhost", "")


def test_metrics_count_requests_by_route_and_not_by_address(client):
    for number in range(3):
        client.get(f"/api/v1/tasks/{number}")
    text = client.get("/metrics").text

    assert 'route="/tasks/{task_id}",status="404"} 3.0' in text
    assert "/api/v1/tasks/1" not in text


def test_big_answers_are_compressed(client):
    answer = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})

    assert "gzip" == answer.headers["content-encoding"]


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_defect(
    client: TestClient,
) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"resourceSpans"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    coming = iter(messages)
    answered: list[Message] = []

    async def receive() -> Message:
        return next(coming)

    async def send(message: Message) -> None:
        answered.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/traces",
        "headers": headers,
        "query_string": b"",
        "scheme": "http",
        "root_path": "",
    }
    await client.app(scope, receive, send)

    assert [] == answered
    counted = 'route="/v1/traces",status="499"} 1.0'
    assert counted in client.get("/metrics").text
