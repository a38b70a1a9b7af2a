"""How a run is stored: in pieces, through outages, and to which end."""

import asyncio
from typing import Any

import httpx2
import pytest

import assay
from assay import evaluate, evaluator
from assay.core.errors import ServerError
from assay.core.runs import RunStatus
from tests.unit.experiments.conftest import InMemoryServer


ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(10)]


def double(inputs: dict[str, int]) -> dict[str, int]:
    return {"answer": 2 * inputs["n"]}


@evaluator
def exact(outputs: Any, inputs: Any, ground_truth: Any) -> bool:
    return bool(outputs["answer"] == ground_truth["answer"])


def run(client: assay.Client, function: Any = double, **options: Any) -> Any:
    options = {"dataset": ROWS, "evaluators": [exact], "print_results": False, **options}
    return evaluate(function, client=client, **options)


def test_the_server_may_be_away_for_a_moment(client: assay.Client, server: Any) -> None:
    server.failures = []
    run(client)
    before = len(server.requests)

    fail = iter([503, 502])
    server.on_items = lambda: server.failures.extend([s for s in [next(fail, None)] if s])
    result = run(client)
    assert result.success
    assert len(server.requests) > before


@pytest.mark.parametrize(
    ("takes", "lengths"), [(10_000, [2_000] * 9), (10_000, [100, 20_000, 100]), (900, [3_000])]
)
def test_outputs_go_in_pieces_that_the_server_takes_and_one_too_large_says_so(
    client: assay.Client, server: InMemoryServer, takes: int, lengths: list[int]
) -> None:
    server.instead = lambda request: httpx2.Response(413) if len(request.content) > takes else None
    rows = [{"n": number, "length": length} for number, length in enumerate(lengths)]
    result = run(client, lambda inputs: "x" * inputs["length"], dataset=rows, evaluators=[])
    assert result.success
    kept = {item["inputs"]["n"]: item["outputs"] for item in server.posted_items()}
    for number, length in enumerate(lengths):
        if length < takes:
            assert "x" * length == kept[number]
        else:
            assert "<not stored: the server takes no item of" in kept[number]


def test_an_output_that_no_server_takes_is_not_even_sent(
    client: assay.Client, server: InMemoryServer
) -> None:
    sizes: list[int] = []
    server.instead = lambda request: sizes.append(len(request.content))
    assert run(client, lambda inputs: "x" * 60_000_000, dataset=[{"n": 1}], evaluators=[]).success
    assert max(sizes) < 1_000_000
    assert "the server takes no item of 60,000," in server.posted_items()[0]["outputs"]


def test_a_server_that_stays_away_ends_the_run_and_keeps_what_finished(
    client: assay.Client, server: Any
) -> None:
    server.on_items = lambda: server.failures.extend([503] * 13)
    with pytest.raises(ServerError, match="turned away with 503") as caught:
        run(client, max_workers=1)
    assert ["What finished is kept in the run run-1; go on with resume='run-1'."] == (
        caught.value.__notes__
    )


@pytest.mark.parametrize("at", [("PUT", "/v1/runs/run-1"), ("GET", "/v1/runs/run-1/result")])
def test_a_server_that_goes_away_at_the_very_end_leaves_all_of_it(
    client: assay.Client, server: InMemoryServer, at: tuple[str, str]
) -> None:
    server.instead = lambda request: (
        httpx2.Response(500) if (request.method, request.url.path) == at else None
    )
    with pytest.raises(ServerError, match="refused with 500") as caught:
        run(client)
    [note] = caught.value.__notes__
    server.instead = lambda _request: None
    assert "go on with resume='run-1'" in note
    before = len(server.posted_items())
    assert run(client, resume="run-1").status == "completed"
    assert before == len(server.posted_items())


def test_an_interrupt_at_the_very_end_leaves_the_run_completed(
    client: assay.Client, server: InMemoryServer
) -> None:
    interrupts = iter([asyncio.CancelledError()])

    def interrupt(request: httpx2.Request) -> None:
        if request.method == "PUT":
            for error in interrupts:
                raise error

    server.instead = interrupt
    with pytest.raises(asyncio.CancelledError):
        run(client)
    assert RunStatus.COMPLETED == server.runs["run-1"].status


def test_a_run_that_could_not_go_on_is_failed_and_says_why(
    client: assay.Client, server: Any
) -> None:
    refusals = iter([400])
    server.on_items = lambda: server.failures.extend([s for s in [next(refusals, None)] if s])
    with pytest.raises(ServerError, match="refused with 400"):
        run(client, max_workers=1, dataset=[{"n": n} for n in range(2000)], evaluators=[])
    stored = server.runs["run-1"]
    assert RunStatus.FAILED == stored.status
    assert "400" in str(stored.stop_reason)


async def test_a_cancelled_evaluation_leaves_the_run_cancelled_with_what_finished(
    client: assay.Client, server: Any
) -> None:
    gate = asyncio.Event()

    async def stuck_on_five(inputs: Any) -> Any:
        if inputs["n"] == 5:
            gate.set()
            await asyncio.Event().wait()
        return double(inputs)

    task = asyncio.create_task(
        assay.aevaluate(
            stuck_on_five, dataset=ROWS, evaluators=[exact], client=client, max_workers=1
        )
    )
    await gate.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert RunStatus.CANCELLED == server.runs["run-1"].status
    assert 5 == len(server.items["run-1"])
