"""The example of the guide runs as it stands."""

import runpy
from pathlib import Path

import pytest


EXAMPLE = Path(__file__).parents[3] / "examples" / "experiments_basic.py"


def test_the_basic_example_shows_an_improvement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(EXAMPLE))["main"](tmp_path)
    printed = capsys.readouterr().out
    assert "careful adder against careless adder: 100 common datapoints" in printed
