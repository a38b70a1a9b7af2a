"""Rules that every file of the repository keeps: no foreign addresses, short files and functions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository import PACKAGE, ROOT, rooms, tracked_files


LONGEST_FILE_LINES = 600
LONGEST_FUNCTION_LINES = 80
LONGEST_ROOM_DOCSTRING_LINES = 6
TEXT_SIZE_LIMIT_BYTES = 2_000_000

# Written in pieces, so that this file keeps its own rule.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(name + "." + end)
        for name, end in (
            ("py" + "pi", "org"),
            ("files.python" + "hosted", "org"),
            ("registry.npm" + "js", "org"),
            ("registry.yarn" + "pkg", "com"),
            ("down" + "load.pytorch", "org"),
        )
    )
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.~$}/-])/(?:(?:wo" + r"rk|ro" + r"ot|Us" + r"ers)/[\w.-]+"
    r"|ho" + r"me/(?!assay\b)[\w.-]+|o" + r"pt/(?:wheels|pypi)[\w.-]*)"
)


def texts() -> Iterator[tuple[Path, str]]:
    """Every tracked text file, with its text."""
    for path in tracked_files():
        if path.stat().st_size > TEXT_SIZE_LIMIT_BYTES:
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def occurrences(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern occurs in the tracked files, as ``file: text``."""
    return [
        f"{path.relative_to(ROOT)}: {found.group(0)}"
        for path, text in texts()
        for found in pattern.finditer(text)
    ]


def python_files() -> list[Path]:
    own = ("src/", "tests/", "tools/", "benchmarks/", "examples/")
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and path.relative_to(ROOT).as_posix().startswith(own)
    ]


def page_files() -> list[Path]:
    return [
        path
        for path in tracked_files()
        if path.is_relative_to(ROOT / "frontend" / "src")
        and path.suffix in {".ts", ".tsx", ".css"}
        and "generated" not in path.parts
    ]


def test_no_file_names_a_package_registry() -> None:
    assert [] == occurrences(REGISTRY_HOSTS)


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert [] == occurrences(MACHINE_PATHS)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("see /wo" + "rk/data", True),
        ('"/ro' + 'ot/.cache"', True),
        ("/ho" + "me/someone/x", True),
        ("WORKDIR /ho" + "me/assay", False),
        ("https://example.org/wo" + "rk/x", False),
        ("src/ro" + "ot/x", False),
    ],
)
def test_the_pattern_for_machine_paths_knows_paths_from_addresses(
    text: str, *, foreign: bool
) -> None:
    assert foreign == (MACHINE_PATHS.search(text) is not None)


def test_no_file_is_longer_than_its_wall() -> None:
    lengths = {
        path: path.read_text(encoding="utf-8").count("\n") for path in python_files() + page_files()
    }

    assert {} == {
        str(path.relative_to(ROOT)): lines
        for path, lines in lengths.items()
        if lines > LONGEST_FILE_LINES
    }


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a file, as ``file:line name``, each with its length in lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = node.end_lineno or node.lineno
            where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            yield where, last - node.lineno + 1


def test_no_function_is_longer_than_its_wall() -> None:
    every = [function for path in python_files() for function in functions(path)]

    assert [] == [where for where, lines in every if lines > LONGEST_FUNCTION_LINES]


@pytest.mark.parametrize("room", sorted(rooms()))
def test_each_room_says_briefly_what_it_is_for(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text()))

    assert docstring is not None
    assert len(docstring.splitlines()) <= LONGEST_ROOM_DOCSTRING_LINES
