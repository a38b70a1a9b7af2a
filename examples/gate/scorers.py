"""Two scorers of our own, beside the ready ones: each takes an output and judges it."""

import re


OPENINGS = {"apology": "I am sorry", "thanks": "Thank you"}


def friendly(outputs, ground_truth):
    """Pass a text that opens as it should and shouts neither in capitals nor with marks."""
    text, tone = outputs["text"], ground_truth["tone"]
    opening = OPENINGS.get(tone, "")
    if not text.startswith(opening):
        return False, f"an answer with the tone {tone!r} opens with {opening!r}"
    loud = re.findall(r"!|\b[A-Z]{5,}\b", text)
    return not loud, f"it shouts: {loud}" if loud else None


def short_enough(outputs, ground_truth):
    """Pass a summary of at most as many words as the ground truth allows."""
    count, limit = len(outputs["text"].split()), ground_truth["max_words"]
    return count <= limit, f"{count} words, at most {limit} are wanted"
