"""Reading a claim as entity – attribute – value – time and comparing it with facts.

A reading is made only where every meaningful word of the claim is accounted for; words that might change
the meaning ("former", "financial", "largest") make the claim unreadable, and it is left to text evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from videogen.fact_check.knowledge.attributes import Attribute, attribute, known_attributes
from videogen.fact_check.knowledge.consistency import kind_of
from videogen.fact_check.knowledge.facts import Fact
from videogen.fact_check.reading.claim import Claim, DateSpan, Mention, Quantity
from videogen.fact_check.reading.names import ValueRange
from videogen.fact_check.reading.units import convert
from videogen.text.normalise import Word, normal, words
from videogen.text.word_lists import normal_set

# Words that carry no assertion of their own beside entity, attribute and value.
_NEUTRAL = normal_set("english_function_words", "hindi_function_words", "neutral", "neutral_hindi")
# Neutral words that may not be neutral where they are the attribute at stake.
_CURRENT = re.compile(r"\b(?:is|are|has|have|remains|currently|now|today)\b|है(?![\u0900-\u0963])|हैं")
# What used to be so is so no longer.
_OVER = re.compile(r"\bused to\b", re.I)
_PAST = re.compile(r"\b(?:was|were|had|used to|served|held|did)\b|(?:था|थी|थे)(?![\u0900-\u0963])", re.I)
_HEDGE = re.compile(
    r"\b(?:no longer|hardly|barely|scarcely|neither|nor|nobody|none|without|before|after|prior to|half of|part of|parts of|most of|less of|little of|some of|"
    r"not only|not yet|only|former|formerly|ex|next|future|might|may|could|would|will|if|unless|except|each|every|"
    r"annual(?:ly)?|yearly|monthly|(?:a|per) (?:year|month|day)|(?:more|less)(?! than))\b|केवल|सिर्फ|पूर्व|भूतपूर्व|यदि|अगर",
    re.I,
)


# A claim about more things than this is a list, and no single fact settles it.
_MOST_NAMES = 12
# Character spans of the words that announce an attribute.
Spans = tuple[tuple[int, int], ...]
_OWNER = re.compile(r"['’]s?\s+(?:[a-z]+\s+){0,2}$")
_OF = re.compile(r"\s+(?:of|for)\s+")
_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.I)
# "Hindi is spoken in India" says something of India, "Paris is in France" something of Paris.
_SUBJECT_BEHIND = ("spoken in", "used in")
_SUBJECT_IN_FRONT = (" in", "part of", "belongs to", "on the continent")
_WHOLES = frozenset({"country", "continent"})
_ACTIVE = frozenset({"uses", "use", "speak", "speaks", "pay", "pays", "recognises"})
_BEGAN = re.compile(r"\b(?:became|took office|took over|was sworn in)\b|बने|बनीं", re.I)


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
    over: bool = False


@dataclass(frozen=True)
class _Subject:
    """What a claim is read to be about: its name there, facts about one attribute of it, names of what it lies in."""

    mention: Mention
    facts: tuple[Fact, ...]
    wholes: frozenset[str]

    def lies_in(self, other: Mention, text: str) -> bool:
        """Whether another name only says which one is meant: "Hyderabad, India"."""
        named = {normal(entity) for entity in other.entities[:1]}
        return bool(named & self.wholes) and _next_to(text, self.mention, other)


def mentioned_entities(claim: Claim) -> list[str]:
    """Own names of all entities that the claim may be about; facts about these are its candidates."""
    return list(dict.fromkeys(entity for mention in claim.mentions for entity in mention.entities[:6]))


def read(claim: Claim, facts: Sequence[Fact], ranges: ValueRange) -> list[Reading]:
    """Every reading of the claim that uses all its words; empty where there is none.

    Args:
        facts: what the base holds about `mentioned_entities(claim)`.
    """
    if len(claim.mentions) > _MOST_NAMES:
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
    subject = _Subject(mention, facts, _wholes(holders, by_key))
    kind = attribute(name, kind_of(facts[0]), facts[0].unit)
    wordings = _wordings(kind, tokens)
    for group in (wordings, _scattered(kind, tokens) if not wordings else [], [()] if kind.measure else []):
        found = [
            (sum(end - start for start, end in label), reading)
            for label in group
            if not _overlaps((mention.start, mention.end), label)
            and (reading := _value(claim, tokens, subject, label, kind, ranges)) is not None
        ]
        if found:
            return [max(found, key=lambda item: item[0])[1]]
    return []


def _senses(mention: Mention, name: str, by_key: dict[tuple[str, str], list[Fact]], claim: Claim) -> list[str]:
    """The entities meant.

    Of several places of one name it is the most prominent, unless the claim names the country (or other whole) that one
    of the others lies in.
    """
    holders = [entity for entity in mention.entities[:6] if (entity, name) in by_key]
    # Of a claim about the country, only "Córdoba, Argentina" says which Córdoba is meant.
    telling = [other for other in claim.mentions if name != "country" or _next_to(claim.text, mention, other)]
    wholes = {entity for other in telling if other is not mention for entity in other.entities[:1]}
    for entity in holders:
        if any(fact.value in wholes for fact in by_key.get((entity, "country"), ())):
            return [entity]
    return holders[:1] if name != "country" else holders


@cache
def _labels(kind: Attribute) -> tuple[tuple[str, ...], ...]:
    """Wordings of an attribute as normalised words, the longest first."""
    labels = {tuple(normal(label).split()) for label in (*kind.labels, kind.name.replace("_", " "))}
    return tuple(sorted(labels, key=lambda label: (-len(label), label)))


def _wordings(kind: Attribute, tokens: list[Word]) -> list[Spans]:
    """Where the claim words the attribute as the catalogue does, the longest wording first."""
    found: list[Spans] = []
    norms = [token.norm for token in tokens]
    for label in _labels(kind):
        for start in range(len(norms) - len(label) + 1):
            if tuple(norms[start : start + len(label)]) == label:
                found.append(((tokens[start].start, tokens[start + len(label) - 1].end),))
    return found


def _scattered(kind: Attribute, tokens: list[Word]) -> list[Spans]:
    """The same with other words in between: "the currency has the code" is worded "currency code"."""
    found: list[Spans] = []
    for label in _labels(kind):
        places = [next((token for token in tokens if token.norm == word), None) for word in label]
        if sum(word not in _NEUTRAL for word in label) > 1 and None not in places:
            found.append(tuple((place.start, place.end) for place in places if place is not None))
    return found


def _value(
    claim: Claim,
    tokens: list[Word],
    subject: _Subject,
    label: Spans,
    kind: Attribute,
    ranges: ValueRange,
) -> Reading | None:
    used = [(subject.mention.start, subject.mention.end), *label]
    # Two words of denial may cancel each other or stress one another: no reading is certain.
    if claim.negations > 1 or _hedged(claim, label) or _turned_round(claim, subject, label, kind):
        return None
    quantity, day, given = None, None, frozenset[str]()
    times = claim.dates
    if kind.kind == "number":
        options = _free(claim, used)
        if len(options) != 1:
            return None
        quantity = options[0]
        if not label and (quantity.unit is None or convert(1.0, quantity.unit, kind.measure) is None):
            return None
        used.append((quantity.start, quantity.end))
    elif kind.kind == "date":
        if len(claim.dates) != 1 or _free(claim, used):
            return None
        day, times = claim.dates[0], ()
        used.append((day.start, day.end))
    else:
        if _free(claim, used):
            return None
        spans, given = _named_value(claim, tokens, subject, label)
        if not given or (kind.range_only and not given & ranges.values_of(kind.name)):
            return None
        used.extend(spans)
    used.extend((span.start, span.end) for span in claim.dates)
    used.extend((other.start, other.end) for other in claim.mentions if subject.lies_in(other, claim.text))
    if _leftover(tokens, used):
        return None
    return Reading(
        entities=tuple(dict.fromkeys(fact.entity for fact in subject.facts)),
        attribute=kind,
        facts=subject.facts,
        quantity=quantity,
        date=day,
        names=given,
        times=tuple(_begun(claim, times)),
        negated=claim.negated,
        past=_PAST.search(claim.text) is not None and _CURRENT.search(claim.text) is None,
        over=_OVER.search(claim.text) is not None,
    )


def _turned_round(claim: Claim, subject: _Subject, label: Spans, kind: Attribute) -> bool:
    """Whether the words say it of the other name: "India is the capital of New Delhi", "France is in Paris"."""
    if not label or kind.kind != "text":
        return False
    start, end = label[0][0], label[-1][1]
    mention = subject.mention
    owner = _OWNER.search(claim.text, 0, start)
    if owner is not None:
        return not mention.start < owner.start() <= mention.end
    of = _OF.match(claim.text, end)
    if of is not None and kind.name not in _WHOLES:
        return not of.end() <= mention.start <= of.end() + len(_longest_lead(claim.text, of.end()))
    wording = claim.text[start:end].lower() + (" in" if claim.text[end:].lower().startswith(" in ") else "")
    if wording.endswith(_SUBJECT_BEHIND):
        return mention.start < start
    follows = end <= mention.start <= end + len(_longest_lead(claim.text, end)) + 1
    whole = kind.name in _WHOLES and wording.endswith(_SUBJECT_IN_FRONT)
    return follows and (whole or wording.split()[0] in _ACTIVE)


def _longest_lead(text: str, start: int) -> str:
    """An article at `start`, which belongs to no name."""
    found = _ARTICLE.match(text, start)
    return found.group() if found else ""


def _free(claim: Claim, used: list[tuple[int, int]]) -> list[Quantity]:
    """Quantities that are no part of the entity's name or of the attribute's wording ("three-letter code")."""
    return [quantity for quantity in claim.quantities if not any(_takes(span, quantity) for span in used)]


def _takes(span: tuple[int, int], quantity: Quantity) -> bool:
    # What is counted may be the attribute's wording: "2 million inhabitants" is a population.
    counted = quantity.unit == "people" and quantity.start < span[0]
    return _overlaps(span, [(quantity.start, quantity.end)]) and not counted


def _named_value(
    claim: Claim, tokens: list[Word], subject: _Subject, label: Spans
) -> tuple[list[tuple[int, int]], frozenset[str]]:
    """The one other name in the claim: a known one, or else a run of capitalised words."""
    known = [
        m
        for m in claim.mentions
        if m is not subject.mention and not _overlaps((m.start, m.end), label) and not subject.lies_in(m, claim.text)
    ]
    if len(known) == 1:
        found = known[0]
        return [(found.start, found.end)], frozenset({normal(found.text), *(normal(e) for e in found.entities)})
    if known:
        return [], frozenset()
    taken = [(subject.mention.start, subject.mention.end), *label, *((span.start, span.end) for span in claim.dates)]
    free = [token for token in tokens if not _overlaps((token.start, token.end), taken) and token.norm not in _NEUTRAL]
    if not free or any(token.text[:1].islower() for token in free):
        return [], frozenset()
    if claim.text[free[0].start : free[-1].end].count(" ") > len(free) - 1 or len(free) > 6:
        return [], frozenset()
    return [(free[0].start, free[-1].end)], frozenset({normal(claim.text[free[0].start : free[-1].end])})


def _wholes(entities: Sequence[str], by_key: dict[tuple[str, str], list[Fact]]) -> frozenset[str]:
    """Normalised names of what entities lie in: their country, and what is in brackets behind their name."""
    named = [part for entity in entities for part in re.findall(r"\(([^)]*)\)", entity)]
    countries = [fact.value for entity in entities for fact in by_key.get((entity, "country"), ())]
    return frozenset(normal(name) for name in (*named, *countries))


def _next_to(text: str, mention: Mention, other: Mention) -> bool:
    return other.start > mention.end and text[mention.end : other.start].strip() == ","


def _begun(claim: Claim, times: Sequence[DateSpan]) -> list[DateSpan]:
    """Handle terms: "became minister in 2021" gives the start of a term, not a year within it."""
    begun = _BEGAN.search(claim.text) is not None
    return [span.model_copy(update={"role": "since"}) if begun and span.role == "on" else span for span in times]


def _hedged(claim: Claim, label: Spans) -> bool:
    """Whether a word may change the meaning; "May 2023" and "will cost" are no such words."""
    plain = [*label, *((span.start, span.end) for span in claim.dates)]
    return any(not _overlaps(hedge.span(), plain) for hedge in _HEDGE.finditer(claim.text))


def _leftover(tokens: list[Word], used: list[tuple[int, int]]) -> bool:
    return any(
        token.norm and token.norm not in _NEUTRAL and not _overlaps((token.start, token.end), used) for token in tokens
    )


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _most_specific(readings: list[Reading]) -> list[Reading]:
    """Where one wording announces two attributes ("minister" within "prime minister"), the longer wins."""
    names = {reading.attribute.name for reading in readings}
    if {"minister", "prime_minister"} <= names or {"minister", "chief_minister"} <= names:
        return [reading for reading in readings if reading.attribute.name != "minister"]
    return readings


def mentioned_attributes(claim: Claim) -> frozenset[str]:
    """Attributes of the catalogue that the claim names in any wording; text models are shown facts about these."""
    tokens = words(claim.text)
    return frozenset(kind.name for kind in known_attributes() if _wordings(kind, tokens))
