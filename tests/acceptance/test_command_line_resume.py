"""A run cut off by Ctrl-C or ``kill -9`` goes on where it was, with nothing repeated."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.store import open_store
from assay.testing.model_server import read_call_log
from tests.acceptance.command_line import (
    PROGRAM,
    RUN,
    assay,
    datapoint,
    environment,
    write_jsonl,
)


SIZE = 400
KILLS = 6
TASK = """\
name: echo
prompt: "{{question}}"
extract: {kind: text}
gold: {field: answer}
matcher: {kind: exact}
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A folder with a task and a dataset, and a model server that counts its calls."""

    folder: Path
    url: str
    log: Path

    def command(self, run_id: str | None) -> list[str]:
        """Start the run, or go on with it; relative paths, so the folder is the current one."""
        fresh = [*RUN, "--models", f"openai:any@{self.url}", "--concurrency", "6"]
        return [*fresh] if run_id is None else ["bench", "run", "--resume", run_id]

    @contextmanager
    def running(self, run_id: str | None) -> Iterator[subprocess.Popen[str]]:
        """A process of the command line that works on the run."""
        process = subprocess.Popen(
            [*PROGRAM, *self.command(run_id)],
            cwd=self.folder,
            env=environment(self.folder, {"OPENAI_API_KEY": "none"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def stored(self) -> set[str]:
        """The questions whose answers are stored."""
        store = open_store(f"sqlite:///{self.folder / '.assay' / 'assay.sqlite'}")
        try:
            page = store.list_evaluations()
            runs = [run_id for evaluation in page.items for run_id in evaluation.run_ids]
            keys = [key for run_id in runs for key in store.finished_keys(run_id)]
        finally:
            store.close()
        assert len(keys) == len(set(keys))
        return {f"question {key.datapoint_id}" for key in keys}

    def calls(self) -> Counter[str]:
        """How often each question reached the server."""
        return read_call_log(self.log)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "task.yaml").write_text(TASK)
    rows = [{**datapoint(n), "inputs": {"question": f"question q{n}"}} for n in range(SIZE)]
    write_jsonl(tmp_path / "data.jsonl", rows)
    log = tmp_path / "calls.log"
    command = [sys.executable, "-m", "assay.testing.model_server", "--log", str(log)]
    server = subprocess.Popen(
        [*command, "--latency", "0.03", "--jitter", "0.02"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            yield Bench(tmp_path, f"http://127.0.0.1:{port}/v1", log)
        finally:
            server.kill()


def started(process: subprocess.Popen[str]) -> str:
    """Return the run's id as the process says it before it begins."""
    assert process.stderr is not None
    for line in process.stderr:
        found = re.match(r"run (\S+): ", line)
        if found is not None:
            return found[1]
    raise AssertionError("the process never said which run it works on")


def wait_for_calls(bench: Bench, count: int) -> None:
    """Return once the server has had ``count`` calls in all."""
    deadline = time.monotonic() + 30
    while sum(bench.calls().values()) < count:
        assert time.monotonic() < deadline, "no call came"
        time.sleep(0.01)


def assert_nothing_repeated(before: list[tuple[set[str], Counter[str]]], now: Counter[str]) -> None:
    for stored, calls in before:
        assert [] == [question for question in stored if now[question] > calls[question]]


def finish(bench: Bench, run_id: str) -> None:
    """Resume to the end; every item is there once."""
    said = assay(*bench.command(run_id), "--format", "json", folder=bench.folder)
    assert 0 == said.code, said.err
    (model,) = said.json["models"]
    assert (SIZE, SIZE, 0, 0) == tuple(
        model[name] for name in ("planned", "scored", "failed", "skipped")
    )
    assert {f"question q{n}" for n in range(SIZE)} == bench.stored()


def test_a_run_killed_at_random_moments_ends_with_every_item_once(bench: Bench):
    moments = random.Random(6)
    run_id: str | None = None
    before: list[tuple[set[str], Counter[str]]] = []
    for number in range(KILLS):
        with bench.running(run_id) as process:
            run_id = started(process)
            if number != 1:  # that one dies before its first call
                wait_for_calls(bench, sum(bench.calls().values()) + 1)
            time.sleep(moments.uniform(0.0, 0.35))
            process.send_signal(signal.SIGKILL)
            assert -signal.SIGKILL == process.wait(timeout=30), "the run ended before its kill"
        before.append((bench.stored(), bench.calls()))
    assert run_id is not None
    assert any(stored for stored, _ in before), "nothing was stored before any kill"
    finish(bench, run_id)
    assert_nothing_repeated(before, bench.calls())


def test_ctrl_c_stores_what_finished_and_says_how_to_go_on(bench: Bench):
    with bench.running(None) as process:
        run_id = started(process)
        wait_for_calls(bench, 20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (130, "") == (process.returncode, out), err
    assert f"Stopped. Go on with: assay bench run --resume {run_id}" in err
    assert "Traceback" not in err
    stored = bench.stored()
    assert 0 < len(stored) < SIZE
    listed = assay("bench", "list", "--format", "json", folder=bench.folder)
    assert ["cancelled"] == [each["status"] for each in json.loads(listed.out)["evaluations"]]
    before = [(stored, bench.calls())]
    finish(bench, run_id)
    assert_nothing_repeated(before, bench.calls())
