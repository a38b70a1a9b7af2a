"""Two versions of a small candidate: they route a ticket to a team by its keywords."""

from collections.abc import Mapping
from typing import Any

from assay.experiments.evaluators import evaluator


KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "billing": ("invoice", "charged", "payment", "card", "vat", "dollars", "plan went"),
    "login": ("sign in", "sign-in", "password", "two-factor", "locked", "single sign-on", "reset"),
    "shipping": ("parcel", "order", "tracking", "delivery", "customs", "box"),
    "bug": ("error", "closes", "empty", "stops at", "finds nothing", "skips"),
    "feature": ("could", "would help", "would love", "would save", "please let", "should be"),
    "cancellation": ("end our", "stop", "delete the account", "end date", "pause", "leave"),
}


def first_keyword(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Route to the first team with one of its four main keywords in the ticket."""
    text = inputs["ticket"].lower()
    for team, words in KEYWORDS.items():
        if any(word in text for word in words[:4]):
            return {"category": team}
    return {"category": "unknown"}


def most_keywords(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Route to the team with the most keywords in the ticket."""
    text = inputs["ticket"].lower()
    hits = {team: sum(word in text for word in words) for team, words in KEYWORDS.items()}
    best = max(hits, key=lambda team: hits[team])
    return {"category": best if hits[best] else "unknown"}


@evaluator
def right_team(outputs: Any, _inputs: Any, ground_truth: Any) -> bool:
    """Whether the ticket went to the team that should answer it."""
    return bool(outputs["category"] == ground_truth["category"])


@evaluator
def known_team(outputs: Any) -> bool:
    """Whether a team was found at all."""
    return bool(outputs["category"] in KEYWORDS)
