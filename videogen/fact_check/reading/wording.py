"""A sentence as a row of items that can be compared one by one: words, numbers, dates and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from videogen.fact_check.reading import english_grammar
from videogen.fact_check.reading.claim import DateSpan, Quantity
from videogen.fact_check.reading.dates import find_dates
from videogen.fact_check.reading.quantities import find_quantities
from videogen.fact_check.reading.stemming import stem
from videogen.text.normalise import normal, words
from videogen.text.word_lists import normal_set, word_list

NEGATIONS = normal_set("plain_negations")
_CONTRACTED = re.compile(
    r"\b(?:(?P<cannot>cannot|can['’]t)|(?P<wont>won['’]t)|(?P<shant>shan['’]t)|(?P<verb>[a-z]+)n['’]t)\b", re.I
)
_SPLIT = re.compile(r"[,;:–—()\[\]\"“”]|(?<=\s)-(?=\s)")
# Signs that belong to a name ("C#", "A+") or stand for a word of their own ("<", "&").
_ATTACHED = re.compile(r"[#+*]+")
_MARKS = re.compile(r"(?<!\w)[#+*@&<>=≠≤≥~^|\\]+")
_HYPHEN = re.compile(r"[-\u2010\u2011](?=\w)")
_OFTEN = re.compile(
    r"\b(?:every|each)\s+(?:(?:half|other|second|third|quarter(?: of an)?|\d+|few|two|three|four|five|six|ten|twelve|fifteen|twenty|thirty)\s+)?"
    r"(?:seconds?|minutes?|hours?|half-hour|days?|nights?|mornings?|evenings?|weeks?|months?|years?|"
    r"mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?)\b",
    re.I,
)  # fmt: skip
# "on 5 May", "in May" and "of May" say the same of when.
_ON = frozenset({"on", "in", "during"})
_AUXILIARY = frozenset({"do", "does", "did"})


@dataclass(frozen=True)
class Item:
    """One unit of a sentence.

    key: what two items of a kind are compared by; lemma: the word without its ending.
    split: whether punctuation stands between it and the item before. owns: a possessive or short "is" ('s) follows.
    tied: whether a hyphen ties it to the next ("sugar-free"), so that neither stands for itself.
    past: whether the word stands for a past tense ("did … open" is written as one item).
    """

    kind: Literal["word", "number", "date", "often"]
    key: str
    lemma: str
    start: int
    split: bool = False
    owns: bool = False
    past: bool = False
    capital: bool = False
    tied: bool = False
    quantity: Quantity | None = None
    date: DateSpan | None = None


@dataclass(frozen=True)
class Wording:
    """The items of a sentence without its negations. verb: place of the finite verb, None where none is found.

    negations: the places (counted in `items`) before which a negation stood.
    """

    items: tuple[Item, ...]
    verb: int | None
    negations: tuple[int, ...]

    @property
    def predicate(self) -> int:
        """Where the part behind the verb group begins; the number of items if the sentence has no verb."""
        return len(self.items) if self.verb is None else self.verb + 1


@cache
def irregular() -> dict[str, tuple[str, bool]]:
    """Irregular verb form → base form, and whether it is a past form."""
    forms: dict[str, tuple[str, bool]] = {}
    for entry in word_list("irregular_verbs"):
        base, *past = entry.split("/")
        forms |= dict.fromkeys(past, (base, True))
    return forms


def lemma(norm: str) -> str:
    """The word without its ending; irregular verbs by their base form."""
    return stem(irregular()[norm][0] if norm in irregular() else norm)


def is_past(norm: str) -> bool:
    """Whether a verb form is a past tense or participle."""
    return (norm in irregular() and irregular()[norm][1]) or norm.endswith("ed")


@lru_cache(maxsize=20_000)
def wording(text: str) -> Wording:
    """Take a sentence of any language apart; only English has a verb found and contractions written out."""
    plain = _CONTRACTED.sub(_written_out, text)
    items = _items(plain)
    verb = _verb(plain, items)
    return _without_negations(items, verb)


def _written_out(match: re.Match[str]) -> str:
    if match["cannot"]:
        return "can not"
    if match["wont"] or match["shant"]:
        return "will not" if match["wont"] else "shall not"
    return f"{match['verb']} not"


def _items(text: str) -> list[Item]:
    often = [match.span() for match in _OFTEN.finditer(text)]
    # "today" and "yesterday" mean another day in every text: they are compared as words.
    dates = [span for span in find_dates(text) if any(character.isdigit() for character in span.text)]
    dates = [span for span in dates if not _within(span.start, often)]
    taken = [*often, *((span.start, span.end) for span in dates)]
    quantities = [quantity for quantity in find_quantities(text, dates) if not _within(quantity.start, often)]
    taken += [(quantity.start, quantity.end) for quantity in quantities]
    items = [Item("often", normal(text[start:end]), "", start) for start, end in often]
    items += [Item("date", "", "", span.start, date=span) for span in dates]
    items += [Item("number", "", "", quantity.start, quantity=quantity) for quantity in quantities]
    ends = {start: end for start, end in taken}
    for word in words(text):
        if word.norm and not any(start < word.end and word.start < end for start, end in taken):
            attached = _ATTACHED.match(text, word.end)
            owns = text[word.end : word.end + 2] in ("'s", "’s") or text[word.end : word.end + 1] in ("'", "’")
            items.append(
                Item("word", word.norm + (attached.group() if attached else ""), lemma(word.norm), word.start, owns=owns, past=is_past(word.norm), capital=word.text[:1].isupper())
            )  # fmt: skip
            ends[word.start] = word.end
    marks = [
        match for match in _MARKS.finditer(text) if not any(start <= match.start() < end for start, end in ends.items())
    ]
    items += [Item("word", match.group(), match.group(), match.start()) for match in marks]
    ends |= {match.start(): match.end() for match in marks}
    items.sort(key=lambda item: item.start)
    marked: list[Item] = []
    before = 0
    for item in items:
        if item.kind == "date" and marked and marked[-1].key in _ON:
            marked.pop()
        split = bool(marked) and _SPLIT.search(text, before, item.start) is not None
        tied = _HYPHEN.match(text, ends[item.start]) is not None
        marked.append(Item(**{**item.__dict__, "split": split, "tied": tied}))
        before = ends[item.start]
    return marked


def _within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


def _verb(text: str, items: list[Item]) -> int | None:
    tokens = words(text)
    found = english_grammar.finite_verb(tokens) if tokens else None
    if found is None:
        return None
    start = tokens[found.index].start
    return next((index for index, item in enumerate(items) if item.start == start), None)


def _without_negations(items: list[Item], verb: int | None) -> Wording:
    """Negations taken out, and "did not open" made one past verb, "does not open" one present verb."""
    kept: list[Item] = []
    negations: list[int] = []
    place = verb
    index = 0
    while index < len(items):
        item = items[index]
        if item.key in NEGATIONS and item.kind == "word":
            negations.append(len(kept))
            if verb is not None and index < verb:
                place = None if place is None else place - 1
        elif item.key in _AUXILIARY and index + 2 < len(items) and items[index + 1].key in NEGATIONS:
            negations.append(len(kept))
            following = items[index + 2]
            kept.append(Item(**{**following.__dict__, "past": item.key == "did", "split": item.split}))
            index += 2
        else:
            kept.append(item)
        index += 1
    return Wording(tuple(kept), place, tuple(negations))
