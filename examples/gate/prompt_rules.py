"""Reading a prompt: one rule to a line, in a few forms. What fits no form means nothing."""

import re
from dataclasses import dataclass, field


@dataclass
class Rules:
    """What the prompts say: the lines as they are, and the parts of those that are known."""

    facts: list[tuple[str, str]] = field(default_factory=list)  # (source, text)
    synonyms: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    warnings: list[tuple[list[str], str]] = field(default_factory=list)  # (words, what to say)
    routes: list[tuple[list[str], str]] = field(default_factory=list)
    labels: list[tuple[list[str], str]] = field(default_factory=list)
    questions: list[tuple[str, list[str]]] = field(default_factory=list)  # (detail, words)
    tools: set[str] = field(default_factory=set)
    remembered: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    most_words: int | None = None
    languages: list[str] = field(default_factory=list)
    units: dict[str, tuple[float, str]] = field(default_factory=dict)
    products: dict[str, tuple[float, int]] = field(default_factory=dict)
    money: dict[str, tuple[float, float]] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)

    def say(self, line: str) -> bool:
        """Return whether a rule without parts is there, such as ``Cite your sources.``."""
        return line in self.lines


def read_rules(text: str) -> Rules:
    """Return the rules in a prompt. Lines that are no known rule mean nothing, as prose does."""
    rules = Rules()
    for line in filter(None, map(str.strip, text.splitlines())):
        rules.lines.add(line.rstrip("."))
        for pattern, read in FORMS:
            found = re.fullmatch(pattern, line)
            if found:
                read(rules, *found.groups())
                break
    return rules


def words_of(listed: str) -> list[str]:
    """Return the parts of ``refunds, invoices and charges``."""
    return [part.strip(' "') for part in re.split(r",| and | or ", listed) if part.strip()]


FORMS = (
    (r"\[([\w-]+)\] (.+)", lambda rules, source, said: rules.facts.append((source, said))),
    (r'"(.+)" means "(.+)"\.', lambda rules, word, meant: rules.synonyms.update({word: meant})),
    (r"Refuse requests about (.+)\.", lambda rules, topic: rules.refused.append(topic)),
    (r"Decline (.+)\.", lambda rules, topics: rules.declined.extend(words_of(topics))),
    (
        r"Warn of (.+?): (.+)",
        lambda rules, named, said: rules.warnings.append((words_of(named), said)),
    ),
    (
        r"Route (.+) to (\w+)\.",
        lambda rules, named, queue: rules.routes.append((words_of(named), queue)),
    ),
    (
        r"Call a message (\w+) when it mentions (.+)\.",
        lambda rules, label, named: rules.labels.append((words_of(named), label)),
    ),
    (
        r"Ask for the (.+?) when the customer mentions (.+)\.",
        lambda rules, detail, named: rules.questions.append((detail, words_of(named))),
    ),
    (r"Use (\w+) for .+\.", lambda rules, tool: rules.tools.add(tool)),
    (r"Remember (.+)\.", lambda rules, kinds: rules.remembered.extend(words_of(kinds))),
    (r"Mask (.+)\.", lambda rules, kinds: rules.masked.extend(words_of(kinds))),
    (
        r"Summarise in at most (\d+) words\.",
        lambda rules, count: setattr(rules, "most_words", int(count)),
    ),
    (r"Keep (.+) in summaries\.", lambda rules, kinds: rules.kept.extend(words_of(kinds))),
    (r"Answer in (.+)\.", lambda rules, named: rules.languages.extend(words_of(named))),
    (
        r"One (.+) is ([\d.]+) (\w+)\.",
        lambda rules, unit, size, base: rules.units.update({unit: (float(size), base)}),
    ),
    (
        r"Product: (.+), ([\d.]+) EUR, (\d+) in stock\.",
        lambda rules, name, price, stock: rules.products.update({name: (float(price), int(stock))}),
    ),
    (
        r"Give ([\d.]+) % off above ([\d.]+) EUR\.",
        lambda rules, share, limit: rules.money.update(discount=(float(share), float(limit))),
    ),
    (
        r"Add ([\d.]+) EUR for delivery below ([\d.]+) EUR\.",
        lambda rules, fee, limit: rules.money.update(delivery=(float(fee), float(limit))),
    ),
)
