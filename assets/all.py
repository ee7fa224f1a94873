"""Everything that this package defines."""

from __future__ import annotations

import dagster as dg

from assets.briefing import BRIEFING
from assets.checks import CHECKS as VIDEO_CHECKS
from assets.conditioning import conditioning_embeddings
from assets.delivery import rendered_video
from assets.emergency import emergency
from assets.enhancement import upscaled_frames
from assets.facts import fact_check_report
from assets.feedback import (
    DAILY_FEEDBACK,
    FEEDBACK_CHECKS,
    ab_test_results,
    fine_tuning_dataset,
    parameter_recommendations,
)
from assets.inputs import prompt_asset, reference_images
from assets.monitoring import performance_metrics, quality_trends
from assets.noise import initial_noise
from assets.quality import quality_report
from assets.release import published_video
from assets.synthesis import decoded_frames, video_latents

ASSETS: list[dg.AssetsDefinition] = [
    prompt_asset,
    reference_images,
    fact_check_report,
    conditioning_embeddings,
    initial_noise,
    video_latents,
    decoded_frames,
    upscaled_frames,
    rendered_video,
    quality_report,
]
RELEASES: list[dg.AssetsDefinition] = [published_video]
EMERGENCY: list[dg.AssetsDefinition] = [emergency]
MONITORING: list[dg.AssetsDefinition] = [performance_metrics, quality_trends]

FEEDBACK: list[dg.AssetsDefinition] = [
    *DAILY_FEEDBACK,
    parameter_recommendations,
    ab_test_results,
    fine_tuning_dataset,
]
CHECKS: list[dg.AssetChecksDefinition] = [*VIDEO_CHECKS, *FEEDBACK_CHECKS]

__all__ = ["ASSETS", "BRIEFING", "CHECKS", "DAILY_FEEDBACK", "EMERGENCY", "FEEDBACK", "MONITORING", "RELEASES"]
