"""Every command offers JSON, every flag has an environment twin that is known as one."""

import inspect
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from assay.apps.cli import main
from assay.apps.cli.loading import loaded_settings
from assay.apps.cli.options import VARIABLES
from assay.apps.cli.progress import ProgressView
from assay.apps.settings import Settings
from assay.core.progress import Progress, ProgressKind


def commands(app: typer.Typer = main.app, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its path."""
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        yield f"{path}{name}", command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, f"{path}{group.name} ")


def options(callback: Any) -> Iterator[tuple[str, Any]]:
    """The options of a command with their descriptions."""
    for name, parameter in inspect.signature(callback, eval_str=True).parameters.items():
        for note in get_args(parameter.annotation)[1:]:
            if isinstance(note, typer.models.OptionInfo):
                yield name, note


COMMANDS = dict(commands())
DATA_COMMANDS = sorted(set(COMMANDS) - {"up", "bench export"})


def test_the_commands_are_those_that_are_promised():
    promised = (
        "demo, up, doctor, config show, bench run, bench validate, bench results, bench export"
    )
    more = "bench list, runs list, runs show, runs compare, runs publish, db upgrade"
    gate = "trend, check, promote, rollback, run-evals, baseline pin, baseline show, baseline unpin"
    prompts = "prompts register, prompts list, prompts show, prompts diff, prompts history"
    assert set(f"{promised}, {more}, {gate}, {prompts}".split(", ")) == set(COMMANDS)


@pytest.mark.parametrize("command", DATA_COMMANDS)
def test_every_command_that_answers_offers_json(command: str):
    assert "output_format" in dict(options(COMMANDS[command]))


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_flag_has_an_environment_twin(command: str):
    settings = {f"ASSAY_{name.upper()}" for name in Settings.model_fields}
    for name, option in options(COMMANDS[command]):
        named = re.findall(r"ASSAY_[A-Z_]+", option.help or "")
        twin = option.envvar or next(iter(named), None)
        assert twin is not None, f"{command} --{name}"
        assert twin in VARIABLES | settings, twin


def test_a_twin_of_a_flag_is_not_reported_as_an_unknown_setting():
    words = io.StringIO()
    with redirect_stderr(words):
        loaded_settings(data_dir=Path("x"))
    assert not re.search("|".join(sorted(VARIABLES)), words.getvalue())


@pytest.mark.parametrize(
    ("text", "reason"),
    [("abc", "not an amount"), ("-1", "0 or more"), ("NaN", "0 or more"), ("inf", "0 or more")],
)
def test_a_budget_is_an_amount_of_at_least_nothing(text: str, reason: str):
    done = CliRunner().invoke(main.app, ["bench", "run", "t", "--budget", text])
    assert 2 == done.exit_code
    assert reason in done.output


def test_the_version_is_one_line():
    done = CliRunner().invoke(main.app, ["--version"])
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", done.output)


def progress(**changed: Any) -> Progress:
    fields: dict[str, Any] = {
        "kind": ProgressKind.FINISHED,
        "run_id": "r",
        "candidate": "[red]x[/red]",
        "planned": 4,
        "counts": {"scored": 4},
        "passed": 3,
        "cost_usd": Decimal("0.01"),
        "elapsed_seconds": 1.0,
    }
    return Progress(**{**fields, **changed})


def told(*events: Progress) -> list[str]:
    words = io.StringIO()
    with redirect_stderr(words), ProgressView() as view:
        for event in events:
            view.update(event)
    return words.getvalue().splitlines()


def test_elsewhere_than_on_a_terminal_progress_is_a_line_at_the_end():
    middle = progress(kind=ProgressKind.ADVANCED)
    assert ["[red]x[/red]: 4/4 ended, 3 passed, $0.0100"] == told(middle, progress())


def test_progress_without_a_known_cost_shows_none():
    assert ["[red]x[/red]: 4/4 ended, 3 passed"] == told(progress(cost_usd=Decimal(0)))


def test_progress_says_why_a_candidate_was_abandoned():
    ended = progress(kind=ProgressKind.ABANDONED, message="5 failures in a row")
    assert told(ended)[0].endswith("(5 failures in a row)")
