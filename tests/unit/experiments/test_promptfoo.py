"""promptfoo's test cases: read, judged, and never run."""

import json
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import importers
from assay.core.errors import InvalidDatasetError, InvalidInputError


CASES = """\
language,text,__expected,__expected2,__description,__threshold,__metadata:team
French,Hello,Bonjour,,greets,,words
French,Bye,icontains: au revoir,not-contains: Hello,,0.5,words
German,Hello,regex: ^(Hallo|Guten Tag)$,,,,
German,None,,,,,
"""


def cases(folder: Path, text: str = CASES, **options: Any) -> importers.PromptfooCases:
    path = folder / "tests.csv"
    path.write_text(text)
    return importers.promptfoo_csv(path, **options)


def test_columns_become_inputs_and_metadata(tmp_path: Path) -> None:
    first, second, *_ = cases(tmp_path).rows
    assert {"language": "French", "text": "Hello"} == first["inputs"]
    assert {"expected": "Bonjour"} == first["ground_truth"]
    assert ("greets", "words", 1.0) == tuple(
        first["metadata"][name] for name in ("description", "team", "threshold")
    )
    assert second["ground_truth"] is None


def test_each_output_is_judged_by_its_own_assertions(tmp_path: Path, client: assay.Client) -> None:
    found = cases(tmp_path)
    answers = {"Hello": "Bonjour", "Bye": "Hello, Au Revoir", "None": "x"}
    result = assay.evaluate(
        lambda inputs: {"text": answers[inputs["text"]]},
        dataset=found.rows,
        evaluators=found.evaluators,
        client=client,
        max_workers=1,
        print_results=False,
    )
    metrics = [{metric.name: metric.value for metric in p.metrics} for p in result.datapoints]
    assert [{"assertions": 1.0}, {"assertions": 0.5}, {"assertions": 0.0}, {}] == metrics
    assert [True, True, False, True] == [point.passed for point in result.datapoints]


@pytest.mark.parametrize(
    ("cell", "output", "holds"),
    [
        ("Paris", " Paris ", True),
        ("equals: Paris", "paris", False),
        ("contains: ar", "Paris", True),
        ("not-contains: ar", "Paris", False),
        ("icontains: PAR", "paris", True),
        ("contains-all: a, b", "a", False),
        ("contains-any: a, b", "a", True),
        ("icontains-all: A, B", "ab", True),
        ("icontains-any: X, B", "ab", True),
        ("starts-with: Pa", "Paris", True),
        ("regex: \\d+", "no", False),
        ("is-json", '{"a": 1}', True),
        ("is-json", "a", False),
        ("contains-json", 'Here: {"a": 1}!', True),
        ("contains-json", "Here: {a} [1, 2]", True),
        ("contains-json", "Here: {a}", False),
        ("levenshtein(1): Paris", "Pari", True),
        ("levenshtein: Paris", "Rome!!!!!!!!", False),
        ("10:30", "10:30", True),
        ("note: this is text", "note: this is text", True),
        ("python", "python", True),
        ("contains", "contains", True),
        ("levenshtein(1..2): x", "levenshtein(1..2): x", True),
    ],
)
def test_assertions_hold_as_written(tmp_path: Path, cell: str, output: str, holds: bool) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    [row] = cases(tmp_path, f"x,__expected\n1,{quoted}\n").rows
    result = importers.promptfoo.assertions(output, row["metadata"])
    assert result is not None
    assert holds == result.passed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,__expected\n1,javascript: output == 1\n", r"tests.csv:2: .*is code"),
        ("x,__expected\n1,python: len(output)\n", "is code"),
        ("x,__expected\n1,file://check.py\n", "is code"),
        ("x,__expected\n1,similar(0.8): yes\n", "'similar' is not known here"),
        ("x,__expected\n1,latency(1000)\n", "'latency' is not known here"),
        ("x,__expected\n1,is-html\n", "'is-html' is not known here"),
        ("x,__threshold\n1,much\n", "__threshold is 'much'"),
        ("x,y\n1,2,3\n", "more cells"),
        ('x,y\n1,"2"3\n', r"tests.csv:\d: not CSV"),
    ],
)
def test_what_cannot_be_asserted_is_named_by_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        cases(tmp_path, text)


def test_a_file_in_another_encoding_is_named_by_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "tests.csv"
    path.write_bytes("x,__expected\n1,caf\u00e9\n".encode("latin-1"))
    with pytest.raises(InvalidDatasetError, match=r"tests.csv:2: .*not valid UTF-8"):
        importers.promptfoo_csv(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDatasetError, match="cannot be read"):
        importers.promptfoo_csv(tmp_path / "nowhere.csv")


def test_a_rubric_that_must_not_hold_says_so_to_the_judge(tmp_path: Path) -> None:
    [row] = cases(tmp_path, "x,__expected\n1,not-llm-rubric: is rude\n", model=str).rows
    assert ["It must not be so that: is rude"] == row["metadata"]["rubrics"]


RUBRICS = "x,__expected\n1,llm-rubric: is kind\n2,grade: is kind\n3,yes\n"


def test_rubrics_need_a_model_and_are_judged_by_it(tmp_path: Path, client: assay.Client) -> None:
    with pytest.raises(InvalidInputError, match="give the judge with model="):
        cases(tmp_path, RUBRICS)

    def model(prompt: str) -> str:
        assert "is kind" in prompt
        return json.dumps({"reasoning": "r", "score": 1}) if '"1"' in prompt else "eh"

    found = cases(tmp_path, RUBRICS, model=model)
    result = assay.evaluate(
        lambda inputs: "yes",
        dataset=found.rows,
        evaluators=found.evaluators,
        client=client,
        max_workers=1,
        print_results=False,
    )
    assert [True, False, True] == [point.passed for point in result.datapoints]
    assert "rubric" in result.datapoints[1].evaluator_errors
