"""The locks pin what ``pyproject.toml`` asks for, with hashes and without addresses."""

import json
import re
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repository import ROOT, pyproject


RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"
UV = "requirements-uv.lock"
LOCKS = (RUNTIME, DEVELOPMENT, UV)


def pins(lock: str) -> dict[str, set[str]]:
    """The versions that a lock pins, by canonical name (one per environment marker)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def runtime_requirements() -> Iterator[Requirement]:
    project = pyproject()["project"]
    extras = project["optional-dependencies"].values()
    for line in [*project["dependencies"], *(line for lines in extras for line in lines)]:
        requirement = Requirement(line)
        if requirement.name != project["name"]:
            yield requirement


def development_requirements() -> Iterator[Requirement]:
    for lines in pyproject()["dependency-groups"].values():
        yield from (Requirement(line) for line in lines if isinstance(line, str))


def unmet(requirements: Iterator[Requirement], lock: str) -> list[str]:
    pinned = pins(lock)
    return [
        str(requirement)
        for requirement in requirements
        if not any(
            requirement.specifier.contains(version, prereleases=True)
            for version in pinned.get(canonicalize_name(requirement.name), set())
        )
    ]


def test_the_runtime_lock_meets_every_dependency_and_extra() -> None:
    assert [] == unmet(runtime_requirements(), RUNTIME), "run make lock"


def test_the_development_lock_meets_every_group() -> None:
    assert [] == unmet(development_requirements(), DEVELOPMENT), "run make lock"


def test_the_development_lock_holds_the_runtime_lock() -> None:
    development = pins(DEVELOPMENT)

    assert {} == {
        name: versions
        for name, versions in pins(RUNTIME).items()
        if versions != development.get(name)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]

    assert [] == [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_no_folder(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert [] == re.findall(
        r"--(?:extra-)?index-url|--find-links|\w+://\S+|^/\S+| @ ", text, re.MULTILINE
    )


def test_the_lock_of_the_page_holds_no_address() -> None:
    path = ROOT / "frontend" / "package-lock.json"
    if not path.exists():
        pytest.skip("the page has no lock yet")
    packages = json.loads(path.read_text())["packages"]

    assert [] == [name for name, entry in packages.items() if "resolved" in entry]
