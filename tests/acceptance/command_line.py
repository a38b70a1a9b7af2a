"""The command line as its users meet it: a process, with files in a folder."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


SOURCE = Path(__file__).parents[2] / "src"
PROGRAM = (sys.executable, "-c", "from assay.apps.cli.main import run; run()")

TASK = """\
name: arithmetic
prompt: "What is {{question}}? End with 'Answer: <number>'."
extract: {kind: regex, pattern: 'Answer:\\s*(.+)', which: last}
gold: {field: answer}
matcher: {kind: numeric}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a process printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


def environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment without anything of the person who runs the tests."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    own = {"PATH": path, "PYTHONPATH": str(SOURCE), "HOME": str(folder)}
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {**measured, **own, **(extra or {})}


def assay(
    *arguments: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> Said:
    """Run one command in ``folder`` to its end."""
    done = subprocess.run(
        [*prefix, *PROGRAM, *arguments],
        cwd=folder,
        env=environment(folder, env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def datapoint(number: int) -> dict[str, Any]:
    """A datapoint whose answer is ``number``."""
    return {
        "id": f"q{number}",
        "inputs": {"question": f"{number} + 0"},
        "ground_truth": {"answer": str(number)},
    }


def answer(number: int, *, model: str = "small", **changed: Any) -> dict[str, Any]:
    """A recorded answer that is right."""
    row = {"model": model, "datapoint_id": f"q{number}", "output": f"Answer: {number}"}
    return {**row, "cost_usd": 0.0001, "latency_seconds": 0.5, **changed}


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one row a line."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_bench(folder: Path, *, size: int = 4) -> None:
    """Write a task, its dataset and answers of two models, the second always wrong."""
    (folder / "task.yaml").write_text(TASK)
    write_jsonl(folder / "data.jsonl", [datapoint(number) for number in range(size)])
    right = [answer(number) for number in range(size)]
    wrong = [answer(n, model="[red]tiny[/red]", output="Answer: no") for n in range(size)]
    write_jsonl(folder / "answers.jsonl", [*right, *wrong])


RUN = ("bench", "run", "task.yaml", "--dataset", "data.jsonl")
ANSWERS = ("--models", "recorded:answers.jsonl#small")
