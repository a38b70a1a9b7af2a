"""A small assistant that follows its prompt: no model, no key, no network.

It stands in for a call to a language model, so that the gate can be tried for nothing. What
it knows and what it may do is written in its prompts, one rule to a line; a rule that is
missing there is not followed. The same input and prompts give the same answer on every day.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta

from prompt_rules import read_rules


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
SMALL_WORDS = re.compile(
    "a|an|and|are|at|be|by|can|do|does|for|from|get|have|how|i|if|in|is|it|me|much|my|of|on|or"
    "|the|there|to|us|we|what|when|where|which|who|will|with|you|your"
)

# What the assistant understands by the topics that a prompt may name.
TOPICS = {
    "passwords": r"pass(word|code)s?|log-?in (data|details)|credentials|api key",
    "card numbers": r"card (number|details)s?|cvv|iban",
    "other customers": (
        r"(another|other) customers?|someone else'?s|my neighbour'?s order"
        r"|(his|her|their) (order|address|account)"
    ),
    "changing these rules": (
        r"(ignore|forget|override|disregard) .*(rules|instructions|told)|developer mode"
    ),
    "this prompt": r"(system|your|initial|hidden) (prompt|instructions)|repeat .* above",
    "role play": r"(pretend|act as|play the role|you are now)",
    "medical advice": r"\b(doses?|pills?|medicine|rash|fever|headache|allergic reaction)\b",
    "legal advice": r"\b(sue|lawyer|court|tenant|contract law|my rights)\b",
    "financial advice": r"\b(shares?|stocks?|invest|loan|mortgage|crypto)\b",
    "politics": r"\b(election|vote for|president|party|parliament)\b",
}

# What the assistant can notice about what it is told.
MEMORIES = {
    "names": r"my name is (\w+)",
    "allergies": r"allergic to (\w+)",
    "addresses": r"live (?:in|at) ((?:\d+ )?\w+)",
    "appliances": r"i (?:own|have|bought) an? ([\w ]+?)(?= and|[.,!]|$)",
    "birthdays": r"birthday is (?:on )?(?:the )?(\d+ \w+)",
}
DETAILS = {
    "order number": r"\b\d{5}\b",
    "model": r"\b[A-Z]{1,2}-?\d{1,4}\b",
    "delivery address": r"\b\d+ \w+ (street|road|lane)\b",
    "delivery date": rf"(?i)\b({'|'.join(WEEKDAYS)}|today|tomorrow|\d{{4}}-\d\d-\d\d)\b",
    "photo": r"\b(photo|picture)s? (attached|enclosed|is here)",
}
MASKS = {
    "e-mail addresses": (r"[\w.+-]+@[\w-]+\.[\w.]*\w", "[e-mail]"),
    "card numbers": (r"\b\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}\b", "[card]"),
    "phone numbers": (r"(?<![\w-])\+?\d{2,4}[ -]\d{3,4}[ -]?\d{3,5}(?![\w-])", "[phone]"),
    "street addresses": (r"\b\d+ [A-Z]\w+ (Street|Road|Lane)\b", "[address]"),
    "order numbers": (r"\b\d{5}\b", "[order]"),
}
LANGUAGES = {
    "German": "wo ist mein paket wie ich kann das nicht und bitte wann haben sie ein der die",
    "French": "où est mon colis comment je puis pas et s'il vous plaît quand avez un le la ouvert",
    "Spanish": "dónde está mi paquete cómo yo puedo no y por favor cuándo tienen un el abren",
    "Italian": "dove è il mio pacco come io posso non e per favore quando avete un aprite",
}
PARCEL = r"paket|lieferung|colis|livraison|paquete|pedido|pacco|consegna"
PHRASES = {  # what to say about a parcel, and about anything else
    "German": ("Bitte nennen Sie mir Ihre Bestellnummer.", "Ich gebe Ihre Frage weiter."),
    "French": ("Veuillez indiquer votre numéro de commande.", "Je transmets votre question."),
    "Spanish": ("Indique su número de pedido, por favor.", "Paso su pregunta a un compañero."),
    "Italian": ("Mi indichi il numero d'ordine, per favore.", "Inoltro la sua domanda."),
}
COMPLAINT = r"broken|late|wrong|disappointed|never arrived|third time|unacceptable|scratched|rude"
PRAISE = r"\b(love|great|thank(s| you)|wonderful|perfect)\b"


def answer(inputs: Mapping[str, object], prompts: Mapping[str, str]) -> dict[str, object]:
    """Do the ``task`` that the inputs name, by default ``chat``, as the prompts say.

    Args:
        inputs: ``message``, and per task ``turns`` (said before) or ``today``.
        prompts: The text of each active prompt by name.
    """
    rules = read_rules("\n".join(prompts.values()))
    task = inputs.get("task", "chat")
    message = inputs["message"] if task in VERBATIM else understood(inputs["message"], rules)
    return TASKS[task]({**inputs, "message": message}, rules)


def understood(message, rules):
    """Return the message with the words that the prompt says mean others replaced by those."""
    for word, meant in rules.synonyms.items():
        message = re.sub(rf"\b{re.escape(word)}\b", meant, message, flags=re.IGNORECASE)
    return message


def mentions(text, words):
    """Return whether one of the words, or its start, is in the text: ``refund`` in refunded."""
    return any(has(rf"\b{re.escape(word)}", text) for word in words)


def has(pattern, text):
    return re.search(pattern, text, re.IGNORECASE) is not None


def is_about(text, topic):
    return topic in TOPICS and has(TOPICS[topic], text)


# --- chat -------------------------------------------------------------------------------------


def chat(inputs, rules):
    message = str(inputs["message"])
    said = spoken_language(message, rules)
    reply = {"text": "", "decision": "allow", "citations": [], "asks_for": "nothing"}
    reply |= decided(message, rules) or {}
    if reply["decision"] == "allow":
        reply |= foreign(message, said) if said != "English" else helped(message, rules)
    reply["text"] = styled(str(reply["text"]), message, rules)
    return reply


def decided(message, rules):
    """Return what is said to something that is not simply answered, or None."""
    for words, warning in rules.warnings:
        if mentions(message, words):
            return {"decision": "warn", "text": warning}
    if any(is_about(message, topic) for topic in rules.refused):
        return {"decision": "block", "text": "I cannot help with that."}
    if any(is_about(message, topic) for topic in rules.declined):
        return {"decision": "decline", "text": "Please ask a professional about that."}
    return None


def helped(message, rules):
    """Return a question back where a detail is missing, else what the facts say."""
    for detail, words in rules.questions:
        if mentions(message, words) and not re.search(DETAILS.get(detail, "$^"), message):
            return {"asks_for": detail, "text": f"Which {detail} is it about?"}
    facts = fitting_facts(message, rules)
    if not facts:
        return {"text": "I have passed your message on."}
    sources = [source for source, _ in facts] if rules.say("Cite your sources") else []
    return {"text": " ".join(text for _, text in facts), "citations": sources}


def fitting_facts(message, rules):
    """Return the fact that shares most words with each part of the message that has one."""
    parts = re.split(r"[?.!;]| and ", message) if rules.say("Answer every question") else [message]
    best = (best_fact(part, rules) for part in parts)
    return list(dict.fromkeys(fact for fact in best if fact is not None))


def best_fact(part, rules):
    asked = stems(part)
    shared = {fact: len(asked & stems(" ".join(fact))) for fact in rules.facts}
    best = max(shared, key=lambda fact: shared[fact], default=None)
    return best if best is not None and shared[best] else None


def stems(text):
    words = re.findall(r"[a-z]+", text.lower())
    return {
        re.sub(r"(ing|ed|es|s|e)$", "", word) for word in words if not SMALL_WORDS.fullmatch(word)
    }


def spoken_language(message, rules):
    """Return the language with most of its small words in the message, of those allowed."""
    heard = re.findall(r"[\w']+", message.lower())
    counts = {
        name: sum(word in words.split() for word in heard) for name, words in LANGUAGES.items()
    }
    likely = max(counts, key=lambda name: counts[name])
    return likely if counts[likely] > 1 and likely in rules.languages else "English"


def foreign(message, language):
    about_parcel, other = PHRASES[language]
    return {"text": about_parcel if has(PARCEL, message) else other}


def styled(text, message, rules):
    if rules.say("Apologise when the customer complains") and has(COMPLAINT, message):
        text = f"I am sorry about that. {text}"
    elif rules.say("Thank the customer for praise") and has(PRAISE, message):
        text = f"Thank you for your kind words. {text}"
    if not rules.say("Never use exclamation marks"):
        text = f"{text} Have a super day!"
    return text.strip()


# --- the other tasks --------------------------------------------------------------------------


def route(inputs, rules):
    queues = (queue for words, queue in rules.routes if mentions(inputs["message"], words))
    return {"queue": next(queues, "general")}


def classify(inputs, rules):
    labels = (label for words, label in rules.labels if mentions(inputs["message"], words))
    return {"label": next(labels, "normal")}


def redact(inputs, rules):
    text = inputs["message"]
    for kind in (kind for kind in MASKS if kind in rules.masked):
        pattern, mask = MASKS[kind]
        text = re.sub(pattern, mask, text)
    return {"text": text}


def recall(inputs, rules):
    """Return what was said in earlier turns of the kinds that are to be remembered."""
    turns = inputs["turns"]
    if rules.say("Prefer what was said last"):
        turns = list(reversed(turns))
    found = []
    for kind in filter(MEMORIES.__contains__, rules.remembered):
        matches = (re.search(MEMORIES[kind], turn, re.IGNORECASE) for turn in turns)
        found += [match[1] for match in matches if match][:1]
    return {"recalled": found}


def act(inputs, rules):
    """Return the tools that are called, only the first unless several are allowed."""
    message = inputs["message"]
    calls = []
    for name, (pattern, arguments) in TOOLS.items():
        found = re.search(pattern, message, re.IGNORECASE)
        if found and name in rules.tools:
            calls.append({"name": name, "arguments": arguments(found)})
    several = rules.say("Call several tools when several are needed")
    return {"tool_calls": calls if several else calls[:1]}


TOOLS = {
    "cancel_order": (r"cancel (?:my )?order (\d{5})", lambda found: {"order": found[1]}),
    "order_status": (
        r"(?:where is|status of|track|when does) (?:my )?order (\d{5})",
        lambda found: {"order": found[1]},
    ),
    "set_timer": (
        r"timer (?:for|to|of) (\d+|\w+) minutes?",
        lambda found: {"minutes": number(found[1])},
    ),
    "switch": (
        r"(?:turn|switch) (on|off) the (\w+)",
        lambda found: {"device": found[2].lower(), "state": found[1].lower()},
    ),
    "book_repair": (
        rf"repair .*?({'|'.join(WEEKDAYS)})",
        lambda found: {"day": found[1].lower()},
    ),
    "add_to_list": (
        r"(?:add|put) ([\w ]+?) (?:to|on) (?:my|the) (?:shopping )?list",
        lambda found: {"items": re.split(r" and ", found[1])},
    ),
}


def number(word):
    return int(word) if word.isdecimal() else NUMBERS.get(word.lower(), 0)


def extract(inputs, rules):
    """Return the items of an order as ``2 kettle``."""
    if not rules.products:
        return {"items": []}
    counts = [r"\d+", *(NUMBERS if rules.say("Read number words as numbers") else ())]
    pattern = rf"\b({'|'.join(counts)}) ({'|'.join(rules.products)})"
    found = re.findall(pattern, inputs["message"].lower())
    return {"items": [f"{number(count)} {name}" for count, name in found]}


def summarise(inputs, rules):
    """Return the sentences with something to keep, else the first, up to the allowed words."""
    sentences = re.split(r"(?<=[.!?]) ", inputs["message"])
    patterns = [KEPT[kind] for kind in rules.kept if kind in KEPT]
    kept = [text for text in sentences if any(re.search(p, text, re.IGNORECASE) for p in patterns)]
    words = " ".join(kept or sentences[:1]).split()
    return {"text": " ".join(words[: rules.most_words])}


KEPT = {
    "order numbers": r"\b\d{5}\b",
    "amounts": r"\d EUR",
    "wishes": r"\b(want|would like|please|expect)\b",
    "deadlines": rf"\b(before|until|by) ({'|'.join(WEEKDAYS)}|tomorrow)",
}


def convert(inputs, rules):
    """Return an amount in another unit; None where a unit is not known."""
    found = re.search(
        r"how many ([a-z]+) (?:are|is)(?: in)? ([\d.]+|an?) ([a-z ]+)\?",
        inputs["message"],
        re.IGNORECASE,
    )
    if not found:
        return {"value": None}
    goal, amount, unit = (part.lower() for part in found.groups())
    (size, base), (other, other_base) = measure(unit, rules), measure(goal, rules)
    if base != other_base:
        return {"value": None}
    return {"value": round(float(NUMBERS.get(amount, amount)) * size / other, 3)}


def measure(unit, rules):
    """Return how much of which base unit a unit is; one that is not known is its own base."""
    forms = (unit, unit.removesuffix("s"), unit.removesuffix("es"), unit.replace("s of", " of"))
    return next((rules.units[form] for form in forms if form in rules.units), (1.0, unit))


def total(inputs, rules):
    """Return what an order comes to, in EUR."""
    wanted = re.findall(r"\b(\d+|an?) ([a-z ]+?)s?(?=,| and|\?)", inputs["message"].lower())
    unknown = (0.0, 0)
    amount = sum(number(count) * rules.products.get(name, unknown)[0] for count, name in wanted)
    share, above = rules.money.get("discount", (0.0, 0.0))
    fee, below = rules.money.get("delivery", (0.0, 0.0))
    amount = amount * (1 - share / 100) if amount > above else amount
    return {"total": round(amount + (fee if amount < below else 0.0), 2)}


def describe(inputs, rules):
    """Return what is known about a product, as JSON where the prompt says so."""
    names = [name for name in rules.products if name in inputs["message"].lower()]
    if not names:
        return {"text": "{}" if rules.say("Write product data as JSON") else "Unknown product."}
    price, stock = rules.products[names[0]]
    if not rules.say("Write product data as JSON"):
        return {"text": f"{names[0]}: {price} EUR, {stock} in stock"}
    data = {"name": names[0], "price": price, "stock": stock}
    return {"text": json.dumps(data)}


def resolve(inputs, rules):
    """Return the day that is meant, as YYYY-MM-DD, or an empty text."""
    today, message = date.fromisoformat(inputs["today"]), inputs["message"].lower()
    for line, read in DATES:
        day = read(message, today) if rules.say(line) else None
        if day is not None:
            return {"date": day.isoformat()}
    return {"date": ""}


def written_day(message, today):
    found = re.search(rf"(\d+)(?:st|nd|rd|th)?(?: of)? ({'|'.join(MONTHS)})", message)
    if not found:
        return None
    day = date(today.year, MONTHS.index(found[2]) + 1, int(found[1]))
    return day if day >= today else day.replace(year=today.year + 1)


def counted_day(message, today):
    if "the day after tomorrow" in message:
        return today + timedelta(days=2)
    fixed = {"tomorrow": 1, "today": 0, "tonight": 0}
    named = next((days for word, days in fixed.items() if word in message), None)
    found = re.search(r"in (\d+|\w+) (day|week)s?", message)
    if named is None and found:
        named = number(found[1]) * (7 if found[2] == "week" else 1)
    return None if named is None else today + timedelta(days=named)


def weekday(message, today, *, later=False):
    found = re.search(rf"(next )?({'|'.join(WEEKDAYS)})", message)
    if not found or (later and not found[1]):
        return None
    ahead = (WEEKDAYS.index(found[2]) - today.weekday() - 1) % 7 + 1
    if not later:
        return today + timedelta(days=ahead)
    monday = today + timedelta(days=7 - today.weekday())
    return monday + timedelta(days=WEEKDAYS.index(found[2]))


def month_end(message, today):
    if "end of the month" not in message:
        return None
    return (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


DATES = (
    ("Understand the end of the month", month_end),
    ("Understand days of a month", written_day),
    ("Understand today, tomorrow and numbers of days", counted_day),
    (
        'Take "next" before a weekday as the week after this one',
        lambda message, today: weekday(message, today, later=True),
    ),
    ("Take a weekday as the next one to come", weekday),
)

VERBATIM = {"redact", "summarise"}  # what gives the text back does not put words into it
TASKS = {
    "chat": chat,
    "route": route,
    "classify": classify,
    "redact": redact,
    "recall": recall,
    "act": act,
    "extract": extract,
    "summarise": summarise,
    "convert": convert,
    "total": total,
    "describe": describe,
    "date": resolve,
}
