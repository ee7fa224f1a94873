"""Finds claims of one text that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from videogen.fact_check.judging.structured import Reading, mentioned_entities, read
from videogen.fact_check.knowledge.facts import Contradiction
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.reading.claim import Claim
from videogen.fact_check.reading.units import convert

# Claims about one thing that are compared with each other; a text that says more about it repeats itself.
_COMPARED = 100


def contradicting_claims(claims: Sequence[Claim], knowledge: KnowledgeBase) -> list[Contradiction]:
    """Pairs of claims that give one attribute of one entity two values, or assert and deny the same."""
    readings: dict[tuple[tuple[str, ...], str], list[tuple[Claim, Reading]]] = {}
    for claim in claims:
        for reading in read(claim, knowledge.facts_about(mentioned_entities(claim)), knowledge)[:1]:
            readings.setdefault((reading.entities, reading.attribute.name), []).append((claim, reading))
    found = []
    for group in readings.values():
        for (one, first), (other, second) in combinations(group[:_COMPARED], 2):
            if _exclude(first, second):
                text = f"“{one.source_text}” and “{other.source_text}” cannot both be true"
                found.append(Contradiction(kind="value", text=text))
    return found


def _exclude(one: Reading, other: Reading) -> bool:
    if [(t.first, t.last) for t in one.times] != [(t.first, t.last) for t in other.times] or one.past != other.past:
        return False
    same = _same_value(one, other)
    if one.negated != other.negated:
        return same
    return not same and one.attribute.single and not one.negated


def _same_value(one: Reading, other: Reading) -> bool:
    if one.quantity and other.quantity:
        first, second = one.quantity, other.quantity
        converted = convert(second.value, second.unit, first.unit)
        if converted is None or {first.comparator, second.comparator} & {"at_least", "at_most"}:
            return True
        slack = max(0.5 * (first.step + second.step), 0.02 * abs(first.value))
        return abs(first.value - converted) <= slack
    if one.date and other.date:
        return one.date.first <= other.date.last and other.date.first <= one.date.last
    return bool(one.names & other.names)
