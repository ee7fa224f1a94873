"""Claims about units: "a mile is 1.609 km", "there are 12 inches in a foot"."""

from __future__ import annotations

import re

from videogen.fact_check.judging.comparison import EXACT, Judgement
from videogen.fact_check.knowledge.facts import Fact
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.reading.claim import Claim, Quantity
from videogen.fact_check.reading.units import UNITS, convert, unit_names
from videogen.text.normalise import lowered, words
from videogen.text.word_lists import normal_set

_FORMS = "|".join(
    re.escape(form)
    for form, unit in sorted(UNITS.items(), key=lambda item: -len(item[0]))
    if unit in unit_names() and len(form) > 2
)
_ONE = re.compile(rf"\b(?:one|a|an|each|every|1)\s+(?P<unit>{_FORMS})\b", re.IGNORECASE)
_WORDS = normal_set("unit_equation")


def judge_units(claim: Claim, knowledge: KnowledgeBase) -> list[Judgement]:
    """What the unit definitions of the base say; empty where the claim is not just an equation of two units."""
    one = _one_unit(claim)
    others = [quantity for quantity in claim.quantities if one is None or quantity.start != one.start]
    if one is None or one.unit is None or len(others) != 1:
        return []
    other = others[0]
    facts = knowledge.query(f"1 {one.unit.replace('_', ' ')}", "equals")
    spans = [(quantity.start, quantity.end) for quantity in (one, other)]
    rest = [w for w in words(claim.text) if not any(a < w.end and w.start < b for a, b in spans)]
    if any(word.norm and word.norm not in _WORDS for word in rest):
        return []
    return [judgement for fact in facts if (judgement := _judge(fact, one, other, claim.negated)) is not None]


def _one_unit(claim: Claim) -> Quantity | None:
    """The side of the equation that counts one: "a mile", "1 mile"."""
    ones = [quantity for quantity in claim.quantities if quantity.value == 1.0 and quantity.unit in unit_names()]
    if ones:
        return ones[0]
    for match in _ONE.finditer(claim.text):
        if not any(quantity.start <= match.start() < quantity.end for quantity in claim.quantities):
            unit = UNITS.get(match["unit"]) or UNITS[lowered(match["unit"])]
            return Quantity(text=match.group(), start=match.start(), end=match.end(), value=1.0, unit=unit)
    return None


def _judge(fact: Fact, one: Quantity, other: Quantity, negated: bool) -> Judgement | None:
    held = None if fact.number is None else convert(fact.number, fact.unit, other.unit)
    if held is None:
        return None
    # What is written must be the true value rounded to the digits written, or within 0.5 %.
    agrees = abs(held - other.value) <= max(0.5 * other.step if other.step < 1 else 0.0, 0.005 * abs(held)) * (1 + 1e-9)
    stance = "supports" if agrees != negated else "refutes"
    return Judgement(
        fact, "supports" if stance == "supports" else "refutes", EXACT, f"1 {one.unit} is {held:.6g} {other.unit}"
    )
