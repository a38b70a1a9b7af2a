"""How an evaluator is set: what each place may say, and what follows from all of them.

A setting is said in up to six places, each stronger than the one before: the default, a
file, where the evaluator is made, its decorator, the experiment's configuration, and
where it is used.
"""

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, TypedDict

from assay.core.errors import InvalidSettingsError
from assay.kit.toml_lines import syntax_fault


PassingRange = tuple[float | None, float | None]
"""The lowest and the highest value that pass; None for no bound."""

Named = str | Callable[..., Any]
"""A callable, or the name of a registered one; text is looked up and never run."""


class Settings(TypedDict, total=False):
    """The settings as keywords of ``@evaluator(...)`` and of the ready evaluators."""

    name: str | None
    higher_is_better: bool | None
    passing_range: PassingRange | None
    weight: float | None
    repeat: int | None
    transform: Named | None
    aggregate: Named | None
    checker: Named | None
    target: Any
    asserts: bool | None
    wraps: "Named | Sequence[Named] | None"


@dataclass(frozen=True, slots=True)
class EvalSettings:
    """What one place says about an evaluator; None where it says nothing.

    The fields are those of ``EvaluatorSettings``.
    """

    name: str | None = None
    higher_is_better: bool | None = None
    passing_range: PassingRange | None = None
    weight: float | None = None
    repeat: int | None = None
    transform: Named | None = None
    aggregate: Named | None = None
    checker: Named | None = None
    target: Any = None
    asserts: bool | None = None
    wraps: Named | Sequence[Named] | None = None

    def over(self, weaker: "EvalSettings") -> "EvalSettings":
        """Return these settings, with those of ``weaker`` where these say nothing."""
        return replace(weaker, **self.said())

    def said(self) -> dict[str, Any]:
        """Return what is said, by name."""
        pairs = ((name, getattr(self, name)) for name in SETTING_NAMES)
        return {name: value for name, value in pairs if value is not None}


SETTING_NAMES: Final = tuple(entry.name for entry in fields(EvalSettings))


@dataclass(frozen=True, slots=True)
class EvaluatorSettings:
    """How one evaluator is run and its scores are read, all places considered.

    Attributes:
        name: What its metric is called.
        higher_is_better: False for costs, latencies and errors.
        passing_range: Which values pass, or None to go by the evaluator's own verdict.
        weight: Its share in the composite metric, at least 0; None to stay out of it.
        repeat: How often it judges each output, at least 1.
        transform: Changes each value before anything else looks at it.
        aggregate: Makes one value of those of all repeats; None for the mean of numbers
            and the majority of verdicts and labels.
        checker: Decides from the value and ``target`` whether it passes.
        target: What the checker compares with; without a checker numbers must reach it
            (or stay below, where lower is better) and everything else must equal it.
        asserts: Whether not passing makes the datapoint fail; False only reports.
        wraps: Evaluators that come before; the value of one is the outputs of the next.
    """

    name: str
    higher_is_better: bool = True
    passing_range: PassingRange | None = None
    weight: float | None = None
    repeat: int = 1
    transform: Named | None = None
    aggregate: Named | None = None
    checker: Named | None = None
    target: Any = None
    asserts: bool = True
    wraps: tuple[Named, ...] = ()

    def __post_init__(self) -> None:
        """Refuse settings with which nothing could be judged."""
        where = f"The evaluator {self.name!r} has"
        if not isinstance(self.name, str) or not self.name.strip():
            raise InvalidSettingsError("An evaluator's name is empty; give it a text.")
        if isinstance(self.repeat, bool) or not isinstance(self.repeat, int) or self.repeat < 1:
            raise InvalidSettingsError(
                f"{where} repeat={self.repeat!r}; it must be an integer of at least 1."
            )
        if self.weight is not None:
            self._check_weight(where)
        for name in ("higher_is_better", "asserts"):
            if not isinstance(getattr(self, name), bool):
                raise InvalidSettingsError(
                    f"{where} {name}={getattr(self, name)!r}; it must be True or False."
                )
        if self.passing_range is not None and not _is_range(self.passing_range):
            raise InvalidSettingsError(
                f"{where} passing_range={self.passing_range!r}; it must be (lowest, highest), "
                "numbers in that order, either of which may be None."
            )

    def _check_weight(self, where: str) -> None:
        weight = self.weight
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise InvalidSettingsError(f"{where} weight={weight!r}; it must be a number.")
        if not (math.isfinite(weight) and weight >= 0):
            raise InvalidSettingsError(f"{where} weight={weight}; it must be at least 0.")
        if not self.higher_is_better:
            raise InvalidSettingsError(
                f"{where} a weight, but lower is better for it, so that it would pull the "
                "composite the wrong way. Turn its value round, for example with "
                "transform='complement', and leave higher_is_better out."
            )

    @property
    def plain(self) -> bool:
        """Whether the evaluator's value is taken as it returns it."""
        settings = (self.transform, self.aggregate, self.checker, self.target)
        return self.repeat == 1 and not self.wraps and all(item is None for item in settings)

    @property
    def bounded(self) -> bool:
        """Whether there is a passing range, which then decides and not the verdict."""
        return self.passing_range is not None and any(b is not None for b in self.passing_range)

    def in_range(self, value: float) -> bool:
        """Return whether ``value`` lies in the passing range, bounds included."""
        low, high = self.passing_range or (None, None)
        return (low is None or low <= value) and (high is None or value <= high)

    def wire(self) -> dict[str, Any]:
        """Return the settings as a run's configuration carries them."""
        entry: dict[str, Any] = {"higher_is_better": self.higher_is_better}
        if self.passing_range is not None:
            low, high = self.passing_range
            entry["passing_range"] = {"min": low, "max": high}
        if self.weight is not None:
            entry["weight"] = self.weight
        if not self.asserts:
            entry["asserts"] = False
        if self.repeat > 1:
            entry["repeat"] = self.repeat
        if self.target is not None:
            entry["target"] = self.target
        return entry


def _is_range(bounds: Any) -> bool:
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        return False
    known = [bound for bound in bounds if bound is not None]
    numbers = all(isinstance(b, int | float) and not isinstance(b, bool) for b in known)
    return numbers and not any(map(math.isnan, known)) and known == sorted(known)


def settle(name: str, *places: EvalSettings | None) -> EvaluatorSettings:
    """Return what follows from ``places``, the weakest first; ``name`` is the default name.

    Raises:
        InvalidSettingsError: If a value cannot be used.
    """
    said: dict[str, Any] = {"name": name}
    for place in places:
        if place is not None:
            said.update(place.said())
    if "wraps" in said:
        wraps = said["wraps"]
        said["wraps"] = (wraps,) if isinstance(wraps, str) or callable(wraps) else tuple(wraps)
    return EvaluatorSettings(**said)


def settings_from(mapping: Mapping[str, Any] | EvalSettings, *, where: str) -> EvalSettings:
    """Return what ``mapping`` says; settings are returned as they are.

    Raises:
        InvalidSettingsError: Naming ``where`` and the key, if there is no such setting.
    """
    if isinstance(mapping, EvalSettings):
        return mapping
    if not isinstance(mapping, Mapping):
        raise InvalidSettingsError(
            f"{where} is of type {type(mapping).__name__}; give a dict such as {{'weight': 2}}, or "
            "EvalSettings."
        )
    for key in mapping:
        if key not in SETTING_NAMES:
            near = difflib.get_close_matches(str(key), SETTING_NAMES, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InvalidSettingsError(
                f"{where} has the unknown setting {key!r}; {hint}"
                f"Known settings: {', '.join(SETTING_NAMES)}."
            )
    values = dict(mapping)
    if values.get("passing_range") is not None:
        values["passing_range"] = _range(values["passing_range"], where=where)
    return EvalSettings(**values)


def read_settings_file(path: str | Path) -> dict[str, EvalSettings]:
    """Return what the tables ``[evaluators.NAME]`` of a TOML file say, by evaluator.

    A passing range is ``[low, high]`` or ``{min = low, max = high}``. Other tables are
    not looked at.

    Raises:
        InvalidSettingsError: Naming the file and the table.
    """
    file = Path(path)
    document = _document(file)
    tables = document.get("evaluators", {})
    if not isinstance(tables, Mapping):
        raise InvalidSettingsError(f"{file}: 'evaluators' is no table; write [evaluators.NAME].")
    return {
        name: settings_from(table, where=f"{file}: [evaluators.{name}]")
        for name, table in tables.items()
    }


def _document(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidSettingsError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidSettingsError(f"{file} is no text: {error}.") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettingsError(syntax_fault(file, text, error)) from error


def _range(value: Any, *, where: str) -> PassingRange:
    bounds = (value.get("min"), value.get("max")) if isinstance(value, Mapping) else value
    if not isinstance(bounds, Sequence) or isinstance(bounds, str) or len(bounds) != 2:
        raise InvalidSettingsError(f"{where}: passing_range is {value!r}; give [lowest, highest].")
    low, high = bounds
    return (low, high)
