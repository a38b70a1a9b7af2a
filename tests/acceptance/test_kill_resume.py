"""A run that is killed at any moment resumes with nothing repeated and nothing lost."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from assay.testing.model_server import read_call_log


DRIVER = Path(__file__).parent / "kill_resume_driver.py"
SOURCE = Path(__file__).parents[2] / "src"
KILLS = 20
DATAPOINTS = 800
REPEATS = 2
CONCURRENCY = 10
LATENCY_SECONDS = 0.03


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    with running:
        try:
            yield running
        finally:
            running.kill()


def line_of(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    line = running.stdout.readline().strip()
    assert line, "the process ended early"
    return line


def start(driver: subprocess.Popen[str]) -> int:
    assert driver.stdin is not None
    driver.stdin.write("go\n")
    driver.stdin.flush()
    return int(line_of(driver))


def stored(database: Path) -> Counter[str]:
    if not database.exists():
        return Counter()
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'results'").fetchone():
            return Counter()
        return Counter(
            f"{name}/{repeat}"
            for name, repeat in connection.execute("SELECT datapoint_id, repeat FROM results")
        )


def wait_for_calls(log: Path, total: int) -> None:
    """Wait for progress, not for time, so that a slow machine is killed as far in as a fast one."""
    while read_call_log(log).total() < total:
        time.sleep(0.002)


@pytest.mark.parametrize("seed", [20])
def test_a_run_killed_at_twenty_moments_ends_with_every_item_once(
    tmp_path: Path, seed: int
) -> None:
    database, log = tmp_path / "items.sqlite", tmp_path / "calls.log"
    moments = random.Random(seed)
    behaviour = ["--latency", str(LATENCY_SECONDS), "--jitter", "0.02", "--log", str(log)]
    failures = ["--rate", "rate_limited=0.01", "--rate", "unavailable=0.01"]
    with process("-m", "assay.testing.model_server", *behaviour, *failures) as server:
        arguments = ["--base-url", f"http://127.0.0.1:{line_of(server)}/v1"]
        arguments += ["--database", str(database), "--datapoints", str(DATAPOINTS)]
        with process(str(DRIVER), *arguments, "--concurrency", str(CONCURRENCY)) as driver:
            assert line_of(driver) == "ready"
            accounts: list[tuple[Counter[str], Counter[str]]] = []
            for _ in range(KILLS):
                child = start(driver)
                wait_for_calls(log, read_call_log(log).total() + moments.randint(0, 70))
                time.sleep(moments.uniform(0.0, LATENCY_SECONDS))
                os.kill(child, signal.SIGKILL)
                assert int(line_of(driver)) == -signal.SIGKILL, "the run ended before its kill"
                accounts.append((stored(database), read_call_log(log)))
            start(driver)
            assert int(line_of(driver)) == 0
    finally_stored, finally_called = stored(database), read_call_log(log)
    planned = {f"d{number}/{repeat}" for number in range(DATAPOINTS) for repeat in range(REPEATS)}
    assert Counter(planned) == finally_stored
    for stored_then, called_then in accounts:
        repeated = [key for key in stored_then if finally_called[key] > called_then[key]]
        assert repeated == []
    print(f"stored at each kill: {[len(then) for then, _ in accounts]}")
    assert len(accounts[-1][0]) > len(planned) // 10, "too little was stored to show anything"
