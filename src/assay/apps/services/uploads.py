"""Uploaded files: copied to a place of our own, under a name that nobody else chose."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO


@contextmanager
def spooled(stream: BinaryIO, *, filename: str, folder: Path) -> Iterator[Path]:
    """Yield a file with the content of ``stream``; it is gone afterwards.

    The file's folder has a random name and its own name is ``plain_name(filename)``, so
    that messages say what the user called it while the path stays ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".upload-") as place:
        path = Path(place) / "file"
        path = path.with_suffix(PurePosixPath(plain_name(filename)).suffix.lower())
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file, 1024 * 1024)
        yield path


def ascii_name(filename: str, *, default: str) -> str:
    """Return ``plain_name``, with an underscore for what is not ASCII."""
    kept = plain_name(filename, default=default)
    return kept.encode("ascii", "replace").decode().replace("?", "_")


def plain_name(filename: str, *, default: str = "upload") -> str:
    """Return the last part of a file name, with nothing but harmless characters, 100 at most."""
    last = PureWindowsPath(PurePosixPath(filename).name).name
    kept = "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in last)
    return kept.strip(" .")[-100:] or default
