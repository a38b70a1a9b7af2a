"""Callables as models."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core.chat import ChatMessage, ChatReply, ChatRequest
from assay.core.errors import InvalidModelError, ModelCallError
from assay.llm.gateway import Gateway


REQUEST = ChatRequest(
    (ChatMessage("system", "Be brief."), ChatMessage("user", "Why?")), datapoint_id="d7"
)
MODULE = """
from assay.core.chat import ChatReply, ChatRequest

NUMBER = 7

def shout(prompt):
    return prompt.upper()

async def later(prompt: str) -> str:
    return "later " + prompt

def knows(request: ChatRequest) -> ChatReply:
    return ChatReply(request.datapoint_id, "knows", finish_reason="length")

def numeric(prompt):
    return 42

def broken(prompt):
    raise LookupError("api_key=abcdefgh is gone")

def from_elsewhere(prompt: "Missing"):
    return "ok"

class Maker:
    @staticmethod
    def make(prompt):
        return "made"
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "assay_test_models.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "assay_test_broken.py").write_text("1 / 0\n", encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    yield "assay_test_models"
    sys.path.remove(str(tmp_path))
    sys.modules.pop("assay_test_models", None)


async def ask(module: str, function: str) -> ChatReply:
    return await Gateway().open(f"python:{module}:{function}").complete(REQUEST)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ("shout", "BE BRIEF.\n\nWHY?"),
        ("later", "later Be brief.\n\nWhy?"),
        ("Maker.make", "made"),
        ("from_elsewhere", "ok"),
    ],
)
async def test_a_callable_is_given_the_prompt_as_text(
    module: str, function: str, text: str
) -> None:
    reply = await ask(module, function)
    assert (reply.text, reply.model) == (text, f"{module}:{function}")
    assert reply.latency_seconds is not None


async def test_a_callable_annotated_so_is_given_the_request_and_may_return_a_reply(
    module: str,
) -> None:
    assert await ask(module, "knows") == ChatReply("d7", "knows", finish_reason="length")


async def test_what_a_callable_raises_is_a_failed_call_with_secrets_masked(module: str) -> None:
    with pytest.raises(ModelCallError) as caught:
        await ask(module, "broken")
    assert "raised LookupError" in str(caught.value)
    assert "abcdefgh" not in str(caught.value)


async def test_a_callable_that_returns_no_text_is_a_failed_call(module: str) -> None:
    with pytest.raises(ModelCallError, match="returned int; it must return text or a ChatReply"):
        await ask(module, "numeric")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no_such_module_here:f", "There is no module 'no_such_module_here'"),
        ("assay_test_models:shot", "has no 'shot'. It has: ChatReply, ChatRequest, Maker, broken"),
        ("assay_test_models:NUMBER", "is of type int, not callable"),
        ("assay_test_broken:f", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_callable_that_is_not_there_says_what_is(
    module: str, reference: str, message: str
) -> None:
    with pytest.raises(InvalidModelError) as caught:
        Gateway().open(f"python:{reference}")
    assert message in str(caught.value)
