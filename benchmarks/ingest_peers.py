"""How many spans a second does a server take in, here and elsewhere? OTLP/HTTP, protobuf.

The same requests go to our server, on SQLite and on PostgreSQL, and to the servers of Phoenix
and MLflow, each in a process of its own over SQLite. Four clients send at once, as collectors
do. What was answered is not yet stored everywhere, so the clock stops when all spans are there:

    python benchmarks ingest_peers --postgres postgresql+psycopg://USER@HOST/postgres
        --phoenix-python A/bin/python --mlflow-python B/bin/python

A peer without a Python is left out, and the result file says so.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy
from ingest_spans import CLIENTS, SPANS_PER_TRACE, batch_of
from peer_servers import mlflow_server, our_server, phoenix_server

from assay.store.migrations import upgrade


HERE = Path(__file__).resolve().parent
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.05
TRIES = 200
WARM_UP_SPANS = 10
WARM_UP = [batch_of(100_000_000 + number, WARM_UP_SPANS) for number in range(16)]
PROTOBUF = {"content-type": "application/x-protobuf"}
OURS = "assay on SQLite"


@dataclass(frozen=True)
class Target:
    """A server to send to.

    Attributes:
        open: Starts it in a folder; gives its URL while the context is open.
        stored: Says how many of so many spans it has, given its URL and its folder.
        headers: What its requests carry.
    """

    open: Callable[[str], AbstractContextManager[str]]
    stored: Callable[[str, str], int]
    headers: dict[str, str]


def main() -> None:
    options = parse(sys.argv[1:])
    known = targets(options)
    bodies = [batch_of(number, options.batch) for number in range(options.spans // options.batch)]
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in known}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for number in range(options.rounds):
        order = list(known)
        for name in order[number % len(order) :] + order[: number % len(order)]:
            taken = measure(known[name], bodies, len(bodies) * options.batch)
            rounds[name].append(taken)
            print(f"round {number + 1}: {name:22} {taken}", flush=True)
        result = summary(rounds, options)
        options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result)
    print(f"written to {options.output}")


def targets(options: argparse.Namespace) -> dict[str, Target]:
    """Return the servers that can be measured, by name."""
    found = {OURS: Target(our_server, ours_stored, PROTOBUF)}
    if options.postgres:
        found["assay on PostgreSQL"] = Target(
            lambda folder: on_postgres(options.postgres, folder), ours_stored, PROTOBUF
        )
    if options.phoenix_python:
        python = os.path.abspath(options.phoenix_python)  # noqa: PTH100 - no link is followed
        found["phoenix"] = Target(
            lambda folder: phoenix_server(python, folder), rows_of("phoenix.db"), PROTOBUF
        )
    if options.mlflow_python:
        server = os.path.abspath(options.mlflow_python)  # noqa: PTH100 - no link is followed
        found["mlflow"] = Target(
            lambda folder: mlflow_server(server, folder),
            rows_of("mlflow.sqlite"),
            {**PROTOBUF, "x-mlflow-experiment-id": "0"},
        )
    return found


@contextmanager
def on_postgres(server: str, folder: str) -> Iterator[str]:
    """Serve over a database of its own, made on ``server`` and dropped again."""
    name = f"assay_ingest_{uuid.uuid4().hex[:12]}"
    administration = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")

    def tell(statement: str) -> None:
        with administration.connect() as connection:
            connection.execute(sqlalchemy.text(statement))

    tell(f"CREATE DATABASE {name}")
    try:
        url = sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
        upgrade(url)
        with our_server(folder, url) as served:
            yield served
    finally:
        tell(f"DROP DATABASE {name} WITH (FORCE)")
        administration.dispose()


def ours_stored(url: str, _folder: str) -> int:
    """Ask our server for its events that are no sessions."""
    spans = {"field": "event_type", "operator": "is", "value": "model", "type": "string"}
    answer = httpx2.post(
        f"{url}/v1/events/export", json={"limit": 1, "filters": [spans]}, timeout=60
    )
    return int(answer.raise_for_status().json()["totalEvents"])


def rows_of(file: str) -> Callable[[str, str], int]:
    """Count the rows of ``spans`` in a peer's database: its own pages would cost it more."""

    def stored(_url: str, folder: str) -> int:
        with closing(sqlite3.connect(f"file:{folder}/{file}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM spans").fetchone()[0])

    return stored


def measure(target: Target, bodies: list[bytes], spans: int) -> dict[str, Any]:
    """Send everything to a fresh server and wait until it is stored, or no more comes."""
    with tempfile.TemporaryDirectory() as folder, target.open(folder) as url:
        load = round(os.getloadavg()[0], 1)
        with httpx2.Client(base_url=url, timeout=300) as client:
            send(client, WARM_UP, target.headers)
            many = len(WARM_UP) * WARM_UP_SPANS
            before, _ = settled(lambda: target.stored(url, folder), many, time.perf_counter())
            assert before == many, before
            started = time.perf_counter()
            waits, refused = send(client, bodies, target.headers)
            answered = time.perf_counter() - started
        stored, seconds = settled(lambda: target.stored(url, folder) - before, spans, started)
    return {
        "spans_per_second": round(stored / seconds),
        "answered_seconds": round(answered, 3),
        "stored_seconds": round(seconds, 3),
        "sent": spans,
        "stored": stored,
        "refused_and_sent_again": refused,
        "request_p50_ms": round(1000 * statistics.median(waits), 1),
        "load_before": load,
    }


def settled(count: Callable[[], int], expected: int, started: float) -> tuple[int, float]:
    """Return how many were stored, and after how many seconds the last of them was seen."""
    stored, changed = 0, time.perf_counter()
    while stored < expected and time.perf_counter() - changed < PATIENCE_SECONDS:
        found = count()
        if found != stored:
            stored, changed = found, time.perf_counter()
        if stored < expected:
            time.sleep(POLL_SECONDS)
    return stored, changed - started


def send(
    client: httpx2.Client, bodies: list[bytes], headers: dict[str, str]
) -> tuple[list[float], int]:
    """Send all bodies from several threads; returns each request's time and the refusals."""

    def post(body: bytes) -> tuple[float, int]:
        started = time.perf_counter()
        for refused in range(TRIES):
            answer = client.post("/v1/traces", content=body, headers=headers)
            if answer.status_code not in {429, 503}:
                answer.raise_for_status()
                return time.perf_counter() - started, refused
            time.sleep(POLL_SECONDS)
        raise SystemExit(f"Refused {TRIES} times: {answer.status_code} {answer.text[:200]}")

    with ThreadPoolExecutor(CLIENTS) as threads:
        done = list(threads.map(post, bodies))
    return [seconds for seconds, _ in done], sum(refused for _, refused in done)


def summary(rounds: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> dict[str, Any]:
    """Return what the result file holds."""
    rates = {
        name: statistics.median(one["spans_per_second"] for one in taken)
        for name, taken in rounds.items()
    }
    every = (OURS, "assay on PostgreSQL", "phoenix", "mlflow")
    return {
        "format_version": 1,
        "spans": options.spans,
        "spans_per_request": options.batch,
        "spans_per_trace": SPANS_PER_TRACE,
        "clients": CLIENTS,
        "sides": {
            name: {
                "spans_per_second": rate,
                "share_of_ours": round(rate / rates[OURS], 3),
                "stored": min(one["stored"] for one in rounds[name]),
                "rounds": rounds[name],
            }
            for name, rate in rates.items()
        },
        "left_out": [name for name in every if name not in rounds],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def show(result: dict[str, Any]) -> None:
    print("| server | spans/s | share of ours | stored of those sent |")
    print("|---|---|---|---|")
    for name, side in result["sides"].items():
        print(
            f"| {name} | {side['spans_per_second']:,.0f} | {side['share_of_ours']:.2f} "
            f"| {side['stored']:,} of {side['rounds'][0]['sent']:,} |"
        )
    if result["left_out"]:
        print(f"left out: {', '.join(result['left_out'])}")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--spans", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", help="the URL of a PostgreSQL where databases may be made")
    parser.add_argument("--phoenix-python", help="an interpreter that has arize-phoenix")
    parser.add_argument("--mlflow-python", help="an interpreter that has mlflow")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "ingest_peers.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
