"""What a server or the network answers becomes one clear error, and few requests."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from assay.core.errors import (
    AssayError,
    ConflictError,
    InvalidInputError,
    LedgerError,
    NotFoundError,
)
from assay.core.eval_runs import EvalExperiment, LoggedStatus, RunStart
from assay.tracking import MlflowLedger, open_ledger


URL = "http://mlflow.example:5000"


class Server:
    """Answers with a function of the request, and remembers what it was asked."""

    def __init__(self, answer: Callable[[httpx2.Request], Any]) -> None:
        self.answer = answer
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):
            return answer
        return httpx2.Response(200, json=answer)

    def ledger(self, uri: str = URL, **options: Any) -> MlflowLedger:
        return open_ledger(uri, transport=httpx2.MockTransport(self), **options)


def refusing(status: int, code: str) -> Server:
    body = {"error_code": code, "message": "token=abcdefgh12345678 because"}
    return Server(lambda _request: httpx2.Response(status, json=body))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "RESOURCE_DOES_NOT_EXIST", NotFoundError),
        (400, "RESOURCE_ALREADY_EXISTS", ConflictError),
        (400, "INVALID_PARAMETER_VALUE", InvalidInputError),
        (400, "BAD_REQUEST", LedgerError),
        (500, "INTERNAL_ERROR", LedgerError),
        (503, "TEMPORARILY_UNAVAILABLE", LedgerError),
        (400, "TEMPORARILY_UNAVAILABLE", LedgerError),
        (403, "PERMISSION_DENIED", LedgerError),
        (401, "UNAUTHENTICATED", LedgerError),
    ],
)
def test_mlflows_codes_are_errors_of_ours(status: int, code: str, kind: type[AssayError]) -> None:
    server = refusing(status, code)
    with server.ledger() as ledger, pytest.raises(kind, match=URL) as caught:
        ledger.get_run("f" * 32)
    assert type(caught.value).__mro__.index(kind) <= 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, text="<html>nothing here</html>"),
        httpx2.Response(500, json=["x"]),
        httpx2.Response(200, text="<html>a page</html>"),
        httpx2.Response(200, json=[]),
    ],
)
def test_another_kind_of_server_is_recognised(answer: httpx2.Response) -> None:
    words = "not as an MLflow server does"
    ledger = Server(lambda _request: answer).ledger()
    with ledger, pytest.raises(LedgerError, match=words):
        ledger.list_prompts()


@pytest.mark.parametrize("times", [1, 2])
def test_a_read_is_tried_again_after_a_lost_answer(times: int) -> None:
    answers: list[Any] = [httpx2.ReadError("lost"), httpx2.Response(502, text="busy")][:times]
    answers.append({"registered_models": []})
    server = Server(lambda _request: answers.pop(0))
    with server.ledger() as ledger:
        assert ledger.list_prompts() == []
    assert len(server.asked) == times + 1


def test_a_read_is_not_tried_for_ever() -> None:
    server = Server(lambda _request: httpx2.ReadError("lost"))
    with server.ledger() as ledger, pytest.raises(LedgerError, match=r"no answer \(ReadError"):
        ledger.list_prompts()
    assert len(server.asked) == 3


def test_a_server_that_stays_silent_for_the_whole_limit_is_asked_once() -> None:
    server = Server(lambda _request: httpx2.ReadTimeout("slow"))
    with server.ledger() as ledger, pytest.raises(LedgerError, match=r"no answer \(ReadTimeout"):
        ledger.list_prompts()
    assert len(server.asked) == 1


def test_nobody_there_is_asked_once_and_said_with_what_to_start() -> None:
    server = Server(lambda _request: httpx2.ConnectError("refused"))
    words = r"No MLflow server answers at http://mlflow\.example:5000 .*mlflow server --backend"
    with server.ledger() as ledger, pytest.raises(LedgerError, match=words):
        ledger.list_prompts()
    assert len(server.asked) == 1


def test_what_must_not_happen_twice_is_sent_once() -> None:
    """A new version may have been made though the answer was lost."""

    def answer(request: httpx2.Request) -> Any:
        if request.url.path.endswith("model-versions/create"):
            return httpx2.ReadError("lost")
        tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
        return {"registered_model": {"name": "tone", "tags": tags}}

    server = Server(answer)
    with server.ledger() as ledger, pytest.raises(LedgerError, match="no answer"):
        ledger.register_version("tone", "text")
    assert [request.method for request in server.asked] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("uri", "options", "header"),
    [
        ("http://me:pass%40word@mlflow.example:5000", {}, "Basic bWU6cGFzc0B3b3Jk"),
        (URL, {"username": "me", "password": "pass@word"}, "Basic bWU6cGFzc0B3b3Jk"),
        (URL, {"username": "me", "token": "abc"}, "Bearer abc"),
        (URL, {"token": " abc\n"}, "Bearer abc"),
        ("http://:pass%40word@mlflow.example:5000", {}, "Basic OnBhc3NAd29yZA=="),
    ],
)
def test_credentials_are_sent_and_not_shown(uri: str, options: Any, header: str) -> None:
    server = Server(lambda _request: httpx2.Response(403, text="no"))
    with server.ledger(uri, **options) as ledger:
        assert ledger.uri == URL
        with pytest.raises(LedgerError, match="does not let us in") as caught:
            ledger.list_prompts()
    assert server.asked[0].headers["authorization"] == header
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize("token", ["tök-en", "two words", "two\nlines"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(InvalidInputError, match="look at MLFLOW_TRACKING_TOKEN") as caught:
        open_ledger(URL, token=token)
    assert token not in str(caught.value)


def test_a_secret_that_hides_itself_is_asked_for_its_value() -> None:
    class Hidden:
        def get_secret_value(self) -> str:
            return "abc"

    server = Server(lambda _request: {})
    with server.ledger(token=Hidden()) as ledger:
        ledger.list_prompts()
    assert server.asked[0].headers["authorization"] == "Bearer abc"


def test_all_pages_are_read() -> None:
    def answer(request: httpx2.Request) -> Any:
        token = request.url.params.get("page_token", "")
        return {
            "registered_models": [_model(f"p{token or 0}")],
            "next_page_token": {"": "1", "1": "2"}.get(token),
        }

    with Server(answer).ledger() as ledger:
        assert [prompt.name for prompt in ledger.list_prompts()] == ["p0", "p1", "p2"]


def _model(name: str) -> dict[str, Any]:
    return {"name": name, "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}


def _run(run_id: str, experiment: str) -> dict[str, Any]:
    info = {"run_id": run_id, "experiment_id": experiment, "start_time": "1", "status": "FINISHED"}
    return {"info": {**info, "lifecycle_stage": "active"}, "data": {}}


def test_a_seldom_run_experiment_is_asked_alone() -> None:
    """Of three, two fill the first answer; the third gets what is its own."""
    experiments = [EvalExperiment(str(number), f"e{number}") for number in range(3)]

    def answer(request: httpx2.Request) -> Any:
        asked = httpx2.Response(200, content=request.content).json()["experiment_ids"]
        if len(asked) > 1:
            runs = [_run(f"{asked[n % 2]}{n}", asked[n % 2]) for n in range(6)]
            return {"runs": runs, "next_page_token": "more"}
        return {"runs": [_run("seldom", asked[0])]}

    server = Server(answer)
    with server.ledger() as ledger:
        found = ledger.latest_runs(experiments, limit=2)
    assert {key: [run.run_id for run in runs] for key, runs in found.items()} == {
        "0": ["00", "02"],
        "1": ["11", "13"],
        "2": ["seldom"],
    }
    assert len(server.asked) == 2


def test_an_experiment_that_another_process_made_meanwhile_is_used() -> None:
    found = iter(
        [
            httpx2.Response(404, json={"error_code": "RESOURCE_DOES_NOT_EXIST", "message": ""}),
            {"experiment": {"experiment_id": "7", "name": "e", "lifecycle_stage": "active"}},
        ]
    )

    def answer(request: httpx2.Request) -> Any:
        if request.url.path.endswith("get-by-name"):
            return next(found)
        if request.url.path.endswith("experiments/create"):
            body = {"error_code": "RESOURCE_ALREADY_EXISTS", "message": ""}
            return httpx2.Response(400, json=body)
        return {"run": _run("r", "7")}

    with Server(answer).ledger() as ledger:
        assert ledger.start_run(RunStart("e", "name")) == "r"


def test_a_deleted_experiment_is_named_with_what_restores_it() -> None:
    body = {"experiment": {"experiment_id": "7", "name": "e", "lifecycle_stage": "deleted"}}
    words = "mlflow experiments restore --experiment-id 7"
    ledger = Server(lambda _request: body).ledger()
    with ledger, pytest.raises(LedgerError, match=words):
        ledger.start_run(RunStart("e", "name"))


def test_a_registered_model_is_no_prompt() -> None:
    body = {"registered_model": {"name": "tone", "tags": []}}
    with Server(lambda _request: body).ledger() as ledger:
        with pytest.raises(NotFoundError, match="is a registered model, not a prompt"):
            ledger.get_prompt("tone")
        with pytest.raises(ConflictError, match="needs another name"):
            ledger.register_version("tone", "text")


def test_metrics_are_sent_in_batches() -> None:
    server = Server(lambda _request: {})
    with server.ledger() as ledger:
        ledger.log_metrics("r", {f"m{number}": number for number in range(1500)})
        ledger.finish_run("r", LoggedStatus.FAILED)
    sizes = [
        len(httpx2.Response(200, content=r.content).json()["metrics"]) for r in server.asked[:2]
    ]
    assert sizes == [1000, 500]
