"""The verdict on one claim, with the evidence that it rests on; the knowledge base keeps verdicts for a while."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.fact_check.knowledge.facts import Source
from videogen.fact_check.reading.claim import Claim

ClaimOutcome = Literal["supported", "attested", "refuted", "not_enough_evidence", "conflicting"]


class Evidence(FrozenModel):
    """One piece of evidence about one claim.

    strength: how surely this text, taken as true, settles the claim its way, 0.5 (not at all) to 1.
    probability: the same after the source's reliability and the evidence's age are counted in.
    dated: when the source said so, or the day from which the fact holds. origin: evidence of one origin counts
    once.
    """

    stance: Literal["supports", "refutes", "irrelevant"]
    strength: float = Field(ge=0.0, le=1.0)
    probability: float = Field(0.5, ge=0.0, le=1.0)
    text: str
    kind: Literal["fact", "passage", "review", "release"]
    source: Source
    dated: date | None = None
    origin: str = ""
    half_life: float | None = Field(None, description="days; None: the evidence does not age")
    explanation: str = ""


class ClaimVerdict(FrozenModel):
    """What was found about one claim. confidence: how sure the outcome is, 0.5 to 1 for supported and refuted."""

    claim: Claim
    outcome: ClaimOutcome
    confidence: float = Field(ge=0.0, le=1.0)
    support_probability: float = Field(0.5, ge=0.0, le=1.0, description="probability that the claim is true")
    evidence: tuple[Evidence, ...] = ()
    backend: str
    reason: str
    checked_on: date
    cached: bool = False
