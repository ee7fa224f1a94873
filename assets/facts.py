"""Fact check: the words of the video, checked before any frame is made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.common import show
from assets.common.stage import stage
from resources.knowledge import KnowledgeResource
from resources.runs.videos import Video
from resources.runs.work import Made
from resources.storage import StorageResource
from videogen.fact_check.report import FactCheckReport

if TYPE_CHECKING:
    import pandas as pd


@stage("facts", kinds={"python", "duckdb"}, deps=["prompt_asset"])
def fact_check_report(video: Video, knowledge: KnowledgeResource, storage: StorageResource) -> Made[FactCheckReport]:
    """Claims of the prompt, title, captions and narration with evidence, sources, confidence and a verdict.

    Sentences are read as a viewer reads them, over the breaks of lines and cues. What the issuer says in texts that
    were handed in with the request is attested by them.

    The verdict is a release gate. What is refuted is not even made, unless `fact_check.stop_when_refuted` is off: then
    it may be looked at, but not published.
    """
    from videogen.fact_check.html import to_markdown
    from videogen.fact_check.viewer_check import check_viewer_text, place_of

    viewer = video.request.viewer_text
    enabled = video.config.fact_check.enabled
    sources = storage.requests.source_texts(video.request)
    checker = knowledge.checker(video.config)
    report = check_viewer_text(checker, viewer, sources) if enabled else not_checked(viewer.text)
    return Made(
        report,
        {
            "verdict": report.verdict,
            "summary": report.summary,
            "publishable": report.publishable,
            "confidence": report.confidence,
            "claims": len(report.claims),
            "attested": report.counts.get("attested", 0),
            "sources": show.bullets(f"{source.name} (SHA-256 {source.sha256})" for source in sources),
            "places": show.table(
                {"claim": verdict.claim.text, "verdict": verdict.outcome, "place": place_of(viewer, verdict.claim)}
                for verdict in report.claims
            ),
            "backend": report.backend,
            "knowledge_version": report.knowledge_version,
            "report": dg.MetadataValue.md(to_markdown(report)),
        },
        rows={"fact_checks": claim_rows(video, report)},
    )


def not_checked(text: str) -> FactCheckReport:
    """Return the report for switched-off fact checking; it does not open the gate."""
    return FactCheckReport(
        text=text,
        language="und",
        verdict="not_enough_evidence",
        publishable=False,
        confidence=0.0,
        backend="not run: fact_check.enabled is off",
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
