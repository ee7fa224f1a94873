"""The interface of backends: find evidence for claims, and decide whether it supports or refutes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from videogen.fact_check.judging.structured import mentioned_entities
from videogen.fact_check.knowledge.attributes import attribute
from videogen.fact_check.knowledge.consistency import kind_of
from videogen.fact_check.knowledge.facts import Fact
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.knowledge.retrieval import Found
from videogen.fact_check.knowledge.verdict import Evidence
from videogen.fact_check.reading.claim import Claim

# Texts age slowly: what they say about a date stays true, what they say about "now" does not.
PASSAGE_HALF_LIFE = 3650.0


@dataclass(frozen=True)
class Assessment:
    """The evidence about one claim. cause: why there is none, or why the backend could not answer."""

    evidence: tuple[Evidence, ...] = ()
    cause: str = ""
    failed: bool = False


class Backend(Protocol):
    """Decides whether evidence supports or refutes claims. `name` tells apart whatever may answer differently: kind, model, address."""

    name: str

    def assess(self, claims: Sequence[Claim], knowledge: KnowledgeBase, today: date) -> list[Assessment]:
        """One assessment for each claim. A backend that cannot answer says so in `cause`; it never raises for that."""


def facts_for(claim: Claim, knowledge: KnowledgeBase) -> list[Fact]:
    """Facts about the entities that the claim mentions."""
    return knowledge.facts_about(mentioned_entities(claim))


def fact_evidence(
    fact: Fact, knowledge: KnowledgeBase, stance: str, strength: float, explanation: str = ""
) -> Evidence:
    """Evidence drawn from a fact. What is over does not age; what may have changed since it was read does."""
    source = knowledge.sources[fact.source]
    half_life = attribute(fact.attribute, kind_of(fact), fact.unit).half_life
    return Evidence.model_validate(
        {
            "stance": stance,
            "strength": strength,
            "text": fact.sentence(),
            "kind": "fact",
            "source": source,
            "dated": fact.retrieved,
            "origin": source.origin or source.id,
            "half_life": None if fact.valid_to is not None else half_life,
            "explanation": explanation,
        }
    )


def passage_evidence(found: Found, knowledge: KnowledgeBase, stance: str, strength: float) -> Evidence:
    """Evidence drawn from a passage of a document, quoted in full."""
    source = knowledge.sources[found.passage.source]
    return Evidence.model_validate(
        {
            "stance": stance,
            "strength": strength,
            "text": found.passage.text,
            "kind": "passage",
            "source": source,
            "dated": found.passage.published or source.published,
            "origin": source.origin or source.id,
            "half_life": PASSAGE_HALF_LIFE,
            "explanation": found.passage.title,
        }
    )
