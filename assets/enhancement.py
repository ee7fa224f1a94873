"""Enhancement: upscaling, sharpening and temporal smoothing of frames."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.common.stage import on_the_processor, stage
from assets.synthesis import frame_facts
from resources.monitoring import MonitoringResource
from resources.runs.videos import Video
from resources.runs.work import Made
from resources.upscaler import UpscalerResource
from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.domain.stages import Stage
from videogen.runtime.worker_threads import cores

if TYPE_CHECKING:
    import pandas as pd


FIDELITY = "fidelity"
"""The note of the frames that says how much of the decoded ones they keep."""


def _fit_side_by_side(config: VideoGenConfig) -> bool:
    """On the processor, several videos at once if the frames of all that are begun fit into memory."""
    from videogen.models.profile import load_profile
    from videogen.runtime.memory import room_for_frames

    processing = config.processing
    clip = config.model.num_frames or load_profile(config.model.profile, config.path(config.paths.models)).num_frames
    # Counted at the output rate, which is hardly ever below the native one.
    longest = max(clip, math.ceil((processing.duration or 0.0) * processing.fps))
    return on_the_processor(config) and room_for_frames(longest * (cores() + 1), processing.resolution)


@stage("enhancement", kinds={"pytorch", "opencv"}, pool="gpu", parallel=_fit_side_by_side)
def upscaled_frames(
    video: Video, decoded_frames: Frames, upscaler: UpscalerResource, monitoring: MonitoringResource
) -> Made[Frames]:
    """Frames at the output size, after the steps of `super_resolution.frame_steps`, and what they keep."""
    from videogen.quality.metrics.fidelity import of_upscaled
    from videogen.super_resolution.steps import run_frame_steps

    processor = upscaler.processor(video.config)
    with monitoring.measured("upscale"):
        frames = run_frame_steps(decoded_frames, video.config, processor)
    kept = of_upscaled(decoded_frames.frames.numpy(), frames.frames.numpy(), video.config.delivery.fit)
    frames = replace(frames, notes={**frames.notes, FIDELITY: kept.model_dump()})
    return Made(frames, frame_facts(frames, "upscaled frames"), rows={"step_timings": step_rows(video, frames)})


def step_rows(video: Video, frames: Frames) -> pd.DataFrame:
    """Rows of the table `step_timings`, one a frame step."""
    import pandas as pd

    names = ["video_id", "attempt", "stage", "step", "seconds"]
    rows = [(video.id, video.number, Stage.UPSCALED_FRAMES.value, *step) for step in frames.notes["seconds"].items()]
    return pd.DataFrame(rows, columns=names)
