"""Quantities in a text: number, scale, unit, comparison word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from videogen.fact_check.reading.claim import Comparator, DateSpan, Quantity
from videogen.fact_check.reading.numbers import find_numbers
from videogen.fact_check.reading.units import UNITS
from videogen.text.normalise import lowered

_MARKS = {"₹": "INR", "rs.": "INR", "rs": "INR", "inr": "INR", "us$": "USD", "$": "USD", "usd": "USD", "€": "EUR",
          "eur": "EUR", "£": "GBP", "gbp": "GBP", "¥": "JPY", "रु.": "INR", "रु": "INR"}  # fmt: skip
_PREFIX = re.compile(
    rf"(?<![^\W\d_])(?P<mark>{'|'.join(re.escape(mark) for mark in sorted(_MARKS, key=len, reverse=True))})\s?$",
    re.I,
)
_forms = "|".join(re.escape(form) for form in sorted(UNITS, key=len, reverse=True))
_SUFFIX = re.compile(rf"\s?-?(?P<unit>{_forms})(?![\w\u0900-\u0963\u0966-\u097f²³/])", re.IGNORECASE)
_COMPARISONS: tuple[tuple[Comparator, str], ...] = (
    (
        "at_least",
        r"(?<!no )(?<!not )more than|(?<!stretches )(?<!extends )(?<!spread )over|above|at least|no less than|not less than|no fewer than|not fewer than|upwards of|(?<!not )exceeding|exceeds|से अधिक|से ज्यादा|कम से कम",
    ),
    ("at_most", r"less than|fewer than|under|below|at most|up to|no more than|not more than|not exceeding|से कम|अधिकतम"),
    (
        "about",
        r"about|around|approximately|approx\.?|roughly|nearly|almost|some|close to|an estimated|estimated at|लगभग|करीब|क़रीब|तकरीबन",
    ),
)
_BEFORE = tuple((name, re.compile(rf"(?:^|\s)(?:{words})\s+(?:the\s+|a\s+)?$", re.I)) for name, words in _COMPARISONS)
_AFTER = tuple(
    (name, re.compile(rf"\s*(?:{words})(?![\w\u0900-\u0963\u0966-\u097f])"))
    for name, words in (("at_least", "से अधिक|से ज्यादा|or more"), ("at_most", "से कम|or less|or fewer"))
)
# "ISO 4217", "Article 370": a number that names, not one that counts.
_DESIGNATION = re.compile(r"\b(?:ISO|IEC|BIS|Article|Section|Clause|Chapter|Highway|Flight)\s*$")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b|वां|वीं|वें", re.I)


def find_quantities(text: str, dates: Sequence[DateSpan] = ()) -> tuple[Quantity, ...]:
    """Every quantity of `text` outside of `dates`, in order. Ordinals ("3rd") and digits inside names are left out."""
    found: list[Quantity] = []
    taken = [(span.start, span.end) for span in dates]
    for match, value, step in find_numbers(text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        if _ORDINAL.match(text, match.end()) or _DESIGNATION.search(text, max(0, match.start() - 12), match.start()):
            continue
        quantity = _quantity(text, match, value, step)
        if quantity is not None:
            found.append(quantity)
    return tuple(found)


def _quantity(text: str, match: re.Match[str], value: float, step: float) -> Quantity | None:
    start, end, unit = match.start(), match.end(), None
    prefix = _PREFIX.search(text, max(0, start - 5), start)
    if prefix:
        start, unit = prefix.start(), _MARKS[lowered(prefix.group("mark"))]
    suffix = _SUFFIX.match(text, end)
    if suffix and (unit is None or UNITS[_form(suffix)] == unit) and not _one_letter_word(text, suffix):
        end, unit = suffix.end(), UNITS[_form(suffix)]
    elif unit is None and text[end : end + 1].isalpha() and match.group("digits"):
        return None  # "5G", "3D": a name, not an amount
    comparator, start, end = _comparison(text, start, end)
    return Quantity(
        text=text[start:end], start=start, end=end, value=value, unit=unit, step=step, comparator=comparator
    )


def _form(match: re.Match[str]) -> str:
    written = match.group("unit")
    return written if written in UNITS else lowered(written)


def _one_letter_word(text: str, suffix: re.Match[str]) -> bool:
    """Single letters are units only in lower case and right after the number ("5 m", "2 l"), never "5 W…" headings."""
    return len(suffix.group("unit")) == 1 and suffix.group("unit").isalpha() and suffix.group("unit").isupper()


def _comparison(text: str, start: int, end: int) -> tuple[Comparator, int, int]:
    for name, pattern in _AFTER:
        after = pattern.match(text, end)
        if after:
            return name, start, after.end()  # type: ignore[return-value]
    window = text[max(0, start - 24) : start]
    for comparator, pattern in _BEFORE:
        before = pattern.search(window)
        if before:
            lead = len(window) - before.start() - (len(before.group()) - len(before.group().lstrip()))
            return comparator, start - lead, end
    return "equal", start, end
