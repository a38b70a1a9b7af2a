import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from rich.console import Console

import assay
from assay.core.errors import InvalidInputError, MissingExtraError, NotFoundError, ServerError
from assay.experiments.calls import get_run, post_items
from assay.experiments.connection import Connection, PassingError, ServerAddress, connect
from assay.experiments.lifespan import lifespan
from assay.experiments.models import ExperimentResultSummary, RunComparisonResult


async def no_sleep(_seconds: float) -> None:
    """Retry at once."""


async def ask(
    answer: Callable[[httpx2.Request], httpx2.Response], method: str = "GET", **more: Any
) -> Any:
    transport = httpx2.MockTransport(answer)
    address = ServerAddress(
        url="http://test.invalid", transport=transport, sleep=no_sleep, timeout_seconds=3, **more
    )
    async with connect(address) as connection:
        return await connection.request(method, "/v1/runs/x", params={"a": 1, "b": None})


async def test_the_key_and_the_query_are_sent_and_null_is_left_out() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"x": 1})

    assert {"x": 1} == await ask(answer, api_key="sesame")
    assert "Bearer sesame" == seen[0].headers["authorization"]
    assert "a=1" == seen[0].url.query.decode()


def test_the_key_is_never_shown() -> None:
    assert "sesame" not in repr(ServerAddress(url="http://x.invalid", api_key="sesame"))


@pytest.mark.parametrize("key", ["sesame\n", " sesame", "sésame", "sesame\tx", "", " "])
def test_a_key_that_no_header_can_hold_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(InvalidInputError, match="API key") as refused:
        assay.Client(server_url="http://x.invalid", api_key=key)
    assert "sesame" not in str(refused.value)


async def test_what_opens_a_server_is_in_no_message() -> None:
    url = "http://ann:sesame@x.invalid/open?api_key=sesame"
    address = ServerAddress(
        url=url, transport=httpx2.MockTransport(lambda _: httpx2.Response(404)), sleep=no_sleep
    )
    async with connect(address) as connection:
        with pytest.raises(NotFoundError, match=r"GET http://x.invalid/open") as failed:
            await connection.request("GET", "/v1/runs")
    assert "sesame" not in f"{failed.value}{connection.shown}{address!r}"


@pytest.mark.parametrize(
    ("status", "content", "error", "message"),
    [
        (
            404,
            b'{"detail": "no run x"}',
            NotFoundError,
            "GET http://test.invalid/v1/runs/x.*no run x",
        ),
        (401, b'{"title": "no key"}', ServerError, "401: no key Give api_key= a valid key"),
        (422, b"plain words", ServerError, "refused with 422: plain words"),
        (500, b"", ServerError, "refused with 500: no explanation"),
        (503, b'["busy"]', PassingError, "turned away with 503"),
        (200, b"<html>", ServerError, "does the URL name an Assay server"),
    ],
)
async def test_a_refusal_names_the_address_the_status_and_the_reason(
    status: int, content: bytes, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await ask(lambda _: httpx2.Response(status, content=content))


async def test_an_empty_answer_is_none() -> None:
    assert await ask(lambda _: httpx2.Response(204)) is None


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (httpx2.ConnectError("refused"), "Is the server running there.*assay up"),
        (httpx2.ReadTimeout("slow"), "no answer within 3 s; raise timeout_seconds"),
    ],
)
async def test_a_server_that_is_away_is_tried_again_and_then_named(
    raised: Exception, message: str
) -> None:
    tries: list[int] = []

    def answer(_request: httpx2.Request) -> httpx2.Response:
        tries.append(1)
        raise raised

    with pytest.raises(ServerError, match=message):
        await ask(answer)
    assert 4 == len(tries)


async def test_results_are_sent_again_for_as_long_as_a_server_restarts() -> None:
    """Half of all waits, up to 5 s each, make some 20 s; nothing else waits for so long."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    statuses = iter([503] * 12)
    transport = httpx2.MockTransport(lambda _: httpx2.Response(next(statuses, 200), json={}))
    address = ServerAddress(url="http://test.invalid", transport=transport, sleep=wait)
    async with connect(address) as connection:
        await post_items(connection, "x", b"{}")
        assert 12 == len(waits)
        assert 5 >= max(waits)
        statuses = iter([503] * 12)
        with pytest.raises(PassingError):
            await get_run(connection, "x")
    assert 12 + 3 == len(waits)


async def test_what_is_not_idempotent_is_sent_once() -> None:
    tries: list[int] = []

    def answer(_request: httpx2.Request) -> httpx2.Response:
        tries.append(1)
        return httpx2.Response(503)

    with pytest.raises(ServerError):
        await ask(answer, "POST")
    assert 1 == len(tries)


@pytest.mark.parametrize("url", ["localhost:9999", "ftp://x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="must start with http"):
        assay.Client(server_url=url)


def test_a_timeout_of_zero_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="must be above 0"):
        assay.Client(timeout_seconds=0)


def test_an_application_that_is_not_there_is_named() -> None:
    with pytest.raises(MissingExtraError, match=r"assay\.nowhere:application.*server_url"):
        assay.Client(application="assay.nowhere:application").runs.get("x")


Send = Callable[[dict[str, Any]], Awaitable[None]]


class TinyApplication:
    """An ASGI application that tells what it was asked."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.log: list[str] = []
        self.refuse = refuse

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        self.log.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"evaluation": {"run_id": "x"}}'})

    async def live(self, receive: Any, send: Send) -> None:
        for phase in ("startup", "shutdown"):
            message = await receive()
            self.log.append(message["type"])
            if self.refuse:
                await send({"type": f"lifespan.{phase}.failed", "message": "no disk"})
                return
            await send({"type": f"lifespan.{phase}.complete"})


async def test_an_application_is_started_and_stopped_around_its_use() -> None:
    application = TinyApplication()
    async with lifespan(application):
        assert ["lifespan.startup"] == application.log
    assert ["lifespan.startup", "lifespan.shutdown"] == application.log


async def test_an_application_that_cannot_start_says_why() -> None:
    with pytest.raises(ServerError, match="failed at startup: no disk"):
        async with lifespan(TinyApplication(refuse=True)):
            pytest.fail("it started")


async def test_an_application_that_breaks_at_start_shows_its_own_error() -> None:
    async def broken(_scope: Any, _receive: Any, _send: Any) -> None:
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        async with lifespan(broken):
            pytest.fail("it started")


async def test_an_application_that_was_not_waited_for_is_not_left_behind() -> None:
    ended = asyncio.Event()

    async def endless(_scope: Any, _receive: Any, _send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), lifespan(endless):
            pass
    assert ended.is_set()


def application(*, data_dir: Path | None) -> TinyApplication:
    """What an entry point names."""
    assert Path("data") == data_dir
    return TinyApplication()


def test_without_a_url_the_application_in_this_process_answers(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = "embedded_double"
    sys.modules[name] = sys.modules[__name__]
    request.addfinalizer(lambda: sys.modules.pop(name))
    client = assay.Client(application=f"{name}:application", data_dir="data")
    assert {"run_id": "x"} == client.runs.get("x")


async def test_a_connection_serves_many_requests() -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=[]))
    async with connect(ServerAddress(url="http://t.invalid", transport=transport)) as connection:
        assert isinstance(connection, Connection)
        assert [[], []] == [await connection.request("GET", "/a") for _ in range(2)]


def printed(result: Any) -> str:
    console = Console(width=120, record=True, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    result.print_table(console=console)
    console.file.close()
    return console.export_text()


def test_a_result_is_printed_with_its_metrics_and_first_failures() -> None:
    points = [
        {"datapoint_id": f"EXT-{n}", "error": f"ValueError: [{n}]", "evaluator_errors": {"m": "oh"}}
        for n in range(5)
    ]
    text = printed(
        ExperimentResultSummary.from_answer(
            {
                "status": "completed",
                "success": False,
                "passed": ["a"],
                "failed": ["b"],
                "metrics": {
                    "details": [
                        {"metric_name": "m[1]", "aggregate": 0.5, "count": 2},
                        {"metric_name": "none"},
                    ]
                },
                "datapoints": points,
                "run_object": {"run_id": "r1", "name": "agent [v7]"},
            }
        )
    )
    for part in ("agent [v7]", "completed", "1 of 2", "m[1]", "0.5", "EXT-0: ValueError: [0]"):
        assert part in text
    assert "5 more failures" in text


def test_a_comparison_is_printed_with_changes_and_p_values() -> None:
    metric = {
        "metric_name": "m",
        "old_aggregate": 0.5,
        "new_aggregate": 0.25,
        "difference": -0.25,
        "significance": {"test": "mcnemar-mid-p", "p_value": 0.01, "p_value_adjusted": 0.0211},
    }
    comparison = RunComparisonResult.model_validate(
        {
            "metrics": [metric, {"metric_name": "n"}],
            "commonDatapoints": ["a"],
            "old_run": {"name": "v1"},
            "new_run": {"name": "v2"},
        }
    )
    text = printed(comparison)
    for part in ("v2 against v1", "1 common", "-0.25", "0.0211"):
        assert part in text
    assert ["m"] == comparison.list_degraded_metrics()
    assert [] == comparison.list_improved_metrics()
    assert comparison.get_metric_delta("x") is None


def test_lower_may_be_better() -> None:
    metric = {"metric_name": "m", "difference": -1.0, "higher_is_better": False}
    comparison = RunComparisonResult.model_validate({"metrics": [metric]})
    assert ["m"] == comparison.list_improved_metrics()


def test_importing_the_sdk_loads_no_server_no_database_and_no_numpy() -> None:
    heavy = ("numpy", "sqlalchemy", "fastapi", "openai", "httpx2", "rich", "pydantic")
    program = (
        "import sys\nfrom assay import evaluate, evaluator, Client\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    path = Path(assay.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(path)},
    )
    assert "[]" == done.stdout.strip()


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert sorted(assay.__all__) == assay.__all__
    assert set(assay.__all__) == set(dir(assay))
    for name in assay.__all__:
        assert getattr(assay, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = assay.nothing  # type: ignore[attr-defined]  # it is asked for on purpose
