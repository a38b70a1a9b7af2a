"""The closed set of plain checks, and patterns."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assay.apps.services.metric_rules.verdicts import Verdict, verdict
from assay.bench.patterns import PatternRefusedError, compile_pattern
from assay.core.event_queries import as_number, as_text


MAX_TEXT = 1_000_000
"""Longest text that is looked at, in characters."""

CheckName = Literal[
    "contains", "not_contains", "equals", "not_equals", "not_empty", "length", "numeric_range",
    "one_of", "starts_with", "ends_with",
]  # fmt: skip


class RegexSettings(BaseModel):
    """An RE2 pattern that must be found in the value, or with ``absent`` must not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = Field(min_length=1, max_length=10_000)
    absent: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            compile_pattern(pattern)
        except PatternRefusedError as error:
            raise ValueError(str(error)) from error
        return pattern


class CheckSettings(BaseModel):
    """One of the plain checks with what it compares with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: CheckName
    value: Any = None
    values: list[Any] | None = Field(default=None, max_length=1000)
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    ignore_case: bool = False

    @model_validator(mode="after")
    def _complete(self) -> "CheckSettings":
        if self.check == "one_of" and not self.values:
            raise ValueError("the check 'one_of' needs 'values'")
        if self.check in {"length", "numeric_range"} and self.min is None and self.max is None:
            raise ValueError(f"the check {self.check!r} needs 'min' or 'max'")
        if self.check in _COMPARING and self.value is None:
            raise ValueError(f"the check {self.check!r} needs 'value'")
        return self


_COMPARING = {"contains", "not_contains", "equals", "not_equals", "starts_with", "ends_with"}


def match_pattern(value: Any, settings: Mapping[str, Any]) -> Verdict:
    """Return whether the value holds the pattern as the settings want it."""
    text = _text(value)
    found = compile_pattern(settings["pattern"]).search(text) is not None
    absent = bool(settings.get("absent"))
    said = "is found" if found else "is not found"
    return verdict(found is not absent, f"The pattern {settings['pattern'][:200]!r} {said}.")


def check_value(value: Any, settings: Mapping[str, Any]) -> Verdict:
    """Return whether the value passes the check of the settings."""
    return _CHECKS[settings["check"]](value, settings)


def _text(value: Any) -> str:
    return (as_text(value) or "")[:MAX_TEXT]


def _folded(value: Any, settings: Mapping[str, Any]) -> str:
    text = _text(value)
    return text.casefold() if settings.get("ignore_case") else text


def _contains(value: Any, settings: Mapping[str, Any]) -> Verdict:
    needle = _folded(settings["value"], settings)
    if isinstance(value, list) and any(_folded(each, settings) == needle for each in value):
        return verdict(True)
    return verdict(needle in _folded(value, settings), f"It does not contain {needle[:200]!r}.")


def _not_contains(value: Any, settings: Mapping[str, Any]) -> Verdict:
    found = _contains(value, settings).passed is True
    return verdict(not found, f"It contains {_text(settings['value'])[:200]!r}.")


def _equal(value: Any, wanted: Any, settings: Mapping[str, Any]) -> bool:
    return _folded(value, settings) == _folded(wanted, settings)


def _equals(value: Any, settings: Mapping[str, Any]) -> Verdict:
    same = _equal(value, settings["value"], settings)
    return verdict(same, f"It is {_text(value)[:100]!r}, not {_text(settings['value'])[:100]!r}.")


def _not_equals(value: Any, settings: Mapping[str, Any]) -> Verdict:
    same = _equal(value, settings["value"], settings)
    return verdict(not same, f"It is {_text(value)[:200]!r}.")


def _not_empty(value: Any, _settings: Mapping[str, Any]) -> Verdict:
    empty = not value.strip() if isinstance(value, str) else value in ([], {})
    return verdict(not empty, "It is empty.")


def _length(value: Any, settings: Mapping[str, Any]) -> Verdict:
    size = len(value) if isinstance(value, str | list | Mapping) else len(_text(value))
    inside = _inside(size, settings)
    reason = None if inside else f"Its length {size} is outside {_range(settings)}."
    return Verdict(float(size), inside, reason)


def _numeric_range(value: Any, settings: Mapping[str, Any]) -> Verdict:
    number = as_number(value)
    if number is None:
        return verdict(False, f"{_text(value)[:100]!r} is no number.")
    inside = _inside(number, settings)
    return verdict(inside, f"{number:g} is outside {_range(settings)}.")


def _one_of(value: Any, settings: Mapping[str, Any]) -> Verdict:
    known = any(_equal(value, each, settings) for each in settings["values"])
    return verdict(
        known, f"{_text(value)[:100]!r} is none of the {len(settings['values'])} values."
    )


def _starts_with(value: Any, settings: Mapping[str, Any]) -> Verdict:
    start = _folded(settings["value"], settings)
    return verdict(
        _folded(value, settings).startswith(start), f"It does not start with {start[:100]!r}."
    )


def _ends_with(value: Any, settings: Mapping[str, Any]) -> Verdict:
    end = _folded(settings["value"], settings)
    return verdict(_folded(value, settings).endswith(end), f"It does not end with {end[:100]!r}.")


def _inside(number: float, settings: Mapping[str, Any]) -> bool:
    low, high = settings.get("min"), settings.get("max")
    return (low is None or number >= low) and (high is None or number <= high)


def _range(settings: Mapping[str, Any]) -> str:
    low, high = settings.get("min"), settings.get("max")
    return f"{'-∞' if low is None else low} to {'∞' if high is None else high}"


_CHECKS: Mapping[str, Callable[[Any, Mapping[str, Any]], Verdict]] = {
    "contains": _contains,
    "not_contains": _not_contains,
    "equals": _equals,
    "not_equals": _not_equals,
    "not_empty": _not_empty,
    "length": _length,
    "numeric_range": _numeric_range,
    "one_of": _one_of,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
}
