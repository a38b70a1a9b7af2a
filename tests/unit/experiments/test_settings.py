"""Settings: who is stronger, what files say, what is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay import evaluator
from assay.core.errors import InvalidInputError, InvalidSettingsError
from assay.experiments.evaluators import Evaluator, prepare_evaluators
from assay.experiments.registry import Registry
from assay.experiments.settings import EvalSettings, read_settings_file, settings_from, settle


CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "weight": st.none() | st.floats(0, 10),
    "repeat": st.none() | st.integers(1, 5),
    "asserts": st.none() | st.booleans(),
    "target": st.none() | st.sampled_from([0, 1.5, False, "", "x"]),
    "transform": st.none() | st.sampled_from(["lower", "negate"]),
}
PLACES = st.lists(st.none() | st.builds(EvalSettings, **CHOICES), max_size=6)


def length(outputs: Any) -> int:
    return len(outputs)


@given(PLACES)
def test_the_strongest_place_that_says_something_wins(places: list[EvalSettings | None]) -> None:
    settled = settle("length", *places)
    for name in CHOICES:
        said = [getattr(place, name) for place in places if place is not None]
        strongest = [value for value in said if value is not None][-1:]
        default = getattr(settle("length"), name)
        assert (strongest or [default])[0] == getattr(settled, name)


@given(PLACES)
def test_places_taken_together_say_what_they_say_one_by_one(
    places: list[EvalSettings | None],
) -> None:
    merged = EvalSettings()
    for place in places:
        merged = merged if place is None else place.over(merged)
    assert settle("x", *places) == settle("x", merged)


@pytest.mark.parametrize(
    ("strongest", "weight"),
    [("file", 1.0), ("init", 2.0), ("decorator", 3.0), ("config", 4.0), ("call", 5.0)],
)
def test_file_init_decorator_config_and_call_grow_in_strength(
    strongest: str, weight: float
) -> None:
    order = ["file", "init", "decorator", "config", "call"]
    said = order[: order.index(strongest) + 1]
    judge = Evaluator(length, EvalSettings(weight=2.0) if "init" in said else None)
    judge = judge.decorated(EvalSettings(weight=3.0)) if "decorator" in said else judge
    judge = judge.using(weight=5.0) if "call" in said else judge
    [prepared] = prepare_evaluators(
        [judge],
        file={"length": EvalSettings(weight=1.0)},
        config={"length": {"weight": 4.0}} if "config" in said else None,
    )
    assert weight == prepared.settings.weight


def test_a_file_sets_evaluators_by_name(tmp_path: Path) -> None:
    path = tmp_path / "assay.toml"
    path.write_text(
        "[other]\nx = 1\n"
        '[evaluators.length]\nname = "size"\nrepeat = 2\naggregate = "max"\n'
        'checker = "<="\ntarget = 0\npassing_range = { max = 3 }\n'
        "[evaluators.short]\npassing_range = [1, 2]\n"
    )
    file = read_settings_file(path)
    [prepared] = prepare_evaluators([length], file=file)
    assert ("size", 2, 0) == (
        prepared.name,
        prepared.settings.repeat,
        prepared.settings.target,
    )
    assert [None, 3] == list(prepared.settings.passing_range or ())
    assert [1, 2] == list(file["short"].passing_range or ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[evaluators.a]\nwieght = 1", r"\[evaluators.a\].*'wieght'; did you mean 'weight'"),
        ("[evaluators]\na = 1", r"\[evaluators.a\] is of type int"),
        ("evaluators = 1", "'evaluators' is no table"),
        ("[evaluators.a]\npassing_range = 3", "passing_range is 3"),
        ("= 1", "is not TOML"),
    ],
)
def test_a_faulty_file_is_named_with_the_fault(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "assay.toml"
    path.write_text(text)
    with pytest.raises(InvalidSettingsError, match=message):
        read_settings_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match=r"nowhere\.toml cannot be read"):
        read_settings_file(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": " "}, "name is empty"),
        ({"repeat": 0}, "repeat=0"),
        ({"repeat": True}, "repeat=True"),
        ({"weight": -1}, "weight=-1"),
        ({"weight": "1"}, "weight='1'"),
        ({"weight": float("nan")}, "weight=nan"),
        ({"weight": 1, "higher_is_better": False}, "lower is better"),
        ({"passing_range": (1, 2, 3)}, "passing_range"),
        ({"passing_range": ("low", 1)}, "passing_range"),
        ({"passing_range": (0, True)}, "passing_range"),
        ({"passing_range": (0, float("nan"))}, "passing_range"),
        ({"passing_range": ("a", None)}, "numbers in that order"),
        ({"passing_range": (2, 1)}, "numbers in that order"),
        ({"passing_range": (None, float("nan"))}, "numbers in that order"),
        ({"passing_range": (True, None)}, "numbers in that order"),
        ({"higher_is_better": "no"}, "higher_is_better='no'; it must be True or False"),
        ({"asserts": 0}, "asserts=0"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSettingsError, match=message):
        settle("length", settings_from(settings, where="here"))


def test_configuration_for_an_evaluator_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match="speaks of 'size', but the evaluators are: l"):
        prepare_evaluators([length], config={"size": {"weight": 1}})
    with pytest.raises(InvalidSettingsError, match="is of type int; give a dict"):
        prepare_evaluators([length], config={"length": 5})  # type: ignore[dict-item]


def test_every_place_is_read_alike() -> None:
    said: dict[str, Any] = {"passing_range": {"min": 0, "max": 2}}
    judge = evaluator(length)
    for settled in (
        evaluator(**said)(length).settings,
        judge.using(**said).settings,
        prepare_evaluators([judge], config={"length": said})[0].settings,
        prepare_evaluators([judge], config={"length": EvalSettings(passing_range=(0, 2))})[
            0
        ].settings,
    ):
        assert {"min": 0, "max": 2} == settled.wire()["passing_range"]
    with pytest.raises(InvalidSettingsError, match="did you mean 'weight'"):
        judge.using(wieght=1)  # type: ignore[call-arg]
    with pytest.raises(InvalidSettingsError, match="is of type NoneType"):
        prepare_evaluators([judge], config={"length": None})  # type: ignore[dict-item]


def test_the_attributes_of_a_callable_are_not_the_evaluators() -> None:
    class Mine:
        def __init__(self) -> None:
            self.settled = self.judge = self.using = self.settings = "mine"

        def __call__(self, outputs: str) -> int:
            return len(outputs)

    [prepared] = prepare_evaluators([Mine()])
    assert ("Mine", 3.0) == (prepared.name, prepared.judge("abc")[0].value)


def test_a_name_is_looked_up_and_never_run_as_code() -> None:
    code = evaluator(transform="lambda value: value + 1")(length)
    with pytest.raises(InvalidSettingsError, match="Text is a name, never code"):
        prepare_evaluators([code])
    with pytest.raises(InvalidSettingsError, match="Did you mean 'median'"):
        prepare_evaluators([evaluator(aggregate="meddian")(length)])
    with pytest.raises(InvalidSettingsError, match="given as int"):
        prepare_evaluators([evaluator(checker=3)(length)])  # type: ignore[call-overload]


def test_registered_names_are_found_and_built_in_ones_cannot_be_taken() -> None:
    registry = Registry(transforms={"half": lambda value: value / 2})
    judge = evaluator(transform="half")(length)
    assert 1.5 == judge.judge("abc", registry=registry)[0].value
    assert "half" in registry.names("transform")
    with pytest.raises(InvalidSettingsError, match="'mean' is built in"):
        Registry(aggregates={"mean": max})
    with pytest.raises(InvalidSettingsError, match="must be callable"):
        Registry(checkers={"mine": 3})  # type: ignore[dict-item]


def test_no_evaluator_may_take_the_composites_name() -> None:
    with pytest.raises(InvalidInputError, match="composite"):
        prepare_evaluators([evaluator(name="composite", weight=1)(length)])
