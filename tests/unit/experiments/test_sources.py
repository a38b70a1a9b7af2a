"""Where datasets come from, where results go, and what is shown on the way."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pandas as pd
import pytest
from rich.console import Console

import assay
from assay.core.errors import InvalidDatasetError, InvalidInputError, NotFoundError
from assay.core.progress import Progress, ProgressKind
from assay.experiments.connection import ServerAddress
from assay.experiments.dataset_source import find_dataset
from assay.experiments.datasets import external_dataset
from assay.experiments.progress import shown_progress


ROWS: list[dict[str, Any]] = [
    {"inputs": {"q": "a", "n": 1}, "ground_truth": {"answer": "x"}},
    {"inputs": {"q": "b", "n": 2}, "ground_truth": {"answer": "y"}},
]


def test_a_frame_is_the_dataset_of_its_rows() -> None:
    frame = pd.DataFrame(
        {"inputs.q": ["a", "b"], "inputs.n": [1, 2], "ground_truth.answer": ["x", "y"]}
    )
    assert external_dataset(ROWS) == external_dataset(frame)


def test_missing_cells_of_a_frame_are_left_out_and_dates_are_text() -> None:
    frame = pd.DataFrame(
        {
            "q": ["a", None],
            "n": [1.5, float("nan")],
            "at": pd.to_datetime(["2026-01-02", None]),
            "k": pd.array([None, 3], dtype="Int64"),
        }
    )
    first, second = external_dataset(frame).datapoints
    assert {"q": "a", "n": 1.5, "at": "2026-01-02T00:00:00"} == first.inputs
    assert {"k": 3} == second.inputs


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidDatasetError, match="2 columns called 'q'"):
        external_dataset(pd.DataFrame([[1, 2, 3]], columns=["q", "n", "q"]))


class Hub:
    """What a Hugging Face dataset looks like to those who read it."""

    features = ("inputs", "ground_truth")
    column_names = ("inputs", "ground_truth")

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)


def test_a_hugging_face_dataset_is_the_dataset_of_its_rows() -> None:
    assert external_dataset(ROWS) == external_dataset(Hub(ROWS))
    [point] = external_dataset(Hub([{"tags": ["a"], "x": {"y": (1, 2)}, "z": None}])).datapoints
    assert {"tags": ["a"], "x": {"y": [1, 2]}} == point.inputs


def test_a_dictionary_of_splits_names_them() -> None:
    with pytest.raises(InvalidDatasetError, match=r"splits train, test; take one.*\['train'\]"):
        external_dataset({"train": Hub(ROWS), "test": Hub(ROWS)})
    with pytest.raises(InvalidDatasetError, match="of type int"):
        external_dataset(3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"inputs": {"q": 1}, "expected": 3}', r"rows\.jsonl:2 has the unknown key 'expected'"),
        (
            '{"inputs": {"q": 1}, "ground_truth": "3"}',
            r"rows\.jsonl:2\.ground_truth is of type str",
        ),
        ('{"q": 1,}', r"rows\.jsonl:2: not JSON"),
    ],
)
def test_a_fault_in_a_file_names_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"inputs": {{}}}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InvalidDatasetError, match=message):
        external_dataset(path)


@pytest.mark.parametrize("sign", [";", "\t", ","])
def test_columns_of_a_spreadsheet_are_told_apart_whatever_parts_them(
    tmp_path: Path, sign: str
) -> None:
    path = tmp_path / "rows.csv"
    text = f'\ufeffid{sign}question{sign}ground_truth.answer\nx{sign}"1{sign} 2"{sign}4,5\n'
    if sign == ",":
        text = text.replace("4,5", '"4,5"')
    path.write_text(text, encoding="utf-8")
    [point] = external_dataset(path).datapoints
    assert ("EXT-x", {"question": f"1{sign} 2"}, {"answer": "4,5"}) == (
        point.id,
        point.inputs,
        point.ground_truth,
    )


def test_a_column_of_datapoint_ids_holds_the_ids(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("datapoint_id,q\n7,a\n", encoding="utf-8")
    [point] = external_dataset(path).datapoints
    assert ("EXT-7", {"q": "a"}) == (point.id, point.inputs)


def test_a_text_too_long_for_a_csv_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"q\n{'x' * 200_000}\n", encoding="utf-8")
    with pytest.raises(InvalidDatasetError, match=r"rows\.csv:2: .*JSON Lines holds"):
        external_dataset(path)


def managed(pages: dict[str, list[dict[str, Any]]], *, prefix: str = "/v1") -> assay.Client:
    """A client of a server that keeps datasets, two datapoints to a page."""

    async def handle(request: httpx2.Request) -> httpx2.Response:
        place, _, name = request.url.path.removesuffix("/datapoints").rpartition("/")
        if place != f"{prefix}/datasets" or name not in pages:
            return httpx2.Response(404, json={"detail": "There is no such dataset."})
        if not request.url.path.endswith("/datapoints"):
            return httpx2.Response(200, json={"id": name, "version_id": "v1"})
        assert request.url.params.get("version") == ("v1" if prefix == "/v1" else None)
        page = int(request.url.params["page"])
        key = "datapoints" if prefix == "/v1" else "items"
        rows = pages[name][2 * page - 2 : 2 * page]
        return httpx2.Response(
            200, json={key: rows, "page": page, "limit": 2, "total": len(pages[name])}
        )

    transport = httpx2.MockTransport(handle)
    return assay.Client(address=ServerAddress(url="http://test.invalid", transport=transport))


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1"])
async def test_a_managed_dataset_is_read_page_by_page(prefix: str) -> None:
    rows = [{"id": str(n), "inputs": {"n": n}, "metadata": None} for n in range(5)]
    client = managed({"d1": rows, "none": []}, prefix=prefix)
    found = await find_dataset(client, dataset=None, dataset_id="d1")
    assert ("d1", ["0", "1", "2", "3", "4"]) == (found.id, [point.id for point in found.datapoints])
    with pytest.raises(InvalidDatasetError, match="none is empty"):
        await find_dataset(client, dataset=None, dataset_id="none")
    with pytest.raises(NotFoundError):
        await find_dataset(client, dataset=None, dataset_id="nowhere")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "exactly one of dataset"),
        ({"dataset": ROWS, "dataset_id": "d"}, "exactly one of dataset"),
        ({"dataset_id": "EXT-1"}, "no server keeps"),
        ({"dataset_id": " "}, "dataset_id is ' '"),
        ({"dataset_id": 7}, "dataset_id is 7"),
    ],
)
def test_exactly_one_dataset_is_given(
    client: assay.Client, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        assay.evaluate(lambda inputs: 1, client=client, **given)


def result(client: assay.Client) -> assay.ExperimentResultSummary:
    def label(outputs: str) -> tuple[str, str]:
        return "=SUM(1)" if outputs == "a" else "fine", "why"

    def size(outputs: str) -> int:
        return len(outputs)

    return assay.evaluate(
        lambda inputs: inputs["q"],
        dataset=ROWS,
        evaluators=[label, size],
        client=client,
        print_results=False,
    )


def test_results_are_written_as_csv_and_json_lines(client: assay.Client, tmp_path: Path) -> None:
    found = result(client)
    found.to_csv(tmp_path / "out" / "r.csv")
    found.to_jsonl(tmp_path / "r.jsonl")
    with (tmp_path / "out" / "r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert ["'=SUM(1)", "fine"] == [row["label"] for row in rows]
    assert ["1.0", "1.0"] == [row["size"] for row in rows]
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [point.datapoint_id for point in found.datapoints] == [
        line["datapoint_id"] for line in lines
    ]
    assert list(found.to_pandas()["size"]) == [1, 1]


def step(ended: int, kind: ProgressKind = ProgressKind.ADVANCED) -> Progress:
    return Progress(
        kind=kind,
        run_id="r",
        candidate="c",
        planned=100,
        counts={"scored": ended},
        passed=0,
        cost_usd=Decimal(0),
        elapsed_seconds=0.0,
    )


def test_piped_progress_is_plain_lines_every_tenth() -> None:
    console = Console(file=io.StringIO())
    with shown_progress("my [run]", console=console) as tell:
        assert tell is not None
        for ended in (0, 5, 10, 15, 50, 99):
            tell(step(ended))
        tell(step(100, ProgressKind.FINISHED))
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert ["10", "50", "99", "100"] == [line.split()[2] for line in written.splitlines()]
    assert written.startswith("my [run]: 10 of 100\n")


def test_on_a_terminal_progress_is_a_bar() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with shown_progress("my [run]", console=console) as tell:
        assert tell is not None
        tell(step(50))
    assert "my [run]" in console.file.getvalue()  # type: ignore[attr-defined]


def test_unwanted_progress_is_not_shown(
    client: assay.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    result(client)
    assert ("", "") == capsys.readouterr()
    assay.evaluate(lambda inputs: 1, dataset=ROWS, client=client, name="shown")
    out, err = capsys.readouterr()
    assert "shown: 2 of 2" in err
    assert "2 of 2 datapoints passed" in out
