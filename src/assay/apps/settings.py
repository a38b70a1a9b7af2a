"""Settings: one validated object, and for each value where it came from.

Strength, strongest first: flags, ``ASSAY_*`` environment, ``.env``, ``assay.toml`` (or
``[tool.assay]`` in ``pyproject.toml``), defaults. This module is the only place that
reads the environment. An empty value clears what may be None and is an error elsewhere;
``0`` and ``false`` are values like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from assay.apps.settings_sources import DEFAULT, Layer, Origin, read_layers
from assay.core.errors import InvalidSettingsError
from assay.kit.redaction import redact


MASKED = "********"
_SECRET = ("_key", "_password", "_token")


class Settings(BaseModel):
    """Everything that can be set. Each field's environment twin is ``ASSAY_<FIELD>``."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    data_dir: Path = Field(
        default=Path(".assay"), description="Where the database, recordings and cache live."
    )
    database_url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="sqlite:///PATH or postgresql+psycopg://...; None for SQLite.",
    )
    tracking_uri: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="Where the experiment ledger (MLflow) is; None for the one of [gate].",
    )
    mlflow_tracking_uri: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="The ledger where neither tracking_uri nor [gate] says (MLFLOW_TRACKING_URI).",
    )
    tracking_username: str | None = Field(
        default=None, description="Account at the ledger's server (also MLFLOW_TRACKING_USERNAME)."
    )
    tracking_password: SecretStr | None = Field(
        default=None, description="That account's password (also MLFLOW_TRACKING_PASSWORD)."
    )
    tracking_token: SecretStr | None = Field(
        default=None, description="Bearer token for that server (also MLFLOW_TRACKING_TOKEN)."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address the server binds.")
    port: int = Field(default=9999, ge=0, le=65535, description="Port; 0 for any free one.")
    api_key: SecretStr | None = Field(
        default=None, description="Key every request must carry; needed beyond loopback."
    )
    server_url: str | None = Field(
        default=None, description="A server that the SDK and the command line talk to."
    )
    allowed_hosts: str | None = Field(
        default=None, description="Host names the server answers to, separated by commas."
    )
    openai_api_key: SecretStr | None = Field(
        default=None, description="Key of the OpenAI-compatible endpoint (also OPENAI_API_KEY)."
    )
    openai_base_url: str | None = Field(
        default=None, description="That endpoint, if it is not OpenAI (also OPENAI_BASE_URL)."
    )
    concurrency: int = Field(default=16, ge=1, le=1000, description="Items worked on at once.")
    budget_usd: Decimal | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Hard stop per evaluation."
    )
    requests_per_minute: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="Model calls per endpoint and minute."
    )
    retries: int = Field(
        default=3, ge=0, le=20, description="Tries of a model call after the first."
    )
    timeout_seconds: float = Field(
        default=60.0, gt=0, allow_inf_nan=False, description="For one try of a model call."
    )
    parallel_evaluations: int = Field(
        default=2, ge=1, le=100, description="Evaluations the server works on at once."
    )
    allow_python_models: bool = Field(
        default=False, description="Whether requests over HTTP may name python:MODULE:FUNCTION."
    )
    allow_private_endpoints: bool | None = Field(
        default=None,
        description="Whether models at private addresses may be named; None: on loopback only.",
    )
    max_body_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1024, description="Largest request body taken."
    )
    max_json_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1024, description="Largest JSON body taken."
    )
    max_json_depth: int = Field(default=64, ge=4, le=500, description="Deepest JSON nesting taken.")
    max_page_size: int = Field(default=500, ge=1, le=10_000, description="Largest page answered.")
    shutdown_seconds: float = Field(
        default=10.0, ge=0, allow_inf_nan=False, description="Longest wait for requests at the end."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe event logged."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How events look.")

    @property
    def resolved_database_url(self) -> str:
        """The database's URL, the SQLite file in the data folder if none is set."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{self.data_dir.absolute() / 'assay.sqlite'}"

    @property
    def recordings_dir(self) -> Path:
        """Where uploaded recordings lie."""
        return self.data_dir / "recordings"


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with their provenance and what is odd about them.

    Attributes:
        values: The settings.
        origins: For each field, where its value came from.
        warnings: One sentence each, such as an unknown ``ASSAY_*`` variable.
    """

    values: Settings
    origins: Mapping[str, Origin]
    warnings: tuple[str, ...] = field(default=())

    def shown(self) -> list[tuple[str, str | None, str]]:
        """Return (field, value as text with secrets masked or None, origin) for each field."""
        return [
            (name, _shown(getattr(self.values, name)), str(self.origins[name]))
            for name in Settings.model_fields
        ]


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> LoadedSettings:
    """Read all sources and return the settings.

    Args:
        overrides: Values of flags by field name; None means that the flag was not given.
        environ: The environment; None for the process's own.
        folder: Where ``.env``, ``assay.toml`` and ``pyproject.toml`` are; None for the
            current folder.

    Raises:
        InvalidSettingsError: Naming source, line where there is one, and key of each fault.
    """
    layers, warnings = read_layers(
        overrides or {}, fields=tuple(Settings.model_fields), environ=environ, folder=folder
    )
    merged, origins = _merge(layers)
    try:
        values = Settings(**merged)
    except ValidationError as error:
        raise InvalidSettingsError(_explain(error, origins)) from None
    every = {name: origins.get(name, DEFAULT) for name in Settings.model_fields}
    return LoadedSettings(values=values, origins=every, warnings=tuple(warnings))


def _merge(layers: list[Layer]) -> tuple[dict[str, Any], dict[str, Origin]]:
    merged: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for layer in reversed(layers):  # the weakest first, so that the strongest wins
        for name, value in layer.values.items():
            merged[name] = _emptied(name, value)
            origins[name] = layer.origins[name]
    return merged, origins


def _emptied(name: str, value: Any) -> Any:
    """An empty text clears a setting that may be None."""
    optional = type(None) in getattr(Settings.model_fields[name].annotation, "__args__", ())
    return None if value == "" and optional else value


def _explain(error: ValidationError, origins: Mapping[str, Origin]) -> str:
    lines: list[str] = []
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][0])
        origin = origins.get(name, DEFAULT)
        found = MASKED if name.endswith(_SECRET) else repr(fault["input"])
        lines.append(f"{origin}: {origin.key or name}: {fault['msg']}, found {redact(found)}.")
    return "\n".join(lines)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return MASKED if isinstance(value, SecretStr) else redact(str(value))
