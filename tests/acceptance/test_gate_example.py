"""The example project of the gate: its README's story, told by the command line itself."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command_line import Said
from tests.command_series import assay_series
from tests.repository import ROOT


EXAMPLE = ROOT / "examples" / "gate"
STORY = re.compile(r"^\$ assay (?P<command>.+?)(?:\s+# exit (?P<code>\d))?$", re.MULTILINE)


def story() -> Iterator[tuple[list[str], int]]:
    """The commands of the README's story, with the exit code each is said to have."""
    text = (EXAMPLE / "README.md").read_text()
    for block in re.findall(r"```console story\n(.*?)```", text, re.DOTALL):
        for found in STORY.finditer(block):
            yield shlex.split(found["command"]), int(found["code"] or 0)


@pytest.fixture(scope="module")
def told(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    """What every command of the story said, in order."""
    folder = tmp_path_factory.mktemp("story") / "gate"
    shutil.copytree(EXAMPLE, folder)
    shutil.copyfile(mlflow_template, folder / "mlflow.db")
    return assay_series([command for command, _ in story()], folder=folder)


def of(told: list[Said], start: str) -> list[Said]:
    """What the commands that begin so said."""
    commands = [" ".join(command) for command, _ in story()]
    return [said for command, said in zip(commands, told, strict=True) if command.startswith(start)]


def test_every_command_of_the_story_ends_as_the_readme_says(told: list[Said]):
    ended = [
        (" ".join(command), said.code) for (command, _), said in zip(story(), told, strict=True)
    ]
    assert [(" ".join(command), code) for command, code in story()] == ended, [
        said.err for said in told if said.err
    ]


def test_the_full_suite_runs_19_types_with_the_figures_of_the_readme(told: list[Said]):
    table = re.findall(
        r"^\| ([a-z-]+) \| [\d.]+ \| (\d+)/(\d+) \| (\d+)/\d+ \w* *\| (\d+)/\d+ \|$",
        (EXAMPLE / "README.md").read_text(),
        re.MULTILINE,
    )
    assert len(table) == 19
    for column, said in zip((1, 3, 4), of(told, "run-evals"), strict=True):
        expected = {row[0]: f"{100 * int(row[column]) / int(row[2]):.1f} %" for row in table}
        shown = re.findall(r"^\[\d+/19\] (\S+) \.\.\. \w+ \((.+?)\)", said.out, re.MULTILINE)
        assert expected == dict(shown)


def test_registering_runs_the_core_suite(told: list[Said]):
    for said in of(told, "prompts register assistant"):
        assert "[5/5]" in said.out


def test_the_worse_prompt_is_a_regression_with_the_flipped_cases_named(told: list[Said]):
    [citations] = of(told, "check --eval-type citations --format json")
    [report] = citations.json["reports"]
    assert ("REGRESSION", "worse") == (report["verdict"], report["evidence"])
    assert ["assistant"] == [change["prompt_name"] for change in report["changed_prompts"]]
    assert {"worse"} == {flip["change"] for flip in report["flipped_cases"]}
    assert len(report["flipped_cases"]) == 14


def test_the_worse_prompt_is_blocked_and_production_stays(told: list[Said]):
    blocked = next(said for said in of(told, "promote assistant") if said.code == 1)
    assert "BLOCKED: Below the threshold: arithmetic, citations, pii, security, tone, tools." in (
        blocked.out
    )
    assert "production stays at v1" in blocked.out


def test_rollback_undoes_the_better_prompt_and_the_trend_shows_all_of_it(told: list[Said]):
    [rolled_back] = of(told, "rollback")
    assert "v3 → v1 by ada" in rolled_back.out
    [history] = of(told, "prompts history")
    assert ["promote", "promote", "rollback"] == re.findall(r"(promote|rollback) ", history.out)
    last = of(told, "trend")[-1].out
    assert "▲ promote assistant@production v1 → v3" in last
    assert "▼ rollback assistant@production v3 → v1" in last
