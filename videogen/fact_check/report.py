"""The report of a fact check: evidence, a verdict per claim, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel
from videogen.fact_check.knowledge.facts import Contradiction
from videogen.fact_check.knowledge.verdict import ClaimVerdict
from videogen.fact_check.reading.claim import Claim

Outcome = Literal[
    "supported", "attested", "refuted", "not_enough_evidence", "conflicting", "nothing_to_check", "unchecked_language"
]
PUBLISHABLE: frozenset[str] = frozenset({"supported", "attested", "nothing_to_check"})
# The gravest outcome among the claims is that of the whole text.
_GRAVITY: tuple[Outcome, ...] = (
    "refuted", "conflicting", "not_enough_evidence", "unchecked_language", "attested", "supported", "nothing_to_check"
)  # fmt: skip


class HandedIn(FrozenModel):
    """A text of the issuer that claims were compared with, by its name and the SHA-256 of the file."""

    name: str
    sha256: str


class FactCheckReport(FrozenModel):
    """The verdict on a text.

    verdict: the gravest outcome among its claims; publishable: whether the release gate may open on it.
    claims: every check-worthy claim; skipped: the sentences that assert nothing checkable, each with the reason.
    """

    text: str
    language: str
    verdict: Outcome
    publishable: bool
    confidence: float = Field(
        ge=0.0, le=1.0, description="of the least certain claim; 1 where there is nothing to check"
    )
    claims: tuple[ClaimVerdict, ...] = ()
    skipped: tuple[Claim, ...] = ()
    unchecked: tuple[Claim, ...] = Field((), description="sentences in languages that are not read")
    contradictions: tuple[Contradiction, ...] = Field((), description="claims of the text that contradict each other")
    counts: dict[str, int] = Field(default_factory=dict)
    sources: tuple[HandedIn, ...] = Field((), description="texts of the issuer, submitted with the request")
    backend: str
    knowledge_version: str
    created_at: datetime
    seconds: float = Field(0.0, ge=0.0)

    @property
    def summary(self) -> str:
        """One line for logs and metadata."""
        if self.verdict == "nothing_to_check":
            return "nothing to check"
        found = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.counts.items() if count)
        return f"{self.verdict.replace('_', ' ')} ({found})"


def build_report(
    text: str,
    language: str,
    verdicts: Sequence[ClaimVerdict],
    *,
    skipped: Sequence[Claim] = (),
    unchecked: Sequence[Claim] = (),
    contradictions: Sequence[Contradiction] = (),
    sources: Sequence[HandedIn] = (),
    backend: str,
    knowledge_version: str,
    seconds: float = 0.0,
) -> FactCheckReport:
    """Summarise the verdicts on the claims of a text. A contradiction inside the text makes it conflicting at best."""
    outcomes: list[Outcome] = [verdict.outcome for verdict in verdicts]
    counts = Counter(outcomes)
    if unchecked:
        outcomes.append("unchecked_language")
        counts["unchecked_language"] = len(unchecked)
    if contradictions:
        outcomes.append("conflicting")
    overall = min(outcomes, key=_GRAVITY.index, default="nothing_to_check")
    return FactCheckReport(
        text=text,
        language=language,
        verdict=overall,
        publishable=overall in PUBLISHABLE,
        confidence=0.0 if unchecked else min((verdict.confidence for verdict in verdicts), default=1.0),
        claims=tuple(verdicts),
        skipped=tuple(skipped),
        unchecked=tuple(unchecked),
        contradictions=tuple(contradictions),
        counts=dict(counts),
        sources=tuple(sources),
        backend=backend,
        knowledge_version=knowledge_version,
        created_at=datetime.now(UTC),
        seconds=seconds,
    )
