"""ConfidenceCalculator: from pieces of evidence to the probability that a claim is true.

Each piece adds log-odds (naive Bayes over independent sources). A source's reliability and the evidence's
age pull its probability towards 1/2 before that, and evidence of one origin is counted once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from videogen.config.groups.all import FactCheckSettings
from videogen.config.parts import part
from videogen.errors import InputError
from videogen.fact_check.knowledge.facts import Contradiction, Source
from videogen.fact_check.knowledge.verdict import ClaimVerdict, Evidence
from videogen.text.normalise import words

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

USUAL_HALF_LIFE = 3650.0
"""Days; that of plain text in fact_check/data/attributes.yaml."""
# No evidence is better than this: keeps every sum of log-odds finite.
_CERTAIN = 1e-3
_COPY = 0.7
_SHINGLE = 4


@dataclass(frozen=True)
class Confidence:
    """probability: that the claim is true. support, refutation: log-odds of either side, at least 0.

    origins: how many independent origins support it.
    """

    probability: float
    support: float
    refutation: float
    origins: int


@dataclass(frozen=True)
class Resolution:
    """outcome of weighing both sides; confidence: of that outcome, 0.5 to 1 for supported and refuted."""

    outcome: Literal["supported", "refuted", "conflicting", "not_enough_evidence"]
    confidence: float
    reason: str


class ConfidenceCalculator:
    """Weighs evidence.

    Args:
        min_confidence: probability from which a claim is called supported or refuted. A configuration, or its group
            `fact_check`: its ``min_confidence``; None: that of the defaults.
        conflict: log-odds that both sides must reach, for the claim to be called conflicting…
        margin: …unless one side leads by more than this.
    """

    def __init__(
        self,
        min_confidence: float | VideoGenConfig | FactCheckSettings | None = None,
        conflict: float = math.log(1.5),
        margin: float = math.log(4.0),
    ) -> None:
        if isinstance(min_confidence, int | float):
            self.min_confidence = float(min_confidence)
        else:
            self.min_confidence = part(min_confidence, FactCheckSettings).min_confidence
        self.conflict = conflict
        self.margin = margin

    def weight_by_source(self, result: float, source: Source) -> float:
        """The probability that evidence of strength `result` (0 to 1) is right when this source says it.

        Reliability r keeps it within 1/2 ± r/2, so a weak source never makes anything certain.
        """
        return 0.5 + (min(max(result, 0.0), 1.0) - 0.5) * source.reliability

    def adjust_for_recency(
        self, confidence: float, fact_age: float | timedelta, half_life: float | None = USUAL_HALF_LIFE
    ) -> float:
        """`confidence` after `fact_age`: its distance from 1/2 halves every `half_life` days.

        Args:
            fact_age: days, or a timedelta.
            half_life: days; None: this kind of fact does not age (a date of birth). The default is that of plain text.
        """
        age = fact_age / timedelta(days=1) if isinstance(fact_age, timedelta) else fact_age
        if half_life is None or age <= 0:
            return confidence
        return 0.5 + (confidence - 0.5) * math.exp2(-age / half_life)

    def weigh(self, evidence: Evidence, today: date) -> Evidence:
        """The same evidence with its `probability` filled in."""
        probability = self.weight_by_source(evidence.strength, evidence.source)
        age = (today - evidence.dated).days if evidence.dated else 0
        return evidence.model_copy(
            update={"probability": self.adjust_for_recency(probability, age, evidence.half_life)}
        )

    def calculate_confidence(self, verification_results: Sequence[Evidence] | Sequence[ClaimVerdict]) -> Confidence:
        """How probable the claim is, given weighed evidence (see `weigh`); 1/2 without any.

        Within one origin only the strongest piece of either stance counts.

        Args:
            verification_results: evidence, or verdicts on one claim, whose evidence counts.
        """
        support = refutation = 0.0
        origins = 0
        for cluster in clusters(evidence_of(verification_results)):
            for_it = max((_log_odds(item.probability) for item in cluster if item.stance == "supports"), default=0.0)
            against = max((_log_odds(item.probability) for item in cluster if item.stance == "refutes"), default=0.0)
            support += for_it
            refutation += against
            origins += for_it > against
        return Confidence(_probability(support - refutation), support, refutation, origins)

    def resolve_conflicts(
        self, contradictions: Sequence[Evidence] | Sequence[ClaimVerdict] | Sequence[Contradiction]
    ) -> Resolution:
        """What holds where evidence contradicts itself: the clearly stronger side, or "conflicting".

        Args:
            contradictions: evidence or verdicts on one claim; or what a report or `KnowledgeBase.check_consistency`
                names: a text that contradicts itself, or sources without evidence on either side, is "conflicting".
        """
        named = [item for item in contradictions if isinstance(item, Contradiction)]
        if named:
            return Resolution("conflicting", 1.0, "; ".join(item.text for item in named))
        weighed = self.calculate_confidence(evidence_of(contradictions))
        lead = weighed.support - weighed.refutation
        if min(weighed.support, weighed.refutation) >= self.conflict and abs(lead) <= self.margin:
            return Resolution(
                "conflicting", 1.0 - abs(2 * weighed.probability - 1.0), "the sources contradict each other"
            )
        confidence = max(weighed.probability, 1.0 - weighed.probability)
        if confidence < self.min_confidence or lead == 0.0:
            return Resolution("not_enough_evidence", 1.0 - confidence, "the evidence found is too weak to decide")
        if lead > 0:
            return Resolution("supported", confidence, "the evidence supports it")
        return Resolution("refuted", confidence, "the evidence refutes it")


def evidence_of(results: Sequence[Any]) -> list[Evidence]:
    """The pieces of evidence in what a check returns.

    Raises:
        InputError: something else was given.
    """
    found: list[Evidence] = []
    for result in results:
        if not isinstance(result, Evidence | ClaimVerdict):
            raise InputError(
                f"a {type(result).__name__} is not a result of a check",
                remedy="give Evidence, or what verify_claim returns",
            )
        found += [result] if isinstance(result, Evidence) else result.evidence
    return found


def clusters(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    """Group evidence by its origin.

    An origin is one data set, one publisher, or copies of one text (four-word shingles, Jaccard ≥ 0.7).
    """
    parent = list(range(len(evidence)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    origins = [item.origin or item.source.origin or item.source.id for item in evidence]
    shingles = [_shingles(item.text) if item.kind != "fact" else frozenset() for item in evidence]
    for one in range(len(evidence)):
        for other in range(one):
            if origins[one] == origins[other] or _copies(shingles[one], shingles[other]):
                parent[root(one)] = root(other)
    groups: dict[int, list[Evidence]] = {}
    for index, item in enumerate(evidence):
        groups.setdefault(root(index), []).append(item)
    return list(groups.values())


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    norms = [word.norm for word in words(text)]
    return frozenset(tuple(norms[i : i + _SHINGLE]) for i in range(len(norms) - _SHINGLE + 1))


def _copies(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    shared = len(one & other)
    return shared > 0 and shared >= _COPY * (len(one) + len(other) - shared)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 0.5), 1.0 - _CERTAIN)
    return math.log(bounded / (1.0 - bounded))


def _probability(log_odds: float) -> float:
    bounded = min(max(1.0 / (1.0 + math.exp(-max(min(log_odds, 500.0), -500.0))), _CERTAIN), 1.0 - _CERTAIN)
    return bounded
