"""Comparing one reading of a claim with the facts: does each fact support it, refute it, or say nothing?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from videogen.fact_check.judging.structured import Reading
from videogen.fact_check.knowledge.facts import Fact
from videogen.fact_check.reading.claim import DateSpan, Quantity
from videogen.fact_check.reading.dates import parse_date
from videogen.fact_check.reading.units import convert
from videogen.text.normalise import normal

Stance = Literal["supports", "refutes", "irrelevant"]
EXACT, CLOSE = 0.99, 0.95


@dataclass(frozen=True)
class Judgement:
    """strength: how surely the fact, taken as true, settles the claim its way (0.5 to 1)."""

    fact: Fact
    stance: Stance
    strength: float
    explanation: str


def compare(reading: Reading, same_name: Callable[[str], frozenset[str]], today: date) -> list[Judgement]:
    """One judgement for each fact that says something about the reading.

    Args:
        same_name: normalised names of whatever a fact's value stands for ("New Delhi" → all its names).
        today: what a claim in the present tense is about.
    """
    if reading.quantity is not None:
        judged = [_number(reading, fact, today) for fact in reading.facts]
    elif reading.date is not None:
        judged = [_date(reading.date, fact) for fact in reading.facts]
    else:
        judged = _names(reading, same_name, today)
    kept = [judgement for judgement in judged if judgement.stance != "irrelevant"]
    return [_flip(judgement) for judgement in kept] if reading.negated else kept


def _number(reading: Reading, fact: Fact, today: date) -> Judgement:
    quantity = reading.quantity
    assert quantity is not None
    held = None if fact.number is None else convert(fact.number, fact.unit, quantity.unit)
    if held is None or not _holds_at(fact, reading, today):
        return Judgement(fact, "irrelevant", 0.5, "it measures something else, or at another time")
    if quantity.strict and abs(held - quantity.value) <= 0.5 * quantity.step:
        return Judgement(fact, "irrelevant", 0.5, f"{_plain(held)} is exactly the limit that the claim excludes")
    difference = _difference(quantity, held)
    kind = reading.attribute
    drift = _drift(reading, fact)
    if difference <= kind.tolerance + 1e-12:
        return Judgement(fact, "supports", EXACT if difference < 1e-3 else CLOSE, f"{_plain(held)} agrees")
    if difference > max(kind.refute, kind.tolerance) * drift:
        return Judgement(fact, "refutes", EXACT if difference > 2 * kind.refute else CLOSE, f"{_plain(held)} differs")
    return Judgement(fact, "irrelevant", 0.5, f"{_plain(held)} is near but not equal")


def _difference(quantity: Quantity, held: float) -> float:
    """Relative distance of the fact from what the claim allows: rounding and comparison words are allowed for."""
    rounding = (
        0.5 * quantity.step if quantity.comparator != "about" else max(0.5 * quantity.step, 0.05 * abs(quantity.value))
    )
    if quantity.comparator in ("at_least", "at_most"):
        rounding = 0.0
    low, high = quantity.value - rounding, quantity.value + rounding
    if quantity.comparator == "at_least":
        high = float("inf")
    elif quantity.comparator == "at_most":
        low = float("-inf")
    if low <= held <= high:
        return 0.0
    gap = low - held if held < low else held - high
    return gap / max(abs(held), abs(quantity.value), 1e-12)


def _drift(reading: Reading, fact: Fact) -> float:
    """How much further apart values may be when the claim speaks of another year than the fact: 10 % of the margin a year."""
    if not reading.times or fact.valid_from is None:
        return 1.0
    nearest = min(abs((span.first - fact.valid_from).days) for span in reading.times)
    return 1.0 + 0.1 * nearest / 365.25


def _holds_at(fact: Fact, reading: Reading, today: date) -> bool:
    """Whether the fact's term touches the time that the claim speaks of."""
    start, end = fact.valid_from or date.min, fact.valid_to or date.max
    if reading.times:
        return any(start <= span.last and span.first <= end for span in reading.times)
    if reading.past:
        return True
    return start <= today <= end


def _date(claimed: DateSpan, fact: Fact) -> Judgement:
    first, last = parse_date(fact.value), parse_date(fact.value, end=True)
    if first is None or last is None:
        return Judgement(fact, "irrelevant", 0.5, "is not a date")
    if claimed.first <= first and last <= claimed.last:
        return Judgement(fact, "supports", EXACT, f"{fact.value} agrees")
    if first <= claimed.first and claimed.last <= last:
        return Judgement(fact, "irrelevant", 0.5, f"{fact.value} is less exact than the claim")
    return Judgement(fact, "refutes", EXACT, f"{fact.value} differs")


def _names(reading: Reading, same_name: Callable[[str], frozenset[str]], today: date) -> list[Judgement]:
    matching = [fact for fact in reading.facts if reading.names & (same_name(fact.value) | {normal(fact.value)})]
    terms = [_term(fact, reading, today) for fact in matching]
    supporting = [judgement for judgement in terms if judgement.stance == "supports"]
    if supporting:
        # Of several places of one name, the one that fits is meant.
        meant = {judgement.fact.entity for judgement in supporting}
        others = [
            fact
            for fact in reading.facts
            if fact.entity in meant and fact not in matching and _holds_at(fact, reading, today)
        ]
        # A predecessor's or successor's term touches a claimed year without contradicting it.
        against = others if reading.attribute.single and not reading.times else []
        return [*supporting, *(Judgement(fact, "refutes", EXACT, f"{fact.value} instead") for fact in against)]
    if matching:
        # The right name at a wrong time: the terms refute it, unless the base does not know the terms.
        return [judgement for judgement in terms if judgement.stance == "refutes"]
    if not reading.attribute.closed and not reading.attribute.single:
        return []
    if reading.past and not reading.times:
        return []
    return [
        Judgement(fact, "refutes", EXACT if reading.attribute.single else CLOSE, f"{fact.value} instead")
        for fact in reading.facts
        if _holds_at(fact, reading, today)
    ]


def _term(fact: Fact, reading: Reading, today: date) -> Judgement:
    """A fact with the right name: is the time right too?"""
    if not reading.times:
        if reading.over and (fact.valid_to is None or fact.valid_to >= today):
            return Judgement(fact, "irrelevant", 0.5, "nothing says that it ended")
        if reading.past or _holds_at(fact, reading, today):
            return Judgement(fact, "supports", EXACT, f"{fact.value} agrees")
        return Judgement(fact, "refutes", CLOSE, f"only from {fact.valid_from or '?'} to {fact.valid_to or '?'}")
    for span in reading.times:
        fits = _fits(fact, span)
        if fits is None:
            return Judgement(fact, "irrelevant", 0.5, "its term is not known")
        if not fits:
            return Judgement(fact, "refutes", CLOSE, f"from {fact.valid_from or '?'} to {fact.valid_to or 'now'}")
    return Judgement(
        fact, "supports", EXACT, f"{fact.value}, from {fact.valid_from or '?'} to {fact.valid_to or 'now'}"
    )


def _fits(fact: Fact, span: DateSpan) -> bool | None:
    """Whether a claimed date fits the fact's term: "since" is its start, "until" its end, a span of years both."""
    start, end = fact.valid_from, fact.valid_to
    if span.role == "since":
        return None if start is None else span.first <= start <= span.last
    if span.role == "until":
        return None if end is None else span.first <= end <= span.last
    if start is None and end is None:
        return None
    if (span.last - span.first).days > 400 and start is not None and end is not None:
        return span.first.year == start.year and span.last.year == end.year
    return (start or date.min) <= span.last and span.first <= (end or date.max)


def _flip(judgement: Judgement) -> Judgement:
    stance: Stance = "refutes" if judgement.stance == "supports" else "supports"
    return Judgement(judgement.fact, stance, judgement.strength, f"{judgement.explanation}; the claim denies it")


def _plain(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
