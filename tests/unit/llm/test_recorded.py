"""Files of recorded answers."""

import contextlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.chat import ChatMessage, ChatRequest
from assay.core.costs import NO_COST, NO_USAGE, Cost, CostSource, Usage
from assay.core.errors import InvalidAnswersError, InvalidModelError, ModelCallError
from assay.llm.recorded import AnswerFile, RecordedModel, load_answers, parse_answer


ROW = {"model": "m", "datapoint_id": "d1", "output": "42"}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(*lines: str | dict[str, Any]) -> Path:
        path = tmp_path / "answers.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return path

    return writing


def ask(datapoint_id: str | None, repeat: int = 0) -> ChatRequest:
    message = (ChatMessage("user", "?"),)
    return ChatRequest(message, datapoint_id=datapoint_id, repeat=repeat)


async def test_a_reply_carries_what_was_recorded_with_the_cost_exactly_as_written(
    write: Write,
) -> None:
    line = (
        '{"model": "m", "datapoint_id": "d1", "repeat": 2, "output": "4 é", "input_tokens": 7,'
        ' "output_tokens": 3, "cost_usd": 0.10000000000000000000001, "latency_seconds": 1.25,'
        ' "finish_reason": "length", "note": "ignored"}'
    )
    model = RecordedModel("m", load_answers(write(line)))
    reply = await model.complete(ask("d1", 2))
    assert Cost(Decimal("0.10000000000000000000001"), CostSource.BILLED) == reply.cost
    assert (reply.text, reply.truncated, reply.latency_seconds) == ("4 é", True, 1.25)
    assert Usage(7, 3) == reply.usage
    await model.aclose()


async def test_missing_and_null_fields_are_absent_not_zero(write: Write) -> None:
    row = ROW | {"repeat": None, "output": None, "cost_usd": None, "input_tokens": None}
    reply = await RecordedModel("m", load_answers(write(row))).complete(ask("d1"))
    assert (
        reply.text,
        reply.cost,
        reply.usage,
        reply.latency_seconds,
    ) == ("", NO_COST, NO_USAGE, None)


async def test_a_zero_cost_is_a_known_cost(write: Write) -> None:
    reply = await RecordedModel("m", load_answers(write(ROW | {"cost_usd": 0}))).complete(ask("d1"))
    assert Cost(Decimal(0), CostSource.BILLED) == reply.cost


async def test_a_refusal_is_replayed(write: Write) -> None:
    row = ROW | {"output": None, "refusal": "I must not."}
    reply = await RecordedModel("m", load_answers(write(row))).complete(ask("d1"))
    assert (reply.refused, reply.refusal) == (True, "I must not.")


async def test_a_missing_answer_names_file_model_datapoint_and_repeat(write: Write) -> None:
    path = write(ROW)
    with pytest.raises(ModelCallError) as caught:
        await RecordedModel("m", load_answers(path)).complete(ask("d1", 3))
    assert f"{path} holds no answer of model 'm' to datapoint 'd1', repeat 3." == str(caught.value)
    assert not caught.value.retryable


async def test_a_request_without_a_datapoint_cannot_be_answered(write: Write) -> None:
    with pytest.raises(ModelCallError, match="asked by datapoint"):
        await RecordedModel("m", load_answers(write(ROW))).complete(ask(None))


def test_models_are_listed_with_their_counts(write: Write) -> None:
    path = write(ROW, "", ROW | {"datapoint_id": "d2"}, ROW | {"model": "n"})
    assert load_answers(path).models == {"m": 2, "n": 1}


@pytest.mark.parametrize(("name", "message"), [("x", "has no model 'x'"), ("", "needs #NAME")])
def test_a_model_the_file_lacks_is_refused_with_those_it_holds(
    write: Write, name: str, message: str
) -> None:
    rows = [ROW | {"model": f"m{number}"} for number in range(12)]
    with pytest.raises(InvalidModelError) as caught:
        RecordedModel(name, load_answers(write(*rows)))
    assert message in str(caught.value)
    assert "It holds: m0 (1 answers), m1" in str(caught.value)
    assert "and 2 more." in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is not JSON"),
        ("[1]", "holds a list; each line is a JSON object"),
        ({"datapoint_id": "d"}, "model: is missing"),
        ({"model": "", "datapoint_id": "d"}, "model: is empty text"),
        ({"model": "m", "datapoint_id": 7}, "datapoint_id: is a number"),
        (ROW | {"output": {"a": 1}}, "output: is an object; it must be text or null"),
        (ROW | {"finish_reason": True}, "finish_reason: is a boolean"),
        (ROW | {"repeat": -1}, "repeat: is -1; it must be a whole number of at least 0"),
        (ROW | {"repeat": True}, "repeat: is True"),
        (ROW | {"input_tokens": 1.5}, "input_tokens: is 1.5"),
        (ROW | {"cost_usd": "free"}, "cost_usd: is 'free'; it must be a number of at least 0"),
        (ROW | {"cost_usd": -0.1}, "cost_usd: is -0.1"),
        (ROW | {"cost_usd": []}, "cost_usd: is []"),
        (ROW | {"latency_seconds": "1"}, "latency_seconds: is '1'"),
        (ROW | {"latency_seconds": -2}, "latency_seconds: is -2"),
        ('{"model": "m", "datapoint_id": "d", "cost_usd": NaN}', "cost_usd: is nan"),
        ('{"model": "m", "datapoint_id": "d", "output": "\x00"}', "is not JSON"),
        (ROW | {"output": "\ud800"}, "output: holds half of a surrogate pair"),
        (ROW | {"datapoint_id": "\ud800"}, "datapoint_id: holds half of a surrogate pair"),
    ],
)
def test_a_malformed_line_is_refused_by_file_line_and_key(
    write: Write, line: str | dict[str, Any], message: str
) -> None:
    path = write(ROW, "", line)
    with pytest.raises(InvalidAnswersError) as caught:
        load_answers(path)
    assert f"{path}:3: {message}" in str(caught.value)


def test_a_second_answer_to_the_same_item_names_both_lines(write: Write) -> None:
    path = write(ROW | {"model": "n"}, ROW, "", ROW | {"repeat": 0})
    with pytest.raises(InvalidAnswersError) as caught:
        load_answers(path)
    assert f"{path}:4: model 'm' answers datapoint 'd1', repeat 0 a second time" in str(
        caught.value
    )
    assert "is on line 2" in str(caught.value)


def test_an_empty_file_and_an_absent_one_are_refused(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InvalidAnswersError, match="holds no answers"):
        load_answers(write(""))
    with pytest.raises(InvalidAnswersError, match="No such file"):
        load_answers(tmp_path / "absent.jsonl")
    with pytest.raises(InvalidAnswersError, match="Is a directory"):
        load_answers(tmp_path)


def test_a_file_that_changed_while_in_use_is_noticed(write: Write) -> None:
    answers = load_answers(write(ROW))
    write({"model": "other", "datapoint_id": "zz", "output": "wrong"})
    with pytest.raises(InvalidAnswersError, match="changed while it was in use"):
        answers.find("m", "d1")


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.text(min_size=1), st.integers(0, 3)),
        st.text(max_size=9000),
        min_size=1,
        max_size=15,
    )
)
def test_every_recorded_answer_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, stored: dict[tuple[str, str, int], str]
) -> None:
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for (model, datapoint_id, repeat), output in stored.items():
            row = {"model": model, "datapoint_id": datapoint_id, "repeat": repeat, "output": output}
            file.write(json.dumps(row) + "\n")
    answers = AnswerFile(path)
    for (model, datapoint_id, repeat), output in stored.items():
        found = answers.find(model, datapoint_id, repeat=repeat)
        assert found is not None
        assert output == found.output


@given(st.binary(max_size=60))
def test_any_bytes_are_either_an_answer_or_a_clear_refusal(line: bytes) -> None:
    with contextlib.suppress(InvalidAnswersError):
        parse_answer(line, where="f:1")
