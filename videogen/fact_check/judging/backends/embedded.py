"""The default backend: structured comparison first, then word-by-word comparison with passages. No network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check.judging.backends.base import Assessment, fact_evidence, facts_for, passage_evidence
from videogen.fact_check.judging.comparison import Judgement, compare
from videogen.fact_check.judging.stance import judge_passage
from videogen.fact_check.judging.structured import read
from videogen.fact_check.judging.unit_claims import judge_units
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.reading.claim import Claim

_PASSAGES = 5


class EmbeddedBackend:
    """Decides by facts where the claim can be read, by passages where it cannot, and abstains otherwise."""

    name = "embedded"

    def __init__(self, settings: FactCheckSettings) -> None:
        """Nothing in the settings bears on it."""

    def assess(self, claims: Sequence[Claim], knowledge: KnowledgeBase, today: date) -> list[Assessment]:
        """See `Backend.assess`. Structured evidence, where there is any, makes text evidence unnecessary."""
        assessments = {index: self._structured(claim, knowledge, today) for index, claim in enumerate(claims)}
        open_claims = [index for index, assessment in assessments.items() if not assessment.evidence]
        for index, found in zip(
            open_claims, knowledge.search([claims[index].text for index in open_claims], _PASSAGES), strict=True
        ):
            judged = [judge_passage(claims[index].text, item.passage.text) for item in found]
            evidence = tuple(
                passage_evidence(passage, knowledge, judgement.stance, judgement.strength)
                for passage, judgement in zip(found, judged, strict=True)
                if judgement.stance != "irrelevant"
            )
            if evidence:
                assessments[index] = Assessment(evidence)
        return [assessments[index] for index in range(len(claims))]

    def _structured(self, claim: Claim, knowledge: KnowledgeBase, today: date) -> Assessment:
        judgements = judge_units(claim, knowledge)
        if not judgements:
            judgements = _best(
                [
                    compare(reading, knowledge.names_of, today)
                    for reading in read(claim, facts_for(claim, knowledge), knowledge)
                ]
            )
        if not judgements:
            return Assessment(cause="the knowledge base contains nothing about it")
        return Assessment(
            tuple(fact_evidence(j.fact, knowledge, j.stance, j.strength, j.explanation) for j in judgements)
        )


def _best(readings: list[list[Judgement]]) -> list[Judgement]:
    """The judgements to go by where a claim can be read in several ways: one that supports it, else all that refute."""
    decided = [judgements for judgements in readings if judgements]
    for judgements in decided:
        if any(judgement.stance == "supports" for judgement in judgements):
            return judgements
    seen: dict[tuple[str, str, str, str], Judgement] = {}
    for judgements in decided:
        for judgement in judgements:
            fact = judgement.fact
            seen.setdefault((fact.entity, fact.attribute, fact.value, fact.source), judgement)
    return list(seen.values())[:8]
