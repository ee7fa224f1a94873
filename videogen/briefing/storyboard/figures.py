"""Figures: the quantities of a sentence as a viewer must see them, with comparator, scale, unit and rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from videogen.briefing.source.masthead import ADDRESS, PHONE
from videogen.fact_check.reading.claim import Comparator, DateSpan, Quantity
from videogen.fact_check.reading.dates import find_dates
from videogen.fact_check.reading.quantities import find_quantities
from videogen.text.word_lists import word_set

_D = r"\w\u0900-\u0963\u0966-\u097f"
# Numbers that name something, or say when or where; none is a figure.
_NAMES = re.compile(
    r"\b(?:No|Nos|Section|Sections|Rule|Rules|Article|Clause|Sub-section|Schedule|Chapter|Para|Paragraph|Form|Phase|Stage"
    r"|Ward|Sector|Block|Room|Gate|Platform|Highway|NH|SH|Route|Line|Terminal|Version|Class|Grade|Type|Level|Group"
    r"|Category|Annex|Annexure|Table|Figure|Part|Volume|Tier|Zone|PIN|Act|Bill|Notification|G\.?S\.?R\.?|S\.?O\.?|ISO|IEC"
    r"|BIS|Covid|COVID|Mission|Vision|Agenda|Article|Episode|Session|Edition|Unit|Lot|Flight|Train|Bus)\b\.?\s*-?\s*"
    r"(?:No\.?\s*)?[A-Z]?-?\(?\d[\d./()A-Za-z-]*"
    r"|(?:धारा|नियम|अनुच्छेद|क्रमांक|संख्या|वार्ड|चरण|राजमार्ग|अधिनियम)\s*-?\s*[\d०-९][\d०-९./-]*"
    r"|\b[A-Za-z]+-?\d+\b(?!\s*(?:per|%))|\b\d+[A-Z]\b|\b\d{1,3}\([a-z0-9]+\)"
)
_TIMES = re.compile(
    r"\b\d{1,2}[:.]\d{2}\s*(?:[ap]\.?\s?m\.?|hrs?|hours|IST|UTC|GMT|बजे)?(?![\d,])(?=\s*(?:[ap]\.?\s?m\.?|hrs?|hours|IST|UTC|GMT|बजे))"
    r"|\b\d{1,2}:\d{2}\b|\b\d{1,2}\s*(?:[ap]\.?m\.?)(?!\w)|[\d०-९]{1,2}(?:[:.][\d०-९]{2})?\s*बजे|\b\d{4} hrs\b",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul"
    r"|Aug|Sept?|Oct|Nov|Dec|जनवरी|फरवरी|फ़रवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|सितम्बर|अक्टूबर|अक्तूबर|नवंबर|नवम्बर|दिसंबर|दिसम्बर)"
)
_DAYS = re.compile(
    rf"(?<![{_D}])\d{{1,2}}(?:st|nd|rd|th)?(?:\s*(?:-|–|to|and|,|&|से|और)\s*\d{{1,2}}(?:st|nd|rd|th)?)*\s+(?:of\s+)?{_MONTH}(?![{_D}])"
    rf"|(?<![{_D}]){_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:\s*(?:-|–|to|and)\s*\d{{1,2}}(?:st|nd|rd|th)?)?(?![\d{_D}]|,\d)"
    rf"|[०-९]{{1,2}}\s+{_MONTH}|(?<![{_D}.,₹$€£])(?:19|20)\d\d(?:[-–/]\d\d(?:\d\d)?)?(?![{_D},]|\.\d|\s*(?:lakh|crore|million|billion|thousand|per cent|%))"
)
_BEFORE = re.compile(
    r"(?:(?:as many as|as much as|no fewer than|not fewer than|no less than|not less than|not more than|no more than|more than"
    r"|less than|fewer than|at least|at most|up to|upto|well over|just over|over|above|below|under|nearly|almost|around|about"
    r"|approximately|roughly|some|close to|an estimated|a record|a minimum of|a maximum of|a total of|minimum|maximum|exceeding"
    r"|upwards of|only|just|within|लगभग|करीब|क़रीब|तकरीबन|कम से कम|अधिकतम|न्यूनतम|केवल|कुल|रिकॉर्ड)\s+(?:the\s+|a\s+)?)$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:\s(?:(?:more|less|fewer|higher|lower)(?=\s+(?:than|will|would|were|was|are|is|have|has|had)\b|\s*[,.;:]|$)|or more|or less|or fewer|or above|or below|and above|and more|plus|से अधिक|से ज्यादा|से ज़्यादा|से कम|से ऊपर|तक)(?![\w\u0900-\u0963\u0966-\u097f]))"
)
# A comparison that is denied is its opposite.
_DENIED = re.compile(r"(?<![\w-])(?:not?|never)\s$", re.IGNORECASE)
_PLUS = re.compile(r"/-|\s?\+(?!\d)")
_RATE = re.compile(
    rf"\s(?:per|(?:each|every|a)(?=\s(?:day|week|month|year|quintal|tonne|kilogram|litre|unit|head)\b)|प्रति)\s[{_D}-]+|/[a-z]{{1,8}}\b",
    re.IGNORECASE,
)
_RATE_BEFORE = re.compile(rf"(?:प्रति\s[{_D}]+\s)$")
_RANGE = re.compile(r"\s*(?:-|–|—|to|से)\s*", re.IGNORECASE)
# Words that end the noun of a counted quantity ("340 new health centres | across").
_ENDS_NOUN = word_set("after_a_counted_noun")
_NOUN_WORD = re.compile(rf"\s(?P<word>[{_D}’'&-]+)")
_MOST_NOUN_WORDS = 4
# "Passengers rose to 38.6 lakh": what is counted stands before it, and the scale says that it is counted.
_SCALED = re.compile(
    r"\d\s?(?:lakh|crore|million|billion|trillion|thousand)s?\b|[\d०-९]\s?(?:लाख|करोड़|करोड़|हज़ार|हजार|अरब)|\d\s?(?:لاکھ|کروڑ|ہزار)",
    re.IGNORECASE,
)
# Where these stand, the word before them is a verb: "340 taps | laid were".
_AUXILIARY = word_set("auxiliary_verbs")
# The first plural is the head of the noun: "340 health centres | work".
_PLURAL = re.compile(r"[a-z]{2}(?<![sui])s$|[a-z]ies$")
_NO_HEADS = frozenset(("overseas", "sports", "goods", "savings", "sales", "women's", "women’s", "whereas"))


@dataclass(frozen=True)
class Figure:
    """A quantity and where it stands in its text, everything included that its meaning needs.

    measure: what makes two figures comparable: the unit with its rate, or what is counted; "" for a bare number.
    high: of a range, else as `value`.
    """

    text: str
    start: int
    end: int
    value: float
    high: float
    comparator: Comparator
    unit: str | None
    measure: str


def find_figures(text: str) -> tuple[Figure, ...]:
    """The figures of a sentence, in order. Dates, times, telephone numbers, addresses and names are none."""
    masked = _masked(text)
    found = [_extended(text, quantity) for quantity in _ranges(masked, _quantities(masked))]
    return tuple(figure for figure in found if figure.measure)


def dates_of(text: str) -> tuple[DateSpan, ...]:
    """Dates and periods of a text; words such as "today" are left out, for they move with the clock."""
    return tuple(span for span in find_dates(text) if any(letter.isdigit() for letter in span.text))


def periods(text: str) -> tuple[str, ...]:
    """Dates, months and years as they are written, in order."""
    spans = [(span.start, span.end) for span in dates_of(text)]
    spans += [match.span() for match in _DAYS.finditer(text)]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if not any(start < other and first < end for first, other in kept):
            kept.append((start, end))
    return tuple(text[start:end] for start, end in sorted(kept))


def _masked(text: str) -> str:
    """The text with blanks where numbers count nothing; offsets keep."""
    for pattern in (ADDRESS, PHONE, _TIMES, _DAYS, _NAMES):
        text = pattern.sub(lambda match: _blanks(match.group()), text)
    for span in dates_of(text):
        text = text[: span.start] + _blanks(span.text) + text[span.end :]
    return text


def _blanks(text: str) -> str:
    return "".join("¶" if not letter.isspace() else " " for letter in text)


def _quantities(text: str) -> list[Quantity]:
    return list(find_quantities(text))


def _ranges(text: str, found: Sequence[Quantity]) -> list[tuple[Quantity, float]]:
    """Each quantity with its highest value: "5-7 km" is one, from 5 to 7."""
    joined: list[tuple[Quantity, float]] = []
    for quantity in found:
        last = joined[-1][0] if joined else None
        between = text[last.end : quantity.start] if last else ""
        both = last is not None and (last.unit in (None, quantity.unit)) and quantity.comparator == "equal"
        rising = last is not None and last.value < quantity.value
        if last is not None and both and rising and _RANGE.fullmatch(between) and not _from_to(text, last, between):
            whole = quantity.model_copy(
                update={
                    "start": last.start,
                    "text": text[last.start : quantity.end],
                    "value": last.value,
                    "comparator": last.comparator,
                }
            )
            joined[-1] = (whole, quantity.value)
        else:
            joined.append((quantity, quantity.value))
    return joined


def _from_to(text: str, first: Quantity, between: str) -> bool:
    """Whether it is a change, "from 5 to 7", and no range."""
    return between.strip().lower() == "to" and text[: first.start].rstrip().lower().endswith("from")


def _extended(text: str, found: tuple[Quantity, float]) -> Figure:
    quantity, high = found
    start, end, unit = quantity.start, quantity.end, quantity.unit
    rate = ""
    if (before := _RATE_BEFORE.search(text[max(0, start - 40) : start])) is not None:
        start -= len(before.group())
        rate = before.group().strip()
    while (before := _BEFORE.search(text[max(0, start - 24) : start])) is not None:
        start -= len(before.group())
    if (denied := _DENIED.search(text[max(0, start - 8) : start])) is not None:
        start -= len(denied.group())
    noun = ""
    more = _PLUS.match(text, end)
    if more is not None:
        end = more.end()
    if unit is None:
        noun, end = _noun(text, end)
    if (after := _RATE.match(text, end)) is not None:
        end, rate = after.end(), after.group().strip()
    comparator = "at_least" if more is not None and "+" in more.group() else quantity.comparator
    after = _AFTER.match(text, end)
    # Behind what is counted, "तक" is "to" and not "up to".
    if after is not None and after.group().strip() and not (noun and after.group().strip() == "तक"):
        end = after.end()
        comparator = _after(after.group().strip(), comparator)
    counted = unit or noun or ("number" if _SCALED.search(quantity.text) else "")
    measure = " ".join(part for part in (counted, rate) if counted and part).lower()
    return Figure(text[start:end], start, end, quantity.value, high, comparator, unit, measure)


def _after(words: str, comparator: Comparator) -> Comparator:
    if words in ("or more", "or above", "and above", "and more", "plus", "से अधिक", "से ज्यादा", "से ज़्यादा", "से ऊपर"):
        return "at_least"
    return "at_most" if words in ("or less", "or fewer", "or below", "से कम", "तक") else comparator


def _noun(text: str, end: int) -> tuple[str, int]:
    """What is counted: the words after the number, up to one that ends the noun."""
    words: list[str] = []
    ends: list[int] = []
    if text[end : end + 1] == "-" and (tied := re.match(rf"-([{_D}]+)", text[end:])):
        words.append(tied[1])
        ends.append(end + len(tied.group()))
    while len(words) < _MOST_NOUN_WORDS and (match := _NOUN_WORD.match(text, ends[-1] if ends else end)) is not None:
        word = match["word"]
        if (
            (word.lower() in _ENDS_NOUN and not _is_more_of(text, words, match))
            or any(letter.isdigit() for letter in word)
            or _is_verb(words, word)
        ):
            break
        words.append(word)
        ends.append(match.end())
        if _PLURAL.search(word) and word.lower() not in _NO_HEADS:
            break
    if words and (after := _NOUN_WORD.match(text, ends[-1])) is not None and after["word"] in _AUXILIARY:
        words.pop()
        ends.pop()
    return " ".join(words), ends[-1] if ends else end


def _is_more_of(text: str, words: list[str], match: re.Match[str]) -> bool:
    """Whether "more" says that others were there before: "60 more buses", but not "60 more than"."""
    after = _NOUN_WORD.match(text, match.end())
    is_more = not words and match["word"].lower() in ("more", "और")
    return is_more and after is not None and after["word"].lower() not in _ENDS_NOUN


def _is_verb(before: list[str], word: str) -> bool:
    """A past participle after the noun ends it: "600 schools | equipped"; before it, it is an adjective."""
    return bool(before) and word.endswith("ed") and word.islower()
