"""Optional dependencies: loaded when first used, and named clearly when absent."""

import importlib
from types import ModuleType

from assay.kit.errors import MissingExtraError


def require_extra(extra: str, module: str, *, purpose: str) -> ModuleType:
    """Import ``module``, or say which extra brings it.

    Args:
        extra: The name of the extra in this package, such as ``llm``.
        module: The module to import.
        purpose: What it is needed for, as the start of a sentence.

    Raises:
        MissingExtraError: If the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".", maxsplit=1)[0]:
            raise
        raise MissingExtraError(
            f"{purpose} needs the package {module.split('.', maxsplit=1)[0]!r}, which is not installed. "
            f"Install it with: pip install 'assay[{extra}]'"
        ) from error
