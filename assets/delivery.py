"""Delivery: the mp4 of an attempt, and where the request wants a copy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from assets.common import show
from assets.common.stage import always, stage
from resources.models import ModelsResource
from resources.runs.videos import Video
from resources.runs.work import Made
from resources.storage import StorageResource
from videogen.domain.artifacts import EmergencyFacts, Frames, RenderedVideo, VideoFile

if TYPE_CHECKING:
    import pandas as pd


@stage("rendering", kinds={"mp4", "pyav"}, parallel=always)
def rendered_video(
    video: Video, upscaled_frames: Frames, models: ModelsResource, storage: StorageResource
) -> Made[VideoFile]:
    """The mp4 of this attempt: visible label, captions, metadata, exact size and rate."""
    from videogen.media.render import render_video

    scratch = TemporaryDirectory(prefix="videogen-render-")
    name, revision = models.profile(video.config).name, models.revision(video.config)
    model = f"{name} {revision}".strip()
    file = emergency_video(video, upscaled_frames, storage, Path(scratch.name), model) or render_video(
        upscaled_frames,
        video.request,
        video.config,
        folder=Path(scratch.name),
        attempt=video.number,
        model=model,
        logo=storage.requests.logo_path(video.request),
    )
    facts = file.facts
    return Made(
        file,
        {
            **show.pictures_of(file.path, facts.num_frames, video.request.heading),
            **show.watch(video.id, video.number),
            **show.desk(video.config, video.id),
            "size": f"{facts.width}×{facts.height}",
            "fps": facts.fps,
            "frames": facts.num_frames,
            "duration": facts.duration,
            "label": facts.label,
            "imperceptible_watermark": facts.watermark or "none",
            **(emergency_facts(facts.emergency) if facts.emergency is not None else {}),
            "codec": facts.codec,
            "model": name,
            "revision": revision,
        },
        rows={"videos": video_row(video, facts, name, revision), "parameters": parameter_rows(video)},
        scratch=scratch,
    )


def emergency_facts(facts: EmergencyFacts) -> dict[str, Any]:
    """Template, rung, what was skipped, and what makes it a draft, for metadata."""
    return {
        "template": facts.template,
        "rung": facts.rung,
        "skipped": show.bullets([f"{rung}: {why}" for rung, why in facts.skipped.items()]),
        "missing": show.bullets(facts.missing),
    }


def emergency_video(
    video: Video, frames: Frames, storage: StorageResource, folder: Path, model: str
) -> VideoFile | None:
    """The alert that an emergency request drafts, over the model's clip.

    None: it is not an emergency, or the video is too small for the pages of an alert.
    """
    if not video.request.emergency:
        return None
    from videogen.emergency.manager import EmergencyModeManager
    from videogen.emergency.publishing.draft_video import SMALLEST, draft_video
    from videogen.emergency.rendering.renderer import Background

    config = storage.settings.config
    if video.request.size is not None:
        config = config.updated({"processing.resolution": video.request.size})
    if min(config.processing.resolution) < SMALLEST:
        return None
    manager = EmergencyModeManager(config)
    draft = manager.draft(video.request.plain_prompt, video.request.created_at)
    background = Background(frames.frames.numpy(), frames.fps, model)
    return draft_video(draft, video.id, video.number, video.request.created_at, manager, folder, background)


def parameter_rows(video: Video) -> pd.DataFrame:
    """Rows of the table `parameters`: the settings that decide what this attempt looks like."""
    import pandas as pd

    from videogen.feedback.study.parameters import parameters_of

    identity = {"video_id": video.id, "attempt": video.number}
    found = parameters_of(video.request, video.config)
    return pd.DataFrame([{**identity, "name": n, "number": x, "text": t} for n, x, t in found])


def video_row(video: Video, facts: RenderedVideo, model: str, revision: str) -> pd.DataFrame:
    """One row of the table `videos`."""
    import pandas as pd

    row: dict[str, Any] = facts.model_dump(
        include={"width", "height", "fps", "num_frames", "duration", "codec", "bytes", "sha256", "label"}
    )
    identity = {"video_id": video.id, "attempt": video.number, "created_at": datetime.now(UTC), "seed": video.seed}
    return pd.DataFrame([{**identity, **row, "model": model, "revision": revision or None}])
