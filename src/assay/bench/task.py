"""Tasks: what is asked, how the answer is read out, and what counts as right.

A task is a YAML or JSON file of one closed, versioned schema. An unknown key is an
error and never ignored; all errors of a file are reported together, each with its line.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from assay.bench.documents import parse_document
from assay.bench.dotted_paths import parse_path
from assay.bench.extraction import CsvExtract, ExtractSpec, JsonExtract, TextExtract
from assay.bench.matchers.specs import MatcherSpec
from assay.bench.prompts import malformed_placeholders
from assay.bench.spec import Spec
from assay.bench.task_errors import explain
from assay.core.errors import InvalidTaskError
from assay.kit.canonical_json import digest


NonNegative = Annotated[int, Field(ge=0)]


class Gold(Spec):
    """Where the right answer is in ``ground_truth``, and how it is read out of it."""

    field: str = Field(min_length=1, description="A dotted path into ground_truth.")
    extract: ExtractSpec | None = Field(default=None, description="By default taken as it is.")

    @field_validator("field")
    @classmethod
    def _well_formed(cls, field: str) -> str:
        parse_path(field)
        return field


class Constraints(Spec):
    """What every answer must keep to, besides being right."""

    min_duration_seconds: Annotated[float, Field(ge=0)] | None = None
    max_duration_seconds: Annotated[float, Field(ge=0)] | None = None
    min_count: NonNegative | None = None
    max_count: NonNegative | None = None
    min_length: NonNegative | None = Field(default=None, description="Characters.")
    max_length: NonNegative | None = Field(default=None, description="Characters.")
    min_tokens: NonNegative | None = None
    max_tokens: NonNegative | None = None
    required_csv_columns: tuple[str, ...] = ()
    required_json_keys: tuple[str, ...] = ()
    timestamp_format: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("duration_seconds", "count", "length", "tokens"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low > high:
                raise ValueError(f"min_{name} ({low}) is above max_{name} ({high})")
        return self


class Sampling(Spec):
    """What is asked of the provider; None leaves it to the provider."""

    temperature: Annotated[float, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None


class Task(Spec):
    """One task, validated. ``model_dump(mode="json")`` is its stored definition."""

    format_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    domain: str = ""
    input_type: Literal["transcript", "text", "csv", "json"] = "text"
    output_format: Literal["json", "csv", "markdown", "text"] = "text"
    input_format_hint: str = ""
    evaluation_criteria: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    judge_instructions: str = ""
    constraints: Constraints = Constraints()
    system: str | None = None
    prompt: str | None = Field(
        default=None, description="By default the description and the inputs as JSON."
    )
    sampling: Sampling = Sampling()
    extract: ExtractSpec | None = Field(
        default=None, description="By default what output_format says."
    )
    gold: Gold
    matcher: MatcherSpec

    @field_validator("prompt", "system")
    @classmethod
    def _placeholders_are_paths(cls, template: str | None) -> str | None:
        if bad := malformed_placeholders(template or ""):
            raise ValueError(f"{{{{{bad[0]}}}}} is no placeholder; write a dotted path of an input")
        return template

    @property
    def reading(self) -> ExtractSpec:
        """How the answer is read out: as the file says, else by the output format."""
        if self.extract is not None:
            return self.extract
        if self.output_format == "json":
            return JsonExtract(kind="json")
        if self.output_format == "csv":
            return CsvExtract(kind="csv", columns=self.constraints.required_csv_columns)
        return TextExtract()

    @property
    def definition(self) -> dict[str, Any]:
        """The task as JSON; ``parse_definition`` reads it back unchanged."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """The SHA-256 of the definition."""
        return digest(self.definition)


def load_task(path: Path | str) -> Task:
    """Read a task file.

    Raises:
        InvalidTaskError: One line per fault, as ``file:line:column: key: what is wrong``.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as failure:
        raise InvalidTaskError(
            f"{path}: cannot be read: {failure.strerror or failure}."
        ) from failure
    except UnicodeDecodeError as failure:
        raise InvalidTaskError(
            f"{path}: byte {failure.start} is not valid UTF-8; save the file as UTF-8."
        ) from failure
    return parse_task(text, source=str(path))


def parse_task(text: str, *, source: str) -> Task:
    """Read a task from YAML or JSON text; ``source`` names it in messages.

    Raises:
        InvalidTaskError: One line per fault, as ``source:line:column: key: what is wrong``.
    """
    document = parse_document(text, source=source)
    if not isinstance(document.value, dict):
        raise InvalidTaskError(f"{document.place(())}: expected keys such as 'name: ...'.")
    try:
        return Task.model_validate(document.value)
    except ValidationError as failure:
        raise InvalidTaskError("\n".join(explain(failure, Task, document))) from failure


def parse_definition(definition: Any, *, source: str = "task") -> Task:
    """Read a task from its stored or posted JSON form.

    Raises:
        InvalidTaskError: One line per fault, as ``source: key: what is wrong``.
    """
    try:
        return Task.model_validate(definition)
    except ValidationError as failure:
        from assay.bench.documents import Document

        lines = explain(failure, Task, Document(definition, source))
        raise InvalidTaskError("\n".join(lines)) from failure
