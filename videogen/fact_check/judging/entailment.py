"""Whether one sentence follows from another, word by word, or clashes with it. Likeness decides nothing.

Everything the claim says must stand in the evidence in the same order. The evidence may say more only where leaving it
out never makes a true sentence false: when and where a past event was, by whom, how often, and adjectives of "is a …".
Where the two differ in exactly one thing that excludes the other (a negation, a number, a date, one of two opposites),
the claim is refuted. In all other cases nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from videogen.fact_check.reading.claim import Quantity
from videogen.fact_check.reading.units import convert
from videogen.fact_check.reading.wording import Item, Wording, lemma, wording
from videogen.text.word_lists import lines, normal_set

_EXACT = normal_set("exact_words")
_ALARM = normal_set("alarm_words")
_PREPOSITIONS = normal_set("prepositions")
_DROPPED = normal_set("droppable_prepositions")
_NO_MODIFIER = normal_set("not_intersective")
_DETERMINERS = normal_set("determiners")
# Where a place may be left out only if the sentence is about something certain.
_PLACED = frozenset({"across", "along", "around", "at", "in", "near", "on", "through"})
# Endings of words that without "the" or a number mean a whole kind: "lorries", "smoking", "slavery".
_KIND = re.compile(r"(?:(?<![suis])s|ing|ery|ism|ion|ment|ness|ity|ance|ence)$")
_BE = frozenset({"is", "are", "was", "were"})
_ARTICLES = frozenset({"a", "an"})
Verdict = Literal["supports", "refutes"]


def compare(claim: str, evidence: str) -> Verdict | None:
    """What one sentence, taken as true, says about a claim; None where nothing is certain."""
    wanted, given = wording(claim), wording(evidence)
    if len(wanted.items) < 2 or not given.items:
        return None
    if wanted.negations and given.negations:
        return "supports" if wanted.negations == given.negations and _same(wanted.items, given.items) else None
    if not wanted.negations and not given.negations:
        if _follows(wanted, given):
            return "supports"
        return "refutes" if _clash(wanted, given) else None
    if len(wanted.negations) + len(given.negations) > 1:
        return None
    # One of the two denies. What is denied must say no more than what is asserted.
    denied, asserted = (wanted, given) if wanted.negations else (given, wanted)
    return "refutes" if _follows(denied, asserted) else None


def _same(one: Sequence[Item], other: Sequence[Item]) -> bool:
    return len(one) == len(other) and all(
        _equal(first, second) and _same_split(first, second) for first, second in zip(one, other, strict=True)
    )


def _clash(wanted: Wording, given: Wording) -> bool:
    """Whether the two differ in exactly one thing, and what each says there excludes the other."""
    found = _follows(wanted, given, clashes=1)
    return found or (not _exact(wanted.items) and _follows(given, wanted, clashes=1))


def _exact(items: Sequence[Item]) -> bool:
    """Whether a word quantifies, compares or limits: then nothing may be left out anywhere."""
    return any(item.kind == "word" and (item.key in _EXACT or _superlative(item)) for item in items)


def _superlative(item: Item) -> bool:
    return len(item.key) > 5 and item.key.endswith("est") and not item.capital


def _follows(wanted: Wording, given: Wording, clashes: int = 0) -> bool:
    """Whether `wanted` is `given` with nothing but harmless parts left out and exactly `clashes` clashing items."""
    may_drop = given.verb is not None and not _exact(wanted.items) and not _exact(given.items)
    place = 0
    left = clashes
    items = wanted.items
    for position, item in enumerate(items):
        while True:
            if place >= len(given.items):
                return False
            other = given.items[place]
            same = _equal(item, other) or (position == wanted.verb and place == given.verb and _same_verb(item, other))
            if same and (_same_split(item, other) or position == 0):
                break
            if left and _excludes(item, other) and _same_split(item, other):
                left -= 1
                break
            length = _droppable(given, place, position - wanted.predicate) if may_drop else 0
            if not length:
                return False
            place += length
        place += 1
    while place < len(given.items):
        length = _droppable(given, place, len(items) - wanted.predicate) if may_drop else 0
        if not length:
            return False
        place += length
    return left == 0


def _same_split(one: Item, other: Item) -> bool:
    return one.split == other.split or one.key in ("and", "or")


def _equal(wanted: Item, given: Item) -> bool:
    if wanted.kind != given.kind:
        return False
    if wanted.quantity is not None and given.quantity is not None:
        return _number_follows(wanted.quantity, given.quantity)
    if wanted.date is not None and given.date is not None:
        one, other = wanted.date, given.date
        return one.role == other.role and one.first <= other.first and other.last <= one.last
    same = wanted.key == given.key or (wanted.key in _ARTICLES and given.key in _ARTICLES)
    return same and wanted.owns == given.owns


def _same_verb(wanted: Item, given: Item) -> bool:
    """The finite verbs agree but for number: "carry" and "carries", and "did (not) carry" and "carried"."""
    plain = wanted.kind == given.kind == "word" and wanted.key not in _BE and given.key not in _BE
    return plain and wanted.lemma == given.lemma and wanted.past == given.past


def _number_follows(wanted: Quantity, given: Quantity) -> bool:
    value = convert(given.value, given.unit, wanted.unit)
    if value is None or (wanted.unit is None) != (given.unit is None):
        return False
    if wanted.comparator == given.comparator and wanted.comparator in ("at_least", "at_most"):
        # "Up to 60" follows from "up to 40", but whoever writes it has changed the number.
        return value == wanted.value and wanted.strict == given.strict
    slack = 0.5 * wanted.step if wanted.step > given.step else 1e-9 * max(1.0, abs(value))
    if wanted.comparator == "at_least":
        return given.comparator == "equal" and (value > wanted.value or (value == wanted.value and not wanted.strict))
    if wanted.comparator == "at_most":
        return given.comparator == "equal" and (value < wanted.value or (value == wanted.value and not wanted.strict))
    if wanted.comparator == "about":
        slack = max(slack, 0.05 * abs(wanted.value))
        return given.comparator in ("equal", "about") and abs(value - wanted.value) <= slack
    return given.comparator == "equal" and abs(value - wanted.value) <= slack


def _excludes(wanted: Item, given: Item) -> bool:
    """Whether the two cannot both be said of one thing."""
    if wanted.quantity is not None and given.quantity is not None:
        return _number_excludes(wanted.quantity, given.quantity)
    if wanted.date is not None and given.date is not None:
        one, other = wanted.date, given.date
        return one.role == other.role and (one.last < other.first or other.last < one.first)
    if wanted.kind == given.kind == "often":
        return wanted.key != given.key
    if wanted.kind != "word" or given.kind != "word" or wanted.owns != given.owns:
        return False
    groups = opposites().get(wanted.key, frozenset()) | opposites().get(wanted.lemma, frozenset())
    others = opposites().get(given.key, frozenset()) | opposites().get(given.lemma, frozenset())
    return wanted.lemma != given.lemma and any(
        one[0] == other[0] and one[1] != other[1] for one in groups for other in others
    )


def _number_excludes(wanted: Quantity, given: Quantity) -> bool:
    value = convert(given.value, given.unit, wanted.unit)
    if value is None or (wanted.unit is None) != (given.unit is None):
        return False
    slack = 0.5 * max(wanted.step if wanted.step > 1 else 0.0, given.step if given.step > 1 else 0.0)
    if "about" in (wanted.comparator, given.comparator):
        slack = max(slack, 0.1 * abs(value))
    if wanted.comparator == given.comparator and wanted.comparator in ("at_least", "at_most"):
        return value != wanted.value
    if wanted.comparator == "at_least":
        return given.comparator != "at_least" and value < wanted.value - slack
    if wanted.comparator == "at_most":
        return given.comparator != "at_most" and value > wanted.value + slack
    if given.comparator == "at_least":
        return wanted.value < value - slack
    if given.comparator == "at_most":
        return wanted.value > value + slack
    return abs(value - wanted.value) > slack + 1e-9 * max(1.0, abs(value))


@cache
def opposites() -> dict[str, frozenset[tuple[int, int]]]:
    """Word or lemma → (line, group) in the list of opposites; words of one line and different groups exclude each other."""
    found: dict[str, set[tuple[int, int]]] = {}
    for number, line in enumerate(lines("opposites")):
        for group, listed in enumerate(line.split("|")):
            for word in listed.split():
                for form in {word, lemma(word)}:
                    found.setdefault(form, set()).add((number, group))
    return {word: frozenset(places) for word, places in found.items()}


def _droppable(given: Wording, place: int, matched: int) -> int:
    """How many items of the evidence from `place` on may be left out there; 0 if none may.

    Args:
        matched: items of the claim behind its verb that were found before.
    """
    items = given.items
    if given.verb is None or place <= given.verb:
        return 0
    item, verb = items[place], items[given.verb]
    copula = verb.key in _BE
    nominal = copula and given.predicate < len(items) and items[given.predicate].key in (*_ARTICLES, "the")
    if nominal and matched == 1 and items[given.predicate].key in _ARTICLES:
        return _modifiers(items, place)
    if matched < 1 or item.split:
        return 0
    if item.kind == "often":
        return 0 if copula else 1
    # "is closed on Sunday" does not say "is closed", but what happened, happened.
    state = copula and verb.key in ("is", "are") and not nominal
    if item.kind == "date":
        return 0 if state else 1
    following = items[place + 1] if place + 1 < len(items) else None
    if item.key == "since" and following is not None and following.kind == "date":
        return 2
    happened = copula and not state and not nominal and items[given.predicate].past and item.key != "at"
    return _phrase(items, place, given.verb) if item.key in _DROPPED and (happened or not copula) else 0


def _phrase(items: Sequence[Item], place: int, verb: int) -> int:
    """The length of a prepositional phrase; 0 where a word in it may bear on the rest of the sentence."""
    end = place + 1
    while (
        end < len(items)
        and not items[end].split
        and items[end].kind not in ("often", "date")
        and items[end].key not in _PREPOSITIONS - {"of"}
    ):
        end += 1
    inside = items[place + 1 : end]
    joined = any(item.key in ("and", "or", "but") for item in inside) and end < len(items)
    # "in mice" and "on loan" limit what is said, "in Oslo" and "across the Velden strait" only place it.
    places = bool(inside) and (items[place].key == "by" or any(item.capital for item in inside))
    # What no longer is or may be in one place is not so everywhere: "Wolves died out in Britain".
    places = places and not (items[place].key in _PLACED and _only_there(items, verb))
    return 0 if not places or joined or any(item.key in _ALARM for item in items[place:]) else end - place


def _only_there(items: Sequence[Item], verb: int) -> bool:
    """Whether a sentence may hold only where it places itself: about a kind of things, or an end or a ban."""
    subject = items[:verb]
    named = any(item.capital for item in subject[1:]) or any(item.kind != "word" for item in subject)
    determined = named or subject[0].key in _DETERMINERS or len(subject[-1].key) < 4
    kind = not determined and _KIND.search(subject[-1].key) is not None
    return kind or any(item.lemma in _local_verbs() for item in items[verb : verb + 3])


@cache
def _local_verbs() -> frozenset[str]:
    """Lemmas of the verbs that end or forbid something, often only in one place."""
    return frozenset(lemma(word) for word in normal_set("local_verbs"))


def _modifiers(items: Sequence[Item], place: int) -> int:
    """One adjective or noun in front of others in "is a …", unless it takes back what follows ("former", "fake").

    What hyphens tie together ("low-floor") is left out together.
    """
    length = 1
    while items[place + length - 1].tied and place + length < len(items):
        length += 1
    one, rest = items[place], items[place + length :]
    if any(item.key in _NO_MODIFIER for item in items[place : place + length]):
        return 0
    if not rest or one.kind != "word" or one.owns or rest[0].split or rest[0].kind != "word":
        return 0
    return 0 if rest[0].key in _PREPOSITIONS or rest[0].key in ("and", "or", "but", "who", "which", "that") else length
