"""FactChecker: claims of a text, evidence for each, a verdict, a report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from videogen.config.groups.all import FactCheckSettings
from videogen.config.parts import part
from videogen.errors import InputError, shortened
from videogen.fact_check.judging.attestation import attested, speaks_of
from videogen.fact_check.judging.backends import load_backend
from videogen.fact_check.judging.backends.base import Assessment
from videogen.fact_check.judging.confidence import ConfidenceCalculator
from videogen.fact_check.judging.inconsistency import contradicting_claims
from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
from videogen.fact_check.knowledge.verdict import ClaimVerdict
from videogen.fact_check.reading.claim import Claim
from videogen.fact_check.reading.claims import UNREAD, extract
from videogen.fact_check.reading.languages import detect
from videogen.fact_check.report import FactCheckReport, HandedIn, build_report
from videogen.storage.inputs.source_files import SourceText

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig

MAX_CHARACTERS = 2_000_000
_CRITICAL_ORIGINS = 2


class FactChecker:
    """Checks text against a knowledge base.

    Args:
        config: the configuration, or its group `fact_check` alone; None: the defaults.
        knowledge: None: the configured knowledge base.
        today: what "now" means in claims and for the age of evidence; the current day by default.

    Raises:
        ConfigError: the backend is unknown or lacks a setting.
    """

    def __init__(
        self,
        config: VideoGenConfig | FactCheckSettings | None = None,
        knowledge: KnowledgeBase | None = None,
        *,
        today: date | None = None,
    ) -> None:
        self.settings = part(config, FactCheckSettings)
        self.knowledge = knowledge or KnowledgeBase(self.settings)
        self.backend = load_backend(self.settings)
        self.confidence = ConfidenceCalculator(self.settings.min_confidence)
        self._today = today

    @property
    def today(self) -> date:
        return self._today or date.today()

    def check_content(self, text: str, sources: Sequence[SourceText] = ()) -> FactCheckReport:
        """Verify every checkable claim of `text` and summarise the result.

        What follows from `sources`, the issuer's own texts, is attested by them where the knowledge base cannot tell.

        A text that asserts nothing (an illustration's prompt, a headline) is "nothing_to_check" and may be
        published; sentences in unread languages make it "unchecked_language", which may not.

        Raises:
            InputError: the text is longer than 2,000,000 characters.
        """
        started = time.perf_counter()
        claims = self.extract_claims(text, sources)
        return self.generate_report(
            self.verify_claims([claim for claim in claims if claim.check_worthy], sources),
            text=text,
            claims=claims,
            sources=sources,
            seconds=time.perf_counter() - started,
        )

    def extract_claims(self, text: str, sources: Sequence[SourceText] = ()) -> list[Claim]:
        """Every sentence or clause as a claim, in order, with offsets; `check_worthy` and `reason` say what it is.

        Args:
            sources: texts of the issuer; what they speak of is worth checking in any case.

        Raises:
            InputError: the text is longer than 2,000,000 characters.
        """
        if len(text) > MAX_CHARACTERS:
            raise InputError(
                f"the text has {len(text):,} characters, more than the {MAX_CHARACTERS:,} that can be checked at once",
                remedy="check it in parts",
            )
        return [_worth_with(claim, sources) for claim in extract(text, self.knowledge.names, self.today)]

    def verify_claim(self, claim: Claim | str) -> ClaimVerdict:
        """The verdict on one claim, from the cache or by the backend.

        Args:
            claim: from `extract_claims`, or a sentence that states one thing.

        Raises:
            InputError: the text states several things, or none.
        """
        return self.verify_claims([self._single(claim) if isinstance(claim, str) else claim])[0]

    def _single(self, text: str) -> Claim:
        claims = self.extract_claims(text)
        worthy = [claim for claim in claims if claim.check_worthy] or claims
        if len(worthy) != 1:
            number = f"{len(worthy)} claims" if worthy else "no claim"
            raise InputError(
                f"{shortened(text, 200)!r} holds {number}, not one",
                remedy="give one sentence that states one thing, or use check_content for a whole text",
            )
        return worthy[0]

    def verify_claims(self, claims: Sequence[Claim], sources: Sequence[SourceText] = ()) -> list[ClaimVerdict]:
        """Verdicts on many claims at once, which is much faster than one by one.

        Args:
            sources: texts of the issuer, which attest what the knowledge base cannot tell.
        """
        known = {
            index: cached
            for index, claim in enumerate(claims)
            if (cached := self.knowledge.cached(claim, self.backend.name, self.today)) is not None
        }
        unknown = [index for index in range(len(claims)) if index not in known]
        assessments = (
            self.backend.assess([claims[index] for index in unknown], self.knowledge, self.today) if unknown else []
        )
        for index, assessment in zip(unknown, assessments, strict=True):
            known[index] = self._verdict(claims[index], assessment)
            if not assessment.failed:
                self.knowledge.update_cache(claims[index], known[index])
        return [attested(known[index], sources) for index in range(len(claims))]

    def _verdict(self, claim: Claim, assessment: Assessment) -> ClaimVerdict:
        evidence = tuple(self.confidence.weigh(item, self.today) for item in assessment.evidence)
        resolution = self.confidence.resolve_conflicts(evidence)
        weighed = self.confidence.calculate_confidence(evidence)
        outcome, reason = resolution.outcome, resolution.reason
        if not evidence:
            reason = assessment.cause or "no evidence was found"
        elif assessment.failed:
            outcome, reason = "not_enough_evidence", assessment.cause
        elif outcome == "supported" and claim.critical and weighed.origins < _CRITICAL_ORIGINS:
            outcome = "not_enough_evidence"
            reason = "it concerns safety, health or an election, and only one independent source supports it"
        return ClaimVerdict(
            claim=claim,
            outcome=outcome,
            confidence=resolution.confidence if outcome == resolution.outcome else 1.0 - resolution.confidence,
            support_probability=weighed.probability,
            evidence=tuple(sorted(evidence, key=lambda item: -item.probability)),
            backend=self.backend.name,
            reason=reason,
            checked_on=self.today,
        )

    def generate_report(
        self,
        results: Sequence[ClaimVerdict],
        *,
        text: str | None = None,
        claims: Sequence[Claim] | None = None,
        sources: Sequence[SourceText] = (),
        seconds: float = 0.0,
    ) -> FactCheckReport:
        """Summarise verdicts.

        Args:
            text: the text checked; by default the claims' own sentences.
            claims: all claims of the text, with those that were not verified.
            sources: the issuer's texts that they were compared with.
        """
        everything = claims if claims is not None else [result.claim for result in results]
        shown = text if text is not None else " ".join(result.claim.source_text for result in results)
        idle = [claim for claim in everything if not claim.check_worthy]
        return build_report(
            shown,
            detect(shown),
            results,
            skipped=[claim for claim in idle if not claim.reason.startswith(UNREAD)],
            unchecked=[claim for claim in idle if claim.reason.startswith(UNREAD)],
            contradictions=contradicting_claims([result.claim for result in results], self.knowledge),
            sources=[HandedIn(name=source.name, sha256=source.sha256) for source in sources],
            backend=self.backend.name,
            knowledge_version=self.knowledge.version,
            seconds=seconds,
        )


def _worth_with(claim: Claim, sources: Sequence[SourceText]) -> Claim:
    """Any sentence is worth checking where the issuer's text speaks of it: a forecast, or one in an unread language."""
    if claim.check_worthy or not speaks_of(claim, sources):
        return claim
    return claim.model_copy(update={"check_worthy": True, "reason": "is stated in a text of the issuer"})
