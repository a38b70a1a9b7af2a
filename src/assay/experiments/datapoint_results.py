"""What became of each datapoint of a run, read when somebody looks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override


class Answer(BaseModel):
    """A part of an answer; keys that a newer server adds are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")


class DatapointMetric(Answer):
    """One metric of one datapoint; over repeats ``value`` is their mean."""

    name: str
    event_name: str = ""
    event_type: str = "chain"
    value: bool | float | None = None
    passed: bool | None = None


class DatapointResult(Answer):
    """What became of one datapoint.

    Attributes:
        status: ``scored``, ``failed`` or another item status.
        error: Why the function failed, else None.
        labels: Text verdicts by evaluator.
        evaluator_errors: Why an evaluator gave no score, by evaluator.
    """

    datapoint_id: str | None = None
    session_id: str | None = None
    status: str | None = None
    passed: bool | None = None
    metrics: list[DatapointMetric] = Field(default_factory=list)
    error: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    evaluator_errors: dict[str, str] = Field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return it flat, one key per metric and label."""
        return {
            "datapoint_id": self.datapoint_id,
            "session_id": self.session_id,
            "status": self.status,
            "passed": self.passed,
            "error": self.error,
            **{metric.name: metric.value for metric in self.metrics},
            **self.labels,
        }

    def failures(self) -> Iterator[str]:
        """Yield why its function failed and why its evaluators did, a line each."""
        where = self.datapoint_id or "?"
        if self.error is not None:
            yield f"{where}: {self.error}"
        for name, why in self.evaluator_errors.items():
            yield f"{where}: {name}: {why}"


class DatapointResults(Sequence[DatapointResult]):
    """The datapoints of a run, in dataset order; each is made of its part of the answer when read.

    A hundred thousand at once, with their metrics, would take seconds that nobody asked for.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Sequence[Mapping[str, Any] | DatapointResult] = ()) -> None:
        """Take the entries of an answer."""
        self._entries = entries

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let a model have one as a field, and write it as the list that it was read from."""
        entry = [
            core_schema.is_instance_schema(dict),
            core_schema.is_instance_schema(DatapointResult),
        ]
        entries = core_schema.list_schema(core_schema.union_schema(list(entry)))
        made = core_schema.no_info_after_validator_function(cls, entries)
        return core_schema.union_schema(
            [core_schema.is_instance_schema(cls), made],
            serialization=core_schema.plain_serializer_function_ser_schema(_dumped, info_arg=True),
        )

    def failures(self) -> Iterator[str]:
        """Yield why functions and evaluators failed, a line each."""
        for entry in self._entries:
            if (
                isinstance(entry, DatapointResult)
                or "error" in entry
                or "evaluator_errors" in entry
            ):
                yield from DatapointResult.model_validate(entry).failures()

    @override
    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> DatapointResult: ...

    @overload
    def __getitem__(self, index: slice) -> "DatapointResults": ...

    @override
    def __getitem__(self, index: int | slice) -> "DatapointResult | DatapointResults":
        if isinstance(index, slice):
            return DatapointResults(self._entries[index])
        return DatapointResult.model_validate(self._entries[index])

    @override
    def __iter__(self) -> Iterator[DatapointResult]:
        return map(DatapointResult.model_validate, self._entries)

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    @override
    def __hash__(self) -> int:
        return hash(tuple(self))

    @override
    def __repr__(self) -> str:
        return f"DatapointResults({list(self)!r})"


def _dumped(value: DatapointResults, info: core_schema.SerializationInfo) -> list[dict[str, Any]]:
    return [point.model_dump(mode=info.mode) for point in value]
