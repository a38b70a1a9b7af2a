"""The user's own functions, ``module:function``, found in the project's folder."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from assay.core.errors import InvalidSettingsError
from assay.kit.canonical_json import digest
from assay.kit.redaction import redact


@contextmanager
def project_imports(folder: Path) -> Iterator[None]:
    """Let modules of ``folder`` be imported by name while this is open; it may be nested."""
    place = str(folder)
    sys.path.insert(0, place)
    try:
        yield
    finally:
        sys.path.remove(place)


def is_reference(name: str) -> bool:
    """Whether a name is ``module:function`` and not the name of something ready."""
    module, colon, function = name.partition(":")
    return bool(colon and module and function)


def load_function(reference: str, *, where: str) -> Callable[..., Any]:
    """Import ``module:function``, inside ``project_imports``.

    Args:
        reference: Both parts may be dotted.
        where: What the message begins with, such as ``eval type 'tone': candidate``.

    Raises:
        InvalidSettingsError: If there is no such module or function, saying what there is.
    """
    if not is_reference(reference):
        raise InvalidSettingsError(
            f"{where}: {reference!r} is no 'module:function', such as 'agent:answer'."
        )
    name, _, path = reference.partition(":")
    module = _module(name, where)
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise InvalidSettingsError(
                f"{where}: module {name!r} has no {path!r}; it has: {_callables(module)}."
            )
        found = getattr(found, part)
    if not callable(found):
        raise InvalidSettingsError(
            f"{where}: {reference} is of type {type(found).__name__}, which cannot be called."
        )
    function: Callable[..., Any] = found
    return function


def code_digest(function: Callable[..., Any]) -> str:
    """Return a digest of the module a function is written in; of its name where that is hidden."""
    target = inspect.unwrap(function)
    while hasattr(target, "func"):
        target = target.func
    try:
        source = inspect.getsource(inspect.getmodule(target) or target)
    except (OSError, TypeError):
        source = getattr(target, "__qualname__", type(target).__qualname__)
    return digest(source)


def _module(name: str, where: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise InvalidSettingsError(
            f"{where}: there is no module {error.name!r}; put it beside the config file, or "
            "install it."
        ) from error
    except (Exception, SystemExit) as error:  # a script without a main guard ends its process
        raise InvalidSettingsError(
            redact(f"{where}: module {name!r} cannot be imported: {type(error).__name__}: {error}")
        ) from error


def _callables(module: ModuleType) -> str:
    names = sorted(
        name for name, value in vars(module).items() if callable(value) and not name.startswith("_")
    )
    return ", ".join(names[:10]) or "nothing that can be called"
