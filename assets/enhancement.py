"""Enhancement: larger, sharper, steadier frames."""

from __future__ import annotations

from assets.stage import on_the_processor, stage
from assets.synthesis import frame_facts
from resources.upscaler import UpscalerResource
from resources.videos import Video
from resources.work import Made
from videogen.artifacts import Frames


@stage("enhancement", kinds={"pytorch", "opencv"}, pool="gpu", parallel=on_the_processor)
def upscaled_frames(video: Video, decoded_frames: Frames, upscaler: UpscalerResource) -> Made[Frames]:
    """Frames at the output size, after the steps of `super_resolution.frame_steps`."""
    from videogen.super_resolution.steps import run_frame_steps

    frames = run_frame_steps(decoded_frames, video.config, upscaler.processor(video.config))
    return Made(frames, frame_facts(frames, "upscaled frames"))
