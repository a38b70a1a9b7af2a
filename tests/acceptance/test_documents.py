"""The README, the quickstart and the guides do what they say."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
QUICKSTART = ROOT / "docs" / "quickstart.md"
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    return [text for name, text in BLOCK.findall(document.read_text()) if name == language]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in ``folder`` with the package and an own data folder, and show what it says."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "src"),
        "ASSAY_DATA_DIR": str(folder / ".assay"),
        "HOME": str(folder),
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}\n{done.stderr}"
    return done


def assay(*arguments: str, folder: Path) -> str:
    """Run the command line and return what it prints."""
    script = "from assay.apps.cli.main import run; run()"
    return run([sys.executable, "-c", script, *arguments], folder).stdout


def write_quickstart_files(folder: Path) -> None:
    """Write the three files of the quickstart, which the other documents use too."""
    (folder / "task.yaml").write_text(blocks(QUICKSTART, "yaml")[0])
    data, answers = blocks(QUICKSTART, "json")
    (folder / "data.jsonl").write_text(data)
    (folder / "answers.jsonl").write_text(answers)


PYTHON_BLOCKS = [
    pytest.param(text, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS
    for number, text in enumerate(blocks(document, "python"))
]


@pytest.mark.parametrize("program", PYTHON_BLOCKS)
def test_each_python_block_of_the_documents_runs(program: str, tmp_path: Path):
    write_quickstart_files(tmp_path)
    (tmp_path / "program.py").write_text(program)
    run([sys.executable, "program.py"], tmp_path)


def test_the_readmes_ten_lines_are_ten_and_print_a_perfect_score(tmp_path: Path):
    program = blocks(ROOT / "README.md", "python")[0]
    assert len([line for line in program.splitlines() if line.strip()]) <= 10
    (tmp_path / "program.py").write_text(program)
    assert run([sys.executable, "program.py"], tmp_path).stdout.splitlines()[-1] == "1.0"


def test_the_quickstarts_three_files_are_enough_for_a_ranking(tmp_path: Path):
    write_quickstart_files(tmp_path)
    commands = [
        shlex.split(line.removeprefix("$ assay ").partition("#  ")[0], comments=False)
        for block in blocks(QUICKSTART, "console")
        for line in block.splitlines()
        if line.startswith("$ assay bench")
    ]
    assert len(commands) == 2
    printed = [assay(*command, folder=tmp_path) for command in commands]
    assert "50.0 %" in printed[-1]


LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#\s]+)[^)]*\)|!\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path):
    targets = [link or image for link, image in LINK.findall(document.read_text())]
    local = [target for target in targets if "://" not in target]
    missing = [target for target in local if not (document.parent / target).exists()]
    assert missing == []
