"""How many rows per second the store takes in and gives back.

Run: ``python benchmarks/store_ingest.py [URL ...]``; without a URL it measures a SQLite file in
a temporary folder. A PostgreSQL database given by URL is brought to the newest schema and keeps
what was written. Takes some seconds per URL and prints one line of JSON per figure.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from assay.core.ports import Store
from assay.core.results import ItemResult
from assay.kit.ids import new_id
from assay.store import open_store
from assay.store.migrations import upgrade
from assay.testing.samples import a_moment, a_result, a_run, an_event, some_datapoints


T = TypeVar("T")
ITEMS = 20_000
BATCHES = {1: 500, 16: 4_000, 100: 10_000, 1_000: ITEMS}
"""Batch size and how many items are written in such batches."""


def measure(url: str) -> None:
    """Print the figures of one database."""
    kind = url.split(":", maxsplit=1)[0]
    upgrade(url)
    store = open_store(url)
    for size, count in BATCHES.items():
        report(kind, f"write_results by {size}", count, lambda: write_results(store, count, size))  # noqa: B023 - called at once
    for size, count in BATCHES.items():
        report(kind, f"write_events by {size}", count, lambda: write_events(store, count, size))  # noqa: B023 - called at once
    run_id = prepared_run(store, ITEMS)
    write_in_batches(lambda batch: store.write_results(run_id, batch), results(ITEMS), size=1_000)()
    report(kind, "iter_results", ITEMS, lambda: timed(lambda: exhaust(store.iter_results(run_id))))
    light = lambda: exhaust(store.iter_results(run_id, outputs=False))  # noqa: E731
    report(kind, "iter_results without outputs", ITEMS, lambda: timed(light))
    report(kind, "finished_keys", ITEMS, lambda: timed(lambda: store.finished_keys(run_id)))
    store.close()


def report(kind: str, what: str, count: int, run: Callable[[], float]) -> None:
    """Print rows per second of ``run``, which returns the seconds it took."""
    seconds = run()
    figures = {"database": kind, "what": what, "rows": count, "seconds": round(seconds, 3)}
    print(json.dumps(figures | {"rows_per_second": round(count / seconds)}), flush=True)


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def exhaust(rows: Iterable[object]) -> int:
    """Return how many ``rows`` there are, holding one at a time."""
    count = 0
    for _ in rows:
        count += 1
    return count


def prepared_run(store: Store, size: int) -> str:
    """Return the id of a new run over a dataset of ``size`` datapoints."""
    dataset = store.add_dataset("benchmark", some_datapoints(size))
    return store.create_run(a_run(new_id(), dataset_id=dataset.id)).id


def results(count: int) -> list[ItemResult]:
    """Return finished items with two scores each."""
    return [a_result(f"d{number}", attempts=()) for number in range(count)]


def write_results(store: Store, count: int, size: int) -> float:
    """Return the seconds it takes to write ``count`` items by ``size``."""
    run_id = prepared_run(store, ITEMS)
    return timed(
        write_in_batches(
            lambda batch: store.write_results(run_id, batch), results(count), size=size
        )
    )


def write_events(store: Store, count: int, size: int) -> float:
    """Return the seconds it takes to write ``count`` events by ``size``."""
    rows = [
        an_event(new_id(), session_id=f"session-{number // 5}", started_at=a_moment(number))
        for number in range(count)
    ]
    return timed(write_in_batches(store.write_events, rows, size=size))


def write_in_batches(
    write: Callable[[Sequence[T]], None], rows: Sequence[T], *, size: int
) -> Callable[[], None]:
    """Return an action that hands ``rows`` to ``write``, ``size`` at a time."""

    def action() -> None:
        for start in range(0, len(rows), size):
            write(rows[start : start + size])

    return action


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for url in sys.argv[1:] or [f"sqlite:///{folder}/assay.sqlite"]:
            measure(url)
