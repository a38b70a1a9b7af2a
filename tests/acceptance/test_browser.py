"""The main job in a real browser, against the real server: files in, a ranking out."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.services import CHROMIUM_FLAGS


ROOT = Path(__file__).parents[2]
DEMO = ROOT / "src/assay/apps/demo/data"
SHARED = Path(os.environ.get("ASSAY_SHARED_DATA", ROOT.parent / "shared/data"))
GSM8K = SHARED / "gsm8k/example_model_solutions.jsonl"
COMMAND = "from assay.apps.cli.main import run; run()"


@dataclass(frozen=True)
class Upload:
    """Three files and the models that are ticked."""

    task: Path
    dataset: Path
    answers: Path
    models: tuple[str, ...]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, built_page: Path) -> Iterator[str]:
    """The URL of a server with an empty data folder, started as a user starts it."""
    folder = tmp_path_factory.mktemp("served")
    settings_free = {
        name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")
    }
    arguments = ["up", "--port", "0", "--data-dir", str(folder), "--no-open"]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**settings_free, "PYTHONPATH": str(ROOT / "src")},
    )
    with process:
        assert process.stderr is not None
        found = re.search(r"http://[\d.]+:\d+", process.stderr.readline())
        assert found is not None, "the server said no address"
        yield found[0]
        process.terminate()


@pytest.fixture
def page(chromium_path: Path) -> Iterator[Page]:
    """A page that fails the test when the console shows an error."""
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        opened = browser.new_page(viewport={"width": 1440, "height": 900})
        opened.on(
            "console", lambda said: faults.append(said.text) if said.type == "error" else None
        )
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.set_default_timeout(20_000)
        yield opened
        browser.close()
    assert faults == []


def start_evaluation(page: Page, server: str, upload: Upload) -> None:
    """Upload three files, tick the models and start, as a person would."""
    page.goto(f"{server}/evaluations/new")
    page.get_by_role("radio", name="Write or upload YAML").check(force=True)
    page.get_by_label("Read a file", exact=True).set_input_files(upload.task)
    page.get_by_role("button", name="Check and store").click()
    page.get_by_label("Upload JSONL", exact=True).set_input_files(upload.dataset)
    page.get_by_label("Upload recorded answers", exact=True).set_input_files(upload.answers)
    for model in upload.models:
        page.get_by_label(re.compile(rf"^{re.escape(model)} \(")).check()
    page.get_by_role("button", name="Start the evaluation").click()
    page.wait_for_url(re.compile(r"/evaluations/[0-9a-f-]{36}"))


def ranking(page: Page, *, leader: str) -> str:
    """Return the text of the ranking once the evaluation has ended and the leader's rate shows."""
    expect(page.get_by_text("completed").first).to_be_visible(timeout=60_000)
    table = page.get_by_role("table").first
    expect(table).to_contain_text(leader)
    return table.inner_text()


def test_the_demos_tickets_are_ranked_from_three_uploads(page: Page, server: str):
    upload = Upload(
        DEMO / "tickets.yaml",
        DEMO / "tickets.jsonl",
        DEMO / "tickets_answers.jsonl",
        ("atlas-large", "quill-8b"),
    )
    start_evaluation(page, server, upload)
    shown = ranking(page, leader="90.8")
    assert shown.index("atlas-large") < shown.index("quill-8b")
    page.get_by_role("link", name=re.compile("^Items")).click()
    expect(page.get_by_text("ticket-001")).to_be_visible()


def test_a_task_with_a_fault_is_explained_and_not_stored(page: Page, server: str, tmp_path: Path):
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("name: broken\nmatcher: {kind: exakt}\ngold: {field: a}\n")
    page.goto(f"{server}/evaluations/new")
    page.get_by_role("radio", name="Write or upload YAML").check(force=True)
    page.get_by_label("Read a file", exact=True).set_input_files(faulty)
    page.get_by_role("button", name="Check and store").click()
    expect(page.get_by_text("matcher.kind").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"[Ll]ine 2")).first).to_be_visible()


@pytest.mark.skipif(not GSM8K.is_file(), reason=f"{GSM8K} is not there")
def test_gsm8k_is_ranked_in_the_browser_with_the_labelled_counts(
    page: Page, server: str, tmp_path: Path
):
    upload = gsm8k_files(tmp_path)
    start_evaluation(page, server, upload)
    shown = ranking(page, leader="56.3")
    order = ("175b_verification", "6b_verification", "175b_finetuning", "6b_finetuning")
    places = [shown.index(name) for name in order]
    assert places == sorted(places)
    for rate in ("39.0", "34.7", "21.7"):
        assert rate in shown
    body = page.inner_text("main")
    assert "360" in body
    assert "76" in body


def gsm8k_files(folder: Path) -> Upload:
    """Write the recorded solutions as the three files of an evaluation."""
    models = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    task, dataset, answers = (
        folder / name for name in ("task.yaml", "data.jsonl", "answers.jsonl")
    )
    task.write_text(
        "name: gsm8k\nprompt: '{{question}}'\n"
        "extract: {kind: regex, pattern: 'A:\\s*(.+)', which: last}\n"
        "gold: {field: answer}\nmatcher: {kind: numeric}\n"
    )
    with GSM8K.open() as source, dataset.open("w") as rows, answers.open("w") as recorded:
        for number, line in enumerate(source):
            row = json.loads(line)
            truth = {"answer": row["ground_truth"].rpartition("A:")[2].strip()}
            point = {"id": f"q{number}", "inputs": {"question": row["question"]}}
            rows.write(json.dumps({**point, "ground_truth": truth}) + "\n")
            for model in models:
                answer = {"model": model, "datapoint_id": f"q{number}"}
                recorded.write(json.dumps({**answer, "output": row[model]["solution"]}) + "\n")
    return Upload(task, dataset, answers, models)
