"""Facts that cannot both hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Literal

from videogen.domain.artifacts import Report
from videogen.fact_check.knowledge.attributes import Attribute, attribute
from videogen.fact_check.knowledge.facts import Fact
from videogen.fact_check.reading.dates import parse_date
from videogen.fact_check.reading.units import convert
from videogen.text.normalise import normal


class Contradiction(Report):
    """Two facts that contradict each other, or (kind "aliases") a cycle of aliases."""

    kind: Literal["value", "aliases"]
    text: str
    facts: tuple[Fact, ...] = ()


def contradictions(facts: Sequence[Fact]) -> list[Contradiction]:
    """Pairs of facts about one attribute of one entity, at overlapping times, whose values differ.

    Attributes that may have several values at once (neighbours, official languages) never contradict.
    """
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.entity, fact.attribute), []).append(fact)
    found = []
    for (entity, name), group in groups.items():
        kind = attribute(name, kind_of(group[0]), group[0].unit)
        if not kind.single:
            continue
        for one, other in combinations(group, 2):
            if _overlap(one, other) and not same_value(one, other, kind):
                text = f"{name.replace('_', ' ')} of {entity}: {one.value} ({one.source}) against {other.value} ({other.source})"
                found.append(Contradiction(kind="value", text=text, facts=(one, other)))
    return found


def kind_of(fact: Fact) -> Literal["text", "number", "date"]:
    """What a fact's value is, judged by the fact itself."""
    if fact.number is not None:
        return "number"
    return "date" if parse_date(fact.value) else "text"


def same_value(one: Fact, other: Fact, kind: Attribute) -> bool:
    """Whether two values are equal within the attribute's tolerance, after conversion to one unit."""
    if one.number is not None and other.number is not None:
        converted = convert(other.number, other.unit, one.unit)
        if converted is None:
            return False
        return (
            abs(one.number - converted)
            <= max(kind.tolerance, kind.refute) * max(abs(one.number), abs(converted)) + 1e-12
        )
    return normal(one.value) == normal(other.value)


def _overlap(one: Fact, other: Fact) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_to or date.max, other.valid_to or date.max)
    # A successor often takes office on the day the predecessor leaves it.
    return starts < ends or (starts == ends and one.valid_from == other.valid_from)
