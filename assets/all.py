"""Everything that this package defines."""

from __future__ import annotations

import dagster as dg

from assets.briefing import BRIEFING
from assets.checks import CHECKS
from assets.conditioning import conditioning_embeddings
from assets.delivery import rendered_video
from assets.emergency import emergency
from assets.enhancement import upscaled_frames
from assets.facts import fact_check_report
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

__all__ = ["ASSETS", "BRIEFING", "CHECKS", "EMERGENCY", "MONITORING", "RELEASES"]
