"""Addresses on the server, made of ids that users give."""

from urllib.parse import quote

from assay.core.errors import InvalidInputError


def path_of(base: str, *ids: str) -> str:
    """Return the path of something below ``base``, each id quoted.

    Raises:
        InvalidInputError: If one is no text, or empty.
    """
    for part in ids:
        if not isinstance(part, str) or not part.strip():
            raise InvalidInputError(f"{part!r} is no id; ids are texts.")
    return "/".join((base, *(quote(part, safe="") for part in ids)))
