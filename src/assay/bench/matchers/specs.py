"""What a task file may say under ``matcher``: a closed union over ``kind``."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from assay.bench.dotted_paths import parse_path
from assay.bench.spec import Spec


Share = Annotated[float, Field(ge=0, le=1)]
"""A ratio from 0 to 1."""


class ExactMatcher(Spec):
    """Equal values; text is equal but for white space at both ends, 1 equals 1.0."""

    kind: Literal["exact"]


class NormalizedMatcher(Spec):
    """Equal text after NFKC, case folding, one space for any white space, no edge punctuation."""

    kind: Literal["normalized"]


class NumericMatcher(Spec):
    """Equal numbers; what is no number on either side is compared as normalised text."""

    kind: Literal["numeric"]
    tolerance: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    relative_tolerance: Annotated[Decimal, Field(ge=0)] = Decimal(0)


class DateMatcher(Spec):
    """Equal dates; ``formats`` are tried besides ISO 8601 and written-out months."""

    kind: Literal["date"]
    tolerance_days: Annotated[int, Field(ge=0)] = 0
    formats: tuple[str, ...] = ()


class FuzzyMatcher(Spec):
    """Similar text: at least ``threshold`` of edit similarity after normalising."""

    kind: Literal["fuzzy"]
    threshold: Share = 0.9
    method: Literal["ratio", "token_sort", "token_set"] = "ratio"


ValueMatcherSpec = Annotated[
    ExactMatcher | NormalizedMatcher | NumericMatcher | DateMatcher | FuzzyMatcher,
    Field(discriminator="kind"),
]
"""A matcher of single values."""


class SetMatcher(Spec):
    """Items of two lists matched one to one; a repeated item is one item too many."""

    kind: Literal["set"]
    item: ValueMatcherSpec = NormalizedMatcher(kind="normalized")
    path: str | None = Field(default=None, description="Where the value is in each item.")
    pass_threshold: Share | None = Field(default=None, description="Of F1; by default all or none.")

    @field_validator("path")
    @classmethod
    def _well_formed(cls, path: str | None) -> str | None:
        return _checked_path(path)


class IntervalMatcher(Spec):
    """Intervals matched one to one where intersection over union reaches ``threshold``."""

    kind: Literal["interval"]
    start: str = "start"
    end: str = "end"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.5
    pass_threshold: Share | None = Field(default=None, description="Of F1; by default all or none.")

    @field_validator("start", "end")
    @classmethod
    def _well_formed(cls, path: str) -> str:
        parse_path(path)
        return path


class RecordField(Spec):
    """One field of a record: where it is on either side, how it is compared, its weight."""

    matcher: ValueMatcherSpec = NormalizedMatcher(kind="normalized")
    path: str | None = Field(default=None, description="In the answer; by default the name.")
    gold_path: str | None = Field(default=None, description="In gold; by default the name.")
    weight: Annotated[float, Field(gt=0)] = 1.0

    @field_validator("path", "gold_path")
    @classmethod
    def _well_formed(cls, path: str | None) -> str | None:
        return _checked_path(path)


class RecordMatcher(Spec):
    """Records matched one to one, by ``key`` or by best agreement, then field by field.

    A pair is a true positive where the weighted share of agreeing fields reaches
    ``threshold``. The score is that share over all gold records: a missing record
    agrees in no field.
    """

    kind: Literal["record"]
    fields: dict[str, RecordField] = Field(min_length=1)
    key: str | None = None
    gold_key: str | None = Field(default=None, description="By default the same as key.")
    threshold: Annotated[float, Field(gt=0, le=1)] = 1.0
    pass_threshold: Share | None = Field(
        default=None, description="Of the score; by default every field and nothing extra."
    )

    @field_validator("key", "gold_key")
    @classmethod
    def _well_formed(cls, path: str | None) -> str | None:
        return _checked_path(path)


MatcherSpec = Annotated[
    ExactMatcher
    | NormalizedMatcher
    | NumericMatcher
    | DateMatcher
    | FuzzyMatcher
    | SetMatcher
    | IntervalMatcher
    | RecordMatcher,
    Field(discriminator="kind"),
]


def is_list_matcher(spec: MatcherSpec) -> bool:
    """Whether the matcher counts true and false positives within one answer."""
    return isinstance(spec, SetMatcher | IntervalMatcher | RecordMatcher)


def _checked_path(path: str | None) -> str | None:
    if path is not None:
        parse_path(path)
    return path
