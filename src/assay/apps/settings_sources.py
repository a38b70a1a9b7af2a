"""Where settings are read from: flags, environment, ``.env`` and TOML files, each a layer."""

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from typing_extensions import override

from assay.core.errors import InvalidSettingsError
from assay.kit.toml_lines import TomlLines, syntax_fault


PREFIX = "ASSAY_"
_OTHER_TABLES = frozenset({"evaluators", "gate"})  # read by those who need them
_FOREIGN = {
    "OPENAI_API_KEY": "openai_api_key",
    "OPENAI_BASE_URL": "openai_base_url",
    "MLFLOW_TRACKING_URI": "mlflow_tracking_uri",
    "MLFLOW_TRACKING_USERNAME": "tracking_username",
    "MLFLOW_TRACKING_PASSWORD": "tracking_password",  # a variable's name
    "MLFLOW_TRACKING_TOKEN": "tracking_token",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from; ``line`` counts from 1, None where there are no lines."""

    source: str
    key: str | None = None
    line: int | None = None

    @override
    def __str__(self) -> str:
        """Return the place as people read it, such as ``.env:3``."""
        return self.source if self.line is None else f"{self.source}:{self.line}"


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Layer:
    """The values one source gives, by field name, with the origin of each."""

    values: Mapping[str, Any]
    origins: Mapping[str, Origin]


def read_layers(
    overrides: Mapping[str, Any],
    *,
    fields: Sequence[str],
    environ: Mapping[str, str] | None,
    folder: Path | None,
) -> tuple[list[Layer], list[str]]:
    """Return all layers, the strongest first, and warnings about unknown variables.

    Raises:
        InvalidSettingsError: If a file cannot be read or holds an unknown key.
    """
    place = folder if folder is not None else Path()
    warnings: list[str] = []
    process = os.environ if environ is None else environ
    layers = [
        _flags(overrides, fields),
        _variables(process, fields=fields, warnings=warnings, source="environment", lines={}),
        _dotenv(place / ".env", fields=fields, warnings=warnings),
        _toml(place, fields),
    ]
    return layers, warnings


def _flags(overrides: Mapping[str, Any], fields: Sequence[str]) -> Layer:
    given = {name: value for name, value in overrides.items() if value is not None}
    for name in given:
        if name not in fields:
            raise InvalidSettingsError(f"flags: {name}: unknown setting{_nearest(name, fields)}.")
    return Layer(given, {name: Origin("flag", key="--" + name.replace("_", "-")) for name in given})


def _variables(
    variables: Mapping[str, str],
    *,
    fields: Sequence[str],
    warnings: list[str],
    source: str,
    lines: Mapping[str, int],
) -> Layer:
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    known = {**_FOREIGN, **{PREFIX + name.upper(): name for name in fields}}
    for variable, name in known.items():  # ours come last and win
        if variable in variables and not (variable in _FOREIGN and not variables[variable]):
            values[name] = variables[variable]
            origins[name] = Origin(source, key=variable, line=lines.get(variable))
    for variable in variables:
        if variable.startswith(PREFIX) and variable not in known:
            near = _nearest(variable, tuple(known))
            warnings.append(f"{source}: {variable} is no setting and is ignored{near}.")
    return Layer(values, origins)


def _dotenv(path: Path, *, fields: Sequence[str], warnings: list[str]) -> Layer:
    if not path.is_file():
        return Layer({}, {})
    from dotenv import dotenv_values

    text = _read(path)
    found = {
        key: value or ""
        for key, value in dotenv_values(stream=StringIO(text), interpolate=False).items()
    }
    lines = {key: _line_of(text, key) for key in found}
    return _variables(found, fields=fields, warnings=warnings, source=str(path), lines=lines)


def _toml(folder: Path, fields: Sequence[str]) -> Layer:
    own, project = folder / "assay.toml", folder / "pyproject.toml"
    if own.is_file():
        return _table(own, _parse(own), fields, above=())
    if project.is_file():
        return _table(project, _project_table(project), fields, above=("tool", "assay"))
    return Layer({}, {})


def _project_table(project: Path) -> Mapping[str, Any]:
    """Return ``[tool.assay]`` of a ``pyproject.toml``; empty where there is none."""
    found: Mapping[str, Any] = _parse(project)
    for name in ("tool", "assay"):
        found = found.get(name, {})
        if not isinstance(found, Mapping):
            raise InvalidSettingsError(f"{project}: {name}: expected a table, found {found!r}.")
    return found


def _table(
    path: Path, table: Mapping[str, Any], fields: Sequence[str], *, above: tuple[str, ...]
) -> Layer:
    values = {key: value for key, value in table.items() if key not in _OTHER_TABLES}
    lines = TomlLines(_read(path)) if values else None
    origins: dict[str, Origin] = {}
    for key in values:
        line = lines.find((*above, key)) if lines is not None else None
        if key not in fields:
            raise InvalidSettingsError(
                f"{path}:{line}: {key}: unknown setting{_nearest(key, fields)}."
            )
        origins[key] = Origin(str(path), key=key, line=line)
    return Layer(values, origins)


def _parse(path: Path) -> dict[str, Any]:
    text = _read(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettingsError(syntax_fault(path, text, error)) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettingsError(f"{path}: cannot be read: {error}.") from error


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        head = line.strip().removeprefix("export ").partition("=")[0].strip().strip("\"'")
        if head == key:
            return number
    return 1


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""
