"""The pytest plugin, in pytest runs of its own."""

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import assay


SOURCE = Path(assay.__file__).parents[1]
INSTALLED = any(found.name == "assay" for found in entry_points(group="pytest11"))
# Where the package is installed, pytest finds the plugin by itself, as it does for users.
PLUGIN = () if INSTALLED else ("-p", "assay.testing.pytest_plugin")
PASSING = """
import pytest
from assay import evaluators

ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}} for n in range(10)]

@pytest.fixture
def factor():
    return 2

@pytest.mark.assay(dataset=ROWS, evaluators=[evaluators.exact_match()])
def test_double(inputs, factor):
    return {"answer": factor * inputs["n"]}

@pytest.mark.assay(
    dataset="rows.jsonl", repeats=2, evaluators=[evaluators.latency()], threshold={"latency_seconds": 60}
)
async def test_from_a_file(inputs, metadata, offset=1):
    return inputs["n"] + offset

class TestInAClass:
    @pytest.mark.parametrize("factor", [2, 3])
    @pytest.mark.assay(ROWS, evaluators=[evaluators.exact_match()], threshold={"exact_match": 0.1})
    def test_often_enough(self, inputs, ground_truth, factor):
        return {"answer": factor * inputs["n"]}

def test_plain(factor):
    assert factor == 2
"""
FAILING = """
import pytest
from assay import evaluators

ROWS = [{"inputs": {"n": n}, "ground_truth": {"answer": 2 * n}, "id": f"n{n}"} for n in range(10)]

@pytest.mark.assay(dataset=ROWS, evaluators=[evaluators.exact_match()], threshold=0.9)
def test_double(inputs):
    if inputs["n"] == 3:
        raise ValueError("three")
    return {"answer": 2 * inputs["n"] + (inputs["n"] == 4)}

@pytest.mark.assay(dataset=ROWS, threshold=0.8)
async def test_one_fails(inputs):
    if inputs["n"] == 3:
        pytest.fail("three again")
    return 1

@pytest.mark.assay(dataset=ROWS, threshold=80)
def test_percent(inputs):
    return 1

@pytest.mark.assay(dataset=[])
def test_nothing(inputs):
    return 1

@pytest.mark.assay(
    dataset=ROWS, evaluators=[evaluators.latency()], threshold={"speed": 1, "latency_seconds": -1}
)
def test_speed(inputs):
    return 1

@pytest.mark.assay(ROWS, "more")
def test_too_much(inputs):
    return 1
"""


def run_pytest(folder: Path, program: str, *arguments: str) -> tuple[int, str]:
    (folder / "test_agent.py").write_text(program)
    (folder / "rows.jsonl").write_text('{"n": 1}\n{"n": 2}\n')
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    command = [sys.executable, "-m", "pytest", *PLUGIN, "-q"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--assay-data-dir={folder}/data", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", [0, 2])
def test_marked_tests_are_experiments_beside_plain_ones(tmp_path: Path, workers: int) -> None:
    code, printed = run_pytest(
        tmp_path, PASSING, f"-n{workers}", "--strict-markers", "--junit-xml=report.xml"
    )
    assert code == 0, printed
    assert "5 passed" in printed
    report = (tmp_path / "report.xml").read_text()
    assert '<property name="assay_metric_exact_match" value="0.1"' in report
    assert 4 == len(re.findall(r'name="assay_run_id"', report))
    runs = assay.Client(data_dir=tmp_path / "data").runs.list()["evaluations"]
    assert {
        "test_double",
        "test_from_a_file",
        "test_often_enough[2]",
        "test_often_enough[3]",
    } == {run["name"] for run in runs}


def test_below_the_threshold_a_table_says_why(tmp_path: Path) -> None:
    code, printed = run_pytest(tmp_path, FAILING)
    assert 1 == code
    assert "80.0% of the datapoints pass, below 90.0%" in printed
    assert re.search(r"EXT-n3 +– +ValueError: three", printed)
    assert re.search(r"EXT-n4 +False", printed)
    assert "there is no metric 'speed'; there are: latency_seconds" in printed
    assert re.search(r"latency_seconds is [\d.e-]+, above -1", printed)
    assert "takes the dataset alone by position" in printed
    assert "threshold is 80; give a share from 0 to 1" in printed
    assert "has no result: The dataset is empty" in printed
    assert "During handling" not in printed
    assert "5 failed, 1 passed" in printed


def test_without_a_marked_test_no_sdk_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "def test_light():\n"
        "    assert 'assay.experiments' not in sys.modules\n"
        "    assert 'pydantic' not in sys.modules\n"
    )
    code, printed = run_pytest(tmp_path, program)
    assert code == 0, printed


def test_a_mark_that_cannot_be_used_says_so_in_a_line(tmp_path: Path) -> None:
    program = (
        "import pytest\n"
        "@pytest.mark.assay(dataset='nowhere.jsonl')\n"
        "def test_missing(inputs): return 1\n"
        "@pytest.mark.assay(dataset=[{'n': 1}], thresold=1)\n"
        "def test_typo(inputs): return 1\n"
        "@pytest.mark.assay(dataset=[{'n': 1}], server_url='http://127.0.0.1:1')\n"
        "def test_away(inputs): return 1\n"
        "@pytest.mark.assay(dataset=[{'n': float('nan')}])\n"
        "def test_no_json(inputs): return 1\n"
    )
    code, printed = run_pytest(tmp_path, program)
    assert code == 1
    assert "The experiment has no result:" in printed
    assert "Is the server running there?" in printed
    assert "datapoint[0].n is nan" in printed
    assert "nowhere.jsonl: cannot be read" in printed
    assert "The mark assay has the unknown option 'thresold'." in printed
    assert "assay/experiments" not in printed  # no trace of code that is not the user's
