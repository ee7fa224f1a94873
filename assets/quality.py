"""Assurance of the result: every metric of the finished mp4, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from assets import show
from assets.stage import stage
from resources.models import ModelsResource
from resources.videos import Video
from resources.work import Made
from videogen.artifacts import PromptAsset, VideoFile
from videogen.quality.report import QualityReport

if TYPE_CHECKING:
    import pandas as pd


@stage("assurance", kinds={"python", "opencv"})
def quality_report(
    video: Video, rendered_video: VideoFile, prompt_asset: PromptAsset, models: ModelsResource
) -> Made[QualityReport]:
    """Every metric with its threshold and weight, the verdict, and what to change if it fails."""
    from videogen.quality.assessor import QualityAssessor
    from videogen.quality.technical import Expected

    config = video.config
    expected = Expected.from_rendered(rendered_video.facts, config)
    assessor = QualityAssessor(config, profile=models.profile(config))
    report = assessor.assess_video(rendered_video.path, prompt_asset.original, expected=expected)
    return Made(report, report_facts(report), rows={"quality": metric_rows(video, report)})


def report_facts(report: QualityReport) -> dict[str, object]:
    """Verdict, score and every number, for metadata; Dagster plots the numbers over time."""
    facts: dict[str, object] = {
        "passed": report.passed,
        "score": report.score,
        "summary": dg.MetadataValue.md(report.generate_summary()),
        "metrics": show.table(
            {"metric": result.title, "result": result.verdict(), "passed": str(result.passed)}
            for result in report.metrics
        ),
        "encoder": report.encoder or "none",
    }
    return facts | {f"metric_{name}": value for name, value in report.values().items()}


def metric_rows(video: Video, report: QualityReport) -> pd.DataFrame:
    """Rows of the table `quality`: one a metric, and one for the score."""
    import pandas as pd

    identity = {"video_id": video.id, "attempt": video.number}
    rows = [
        {
            **identity,
            "metric": result.name,
            "value": result.value,
            "threshold": result.threshold,
            "passed": result.passed,
        }
        for result in report.metrics
    ]
    score = {**identity, "metric": "score", "value": report.score, "threshold": None, "passed": report.passed}
    return pd.DataFrame([*rows, score])
