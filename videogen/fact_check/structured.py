"""Reading a claim as entity – attribute – value – time and comparing it with facts.

A reading is made only where every meaningful word of the claim is accounted for; words that might change
the meaning ("former", "financial", "largest") make the claim unreadable, and it is left to text evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from videogen.fact_check.attributes import Attribute, attribute, known_attributes
from videogen.fact_check.claim import Claim, DateSpan, Mention, Quantity
from videogen.fact_check.consistency import kind_of
from videogen.fact_check.facts import Fact
from videogen.fact_check.names import ValueRange
from videogen.fact_check.text import Word, normal, words

# Words that carry no assertion of their own beside entity, attribute and value.
_NEUTRAL = frozenset(
    normal(word)
    for word in [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "for",
        "to",
        "by",
        "with",
        "from",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "does",
        "do",
        "did",
        "it",
        "its",
        "it's",
        "that",
        "which",
        "who",
        "there",
        "here",
        "and",
        "or",
        "whose",
        "currently",
        "now",
        "today",
        "presently",
        "officially",
        "approximately",
        "about",
        "around",
        "roughly",
        "nearly",
        "almost",
        "over",
        "more",
        "less",
        "than",
        "least",
        "most",
        "fewer",
        "under",
        "up",
        "at",
        "some",
        "total",
        "overall",
        "estimated",
        "per",
        "cent",
        "percent",
        "city",
        "town",
        "country",
        "nation",
        "state",
        "capital",
        "republic",
        "people",
        "persons",
        "inhabitants",
        "residents",
        "located",
        "situated",
        "lies",
        "lie",
        "found",
        "known",
        "called",
        "named",
        "stands",
        "amounts",
        "totals",
        "total",
        "measures",
        "value",
        "figure",
        "figures",
        "number",
        "unit",
        "size",
        "include",
        "includes",
        "including",
        "among",
        "using",
        "uses",
        "use",
        "used",
        "own",
        "not",
        "n't",
        "no",
        "isn't",
        "aren't",
        "wasn't",
        "doesn't",
        "don't",
        "did",
        "didn't",
        "never",
        "since",
        "until",
        "till",
        "between",
        "during",
        "also",
        "one",
        "each",
        "recorded",
        "reported",
        "according",
        "data",
        "official",
        "world",
        "earth",
        "new",
        "say",
        "said",
        "reads",
        "counted",
        "year",
        "century",
        "term",
        "office",
        "serving",
        "served",
        "serves",
        "holds",
        "held",
        "है",
        "हैं",
        "था",
        "थी",
        "थे",
        "का",
        "की",
        "के",
        "में",
        "से",
        "को",
        "पर",
        "और",
        "ने",
        "यह",
        "वह",
        "एक",
        "भी",
        "कि",
        "जो",
        "तथा",
        "ही",
        "तो",
        "लगभग",
        "करीब",
        "लोग",
        "कुल",
        "देश",
        "शहर",
        "नगर",
        "राज्य",
        "स्थित",
        "होता",
        "होती",
        "होते",
        "नहीं",
        "रुपये",
        "संख्या",
        "इसकी",
        "उसकी",
        "इसका",
        "उसका",
        "वर्तमान",
        "अभी",
        "रहते",
        "रहती",
        "वर्ष",
        "सन",
        "सन्",
        "साल",
        "तक",
    ]
)
# Neutral words that may not be neutral where they are the attribute at stake.
_CURRENT = re.compile(r"\b(?:is|are|has|have|remains|currently|now|today)\b|है(?![\u0900-\u0963])|हैं")
_PAST = re.compile(r"\b(?:was|were|had|used to|served|held|did)\b|(?:था|थी|थे)(?![\u0900-\u0963])", re.I)
_HEDGE = re.compile(
    r"\b(?:no longer|not only|not yet|only|former|formerly|ex|next|future|might|may|could|would|will|if|unless|except)\b|केवल|सिर्फ|पूर्व|भूतपूर्व|यदि|अगर",
    re.I,
)


@dataclass(frozen=True)
class Reading:
    """One way to read a claim. value: a quantity, a date, or the names (entities and normalised words) it gives."""

    entities: tuple[str, ...]
    attribute: Attribute
    facts: tuple[Fact, ...]
    quantity: Quantity | None
    date: DateSpan | None
    names: frozenset[str]
    times: tuple[DateSpan, ...]
    negated: bool
    past: bool


def readable(claim: Claim) -> bool:
    """Whether the claim's wording is plain enough to be compared with single facts."""
    return _HEDGE.search(claim.text) is None


def mentioned_entities(claim: Claim) -> list[str]:
    """Own names of all entities that the claim may be about; facts about these are its candidates."""
    return list(dict.fromkeys(entity for mention in claim.mentions for entity in mention.entities[:6]))


def read(claim: Claim, facts: Sequence[Fact], ranges: ValueRange) -> list[Reading]:
    """Every reading of the claim that uses all its words; empty where there is none.

    Args:
        facts: what the base holds about `mentioned_entities(claim)`.
    """
    if not readable(claim):
        return []
    tokens = words(claim.text)
    by_key: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        by_key.setdefault((fact.entity, fact.attribute), []).append(fact)
    readings = []
    for mention in claim.mentions:
        kinds = {name for entity in mention.entities[:6] for (about, name) in by_key if about == entity}
        for name in sorted(kinds):
            reading = _read_as(claim, tokens, mention, name, by_key, ranges)
            readings.extend(reading)
    return _most_specific(readings)


def _read_as(
    claim: Claim,
    tokens: list[Word],
    mention: Mention,
    name: str,
    by_key: dict[tuple[str, str], list[Fact]],
    ranges: ValueRange,
) -> list[Reading]:
    holders = _senses(mention, name, by_key, claim)
    facts = tuple(fact for entity in holders for fact in by_key[(entity, name)])
    kind = attribute(name, kind_of(facts[0]), facts[0].unit)
    found = []
    for span in _label_spans(kind, claim.language, tokens):
        if mention.start < span[1] and span[0] < mention.end:
            continue
        reading = _value(claim, tokens, mention, span, kind, facts, ranges)
        if reading is not None:
            found.append((span, reading))
    if not found:
        return []
    longest = max(found, key=lambda item: item[0][1] - item[0][0])
    return [longest[1]]


def _senses(mention: Mention, name: str, by_key: dict[tuple[str, str], list[Fact]], claim: Claim) -> list[str]:
    """The entities meant. Of several places of one name it is the most prominent, unless the claim names the
    country (or other whole) that one of the others lies in."""
    holders = [entity for entity in mention.entities[:6] if (entity, name) in by_key]
    others = {entity for other in claim.mentions if other is not mention for entity in other.entities[:1]}
    if name != "country":
        for entity in holders:
            if any(fact.value in others for fact in by_key.get((entity, "country"), ())):
                return [entity]
    return holders[:1] if name != "country" else holders


@cache
def _labels(kind: Attribute) -> tuple[tuple[str, ...], ...]:
    """Wordings of an attribute as normalised words, the longest first."""
    labels = {tuple(normal(label).split()) for label in (*kind.labels, kind.name.replace("_", " "))}
    return tuple(sorted(labels, key=lambda label: (-len(label), label)))


def _label_spans(kind: Attribute, language: str, tokens: list[Word]) -> list[tuple[int, int]]:
    """Character spans of the attribute's wordings in the claim, the longest wording first."""
    spans = []
    norms = [token.norm for token in tokens]
    flat = [part for norm in norms for part in (norm.split() or [""])]
    if len(flat) != len(norms):
        return []
    for label in _labels(kind):
        for start in range(len(norms) - len(label) + 1):
            if tuple(norms[start : start + len(label)]) == label:
                spans.append((tokens[start].start, tokens[start + len(label) - 1].end))
    return spans


def _value(
    claim: Claim,
    tokens: list[Word],
    mention: Mention,
    label: tuple[int, int],
    kind: Attribute,
    facts: tuple[Fact, ...],
    ranges: ValueRange,
) -> Reading | None:
    used = [(mention.start, mention.end), label]
    quantity, day, given = None, None, frozenset[str]()
    times = claim.dates
    if kind.kind == "number":
        options = _free(claim, used)
        if len(options) != 1:
            return None
        quantity = options[0]
        used.append((quantity.start, quantity.end))
    elif kind.kind == "date":
        if len(claim.dates) != 1 or _free(claim, used):
            return None
        day, times = claim.dates[0], ()
        used.append((day.start, day.end))
    else:
        if _free(claim, used):
            return None
        spans, given = _named_value(claim, tokens, mention, label)
        if not given or (kind.range_only and not given & ranges.values_of(kind.name)):
            return None
        used.extend(spans)
    used.extend((span.start, span.end) for span in claim.dates)
    used.extend(_context(claim, mention, facts, used))
    if _leftover(tokens, used):
        return None
    return Reading(
        entities=tuple(dict.fromkeys(fact.entity for fact in facts)),
        attribute=kind,
        facts=facts,
        quantity=quantity,
        date=day,
        names=given,
        times=tuple(times),
        negated=claim.negated,
        past=_PAST.search(claim.text) is not None and _CURRENT.search(claim.text) is None,
    )


def _free(claim: Claim, used: list[tuple[int, int]]) -> list[Quantity]:
    """Quantities that are no part of the entity's name or of the attribute's wording ("three-letter code")."""
    return [quantity for quantity in claim.quantities if not _overlaps((quantity.start, quantity.end), used)]


def _named_value(
    claim: Claim, tokens: list[Word], mention: Mention, label: tuple[int, int]
) -> tuple[list[tuple[int, int]], frozenset[str]]:
    """The one other name in the claim: a known one, or else a run of capitalised words."""
    known = [m for m in claim.mentions if m is not mention and not _overlaps((m.start, m.end), [label])]
    if len(known) == 1:
        found = known[0]
        return [(found.start, found.end)], frozenset({normal(found.text), *(normal(e) for e in found.entities)})
    if known:
        return [], frozenset()
    taken = [(mention.start, mention.end), label, *((span.start, span.end) for span in claim.dates)]
    free = [token for token in tokens if not _overlaps((token.start, token.end), taken) and token.norm not in _NEUTRAL]
    if not free or any(token.text[:1].islower() for token in free):
        return [], frozenset()
    if claim.text[free[0].start : free[-1].end].count(" ") > len(free) - 1 or len(free) > 6:
        return [], frozenset()
    return [(free[0].start, free[-1].end)], frozenset({normal(claim.text[free[0].start : free[-1].end])})


def _context(
    claim: Claim, mention: Mention, facts: tuple[Fact, ...], used: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Names that only say which one is meant: "Hyderabad, India", "the Indian state of …"."""
    wholes = {normal(part) for fact in facts for part in re.findall(r"\(([^)]*)\)", fact.entity)}
    return [
        (other.start, other.end)
        for other in claim.mentions
        if not _overlaps((other.start, other.end), used)
        and any(normal(entity) in wholes or _next_to(claim.text, mention, other) for entity in other.entities[:1])
    ]


def _next_to(text: str, mention: Mention, other: Mention) -> bool:
    return text[mention.end : other.start].strip() in (",",) if other.start > mention.end else False


def _leftover(tokens: list[Word], used: list[tuple[int, int]]) -> bool:
    return any(
        token.norm and token.norm not in _NEUTRAL and not _overlaps((token.start, token.end), used) for token in tokens
    )


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _most_specific(readings: list[Reading]) -> list[Reading]:
    """Where one wording announces two attributes ("minister" within "prime minister"), the longer wins."""
    longest = max((len(reading.attribute.name) for reading in readings), default=0)
    names = {reading.attribute.name for reading in readings}
    if {"minister", "prime_minister"} <= names or {"minister", "chief_minister"} <= names:
        return [reading for reading in readings if reading.attribute.name != "minister"]
    return readings if longest else []


def mentioned_attributes(claim: Claim) -> frozenset[str]:
    """Attributes of the catalogue that the claim names in any wording; text models are shown facts about these."""
    tokens = words(claim.text)
    return frozenset(kind.name for kind in known_attributes() if _label_spans(kind, claim.language, tokens))
