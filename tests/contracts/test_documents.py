"""The architecture page and the glossary say what the code does."""

import re
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from tests.repository import ROOT, pyproject, rooms


# Every room may import these two; the picture draws the arrows of the row above only.
COMMON = {"core", "kit"}

WORDS = (
    *("dataset", "datapoint", "experiment", "run", "candidate", "evaluator", "score", "metric"),
    *("check", "violation", "judge", "session", "trace", "span", "event", "eval type", "suite"),
    *("prompt version", "alias", "baseline", "verdict", "study", "trial", "checkpoint", "best"),
    *("co-best", "precision", "hallucination rate", "completeness"),
)

Arrow = tuple[str, str]


def contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pyproject()["tool"]["importlinter"]["contracts"]
    return found


def layers() -> list[set[str]]:
    """The rooms of each layer, from the top, as the contracts have them."""
    [house] = [contract for contract in contracts() if contract["type"] == "layers"]
    return [{room.strip() for room in layer.split("|")} for layer in house["layers"]]


def allowed_arrows() -> set[Arrow]:
    """Who may import whom: each layer the layers below it, less what a door keeps out."""
    doors = {
        contract["protected_modules"][0].removeprefix("assay."): {
            name.removeprefix("assay.") for name in contract["allowed_importers"]
        }
        for contract in contracts()
        if contract["name"].startswith("Adapter doors")
    }
    ordered = layers()
    return {
        (importer, imported)
        for depth, layer in enumerate(ordered)
        for lower in ordered[depth + 1 :]
        for importer, imported in product(layer, lower)
        if importer in doors.get(imported, {importer})
    }


def diagram() -> str:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    [picture] = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    return str(picture)


def drawn_layers() -> list[set[str]]:
    bodies = re.findall(r"subgraph [^\n]*\n(.*?)\n\s*end\b", diagram(), re.DOTALL)
    return [set(re.findall(r"^\s*(\w+)\[", body, re.MULTILINE)) for body in bodies]


def drawn_arrows() -> set[Arrow]:
    return {arrow for line in diagram().splitlines() if "-->" in line for arrow in arrows_of(line)}


def arrows_of(line: str) -> Iterator[Arrow]:
    """The arrows of one line such as ``a & b --> c --> d``."""
    groups = [[name.strip() for name in group.split("&")] for group in line.split("-->")]
    for left, right in pairwise(groups):
        yield from product(left, right)


def reachable(arrows: set[Arrow]) -> set[Arrow]:
    """The transitive closure of the arrows."""
    closed = set(arrows)
    while more := {(a, d) for a, b in closed for c, d in closed if b == c} - closed:
        closed |= more
    return closed


def test_the_contracts_place_every_room_that_exists() -> None:
    assert rooms() == set().union(*layers())


def test_the_picture_draws_the_layers_of_the_contracts() -> None:
    assert layers() == drawn_layers()


def test_every_arrow_of_the_picture_is_allowed() -> None:
    assert set() == drawn_arrows() - allowed_arrows()


def test_the_picture_draws_every_allowed_arrow_but_those_into_the_common_rooms() -> None:
    missing = allowed_arrows() - drawn_arrows()

    assert set() == {
        (importer, imported) for importer, imported in missing if imported not in COMMON
    }


def test_the_picture_leads_from_every_room_to_all_it_may_import() -> None:
    assert reachable(allowed_arrows()) == reachable(drawn_arrows())


def test_the_table_of_rooms_is_complete() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert rooms() == set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def doors() -> dict[str, set[str]]:
    """The vendors that each room may import, as the contracts have them."""
    found: dict[str, set[str]] = {room: set() for room in rooms()}
    for contract in contracts():
        for ignored in contract.get("ignore_imports", []):
            importer, _, vendor = ignored.partition(" -> ")
            room = importer.removeprefix("assay.").removesuffix(".**")
            if room in found:  # a door may be ready before its room is built
                found[room].add(vendor)
    return found


def test_the_table_of_rooms_names_every_vendor_behind_its_door() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)

    assert doors() == {room: set(re.findall(r"`(\w+)`", vendors)) for room, vendors in rows}


def glossary() -> list[str]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return re.findall(r"^\| \*\*([^*]+)\*\* \|", text, re.MULTILINE)


def test_the_glossary_explains_every_word_of_the_product() -> None:
    assert set() == set(WORDS) - set(glossary())


def test_the_glossary_explains_no_word_twice() -> None:
    assert sorted(set(glossary())) == sorted(glossary())


def links(page: Path) -> Iterator[str]:
    """The relative links of a page, without their fragments."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"\w+:|#", target):
            yield target.partition("#")[0]


def test_every_relative_link_of_the_pages_for_contributors_leads_somewhere() -> None:
    pages = [ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]

    assert [] == [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in links(page)
        if not (page.parent / target).exists()
    ]


def test_the_design_notes_are_all_in_their_index() -> None:
    index = ROOT / "docs" / "design" / "README.md"
    notes = {path.name for path in index.parent.glob("[0-9]*.md")}

    assert notes == set(links(index))


def test_every_recipe_that_contributing_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"`make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))

    assert named != []
    assert set() == set(named) - recipes
