"""How soon a big run is read back: result, comparison, list, items and report, through the server.

python benchmarks/read_results.py [--datapoints 100000] [--rounds 5] [--report]
    [--database sqlite|postgresql|both] [--url URL ...]

Fills a SQLite file in a temporary folder, a PostgreSQL of its own (where it is installed), and each
database given by ``--url``, with two runs of 100,000 datapoints x 5 metrics and 1,000 small runs,
and asks a server in a process of its own for them, over HTTP on the loopback.

* *first*: the first answer of a freshly started server; nothing was computed before.
* *changed*: the first answer after an item of the ended run was replaced.
* *ended*: the first answer after a running server was told that the run has ended.
* *rows*: as *first*, of a run stored before there were pages of scores: from a row per score.
* *again*: the next answers.

Prints one line of JSON per figure: median and 95th percentile in seconds, from the question to
the last byte of the answer (72 MB for a result). Asserts that the second answer is the first, and
that rows say what pages say. ``--report`` adds an evaluation's report over four runs.
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import orjson
from peer_servers import our_server  # found beside this file
from sqlalchemy import create_engine

from assay.bench.comparisons import compare_all
from assay.bench.metrics import all_metrics
from assay.bench.tally import SlotIndex, tally_run
from assay.core.ports import Store
from assay.core.results import ItemKey, ItemResult, ItemStatus
from assay.core.runs import RunStatus
from assay.core.scores import Score
from assay.kit.ids import new_id
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.testing.samples import a_moment, a_run
from tests.services import find_postgres, running_postgres


METRICS = 5
SMALL_RUNS = 1_000
SMALL_ITEMS = 20
BATCH = 2_000
READ_BYTES = 1024 * 1024
PAUSE_SECONDS = 2.0
"""Between a run's end and the first question about it."""
Taken = tuple[float, bytes]
"""Seconds by the clock, and what was answered."""
RESULTS = Path(__file__).parent / "results" / "read_results.json"


def items(count: int, *, seed: int) -> Iterator[ItemResult]:
    """Yield finished items with five scores each; some fail, some have an evaluator that raised."""
    random_of = random.Random(seed)
    for number in range(count):
        passed = random_of.random() < 0.6
        failed = number % 500 == 499
        scores = (
            Score("exact", value=float(passed), passed=passed),
            Score("polite", passed=random_of.random() < 0.9),
            Score("similarity", value=random_of.random()),
            Score("length", value=float(random_of.randrange(400))),
            Score("f1", value=round(random_of.random(), 2)),
        )
        yield ItemResult(
            ItemKey(f"EXT-{number:08x}", 0),
            ItemStatus.FAILED if failed else ItemStatus.SCORED,
            output=None if failed else f"the answer to question {number}",
            passed=None if failed else passed,
            error="Timeout: 3 s" if failed else None,
            scores=() if failed else scores,
            latency_seconds=random_of.random(),
            session_id=f"session-{seed}-{number}",
        )


def fill(store: Store, *, datapoints: int) -> list[str]:
    """Store two big runs and many small ones; return the ids of the big ones."""
    for number in range(SMALL_RUNS):
        run_id = ended_run(store, seconds=number)
        store.write_results(run_id, list(items(SMALL_ITEMS, seed=number)))
    big: list[str] = []
    for seed in range(2):
        run_id = ended_run(store, seconds=SMALL_RUNS + seed)
        batch: list[ItemResult] = []
        for item in items(datapoints, seed=seed):
            batch.append(item)
            if len(batch) == BATCH:
                store.write_results(run_id, batch)
                batch = []
        store.write_results(run_id, batch)
        big.append(run_id)
    return big


def ended_run(store: Store, *, seconds: int) -> str:
    """Return the id of a new run that has ended."""
    at = a_moment(seconds)
    run = a_run(new_id(), status=RunStatus.COMPLETED, created_at=at, updated_at=at, finished_at=at)
    return store.create_run(run).id


def ask(served: str, path: str) -> Taken:
    """Return what it takes until the last byte of the body is there, and the body."""
    parts: list[bytes] = []
    start = time.perf_counter()
    with urllib.request.urlopen(served + path) as answer:  # noqa: S310 - a server started here
        while part := answer.read(READ_BYTES):
            parts.append(part)
    return time.perf_counter() - start, b"".join(parts)


def tell(served: str, path: str, *, method: str, body: dict[str, Any]) -> None:
    """Send a JSON body."""
    request = urllib.request.Request(  # noqa: S310 - a server started here
        served + path,
        data=orjson.dumps(body),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - a server started here


def measure(url: str, *, datapoints: int, rounds: int, folder: str) -> list[dict[str, Any]]:
    """Return the figures of one database."""
    upgrade(url)
    store = open_store(url)
    old, new = fill(store, datapoints=datapoints)
    asked = {
        "result": f"/v1/runs/{old}/result",
        "comparison": f"/v1/runs/{new}/compare-with/{old}",
        "runs list, 50 of 1,002": "/v1/runs?limit=50&page=2",
        "items, first page": f"/v1/runs/{old}/items?limit=50",
        "items, last page": f"/v1/runs/{old}/items?limit=50&page={datapoints // 50}",
        "items, not passed": f"/v1/runs/{old}/items?limit=50&page=200&passed=false",
        "items, search": f"/v1/runs/{old}/items?limit=50&search=question%20{datapoints - 2}",
    }
    taken = Takings()
    for _ in range(rounds):
        for what, path in asked.items():  # a server of its own for each: nothing is warm
            with our_server(folder, url) as served:
                ask(served, "/health/ready")
                seconds, body = ask(served, path)
                taken.add(what, "first", seconds)
                for _ in range(4):
                    seconds, repeated = ask(served, path)
                    taken.add(what, "again", seconds)
                    assert repeated == body, what
        check(orjson.loads(body), what)
    for what in ("result", "comparison"):
        measure_changes(
            url, asked[what], run_id=old, rounds=rounds, folder=folder, what=what, taken=taken
        )
    measure_rows(url, asked, rounds=rounds, folder=folder, taken=taken)
    store.close()
    kind = url.split(":", maxsplit=1)[0]
    return [figure(kind, what, when, found) for (what, when), found in taken.found.items()]


class Takings:
    """What each question took, by question and circumstance."""

    def __init__(self) -> None:
        """Begin."""
        self.found: dict[tuple[str, str], list[float]] = {}

    def add(self, what: str, when: str, taken: float) -> None:
        """Note one answer."""
        self.found.setdefault((what, when), []).append(taken)


def measure_changes(  # one parameter per part of the question
    url: str, path: str, *, run_id: str, rounds: int, folder: str, what: str, taken: Takings
) -> None:
    """Note the first answers after an item was replaced and after the run ended."""
    with our_server(folder, url) as served:
        _, body = ask(served, path)
        for number in range(rounds):
            item = {"datapoint_id": "EXT-00000000", "status": "scored", "outputs": number}
            scores = [{"name": "exact", "value": number % 2, "passed": bool(number % 2)}]
            sent = {"items": [{**item, "scores": scores}]}
            tell(served, f"/v1/runs/{run_id}/items", method="POST", body=sent)
            seconds, changed = ask(served, path)
            assert changed != body
            body = changed
            taken.add(what, "changed", seconds)
        for _ in range(rounds):
            for status in ("running", "completed"):
                tell(served, f"/v1/runs/{run_id}", method="PUT", body={"status": status})
            time.sleep(PAUSE_SECONDS)
            seconds, _ = ask(served, path)
            taken.add(what, "ended", seconds)


def measure_rows(
    url: str, asked: dict[str, str], *, rounds: int, folder: str, taken: Takings
) -> None:
    """Note the first answers where there are no pages of scores."""
    for what in ("result", "comparison"):
        for _ in range(rounds):
            with our_server(folder, url) as served:
                _, expected = ask(served, asked[what])
            forget_pages(url)
            with our_server(folder, url) as served:
                seconds, body = ask(served, asked[what])
            assert body == expected, what
            taken.add(what, "rows", seconds)


def forget_pages(url: str) -> None:
    """Make the database's runs those of a time before there were pages."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM score_pages")
    engine.dispose()


def check(answer: Any, what: str) -> None:
    """Assert that the last question, a search for one item, found it."""
    assert answer["total"] == 1, (what, answer["total"])


def figure(kind: str, what: str, when: str, taken: list[float]) -> dict[str, Any]:
    """Return one line: median, 95th percentile and least processor time."""
    p95 = statistics.quantiles([*taken, *taken[-1:]], n=20, method="inclusive")[-1]
    return {
        "database": kind,
        "what": what,
        "when": when,
        "p50_seconds": round(statistics.median(taken), 3),
        "p95_seconds": round(p95, 3),
        "n": len(taken),
    }


def report(url: str, *, datapoints: int) -> dict[str, Any]:
    """Return how long the figures of a report over four runs take."""
    store = open_store(url)
    run_ids = [ended_run(store, seconds=5_000 + seed) for seed in range(4)]
    for seed, run_id in enumerate(run_ids):
        everything = list(items(datapoints, seed=seed))
        for start in range(0, datapoints, BATCH):
            store.write_results(run_id, everything[start : start + BATCH])

    def build() -> None:
        index = SlotIndex(1)
        tallies = [(run_id, tally_run(store.iter_answers(run_id), index)) for run_id in run_ids]
        for _, tally in tallies:
            all_metrics(tally, planned=datapoints, graded=False)
        assert len(compare_all(tallies, graded=False)) == 6

    taken = [timed(build) for _ in range(3)]
    store.close()
    return figure(url.split(":", maxsplit=1)[0], "report over 4 runs", "first", taken)


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def urls(options: argparse.Namespace, folder: str, services: ExitStack) -> list[str]:
    """Return the databases to measure."""
    found: list[str] = []
    if options.database in {"sqlite", "both"}:
        found.append(f"sqlite:///{folder}/read.sqlite")
    if options.database == "postgresql" or (options.database == "both" and find_postgres()):
        server = services.enter_context(running_postgres())
        server.sql("CREATE DATABASE read_results")
        found.append(server.url("read_results"))
    return [*found, *options.url]


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(each, 2) for each in os.getloadavg()],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def main() -> None:
    """Measure each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datapoints", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--url", action="append", default=[])
    options = parser.parse_args()
    figures: list[dict[str, Any]] = []
    before = machine()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as services:
        for url in urls(options, folder, services):
            found = measure(
                url, datapoints=options.datapoints, rounds=options.rounds, folder=folder
            )
            if options.report:
                found.append(report(url, datapoints=options.datapoints))
            for line in found:
                print(json.dumps(line), flush=True)
            figures += found
    RESULTS.parent.mkdir(exist_ok=True)
    note = {**before, "load_after": machine()["load"], "datapoints": options.datapoints}
    RESULTS.write_text(json.dumps({**note, "figures": figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
