"""``evaluate()`` against the real application: in this process, and over a real port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.core.errors import NotFoundError, ServerError
from tests.integration.experiments.serving import serving


ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(40)]
SOURCE = Path(assay.__file__).parents[1]


def double(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": 2 * inputs["n"]}


def sloppy(inputs: dict[str, int]) -> dict[str, int]:
    if inputs["n"] == 7:
        raise ValueError("seven")
    return {"answer": inputs["n"] * (2 if inputs["n"] % 4 else 3)}


@assay.evaluator
def exact(outputs: Any, inputs: Any, ground_truth: Any) -> bool:
    return bool(outputs == ground_truth)


@assay.evaluator
def closeness(outputs: Any, ground_truth: Any) -> tuple[float, str]:
    return 1 / (1 + abs(outputs["answer"] - ground_truth["answer"])), "by distance"


@pytest.fixture
def embedded(tmp_path: Path) -> assay.Client:
    return assay.Client(data_dir=tmp_path / "data")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[assay.Client]:
    with serving(tmp_path) as url:
        yield assay.Client(server_url=f"{url}/")


@pytest.fixture(params=["embedded", "served"])
def client(request: pytest.FixtureRequest) -> assay.Client:
    found: assay.Client = request.getfixturevalue(request.param)
    return found


def run(client: assay.Client, function: Any, **options: Any) -> assay.ExperimentResultSummary:
    return assay.evaluate(
        function,
        dataset=ROWS,
        evaluators=[exact, closeness],
        client=client,
        print_results=False,
        **options,
    )


def test_the_server_that_is_set_gets_runs_and_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_API_KEY", "of-no-use-on-loopback")
    with serving(tmp_path) as url:
        monkeypatch.setenv("ASSAY_SERVER_URL", url)
        result = assay.evaluate(double, dataset=ROWS, evaluators=[exact], print_results=False)
        with assay.trace_session("job", session_id="mine"):
            assay.enrich_session(metadata={"by": "hand"})
        given = assay.Client(server_url=url)
        assert result.run_id == given.runs.get(result.run_id)["run_id"]
        assert given.sessions.get("mine")
    assert not (tmp_path / ".assay").exists()


def test_the_application_in_this_process_asks_for_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_API_KEY", "the-key-of-a-server-somewhere")
    monkeypatch.setenv("ASSAY_SERVER_URL", "http://nowhere.invalid")
    options: dict[str, Any] = {"data_dir": tmp_path, "print_results": False}
    assert assay.evaluate(double, dataset=ROWS, evaluators=[exact], **options).success


def test_a_run_is_stored_aggregated_and_compared(client: assay.Client) -> None:
    old = run(client, sloppy, name="v1")
    new = run(client, double, name="v2")
    assert new.success
    assert not old.success
    assert 40 == len(old.datapoints)
    assert 30 == len(old.passed)
    [failed] = [point for point in old.datapoints if point.status == "failed"]
    assert "ValueError: seven" == failed.error
    comparison = assay.compare_runs(client, new.run_id, old.run_id)
    assert ["exact", "closeness"] == [metric.metric_name for metric in comparison.metrics]
    delta = comparison.get_metric_delta("exact")
    assert delta is not None
    assert (39, 9, 0) == (delta.found_count, delta.improved_count, delta.degraded_count)
    assert delta.significance is not None
    assert delta.significance.p_value_adjusted is not None
    assert delta.significance.p_value_adjusted < 0.05
    assert new.run_id == client.runs.list()["evaluations"][0]["run_id"]


def test_datapoints_come_back_in_the_datasets_order(client: assay.Client) -> None:
    def slower_first(inputs: dict[str, int]) -> dict[str, int]:
        time.sleep((len(ROWS) - inputs["n"]) / 1000)
        return double(inputs)

    result = run(client, slower_first, max_workers=16)
    _, ids = assay.prepare_external_dataset(ROWS)
    assert list(ids) == [point.datapoint_id for point in result.datapoints]


def test_a_run_is_resumed_where_it_stopped(client: assay.Client) -> None:
    first = run(client, sloppy)
    seen: list[int] = []

    def counted(inputs: dict[str, int]) -> dict[str, int]:
        seen.append(inputs["n"])
        return double(inputs)

    again = run(client, counted, resume=first.run_id)
    assert [7] == seen
    assert first.run_id == again.run_id
    assert again.status == "completed"
    assert [] == [point for point in again.datapoints if point.status == "failed"]


def test_repeats_are_stored_and_weighed_within_each_datapoint(embedded: assay.Client) -> None:
    old, new = run(embedded, sloppy, repeats=3), run(embedded, double, repeats=3)
    delta = assay.compare_runs(embedded, new.run_id, old.run_id).get_metric_delta("exact")
    assert delta is not None
    assert delta.significance is not None
    assert "within-case-mid-p" == delta.significance.test


def test_results_outlive_the_process_that_made_them(embedded: assay.Client) -> None:
    run_id = run(embedded, double).run_id
    again = assay.Client(data_dir=embedded.address.data_dir)
    assert 40 == len(assay.get_run_result(again, run_id).passed)


def test_a_server_that_is_not_there_is_named_with_a_remedy() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    address = assay.Client(server_url=url).address
    assert address.url == url
    with pytest.raises(ServerError, match="Is the server running there"):
        run(assay.Client(server_url=url), double)


RUN_ID = "0192f0c1-2222-7000-8000-000000000001"
BESIDE_ID = "0192f0c1-2222-7000-8000-000000000002"
PROGRAM = """
import sys, threading, assay
def slow(inputs):
    if inputs["n"] == 20:
        print("waiting", flush=True)
        threading.Event().wait(60)
    return {"answer": 2 * inputs["n"]}
rows = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(40)]
assay.evaluate(slow, dataset=rows, run_id=sys.argv[2], data_dir=sys.argv[1], max_workers=1)
"""


TOLD_TO_END = """
import asyncio, multiprocessing, sys, threading, time, assay
def child():
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(5,))
    process.start()
    process.terminate()
    process.join()
    print("a child ended by", process.exitcode, flush=True)
def slow(inputs):
    if inputs["n"] == 0:
        child()
    if inputs["n"] == 20:
        print("waiting", flush=True)
        threading.Event().wait(60)
    return {"answer": 2 * inputs["n"]}
rows = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(40)]
options = {"dataset": rows, "run_id": sys.argv[2], "data_dir": sys.argv[1], "max_workers": 1}
async def notebook():
    assay.evaluate(slow, **options)
async def quick(inputs):
    await asyncio.sleep(60)
async def loop():
    beside = assay.aevaluate(quick, **{**options, "run_id": sys.argv[4]})
    await asyncio.gather(assay.aevaluate(slow, **options), beside)
place = sys.argv[3]
assay.evaluate(slow, **options) if place == "plain" else asyncio.run(globals()[place]())
print("went on", flush=True)
"""


def test_an_interrupt_leaves_the_run_cancelled_with_what_finished(
    tmp_path: Path, embedded: assay.Client
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), RUN_ID],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout is not None
    assert "waiting" == process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert f"go on with resume={RUN_ID!r}" in errors
    stored = embedded.runs.get(RUN_ID)
    assert ("cancelled", "interrupted") == (stored["status"], stored["stop_reason"])
    assert 20 == len(assay.get_run_result(embedded, RUN_ID).datapoints)
    result = run(embedded, double, resume=RUN_ID)
    assert 40 == len(result.datapoints)
    assert result.status == "completed"


@pytest.mark.parametrize("place", ["plain", "notebook", "loop"])
def test_a_process_that_is_told_to_end_leaves_the_run_cancelled_and_ends_of_it(
    tmp_path: Path, embedded: assay.Client, place: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TOLD_TO_END, str(tmp_path / "data"), RUN_ID, place, BESIDE_ID],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout is not None
    assert "a child ended by -15" == process.stdout.readline().strip()
    assert "waiting" == process.stdout.readline().strip()
    for _ in range(2):  # as `timeout` sends it
        process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=30)
    assert -signal.SIGTERM == process.returncode, errors
    assert "" == output
    assert f"go on with resume={RUN_ID!r}" in errors
    stored = embedded.runs.get(RUN_ID)
    assert ("cancelled", "interrupted") == (stored["status"], stored["stop_reason"])
    assert 20 == len(assay.get_run_result(embedded, RUN_ID).datapoints)
    if place == "loop":
        assert "cancelled" == embedded.runs.get(BESIDE_ID)["status"]


async def test_managed_datasets_are_listed_and_missing_ones_are_named(
    embedded: assay.Client,
) -> None:
    assert 0 == embedded.datasets.list()["total"]
    assert [] == (await embedded.datasets.alist(search="x"))["datasets"]
    with pytest.raises(NotFoundError):
        embedded.datasets.get("nothing")
    with pytest.raises(NotFoundError):
        await embedded.datasets.aget("nothing")
