"""Attestation: compares claims with the issuer's own texts that were submitted with a request.

A release attests what follows from its words, by the same rules as any passage. It makes a claim the issuer's own, not
true: the verdict is "attested", never "supported".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from videogen.fact_check.judging.stance import Stance, denies, judge_passage
from videogen.fact_check.knowledge.facts import Source
from videogen.fact_check.knowledge.verdict import ClaimVerdict, Evidence
from videogen.fact_check.reading.claim import Claim
from videogen.storage.inputs.source_files import SourceText
from videogen.text.sentences import split_sentences

# Longer paragraphs speak of themselves.
_LONGEST_REMARK = 200
# What a release that checks facts puts before what it is about to deny.
_LABEL = re.compile(r"\W*(?:claims?|myths?|rumou?rs?|viral|fake|दावा|अफ़?वाह|मिथक)\b\s*(?:\d+\s*)?(?:[:：–—-]|$)", re.I)
_PARAGRAPH = re.compile(r"\n\s*\n")


def attested(verdict: ClaimVerdict, sources: Sequence[SourceText]) -> ClaimVerdict:
    """The verdict on a claim with what the issuer's texts say added.

    What a text contradicts is refuted, unless the knowledge base supports it: then it is conflicting, as is what a text
    asserts and the base refutes.
    """
    found = [(source, *_judged(verdict.claim, source)) for source in sources]
    evidence = [_evidence(source, stance, quoted) for source, stance, quoted in found if stance.stance != "irrelevant"]
    if not evidence:
        return verdict
    against = [item for item in evidence if item.stance == "refutes"]
    changes: dict[str, object] = {"evidence": (*evidence, *verdict.evidence)}
    if against:
        conflict = verdict.outcome in ("supported", "conflicting") or len(against) < len(evidence)
        changes |= {
            "outcome": "conflicting" if conflict else "refuted",
            "reason": f"{against[0].source.name} contradicts it",
            "confidence": max(item.strength for item in against),
        }
    elif verdict.outcome in ("refuted", "conflicting"):
        changes |= {
            "outcome": "conflicting",
            "reason": f"{evidence[0].source.name} states it, the knowledge base contradicts it",
        }
    elif verdict.outcome == "not_enough_evidence":
        changes |= {
            "outcome": "attested",
            "reason": f"the issuer states it in {evidence[0].source.name}",
            "confidence": evidence[0].strength,
        }
    return verdict.model_copy(update=changes)


def speaks_of(claim: Claim, sources: Sequence[SourceText]) -> bool:
    """Whether one of the texts asserts or contradicts a sentence, whatever language it is in."""
    return any(_judged(claim, source)[0].stance != "irrelevant" for source in sources)


def _judged(claim: Claim, source: SourceText) -> tuple[Stance, str]:
    """Which way a text points, and the paragraph that does."""
    best, quoted = Stance("irrelevant", 0.5), ""
    paragraphs = _paragraphs(source.text)
    for number, paragraph in enumerate(paragraphs):
        if claim.language in ("en", "hi"):
            stance = judge_passage(claim.text, paragraph)
        else:
            # Languages that are not read: only the very same sentence counts.
            stance = Stance("supports", 1.0) if _plain(claim.source_text) in _sentences(paragraph) else best
        if stance.stance == "refutes":
            return stance, paragraph
        if _called_false(paragraphs, number) and not denies(claim.text):
            continue
        if stance.stance == "supports" and best.stance == "irrelevant":
            best, quoted = stance, paragraph
    return best, quoted


def _called_false(paragraphs: Sequence[str], number: int) -> bool:
    """Whether the line before or behind a paragraph calls it false: "Fact check", "This is fake"."""
    beside = (*paragraphs[max(number - 1, 0) : number], *paragraphs[number + 1 : number + 2])
    return any(len(line) <= _LONGEST_REMARK and (denies(line) or _LABEL.match(line)) for line in beside) or (
        _LABEL.match(paragraphs[number]) is not None
    )


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in _PARAGRAPH.split(text) if part.strip()]


@lru_cache(maxsize=2_000)
def _sentences(paragraph: str) -> frozenset[str]:
    return frozenset(_plain(sentence.text) for sentence in split_sentences(paragraph))


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".!。।")


def _evidence(source: SourceText, stance: Stance, quoted: str) -> Evidence:
    said_by = Source(id=f"release-{source.sha256[:12]}", name=source.name)
    return Evidence.model_validate(
        {
            "stance": stance.stance,
            "strength": stance.strength,
            "probability": stance.strength,
            "text": quoted[:1000],
            "kind": "release",
            "source": said_by,
            "origin": said_by.id,
            "explanation": f"submitted with the request, SHA-256 {source.sha256}",
        }
    )
