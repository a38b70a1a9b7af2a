"""The services that the other integration tests build on."""

import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.services import (
    CHROMIUM_FLAGS,
    PostgresServer,
    RedisServer,
    free_port,
    running_postgres,
    running_redis,
)


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def ask_redis(url: str, command: bytes) -> bytes:
    port = urlsplit(url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as link:
        link.sendall(command + b"\r\n")
        return link.recv(1024)


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_an_empty_postgres_database(postgres_url: str, round_: int) -> None:
    with connect(postgres_url) as connection:
        connection.execute("CREATE TABLE mark (round integer)")
        connection.execute("INSERT INTO mark VALUES (%s)", (round_,))
        rows = connection.execute("SELECT round FROM mark").fetchall()

    assert [(round_,)] == rows


def test_a_database_goes_even_while_someone_is_connected(postgres_server: PostgresServer) -> None:
    postgres_server.sql("CREATE DATABASE busy")
    with connect(postgres_server.url("busy")):
        postgres_server.sql("DROP DATABASE busy WITH (FORCE)")

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connect(postgres_server.url("busy"))


@pytest.mark.parametrize("round_", [b"1", b"2"])
def test_every_test_gets_an_empty_redis(redis_url: str, round_: bytes) -> None:
    before = ask_redis(redis_url, b"DBSIZE")
    ask_redis(redis_url, b"SET mark " + round_)

    assert b":0\r\n" == before
    assert b"$1\r\n" + round_ + b"\r\n" == ask_redis(redis_url, b"GET mark")


@pytest.mark.usefixtures("postgres_server", "redis_server")
def test_the_servers_are_gone_when_their_context_ends() -> None:
    with running_redis() as redis, running_postgres() as postgres:
        ports = [redis.port, postgres.port]

    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def test_two_servers_do_not_share_a_port(redis_server: RedisServer) -> None:
    with running_redis() as other:
        assert redis_server.port != other.port


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", free_port()))


def test_the_browser_renders_a_page_without_a_network(chromium_path: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<body><script>document.body.append('six ' + 2 * 3)</script></body>")
    command = [
        *(str(chromium_path), "--headless", *CHROMIUM_FLAGS),
        *(f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()),
    ]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert "six 6" in done.stdout
