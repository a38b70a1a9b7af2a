"""A real server on a real port: how it starts, streams, survives and ends."""

import json
import signal
import socket
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from assay.apps.server.serve import PortInUseError, serve
from assay.apps.settings import Settings
from assay.core.errors import InvalidSettingsError


EVERYWHERE = "0.0.0.0"  # that is the test


def test_it_says_where_it_is_and_forgets_that_at_the_end(start_server):
    server = start_server()
    place = server.data_dir / "server.json"

    assert {"pid": server.process.pid, "url": server.url} == json.loads(place.read_text())
    assert "ready" == server.client.get("/health/ready").json()["status"]
    assert 0 == server.stop()
    assert not place.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_open_streams_and_leaves_the_evaluation_resumable(
    start_server, tmp_path, number
):
    server = start_server(pause=0.05)
    evaluation_id = server.create_evaluation(size=40, concurrency=2)
    with server.client.stream("GET", f"/api/v1/evaluations/{evaluation_id}/events") as stream:
        lines = stream.iter_lines()
        assert next(lines)
        assert 0 == server.stop(number)
        for _ in lines:
            pass

    again = start_server(pause=0)
    ended = again.wait_until(evaluation_id, lambda progress: progress["status"] == "completed")
    assert (40, 40) == (ended["ended"], ended["models"][0]["passed"])


def test_after_kill_9_every_item_is_there_once_and_none_is_asked_again(start_server, tmp_path):
    server = start_server(pause=0.3)
    evaluation_id = server.create_evaluation(size=60, concurrency=3)
    server.wait_until(evaluation_id, lambda progress: progress["ended"] >= 5)
    server.kill()
    stored = _stored(server.data_dir)
    assert 5 <= len(stored) < 60

    again = start_server(pause=0)
    ended = again.wait_until(evaluation_id, lambda progress: progress["status"] == "completed")

    calls = Counter((tmp_path / "calls.txt").read_text().split("\n"))
    assert {f"{name.removeprefix('d')} + 1": 1 for name in stored} == {
        f"{name.removeprefix('d')} + 1": calls[f"{name.removeprefix('d')} + 1"] for name in stored
    }
    assert {"scored": 60} == ended["models"][0]["counts"]
    assert 60 == len(_stored(server.data_dir)) == len(set(_stored(server.data_dir)))
    items = again.client.get(f"/api/v1/evaluations/{evaluation_id}/items?limit=100").json()
    assert [1] * 60 == [len(row["answers"]) for row in items["items"]]


def _stored(data_dir: Path) -> list[str]:
    with sqlite3.connect(data_dir / "assay.sqlite") as connection:
        rows = connection.execute("SELECT datapoint_id FROM results").fetchall()
    connection.close()
    return [name for (name,) in rows]


def test_a_cancelled_evaluation_keeps_what_finished_and_can_go_on(start_server, tmp_path):
    server = start_server(pause=0.3)
    evaluation_id = server.create_evaluation(size=60, concurrency=10)
    server.wait_until(evaluation_id, lambda progress: progress["ended"] >= 3)
    assert 409 == server.client.delete(f"/api/v1/evaluations/{evaluation_id}").status_code
    assert 202 == server.client.post(f"/api/v1/evaluations/{evaluation_id}/cancel").status_code
    stopped = server.wait_until(
        evaluation_id, lambda progress: progress["models"][0]["status"] == "cancelled"
    )

    assert "cancelled" == stopped["status"]
    assert 3 <= stopped["ended"] < 60
    assert 202 == server.client.post(f"/api/v1/evaluations/{evaluation_id}/resume").status_code
    ended = server.wait_until(evaluation_id, lambda progress: progress["status"] == "completed")
    assert {"scored": 60} == ended["models"][0]["counts"]


def test_a_client_that_leaves_its_stream_holds_nothing_up(start_server):
    server = start_server(pause=0.05)
    evaluation_id = server.create_evaluation(size=20, concurrency=1)
    for _ in range(3):
        with server.client.stream("GET", f"/api/v1/evaluations/{evaluation_id}/events") as stream:
            assert 200 == stream.status_code

    server.wait_until(evaluation_id, lambda progress: progress["status"] == "completed")
    assert 0 == server.stop()


def test_slow_and_silent_clients_do_not_take_it_down(start_server):
    server = start_server()
    host, port = server.url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(50)]
    head = f"POST /v1/runs HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    for number, connection in enumerate(slow):
        connection.sendall((head if number % 2 else "GET / HT").encode())
        if number % 2:
            connection.sendall(b"Content-Length: 100\r\n\r\n{")

    assert 200 == server.client.get("/health/ready").status_code
    assert 0 == server.client.get("/api/v1/tasks").json()["total"]
    for connection in slow:
        connection.close()


def test_a_port_in_use_is_named_with_what_to_do(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"Port {port} .*--port"):
            serve(Settings(data_dir=tmp_path, port=port))


def test_beyond_loopback_it_does_not_start_without_a_key(tmp_path):
    with pytest.raises(InvalidSettingsError, match="ASSAY_API_KEY"):
        serve(Settings(data_dir=tmp_path, host=EVERYWHERE, port=0))
    assert not list(tmp_path.iterdir())


def test_with_a_key_it_serves_a_network_and_is_closed_without(start_server):
    server = start_server(host=EVERYWHERE, api_key="correct-horse-battery")

    assert 200 == server.client.get("/health/ready").status_code
    assert 401 == server.client.get("/api/v1/tasks").status_code
    headers = {"Authorization": "Bearer correct-horse-battery"}
    assert 200 == server.client.get("/api/v1/tasks", headers=headers).status_code


def test_its_log_is_structured_and_keeps_keys_to_itself(start_server, tmp_path):
    server = start_server(log_format="json", api_key="correct-horse-battery")
    headers = {"Authorization": "Bearer correct-horse-battery", "X-Request-ID": "mine-1"}
    server.client.get("/api/v1/tasks", headers=headers)
    server.stop()
    text = (tmp_path / "server.log").read_text()
    events = [json.loads(line) for line in text.splitlines()]

    (request,) = [event for event in events if event.get("request_id") == "mine-1"]
    assert ("GET", "/api/v1/tasks", 200) == (request["method"], request["path"], request["status"])
    assert "correct-horse-battery" not in text
