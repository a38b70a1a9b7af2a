"""What every side of ``experiments_peers.py`` shares: one warm-up, one timed run, one JSON line.

Knows nothing but the standard library, for each side runs in an environment of its own.
"""

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from typing import Any


WARM_UP = 20
WORKERS = 10
GRACE_SECONDS = 1.0


def arguments() -> argparse.Namespace:
    """Return how many datapoints, where the server is, and a folder to write in."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--datapoints", type=int, required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--url")
    return parser.parse_args()


def left_over(before: int) -> int:
    """Return how many threads more there are than before; those just ending get a moment."""
    until = time.monotonic() + GRACE_SECONDS
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    return threading.active_count() - before


def report(
    run: Callable[[int], Any],
    *,
    datapoints: int,
    package: str,
    stored: Callable[[Any], int] | None,
) -> None:
    """Warm up, run once against the clock, and print the figures.

    Args:
        run: Evaluates so many datapoints and returns what it got.
        datapoints: How many.
        package: Whose version is told.
        stored: Says how many datapoints of a run are found where it stored them, and asserts
            their scores; None where nothing is stored. It is not timed.
    """
    before = threading.active_count()
    run(WARM_UP)
    wall, cpu = time.perf_counter(), time.process_time()
    result = run(datapoints)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    alive = left_over(before)
    names = Counter(thread.name.rstrip("0123456789-_() ") for thread in threading.enumerate())
    told = {
        "package": f"{package} {version(package)}" if package != "assay" else "assay",
        "seconds": wall,
        "cpu_seconds": cpu,
        "threads_alive_after": alive,
        "threads": dict(names.most_common(5)),
        "stored": None if stored is None else stored(result),
    }
    print("\n" + json.dumps(told), flush=True)
