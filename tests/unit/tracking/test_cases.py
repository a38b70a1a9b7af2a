"""Case tables are written for MLflow's page and read in every usual layout."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.eval_runs import CaseRecord
from assay.tracking.cases import (
    CaseTableError,
    read_table,
    table_files,
    tag_with_table,
    tells_verdicts,
    write_table,
)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TEXT = st.text(min_size=1)
CASES = st.builds(
    CaseRecord,
    TEXT,
    repeat=st.integers(0, 9),
    input=JSON,
    output=JSON,
    expected=JSON,
    score=st.none() | FINITE,
    passed=st.none() | st.booleans(),
    reason=st.none() | TEXT,
    trace_id=st.none() | TEXT,
    scores=st.dictionaries(st.text(), FINITE, max_size=3),
    latency_seconds=st.none() | FINITE,
    cost_usd=st.none() | FINITE,
)


@settings(max_examples=40)
@given(st.lists(CASES | st.builds(CaseRecord, TEXT, error=TEXT), max_size=4))
def test_what_is_written_reads_back(cases: list[CaseRecord]) -> None:
    assert read_table(write_table(cases)) == tuple(cases)


def test_the_layout_is_the_one_that_mlflow_shows() -> None:
    table = json.loads(write_table([CaseRecord("a", score=0.5, scores={"exact": float("nan")})]))
    assert set(table) == {"columns", "data"}
    row = dict(zip(table["columns"], table["data"][0], strict=True))
    assert (row["case_id"], row["score"], row["scores"]) == ("a", 0.5, {"exact": None})


def test_what_json_cannot_hold_is_written_as_text() -> None:
    (case,) = read_table(write_table([CaseRecord("a", output={1: (float("inf"), {2}, "\ud800")})]))
    assert case.output == {"1": [None, "{2}", "?"]}


FOREIGN: list[Any] = [
    [
        {
            "id": "a",
            "prompt": "q",
            "response": "x",
            "score": "4",
            "passed": "yes",
            "justification": "w",
        }
    ],
    {
        "cases": [
            {
                "case_id": "a",
                "inputs": "q",
                "outputs": "x",
                "score": 4,
                "passed": True,
                "reason": "w",
            }
        ]
    },
    {
        "results": {
            "columns": ["id", "user_prompt", "output", "score", "passed", "justification"],
            "data": [["a", "q", "x", 4.0, 1, "w"]],
        }
    },
]


@pytest.mark.parametrize("content", FOREIGN)
def test_other_layouts_and_names_are_understood(content: Any) -> None:
    expected = CaseRecord("a", input="q", output="x", score=4.0, passed=True, reason="w")
    assert read_table(json.dumps(content).encode()) == (expected,)


def test_one_object_a_line_is_understood() -> None:
    lines = b'\xef\xbb\xbf{"id": 1, "trial": 2}\n\n{"id": "b", "ground_truth": "y"}\n'
    assert read_table(lines, name="a.jsonl") == (
        CaseRecord("1", repeat=2),
        CaseRecord("b", expected="y"),
    )


@pytest.mark.parametrize(
    ("row", "passed", "error"),
    [
        ({"passed": "no"}, False, None),
        ({"passed": "unsure"}, None, None),
        ({"passed": 0}, False, None),
        ({"passed": 0.5}, None, None),
        ({"passed": False, "error": ""}, False, None),
        ({"passed": False, "error": "timeout"}, None, "timeout"),
        ({"passed": True, "error": {"type": "X"}}, None, '{"type": "X"}'),
        ({"error": 0}, None, None),
    ],
)
def test_an_error_is_never_a_fail(
    row: dict[str, Any], passed: bool | None, error: str | None
) -> None:
    (case,) = read_table(json.dumps([{"id": "a", **row}]).encode())
    assert (case.passed, case.error) == (passed, error)


def test_numbers_that_are_none_are_absent() -> None:
    row = {"id": "a", "score": "high", "repeat": -1, "scores": {"x": "1", "y": None}, "cost": [1]}
    (case,) = read_table(json.dumps([row]).encode())
    assert (case.score, case.repeat, case.scores, case.cost_usd) == (None, 0, {"x": 1.0}, None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"3", "neither"),
        (b'["a"]', "neither"),
        (b'{"rows": 3}', "neither"),
        (b'{"columns": ["id"], "data": [["a", 1]]}', "has not the 1 values"),
        (b'{"columns": ["id"], "data": ["a"]}', "has not the 1 values"),
        (b'[{"id": "a"}, {"score": 1}]', "row 2 has no case id"),
        (b'[{"id": {}}]', "row 1 has no case id"),
    ],
)
def test_what_is_no_table_is_said(data: bytes, words: str) -> None:
    with pytest.raises(CaseTableError, match=words):
        read_table(data)


def test_our_own_table_comes_before_others() -> None:
    tag = '[{"path": "results.json", "type": "table"}]'
    assert table_files(tag, ()) == ["results.json"]
    assert table_files(tag, ["cases.json"]) == ["cases.json", "results.json"]
    assert table_files(None, ["plot.png", "cases.jsonl"]) == ["cases.jsonl"]
    assert table_files("[1, {}]", ["plot.png"]) == []
    assert table_files("no json", ()) == []
    assert table_files("3", ()) == []


def test_a_tag_leads_to_no_file_outside_of_the_run() -> None:
    paths = ["/etc/cases.json", "../cases.json", "eval/../../cases.json", "eval/cases.json"]
    assert table_files(json.dumps([{"path": path} for path in paths]), ()) == ["eval/cases.json"]


def test_a_number_that_no_float_holds_is_none() -> None:
    (case,) = read_table(json.dumps([{"id": "a", "score": 10**400, "passed": 10**400}]).encode())
    assert (case.score, case.passed) == (None, None)


def test_a_table_under_any_other_name_is_tried_after_the_usual_ones() -> None:
    tag = '[{"path": "eval/rows.json", "type": "table"}]'
    files = ["a.csv", "per_case.json", "results.json", "weights.bin"]
    assert table_files(tag, files) == ["results.json", "eval/rows.json", "a.csv", "per_case.json"]
    assert len(table_files(None, [f"{number}.json" for number in range(99)])) == 6


def test_a_table_tells_verdicts_when_any_row_says_how_its_case_ended() -> None:
    assert tells_verdicts(read_table(b'[{"id": "a"}, {"id": "b", "error": "timeout"}]'))
    assert not tells_verdicts(read_table(b'[{"name": "accuracy", "value": 3}]'))


@pytest.mark.parametrize(
    "content",
    [
        {"rows": [{"case_id": "a", "passed": "1.0"}]},
        {"a": {"passed": True}},
        [{"Case ID": "a", "Passed": 1.0, "error": float("nan")}],
        [{"caseId": "a", "passed": "True", "error": "None"}],
        [{"case-id": "a", "passed": True, "error": "nan", "output": float("nan")}],
    ],
)
def test_what_data_frames_write_for_nothing_is_no_error(content: Any) -> None:
    assert read_table(json.dumps(content).encode()) == (CaseRecord("a", passed=True),)


def test_a_table_of_comma_separated_values_is_read() -> None:
    text = 'case_id,input,passed,error\na,"x\ny",True,\nb,z,,TimeoutError\n'
    assert read_table(text.encode(), name="per_case.csv") == (
        CaseRecord("a", input="x\ny", passed=True),
        CaseRecord("b", input="z", error="TimeoutError"),
    )


def test_the_tag_of_tables_keeps_others() -> None:
    mine = {"path": "cases.json", "type": "table"}
    other = {"path": "x.json", "type": "table"}
    assert json.loads(tag_with_table(None)) == [mine]
    assert json.loads(tag_with_table(json.dumps([other]))) == [other, mine]
    assert json.loads(tag_with_table(json.dumps([mine]))) == [mine]
