"""Facts: once over the release; every sentence that is told, and every text that a person added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from videogen.briefing.checks.report import FactFindings, SpokenVerdict
from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.reconciling import own_words, passages
from videogen.fact_check.checker import FactChecker
from videogen.fact_check.knowledge.verdict import ClaimVerdict
from videogen.fact_check.report import PUBLISHABLE, FactCheckReport
from videogen.release.decision import Gate
from videogen.storage.inputs.source_files import SourceText

_GRAVEST = ("refuted", "conflicting", "not_enough_evidence", "unchecked_language", "attested", "supported")


def check_facts(storyboard: Storyboard, documents: Mapping[str, ReleaseDocument], checker: FactChecker) -> FactFindings:
    """Judge every text of the briefing.

    What stands in the release is attested by it, unless the knowledge base refutes it. A person's own words must
    follow from the release, or be supported.
    """
    verdicts: list[SpokenVerdict] = []
    unused: list[str] = []
    for language, document in documents.items():
        source = SourceText(name=document.name, sha256=document.sha256, text=document.text)
        report = checker.check_content(document.text, [source])
        told: set[tuple[int, int]] = set()
        for shot in storyboard.shots:
            for number, sentence in enumerate(shot.narration, 1):
                if language in sentence.source:
                    start, end = sentence.source[language]
                    told.add((start, end))
                    outcome, reason = _within(report, start, end)
                    verdicts.append(
                        SpokenVerdict(
                            shot=shot.id,
                            where=f"narration {number}",
                            language=language,
                            text=sentence.text[language],
                            from_release=True,
                            outcome=outcome,
                            reason=reason,
                        )
                    )
        unused += [
            verdict.claim.source_text
            for verdict in report.claims
            if verdict.outcome in ("refuted", "conflicting") and not _overlaps(verdict, told)
        ]
        verdicts += _own(storyboard, language, checker, [source])
    return FactFindings(
        verdicts=tuple(verdicts),
        unused=tuple(unused),
        backend=checker.backend.name,
        knowledge_version=checker.knowledge.version,
    )


def _within(report: FactCheckReport, start: int, end: int) -> tuple[str, str]:
    """The gravest outcome among the claims of a stretch of the release."""
    inside = [verdict for verdict in report.claims if verdict.claim.start < end and start < verdict.claim.end]
    unread = [claim for claim in report.unchecked if claim.start < end and start < claim.end]
    found = [(verdict.outcome, verdict.reason) for verdict in inside]
    # The issuer's own sentence is what it says, in whatever language: only its truth could not be compared.
    found += [("attested", "stands in the release; its language is not compared with the knowledge base")] * bool(
        unread
    )
    if not found:
        return "nothing_to_check", "it asserts nothing that could be compared"
    worst = min(found, key=lambda pair: _GRAVEST.index(pair[0]) if pair[0] in _GRAVEST else len(_GRAVEST))
    if worst[0] == "not_enough_evidence":
        return "attested", "stands in the release"
    return worst


def _overlaps(verdict: ClaimVerdict, told: set[tuple[int, int]]) -> bool:
    return any(verdict.claim.start < end and start < verdict.claim.end for start, end in told)


def _own(
    storyboard: Storyboard, language: str, checker: FactChecker, sources: Sequence[SourceText]
) -> list[SpokenVerdict]:
    """The verdicts on texts that are not of the release."""
    found = []
    for own in own_words(storyboard):
        if own.language != language:
            continue
        report = checker.check_content(own.text, sources)
        reason = "; ".join(verdict.reason for verdict in report.claims) or report.summary
        found.append(
            SpokenVerdict(
                shot=own.shot,
                where=own.where,
                language=language,
                text=own.text,
                from_release=False,
                outcome=report.verdict,
                reason=reason,
            )
        )
    return found


def facts_gate_of(findings: FactFindings) -> Gate:
    """Every text may be published; a refuted sentence of the release that is not told is listed, and closes nothing."""
    wrong = [verdict for verdict in findings.verdicts if verdict.outcome not in PUBLISHABLE]
    if not findings.verdicts:
        return Gate(name="facts", state="missing", found="no text was checked")
    if wrong:
        told = "; ".join(
            f"shot {x.shot}, {x.where} ({x.language}): {x.outcome.replace('_', ' ')}: {x.text[:80]!r}" for x in wrong
        )
        return Gate(name="facts", state="failed", found=told)
    count = len(findings.verdicts)
    own = sum(not verdict.from_release for verdict in findings.verdicts)
    listed = f"; {len(findings.unused)} refuted sentences of the release are not told" if findings.unused else ""
    return Gate(
        name="facts",
        state="holds",
        found=f"{count - own} sentences stand in the release, {own} other texts follow or have support{listed}",
    )


def every_text(storyboard: Storyboard) -> list[str]:
    """All that is said, shown or described, for the content policy."""
    texts = [*storyboard.title.values(), *storyboard.issuer.values(), *storyboard.corrects.values()]
    for shot in storyboard.shots:
        texts += [text for _, passage in passages(shot) for text in passage.text.values()]
        texts += [own.text for own in own_words(storyboard) if own.shot == shot.id]
        if shot.clip is not None:
            texts.append(shot.clip.prompt)
        if shot.picture is not None:
            texts.append(shot.picture.credit)
    return list(dict.fromkeys(texts))
