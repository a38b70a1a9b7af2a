"""Numbers as people write them: ``$1,234.50``, ``18 dollars.``, ``−3``, ``50%``.

One number must make up the whole text, apart from a currency, a percent sign, one
unit word and a full stop. ``18 or 20`` is no number, and ``3,5`` is none either: it
would be 3.5 to some readers and 35 to others.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any


_LONGEST = 100
_SCALES = {
    "hundred": Decimal(100),
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
    "trillion": Decimal(1_000_000_000_000),
}
_SAME_UNITS = {
    "$": "usd",
    "dollar": "usd",
    "€": "eur",
    "euro": "eur",
    "£": "gbp",
    "¥": "jpy",
    "yen": "jpy",
    "₹": "inr",
    "rupee": "inr",
    "cent": "¢",
}

_WRAPPERS = "*_`\"'“”‘’"
"""Emphasis and quotes around a number."""

_AMBIGUOUS_UNITS = frozenset({"k", "bn", "mn", "mio", "mrd", "tn"})
"""Abbreviated scales: a number with one of these is left to be compared as text."""
_CURRENCY = r"[$€£¥₹₩₽₺₴₦₫฿¢]|(?:USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD)\b"
_DIGITS = (
    r"\d{1,3}(?:,\d{3})+"  # 1,234,567
    r"|\d{1,2}(?:,\d{2})+,\d{3}"  # 12,34,567
    r"|\d{1,3}(?:[ '_’]\d{3})+(?!\d)"  # 1 234 567
    r"|\d+"
)
_NUMBER = re.compile(
    rf"""
    (?P<before>{_CURRENCY})?\s*
    (?P<sign>[+-])?\s*
    (?P<inner>{_CURRENCY})?\s*
    (?P<digits>(?:{_DIGITS})(?:\.\d*)?|\.\d+)
    (?P<exponent>[eE][+-]?\d{{1,3}}(?!\w))?
    \s*(?P<after>{_CURRENCY})?
    \s*(?P<percent>%|\bpercent\b)?
    \s*(?P<unit>[^\W\d_]+(?:[²³]|/[^\W\d_]+)?)?
    \s*\.?
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the unit it was written with (a currency or a word), or no unit."""

    value: Decimal
    unit: str | None = None


def read_quantity(value: Any) -> Quantity | None:
    """Read a JSON number or a text that is one number; None for anything else.

    A percent sign is dropped: ``50%`` is 50, not one half. Booleans are no numbers.
    Worked values: ``"$1,234.50"`` is 1234.50 with the unit ``usd``; ``"A 3"`` is None.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return Quantity(Decimal(str(value)))
    return _from_text(value) if isinstance(value, str) and len(value) <= _LONGEST else None


def _unit(mark: str) -> str:
    """Return one name per unit: ``$``, ``USD`` and ``dollars`` are the same one."""
    name = mark.casefold()
    singular = name[:-1] if len(name) > 3 and name.endswith("s") else name
    return _SAME_UNITS.get(singular, singular)


def _plain_character(character: str) -> str:
    """Return the ASCII form of wide characters, spaces and the minus sign.

    Superscripts stay what they are: ``10²`` is not 102.
    """
    if character == "−":
        return "-"
    if unicodedata.category(character) == "Zs":
        return " "
    kind, _, code = unicodedata.decomposition(character).partition(" ")
    return chr(int(code, 16)) if kind == "<wide>" else character


@lru_cache(maxsize=4096)
def _from_text(text: str) -> Quantity | None:
    plain = "".join(map(_plain_character, text)).strip().strip(_WRAPPERS).strip()
    if not (match := _NUMBER.fullmatch(plain)):
        return None
    marks = [match[name] for name in ("before", "inner", "after", "unit") if match[name]]
    if len(marks) > 1 or (match["unit"] and not match["unit"][0].isalpha()):
        return None
    unit = _unit(marks[0]) if marks else None
    if unit in _AMBIGUOUS_UNITS:
        return None
    digits = re.sub(r"[, '_’]", "", match["digits"])
    number = Decimal(f"{match['sign'] or ''}{digits}{match['exponent'] or ''}")
    if unit in _SCALES:
        return Quantity(number * _SCALES[unit])
    return Quantity(number, unit)
