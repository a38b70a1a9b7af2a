"""Every example runs as it stands and keeps its own promises, as a user would start it."""

import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_runs(example: Path, tmp_path: Path) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONWARNINGS": "error",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, str(example), str(tmp_path / "data")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "datapoints passed" in done.stdout


def test_each_promised_example_is_there() -> None:
    promised = {
        *("experiments_basic", "external_dataset", "evaluators", "comparison"),
        *("from_older_module", "from_honeyhive", "from_promptfoo"),
    }
    assert set() == promised - {example.stem for example in EXAMPLES}
