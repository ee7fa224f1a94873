"""Assurance of the facts: what the video will say, checked before any picture is made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.stage import stage
from resources.knowledge import KnowledgeResource
from resources.videos import Video
from resources.work import Made
from videogen.artifacts import PromptAsset
from videogen.fact_check.report import FactCheckReport

if TYPE_CHECKING:
    import pandas as pd

    from videogen.requests import VideoRequest


@stage("assurance", kinds={"python", "duckdb"})
def fact_check_report(
    video: Video, prompt_asset: PromptAsset, knowledge: KnowledgeResource
) -> Made[FactCheckReport]:
    """Claims of the prompt, title and captions with evidence, sources, confidence and a verdict.

    The verdict is a release gate: what is refuted may be made, to be looked at, but not published. With
    `fact_check.stop_when_refuted` it is not even made.
    """
    text = checked_text(video.request, prompt_asset)
    enabled = video.config.fact_check.enabled
    report = knowledge.checker(video.config).check_content(text) if enabled else not_checked(text)
    return Made(
        report,
        {
            "verdict": report.verdict,
            "summary": report.summary,
            "publishable": report.publishable,
            "confidence": report.confidence,
            "claims": len(report.claims),
            "backend": report.backend,
            "knowledge_version": report.knowledge_version,
            "report": dg.MetadataValue.md(as_markdown(report)),
        },
        rows={"fact_checks": claim_rows(video, report)},
    )


def checked_text(request: VideoRequest, prompt: PromptAsset) -> str:
    """All that the video says in words: title, prompt and captions, each once, one a line."""
    lines = [request.title or "", prompt.original, *(cue.text for cue in request.captions)]
    return "\n".join(dict.fromkeys(line.strip() for line in lines if line.strip()))


def not_checked(text: str) -> FactCheckReport:
    """The report where fact checking is switched off: it opens no gate."""
    return FactCheckReport(
        text=text,
        language="und",
        verdict="not_enough_evidence",
        publishable=False,
        confidence=0.0,
        backend="none: fact_check.enabled is off",
        knowledge_version="none",
        created_at=datetime.now(UTC),
    )


def claim_rows(video: Video, report: FactCheckReport) -> pd.DataFrame:
    """Rows of the table `fact_checks`, one a claim."""
    import pandas as pd

    names = ["video_id", "attempt", "claim", "verdict", "confidence", "source"]
    rows = [
        {
            "video_id": video.id,
            "attempt": video.number,
            "claim": verdict.claim.text,
            "verdict": verdict.outcome,
            "confidence": verdict.confidence,
            "source": verdict.evidence[0].source.name if verdict.evidence else None,
        }
        for verdict in report.claims
    ]
    return pd.DataFrame(rows, columns=names)


def as_markdown(report: FactCheckReport) -> str:
    """The report for people: one line a claim, with what was found and where."""
    lines = [f"**{report.summary}**", ""]
    for verdict in report.claims:
        sources = "; ".join(evidence.source.name for evidence in verdict.evidence[:3]) or "no source"
        outcome = verdict.outcome.replace("_", " ")
        lines.append(f"- *{verdict.claim.text}*: **{outcome}** ({verdict.confidence:.2f}; {sources})")
    return "\n".join(lines)
